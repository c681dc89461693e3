"""TLS for sites: which roots vouch for a host, and in plain words what is wrong with a certificate.

A site is verified when its file says `verify_tls = true` or names a `ca_bundle`; see docs/reach.md.
"""

from __future__ import annotations

import ssl
from typing import Literal

from newscrawl.sites.model import Site

Problem = Literal["tls_untrusted", "tls_expired", "tls_wrong_host", "tls_protocol", "tls_broken"]

SENTENCES: dict[Problem, str] = {
    "tls_untrusted": "nobody that is trusted here vouches for the host's certificate; if the state's or the"
    " organisation's own authority does, name its certificates in `ca_bundle` of the site file",
    "tls_expired": "the host's certificate has expired or is not valid yet; look at the clock here, or wait",
    "tls_wrong_host": "the host's certificate is made out to another name; look whether the site has moved",
    "tls_protocol": "the host speaks no version of TLS that is still held to be safe",
    "tls_broken": "the host's TLS is broken",
}

# X509_V_ERR_… of OpenSSL's x509_vfy.h.
_EXPIRED = frozenset({9, 10, 13, 14})
_OTHER_NAME = frozenset({62, 63, 64})
_BY_WORDS: tuple[tuple[Problem, tuple[str, ...]], ...] = (
    ("tls_untrusted", ("certificate verify failed",)),
    (
        "tls_protocol",
        (
            "unsupported protocol", "protocol version", "no protocols available", "legacy renegotiation",
            "key too small", "handshake failure", "version too low", "inappropriate fallback", "no ciphers",
        ),
    ),
    ("tls_broken", ("ssl routines", "_ssl.c")),
)  # fmt: skip


def verification_problem(code: int) -> Problem:
    """Return what OpenSSL's verification code says: `X509_V_ERR_CERT_HAS_EXPIRED` is `tls_expired`."""
    if code in _EXPIRED:
        return "tls_expired"
    return "tls_wrong_host" if code in _OTHER_NAME else "tls_untrusted"


def problem_in_words(message: str) -> Problem | None:
    """Return the problem that an error message of OpenSSL tells of, if any; of a certificate it says no more."""
    words = message.lower()
    return next((problem for problem, signs in _BY_WORDS if any(sign in words for sign in signs)), None)


def client_context(site: Site | None) -> ssl.SSLContext:
    """Return the TLS settings for asking the hosts of a site; pages of no site's are verified by the system's roots."""
    context = ssl.create_default_context()
    context.options |= ssl.OP_LEGACY_SERVER_CONNECT if hasattr(ssl, "OP_LEGACY_SERVER_CONNECT") else 0x4
    if site is not None and site.ca_bundle is not None:
        context.load_verify_locations(site.ca_bundle)
    if site is not None and not site.is_verified_by_tls:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
