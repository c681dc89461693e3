"""pipelines.dates: fixtures/dates.jsonl is the specification; what no table can say stands below it."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from newscrawl.errors import NewscrawlError
from pipelines.dates import NaiveBaseError, UnknownTimezoneError, find, parse, read
from pipelines.dates.grammar import LEADS, SHAPES, TEXT_SHAPES, WHOLE_SHAPES
from pipelines.dates.lexicon import WORDS as LEXICON
from pipelines.dates.named_days import BadRuleError, check_rule, named_days
from pipelines.dates.rules import ENUMERATIONS, RULES

ROOT = Path(__file__).parent.parent
CASES: list[dict[str, Any]] = [
    json.loads(line) for line in (ROOT / "fixtures/dates.jsonl").read_text(encoding="utf-8").splitlines()
]
BASE = datetime.fromisoformat("2018-12-13T12:00:00+03:00")


def cases(task: str) -> list[Any]:
    chosen = [case for case in CASES if case["task"] == task]
    return [pytest.param(case, id=f"{case['id']}-{case['kind']}") for case in chosen]


def options(case: dict[str, Any]) -> dict[str, Any]:
    return {"base": datetime.fromisoformat(case["base"]), "timezone": case.get("timezone", "Europe/Moscow")}


@pytest.mark.parametrize("case", cases("parse"))
def test_parse(case: dict[str, Any]) -> None:
    span, reason = read(case["text"], **options(case))
    assert (span and span.value, span and span.precision) == (case["value"], case["precision"])
    assert reason == case.get("reason")
    if span and "first" in case:
        assert (span.first, span.last) == (case["first"], case["last"])


@pytest.mark.parametrize("case", cases("find"))
def test_find(case: dict[str, Any]) -> None:
    mentions = find(case["text"], **options(case))
    assert [[m.text, m.value] for m in mentions] == case["mentions"]
    for mention in mentions:
        assert case["text"][mention.start : mention.stop] == mention.text


def test_the_sample_article() -> None:
    text = (
        "12 декабря в концертном зале Дворца культуры состоялась видеоконференция, посвященная празднованию 75-летия "
        "формирования «1-й Польской пехотной дивизии», в рамках подготовки к празднованию 75-летия Победы 1945 года."
    )
    assert [(m.text, m.value) for m in find(text, base=BASE)] == [("12 декабря", "2018-12-12"), ("1945 года", "1945")]


def test_every_shape_has_a_rule_and_every_rule_a_shape() -> None:
    shapes = {name for name, _ in (*SHAPES, *WHOLE_SHAPES, *TEXT_SHAPES)}
    assert shapes - ENUMERATIONS == set(RULES)


def test_every_rule_is_in_the_table() -> None:
    told = set()
    for case in CASES:
        if case["task"] == "parse":
            span = parse(case["text"], **options(case))
            told |= {span.rule.split(" ")[0]} if span else set()
        else:
            told |= {mention.rule.split(" ")[0] for mention in find(case["text"], **options(case))}
    assert (set(RULES) | ENUMERATIONS) - told == {"day_impossible"}  # which never gives a value


def test_leads_are_what_the_patterns_begin_with() -> None:
    """`regex` can tell whether a string may be the beginning of a match; the table says it for `re`."""
    classes = {cls for cls, _ in LEXICON.values()} | set('tdkyioqOABETIUrZz-,!/⟨⟩:;"¦*¶¤#_&~νЮ')
    for name, pattern in (*SHAPES, *TEXT_SHAPES):
        without_look = regex.compile(pattern.replace("(?<![*])", ""))
        begins = {cls for cls in classes if without_look.fullmatch(cls, partial=True) or without_look.match(cls)}
        assert begins == set(LEADS[name]), name


@pytest.mark.parametrize(
    ("text", "value", "authority"),
    [
        ("День Победы 2018 года", "2018-05-09", "RU ТК 112"),
        ("Пасха 2024", "2024-05-05", "Orthodox"),
        ("Троица 2019 года", "2019-06-16", "Orthodox"),
        ("День молодёжи 2022 года", "2022-06-27", "RU 459-рп/1993"),
        ("День молодёжи 2024 года", "2024-06-29", "RU 3586-р/2022"),
    ],
)
def test_a_named_day_says_whose_rule_it_is(text: str, value: str, authority: str) -> None:
    span = parse(text, base=BASE)
    assert span is not None
    assert (span.value, span.rule) == (value, f"named_day ({authority})")


def test_a_named_day_before_it_was_one_is_none() -> None:
    assert read("День народного единства 1990 года", base=BASE).reason == "unreadable"


def test_a_site_has_days_of_its_own() -> None:
    text = "В День города, 31 августа, и в День посёлка 2019 года будет салют."
    own = (("День города", "last saturday 08"), ("День посёлка", "06-15"))
    base = datetime.fromisoformat("2019-08-20T12:00:00+03:00")
    told = [(m.text, m.value, m.rule) for m in find(text, base=base, own_days=own)]
    assert told == [("31 августа", "2019-08-31", "date"), ("День посёлка 2019 года", "2019-06-15", "named_day (site)")]
    (without,) = find(text, base=base)[:1]
    assert without.text == "31 августа"


@pytest.mark.parametrize("rule", ["", "31-12", "02-30", "sixth sunday 11", "easter+", "last noday 08", "05-09..05-01"])
def test_a_rule_that_cannot_be_read_is_refused(rule: str) -> None:
    with pytest.raises(BadRuleError, match="expected"):
        check_rule(rule)
    with pytest.raises(BadRuleError):
        named_days((("День города", rule),))


def test_what_is_no_string_is_refused() -> None:
    with pytest.raises(TypeError, match="NoneType"):
        parse(None, base=BASE)  # type: ignore[arg-type]


def test_start_is_midnight_in_the_zone_or_the_instant() -> None:
    day = parse("12 декабря", base=BASE)
    clock = parse("12.12.2018 14:30", base=BASE, timezone="Asia/Yekaterinburg")
    assert day is not None
    assert clock is not None
    assert day.start("Asia/Kamchatka").isoformat() == "2018-12-12T00:00:00+12:00"
    assert clock.start().isoformat() == "2018-12-12T14:30:00+05:00"


@pytest.mark.parametrize("call", [parse, find, read])
def test_a_naive_base_and_an_unknown_zone_are_refused(call: Any) -> None:
    with pytest.raises(NaiveBaseError, match="aware") as naive:
        call("12 декабря", base=datetime(2018, 12, 13))  # noqa: DTZ001
    assert isinstance(naive.value, NewscrawlError)
    for name in ("Europe/Ryazan", "", "../etc/passwd", "мск"):
        with pytest.raises(UnknownTimezoneError):
            call("12 декабря", base=BASE, timezone=name)


@pytest.mark.parametrize("base", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, tzinfo=UTC)])
def test_no_base_is_too_early_or_too_late(base: datetime) -> None:
    for case in CASES:
        read(case["text"], base=base)
        find(case["text"], base=base)


WORDS = sorted({word for case in CASES for word in case["text"].split() if len(word) < 20})
SOUP = st.lists(
    st.sampled_from([*WORDS, "12", "31", "2018", ".", ",", "-", "–", "с", "по", "и", "г.", "(", ")"]), max_size=14
)
MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=80), SOUP.map(" ".join), SOUP.map("".join)), MOMENTS)
def test_any_string_gives_a_span_or_a_reason(text: str, base: datetime) -> None:
    span, reason = read(text, base=base)
    assert (span is None) != (reason is None)
    if span is not None:
        assert datetime.fromisoformat(span.first) <= datetime.fromisoformat(span.last)
    at = 0
    for mention in find(text, base=base):
        assert text[mention.start : mention.stop] == mention.text
        assert at <= mention.start < mention.stop <= len(text)
        at = mention.stop


@settings(max_examples=100, deadline=None)
@given(st.dates(datetime(1950, 1, 1).date(), datetime(2023, 12, 31).date()), st.integers(0, 1439))  # noqa: DTZ001
def test_every_day_comes_back_from_every_spelling(day: Any, minute: int) -> None:
    months = "января февраля марта апреля мая июня июля августа сентября октября ноября декабря".split()
    named = f"{day.day} {months[day.month - 1]} {day.year}"
    for text in (named, f"{named} г.", f"{day:%d.%m.%Y}", f"{day:%d/%m/%Y}", f"{day:%Y-%m-%d}", f"{day:%d.%m.%y}"):
        span = parse(text, base=BASE)
        assert span is not None
        assert span.value == day.isoformat() or (text == f"{day:%d.%m.%y}" and day.year == 1950 - 100)
    timed = parse(f"{named}, {minute // 60}:{minute % 60:02}", base=BASE)
    assert timed is not None
    assert timed.first.startswith(f"{day.isoformat()}T{minute // 60:02}:{minute % 60:02}")


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1000))
def test_a_missing_year_is_the_nearest_past_or_the_nearest(step: int) -> None:
    months = "января февраля марта апреля мая июня июля августа сентября октября ноября декабря".split()
    day = BASE.date() - timedelta(step % 365)
    text = f"{day.day} {months[day.month - 1]}"
    past = parse(text, base=BASE)
    assert past is not None
    assert past.value == day.isoformat()
    (near,) = find(text, base=BASE)
    assert abs((datetime.fromisoformat(near.first).date() - BASE.date()).days) <= 183


HOSTILE = [
    *(
        "1",
        ".",
        "1.",
        "1-",
        "12/",
        "12 / ",
        "1:11",
        " ",
        "\n",
        "\n \n",
        "я",
        "aя",
        "o0",
        "x",
        "1.xx",
        "(",
        "\u200b",
        "İ",
    ),
    *("два ", "тысяча ", "12.12.2018 ", "12 декабря ", "12, ", "1, 2 и ", "12 мая, ", "январь-", "2018, ", "2 дня "),
    *("с 1 по ", "вчера, ", "пн ", "г. ", "с. г ", "1945-1950 ", "\u202e"),
]


@pytest.mark.parametrize("seed", HOSTILE, ids=ascii)
def test_time_is_linear(seed: str) -> None:
    """Four times the text may take some six times as long, not sixteen."""
    small, large = (clocked((seed * (size // len(seed) + 1))[:size]) for size in (20_000, 80_000))
    assert large < 6.5 * small + 0.05


def clocked(text: str) -> float:
    best = 9.0
    for _ in range(2):
        started = time.process_time()
        find(text, base=BASE)
        parse(text[:200], base=BASE)
        parse(text, base=BASE)
        best = min(best, time.process_time() - started)
    return best


def test_a_megabyte_of_dates_digits_and_dots() -> None:
    random.seed(7)
    pieces = ["1", "12", ".", "-", " ", "мая ", "декабря ", "2018 ", "г. ", "и ", ", ", "с ", "по "]
    text = "".join(random.choices(pieces, k=400_000))[:1_000_000]
    started = time.process_time()
    find(text, base=BASE)
    assert time.process_time() - started < 10


def test_nothing_depends_on_the_process() -> None:
    """Other TZ, locale and hash seed, same answers."""
    program = (
        "import json,sys\nfrom datetime import datetime\nfrom pipelines.dates import read, find\n"
        "for line in open('fixtures/dates.jsonl', encoding='utf-8'):\n"
        "    c = json.loads(line); b = datetime.fromisoformat(c['base'])\n"
        "    sys.stdout.write(repr((read(c['text'], base=b), find(c['text'], base=b))) + '\\n')\n"
    )
    outputs = set()
    for zone, locale, seed in (("UTC", "C.UTF-8", "1"), ("Asia/Tokyo", "ru_RU.UTF-8", "2")):
        env = os.environ | {"TZ": zone, "LC_ALL": locale, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"}
        run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=env, capture_output=True, check=True)
        outputs.add(run.stdout)
    assert len(outputs) == 1


def test_the_debug_view(capsys: pytest.CaptureFixture[str]) -> None:
    from pipelines.dates.__main__ import main

    assert main(["12 декабря 2018", "--base", "2018-12-13T12:00+03:00"]) == 0
    shown = capsys.readouterr().out
    assert "2018-12-12" in shown
    assert "[date]" in shown
    assert main(["12 декабря", "--base", "2018-12-13T12:00"]) == 2
    assert "aware" in capsys.readouterr().err
