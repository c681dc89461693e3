"""Bytes to text. The bytes decide; what headers and meta tags declare is only a hint."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom

from pipelines.letters import strangeness
from pipelines.text import Repairs, join_surrogates

_RUSSIAN = {"cp1251": 0.0, "koi8-r": 4.0, "cp866": 5.0, "iso8859-5": 5.0, "mac-cyrillic": 6.0}
"""What Russian sites have been served in, and how much rarer each is, in bits."""
_DECLARED = 10.0
"""Bits that a declaration is worth: it settles what one or two letters leave open, and no more."""
_SAMPLE = 150
"""Words that are looked at, evenly spread over the page."""
_MIXED_SIZE = 2_000_000
"""Bytes up to which a page is searched for stretches in another encoding; longer ones are no news."""
_LEAST_LETTERS = 3
"""Letters below which a stretch is no proof of another encoding."""

_READABLE = 8.0
"""Bits a sign up to which a stretch is text; what is neither encoding's stays broken."""

_PROOF = 30
_REPLACED = 20
"""A text of another script with that many bytes, of which at most one in twenty is broken, is UTF-8."""

_CONTROL_BYTES = bytes([*range(9), 0x0B, 0x0C, *range(0x0E, 0x20)])
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CONTROL_REFERENCE = re.compile(
    r"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01]|6553[45])(?!\d)|[xX]0*(?:[0-8bBcCeEfF]|1[\da-fA-F]|[fF]{3}[eEfF])(?![\da-fA-F]));?"
)
_CONTROL_SPACES = "\x0b\x0c\x1c\x1d\x1e\x1f"

_HIGH = bytes(range(0x80, 0x100))
_WORDS = re.compile(rb"[\x80-\xff]+")
_LATIN_WORDS = re.compile(rb"[A-Za-z][\x80-\xff]{1,2}(?![\x80-\xff])|(?<![\x80-\xff])[\x80-\xff]{1,2}(?=[a-z])")
# What no single-byte text has often: Cyrillic letters, punctuation and pictographs of UTF-8, a Latin letter or two.
_UTF8 = re.compile(
    rb"(?:[\xd0-\xd3][\x80-\xbf]|\xe2\x80[\x80-\xbf]|\xf0\x9f[\x80-\xbf]{2})+"
    rb"|(?<![\x80-\xff])(?:[\xc2-\xc5][\x80-\xbf]){1,2}(?![\x80-\xff])"
)
_UTF8_LETTERS = re.compile(rb"(?:[\xd0-\xd3][\x80-\xbf]){2}")
_BETWEEN_TAGS = re.compile(rb"[^<>\n]+")


@dataclass(frozen=True)
class Decoded:
    """A body as text."""

    text: str
    encoding: str
    """Python's name of the encoding of most of it."""
    repairs: Repairs = field(default_factory=dict)
    """What was not as it should be: `charset` 1 when header or meta name an encoding that the bytes are not in,
    `mixed_charset` stretches in another encoding, `broken_bytes` places that no encoding explains (U+FFFD),
    `references` pairs of surrogate references, `controls` characters that no markup may have, left out."""


def decode(body: bytes, content_type: str | None = None) -> tuple[str, str]:
    """Return (text, name of the encoding) of an HTML or XML body; see `read_body`."""
    decoded = read_body(body, content_type)
    return decoded.text, decoded.encoding


def read_body(body: bytes, content_type: str | None = None) -> Decoded:
    """Return an HTML or XML body as text, with what had to be put right.

    A byte-order mark of UTF-16 settles it, and the zeros that UTF-16 has; then bytes that are valid UTF-8; then UTF-8
    with errors, if most of what is not ASCII is UTF-8; else, of the Russian single-byte encodings and the declared
    ones, the one in which the words read as Russian. Stretches in another encoding than the rest are read in theirs.
    What cannot be decoded becomes U+FFFD: nothing raises. The text has no character, and no reference to one, that XML
    does not allow: an element with such a text cannot be moved.
    """
    bom, _ = read_bom(body)
    encoding = bom if bom and bom != "utf-8" else _utf16(body)
    repairs: Repairs = {}
    if encoding is not None:
        text = body.decode(encoding, "replace")
    else:
        try:
            text, encoding = body.decode("utf-8"), "utf-8"
        except UnicodeDecodeError:
            text, encoding, repairs = _read_bytes(body, _declared(body, content_type))
    if _contradicted(encoding, _declared(body, content_type)) and not text.isascii():
        repairs["charset"] = 1
    text, joined = join_surrogates(text)
    text, controls = _without_controls(text, body, encoding)
    repairs |= {kind: number for kind, number in (("references", joined), ("controls", controls)) if number}
    return Decoded(text.removeprefix("\ufeff"), encoding, repairs)


def _without_controls(text: str, body: bytes, encoding: str) -> tuple[str, int]:
    signs = references = 0
    # The bytes tell quickly what is nearly always so: that there is none.
    if (
        len(body.translate(None, _CONTROL_BYTES)) < len(body)
        or b"\xef\xbf" in body
        or encoding.startswith(("utf-16", "utf-32"))
    ):
        text, signs = _CONTROL.subn(lambda sign: " " if sign[0] in _CONTROL_SPACES else "", text)
    if "&#" in text:
        text, references = _CONTROL_REFERENCE.subn(" ", text)
    return text, signs + references


def _declared(body: bytes, content_type: str | None) -> list[str]:
    """Return the encodings that header and meta name, the header's first; names that no codec has are passed over."""
    names = (http_content_type_encoding(content_type), html_body_declared_encoding(body[:4096]))
    return list(dict.fromkeys(known for name in names if (known := _known(name)) is not None))


def _known(name: str | None) -> str | None:
    """Return the codec's own name, or None for a name that no codec has (`uft-8`) or one that decodes no text."""
    if name is None:
        return None
    try:
        codec = codecs.lookup(name)
        "".encode(codec.name)
    except (LookupError, ValueError):
        return None
    return codec.name


def _contradicted(encoding: str, declared: list[str]) -> bool:
    return any(name.replace("-", "_")[:5] != encoding.replace("-", "_")[:5] for name in declared)


def _utf16(body: bytes) -> str | None:
    """Return which UTF-16 a body without byte-order mark is in: every other byte of its markup is zero."""
    head = body[:4096]
    if b"\x00" not in head or len(head) < _PROOF:
        return None
    even, odd = head[::2], head[1::2]
    for name, high, low in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        # High bytes are zero for ASCII and 4 for Cyrillic.
        if high.count(0) + high.count(4) >= 0.7 * len(high) and low.count(0) <= 0.05 * len(low):
            return name
    return None


def _read_bytes(body: bytes, declared: list[str]) -> tuple[str, str, Repairs]:
    """Read a body that is not valid UTF-8 as a whole."""
    head = body[:_MIXED_SIZE]
    rest = _UTF8.sub(b" ", head)
    mixed = len(body) <= _MIXED_SIZE
    number = 0
    if 2 * _high_bytes(rest) <= _high_bytes(head) or _is_other_utf8(head):
        encoding = "utf-8"
        text, number = _mixed_utf8(body, declared) if mixed else (body.decode("utf-8", "replace"), 0)
    else:
        encoding = _single_byte(_WORDS.findall(rest), declared, latin=_is_latin(rest))
        mixed = mixed and _UTF8_LETTERS.search(body) is not None
        text, number = _mixed_single(body, encoding) if mixed else (body.decode(encoding, "replace"), 0)
    counts = {"mixed_charset": number, "broken_bytes": text.count("\ufffd") - body.count(b"\xef\xbf\xbd")}
    return text, encoding, {kind: number for kind, number in counts.items() if number > 0}


def _is_other_utf8(body: bytes) -> bool:
    """Tell whether a text of another script than Cyrillic or Latin is UTF-8 with a few broken bytes."""
    high = _high_bytes(body)
    return high >= _PROOF and _REPLACED * body.decode("utf-8", "replace").count("\ufffd") <= high


def _is_latin(body: bytes) -> bool:
    """Tell whether what is not ASCII stands inside Latin words: «créée»."""
    return 2 * len(_LATIN_WORDS.findall(body)) > len(_WORDS.findall(body))


def _single_byte(words: list[bytes], declared: list[str], *, latin: bool = False) -> str:
    """Return the single-byte encoding in which words read as Russian; for a Latin text, the declared one or cp1252."""
    if latin:
        return next((name for name in declared if name not in _RUSSIAN and name != "utf-8"), "cp1252")
    step = len(words) // _SAMPLE + 1
    sample = b" ".join(word[:60] for word in words[::step])
    handicap = dict.fromkeys((name for name in declared if name != "utf-8"), min(_RUSSIAN.values())) | _RUSSIAN
    for name in declared:
        if name in handicap:
            handicap[name] -= _DECLARED
    return min(handicap, key=lambda name: strangeness(sample.decode(name, "replace")) + handicap[name])


def _mixed_utf8(body: bytes, declared: list[str]) -> tuple[str, int]:
    """Read UTF-8 with errors: stretches that are plainly in a single-byte encoding in it, the rest with U+FFFD."""
    stretches = [
        (start, stop)
        for start, stop in _stretches(body, utf8=False)
        if len(_WORDS.findall(body, start, stop)) and _high_bytes(body[start:stop]) >= _LEAST_LETTERS
    ]
    words = [word for start, stop in stretches for word in _WORDS.findall(body, start, stop)]
    if not words:
        return body.decode("utf-8", "replace"), 0
    encoding = _single_byte(words, declared)
    return _pieced(body, stretches, "utf-8", encoding)


def _mixed_single(body: bytes, encoding: str) -> tuple[str, int]:
    """Read a body in a single-byte encoding that has stretches of UTF-8 in it."""
    stretches = [
        (start, stop)
        for start, stop in _stretches(body, utf8=True)
        if _UTF8_LETTERS.search(body, start, stop) and _high_bytes(body[start:stop]) >= 2 * _LEAST_LETTERS
    ]
    return _pieced(body, stretches, encoding, "utf-8")


def _high_bytes(piece: bytes) -> int:
    return len(piece) - len(piece.translate(None, _HIGH))


def _stretches(body: bytes, *, utf8: bool) -> Iterator[tuple[int, int]]:
    """Yield (start, stop) of runs of words between two tags that all are UTF-8, or all are not."""
    for text in _BETWEEN_TAGS.finditer(body):
        if text[0].isascii():
            continue
        start = stop = -1
        for word in _WORDS.finditer(body, text.start(), text.end()):
            if _is_utf8(word[0]) is utf8:
                start, stop = (word.start() if start < 0 else start), word.end()
            elif start >= 0:
                yield start, stop
                start = -1
        if start >= 0:
            yield start, stop


def _is_utf8(word: bytes) -> bool:
    """Tell whether a word is UTF-8, be it with a broken byte or cut: at least half of it is."""
    return 2 * len(_UTF8.sub(b"", word)) <= len(word)


def _pieced(body: bytes, stretches: list[tuple[int, int]], usual: str, other: str) -> tuple[str, int]:
    """Decode in the usual encoding, but for stretches that read better in the other one; count those."""
    pieces, done, number = [], 0, 0
    for start, stop in stretches:
        as_usual, as_other = (body[start:stop].decode(name, "replace") for name in (usual, other))
        bits = strangeness(as_other)
        if bits < strangeness(as_usual) and bits <= _READABLE * len(as_other):
            pieces += [body[done:start].decode(usual, "replace"), as_other]
            done, number = stop, number + 1
    pieces.append(body[done:].decode(usual, "replace"))
    return "".join(pieces), number
