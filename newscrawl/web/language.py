"""The language of a page, Russian or English: which one a reader wants, and every word that pages say in it.

The words are tables in `newscrawl.web.texts`: key -> (Russian, English). Forms by number are parted by «|»:
`{n} статья|{n} статьи|{n} статей`, `{n} article|{n} articles`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from fastapi import Request
from starlette.responses import Response

from newscrawl.web.texts import TEXTS

Code = Literal["ru", "en"]
CODES: tuple[Code, ...] = ("ru", "en")
COOKIE = "lang"
_A_YEAR = 365 * 24 * 3600
_NARROW_SPACE = "\u202f"


@dataclass(frozen=True)
class Language:
    """One of the two languages; called with a key it returns the words."""

    code: Code

    def __call__(self, key: str, **values: object) -> str:
        """Return the text of a key with `values` filled in. Raises KeyError for a key that no table has."""
        text = TEXTS[key][CODES.index(self.code)]
        return text.format(**values) if values else text

    def many(self, key: str, number: int, **values: object) -> str:
        """Return a text in the form that agrees with a number, which it names as `{n}`."""
        forms = TEXTS[key][CODES.index(self.code)].split("|")
        return forms[min(self._form(number), len(forms) - 1)].format(n=self.number(number), **values)

    def known(self, key: str, otherwise: str) -> str:
        """Return the text of a key that is made of stored words, or those words where no table has it."""
        return self(key) if key in TEXTS else otherwise

    def number(self, number: int) -> str:
        """Return a whole number with its thousands apart: `12 345`, `12,345`."""
        told = f"{number:,}"
        return told.replace(",", _NARROW_SPACE) if self.code == "ru" else told

    def _form(self, number: int) -> int:
        """Return which form goes with a number: in Russian 1, 21; 2-4, 22; 5-20."""
        if self.code == "en":
            return 0 if number == 1 else 1
        ones, tens = number % 10, number % 100
        if ones == 1 and tens != 11:
            return 0
        return 1 if 2 <= ones <= 4 and not 12 <= tens <= 14 else 2


LANGUAGES = {code: Language(code) for code in CODES}


def language_of(request: Request) -> Language:
    """Return the language for a request: `?lang=`, else the cookie, else what the browser prefers, else Russian."""
    for asked in (request.query_params.get("lang"), request.cookies.get(COOKIE)):
        if asked in LANGUAGES:
            return LANGUAGES[asked]
    return LANGUAGES[_preferred(request.headers.get("accept-language", ""))]


def remember(request: Request, response: Response) -> None:
    """Keep a language that was chosen by `?lang=` for the pages to come."""
    asked = request.query_params.get("lang")
    if asked in LANGUAGES:
        response.set_cookie(COOKIE, asked, max_age=_A_YEAR, samesite="lax", httponly=True)


def _preferred(header: str) -> Code:
    """Return which of our languages an Accept-Language header likes best."""
    best: Code = "ru"
    weight = 0.0
    for code, liked in _weights(header.lower()[:200].split(",")):
        for ours in CODES:
            if code.partition("-")[0] == ours and liked > weight:
                best, weight = ours, liked
    return best


def _weights(parts: Iterable[str]) -> Iterable[tuple[str, float]]:
    for part in parts:
        code, _, quality = part.strip().partition(";")
        try:
            yield code.strip(), float(quality.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
