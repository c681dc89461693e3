"""Hosts in one form: lower case, Cyrillic domains as DNS has them (`xn--…`), no default port, `www.` told apart."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}


def ascii_netloc(netloc: str, scheme: str = "") -> str:
    """Return `host` or `host:port` in its one form; `user:password@`, a last dot and the scheme's own port go.

    Raises ValueError for what is no host: a broken port or IPv6 address.
    """
    parts = urlsplit(f"//{netloc}")
    host, port = (parts.hostname or "").rstrip("."), parts.port
    if not host.isascii():
        host = _to_ascii(host)
    if ":" in host:
        host = f"[{host}]"
    return host if port is None or port == _DEFAULT_PORTS.get(scheme) else f"{host}:{port}"


def bare(netloc: str) -> str:
    """Return a host without its `www.`: the same site by a habit that nearly every server follows."""
    without = netloc.removeprefix("www.")
    return without if "." in without else netloc


def is_loopback(netloc: str) -> bool:
    """Tell whether `host` or `host:port` is this machine itself; broken ones are not."""
    try:
        host = urlsplit(f"//{netloc}").hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _to_ascii(host: str) -> str:
    try:
        return host.encode("idna").decode()
    except UnicodeError:  # an empty or too long label: no such domain can exist
        return host.lower()
