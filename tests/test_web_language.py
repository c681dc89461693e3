"""What the pages say: every word comes from the tables, in both languages, with the right endings."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

from newscrawl.web import rendering
from newscrawl.web.language import LANGUAGES
from newscrawl.web.texts import PARTS, TEXTS
from pipelines.dates.rules import ENUMERATIONS, RULES

WEB = Path(rendering.__file__).parent
TEMPLATES = sorted(rendering.TEMPLATES.glob("*.html"))
SOURCES = [*TEMPLATES, *sorted(WEB.rglob("*.py"))]
_LETTER = r"(?!UTC|GET)[^\W\d_]{2,}(?<!UTC|GET)"
"""Of a word; what no language translates is none."""
_ASKED = re.compile(r"""\bt(?:\.many|\.known)?\(\s*f?["']([a-z_A-Z0-9.{}-]+)["']( ~)?""")


def test_no_key_stands_in_two_tables() -> None:
    assert len(TEXTS) == sum(len(part) for part in PARTS)


@pytest.mark.parametrize("key", TEXTS)
def test_both_languages_say_the_same(key: str) -> None:
    russian, english = TEXTS[key]
    assert russian.strip() == russian != ""
    assert english.strip() == english != ""
    fields = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in (russian, english)]
    assert fields[0] == fields[1]
    assert len(russian.split("|")), len(english.split("|")) in {(1, 1), (3, 2)}


@pytest.mark.parametrize("source", SOURCES, ids=lambda one: one.name)
def test_every_key_that_is_asked_for_is_there(source: Path) -> None:
    for key, goes_on in _ASKED.findall(source.read_text(encoding="utf-8")):
        beginning = key.partition("{")[0]
        if goes_on or beginning != key:
            assert any(one.startswith(beginning) for one in TEXTS), key
        else:
            assert key in TEXTS, key


def test_every_text_is_used() -> None:
    """Keys stand in templates and code whole, or as a beginning that stored words complete."""
    texts = "".join(source.read_text(encoding="utf-8") for source in SOURCES if source.parent.name != "texts")
    beginnings = tuple(re.findall(r"""["']([a-z_]+(?:\.[a-zA-Z_]+)*\.)(?:\{|["'] ~)""", texts))
    named = set(re.findall(r"""["']([a-z_0-9A-Z.]+)["']""", texts))
    assert not [key for key in TEXTS if key not in named and not key.startswith(beginnings)]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: one.name)
def test_no_template_has_words_of_its_own(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    bare = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", text, flags=re.DOTALL)
    for name in ("title", "aria-label", "placeholder", "alt"):
        assert not re.search(rf"""\s{name}=["'][^"']*{_LETTER}""", bare), name
    words = re.sub(r"<[^>]*>|&[a-z]+;", "", bare)
    assert not re.search(_LETTER, words), words.split()


def test_every_rule_of_dates_has_words() -> None:
    own = {"unix", "day_impossible"}  # never of a mention in a text
    assert {f"rule.{name}" for name in (*RULES, *ENUMERATIONS) if name not in own} <= set(TEXTS)


@pytest.mark.parametrize(
    ("number", "russian", "english"),
    [
        (0, "0 статей", "0 articles"), (1, "1 статья", "1 article"), (2, "2 статьи", "2 articles"),
        (4, "4 статьи", "4 articles"), (5, "5 статей", "5 articles"), (11, "11 статей", "11 articles"),
        (12, "12 статей", "12 articles"), (14, "14 статей", "14 articles"), (21, "21 статья", "21 articles"),
        (22, "22 статьи", "22 articles"), (100, "100 статей", "100 articles"), (111, "111 статей", "111 articles"),
        (112, "112 статей", "112 articles"), (121, "121 статья", "121 articles"),
        (12_345, "12\u202f345 статей", "12,345 articles"),
    ],
)  # fmt: skip
def test_numbers_have_their_endings(number: int, russian: str, english: str) -> None:
    assert LANGUAGES["ru"].many("articles", number) == russian
    assert LANGUAGES["en"].many("articles", number) == english
