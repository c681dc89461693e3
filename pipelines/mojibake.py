"""Text that was decoded wrongly and saved again: recognised by what no language writes, and read anew.

Three kinds are common on Russian sites: UTF-8 read as windows-1251 («РџСЂРёРІРµС‚»), UTF-8 read as windows-1252 or
latin-1 («ÐŸÑ€Ð¸Ð²ÐµÑ‚»), and windows-1251 read as latin-1 («Ïðèâåò»). A text may be whole but for one stretch of it, so
each stretch is judged by itself.
"""

from __future__ import annotations

import re

from pipelines.letters import reads_russian

# A text without any of these signs, the common case, is as it was meant: half of the signs of a wrong reading are such.
_SUSPECT = re.compile("[^\x00-\x7fА-Яа-яЁё«»„“”‘’—–…№•\u00a0\u00ad\u200b]|в„–")
_HIGH = range(0x80, 0x100)
_PASSES = 3
"""How often a text may have been saved wrongly in a row."""


class _Misreading:
    """UTF-8 bytes that were read in a single-byte encoding."""

    def __init__(self, codec: str, *, twins: bool, certain: str) -> None:
        """`twins`: bytes 80-9F may also stand as U+0080-U+009F. `certain` has the names of groups as `{lead}`."""
        self._bytes = {chr(byte): byte for byte in range(0x80)}
        for byte in _HIGH:
            meant = bytes([byte]).decode(codec, "ignore")
            if meant:
                self._bytes[meant] = byte
            if twins or not meant:  # browsers let an undefined byte stand as its number
                self._bytes.setdefault(chr(byte), byte)
        self._bytes["\ufffd"] = -1  # a byte that the wrong encoding does not have; known where there is one such
        undefined = [byte for byte in _HIGH if not bytes([byte]).decode(codec, "ignore")]
        self._lost = undefined[0] if len(undefined) == 1 else None
        groups = {
            "tail": self._signs(0x80, 0xBF),
            "cyrillic": self._signs(0xD0, 0xD1),
            "lead": self._signs(0xC2, 0xD4),
            "three": self._signs(0xE2, 0xE2),
            "four": self._signs(0xF0, 0xF0),
            "lost": "\ufffd" if self._lost else "",
        }
        # A no-break space that became a plain one is still the second half of a letter.
        sequence = "[{lead}][{tail}{lost} ]|[{three}][{tail}]{{2}}|[{four}][{tail}]{{3}}".format(**groups)
        self._certain = re.compile(certain.format(**groups))
        self._stretch = re.compile(rf"(?:{sequence}|[\x00-\x7f])++")
        self._half = re.compile("([{lead}]) ".format(**groups))

    def _signs(self, first: int, last: int) -> str:
        return "".join(re.escape(sign) for sign, byte in self._bytes.items() if first <= byte <= last)

    def mend(self, text: str) -> tuple[str, int]:
        if self._certain.search(text) is None:
            return text, 0
        pieces, done, number = [], 0, 0
        for match in self._stretch.finditer(text):
            start, stop = _at_edges_of_words(text, match.start(), match.end())
            if start >= stop or self._certain.search(text, start, stop) is None:
                continue
            meant = self._read_again(text[start:stop])
            if meant is not None:
                pieces += [text[done:start], meant]
                done, number = stop, number + 1
        return "".join([*pieces, text[done:]]), number

    def _read_again(self, stretch: str) -> str | None:
        whole = self._half.sub("\\1\u00a0", stretch)
        codes = [self._bytes[sign] for sign in whole]
        try:
            return bytes((self._lost or 0) if code < 0 else code for code in codes).decode("utf-8")
        except UnicodeDecodeError:
            return None


def _at_edges_of_words(text: str, start: int, stop: int) -> tuple[int, int]:
    """Narrow a stretch that begins or ends inside a word: there it only looks like one («Сё» of «Сёмга»)."""
    if start and text[start - 1].isalpha():
        while start < stop and not text[start].isascii():
            start += 1
    if stop < len(text) and text[stop].isalpha():
        while stop > start and not text[stop - 1].isascii():
            stop -= 1
    return start, stop


# No word has three times Р or С before a sign of the other half; twice, where that sign is no Russian text's own.
_AS_1251 = _Misreading(
    "cp1251",
    twins=False,
    certain="(?:[{cyrillic}][{tail}]){{3}}|(?:[{cyrillic}][ђћџќњљѓґѕјїєў°±µ¶¤¦¬®‡†€‰]){{2}}|вЂ[“”™љ›њ•¦ќћ]|в„–",
)
_AS_1252 = _Misreading(
    "cp1252",
    twins=True,
    certain="(?:[{cyrillic}][{tail}]){{2}}|â€[{tail}]|â„–|Ã[\x80-\x9f¡-ª¬®-º¼-¿]|(?<![^\\W\\d_])Â[\u00a0«»°·§©®]",
)
_LATIN_RUN = re.compile("[À-ÿ]{4}")
_LATIN_WORD = re.compile("[A-Za-zÀ-ÿ¨¸]+")
_LEAST_LETTERS = 8
"""Letters below which «Ïðèâåò» is not certain."""
_LATIN_TO_1251 = {
    byte: bytes([byte]).decode("cp1251") for byte in [*range(0xC0, 0x100), 0xA8, 0xB8, 0xB9]
}  # Ё, ё and № beside the letters


def mend(text: str) -> tuple[str, int]:
    """Return `text` with its wrongly read stretches as they were meant, and how many stretches that were.

    What is not certain stays: a stretch that is no valid UTF-8, one or two letters alone.
    """
    number = 0
    for _ in range(_PASSES if _SUSPECT.search(text) else 0):
        found = 0
        for misreading in (_AS_1251, _AS_1252):
            text, more = misreading.mend(text)
            found += more
        text, more = _mend_latin(text)
        found += more
        number += found
        if not found:
            break
    return text, number


def _mend_latin(text: str) -> tuple[str, int]:
    if _LATIN_RUN.search(text) is None:
        return text, 0
    words = [word for word in _LATIN_WORD.findall(text) if not word.isascii()]
    if any(letter.isascii() for word in words for letter in word):  # «crème»: a language that has these letters
        return text, 0
    meant = " ".join(words).translate(_LATIN_TO_1251)
    if sum(map(len, words)) < _LEAST_LETTERS or not reads_russian(meant):
        return text, 0
    return text.translate(_LATIN_TO_1251), 1
