"""What readers ask of the store: words in any form, filters, pages, days, company, the change feed; all by indexes."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newscrawl.config import Config
from newscrawl.errors import ConfigError, QuestionError, TooBroadError
from newscrawl.items import Article, DateMention, EntityMention
from newscrawl.marking import Segment, paragraphs
from newscrawl.store import Store, asking, open_store, postings
from newscrawl.store.cursors import read_cursor, write_cursor
from newscrawl.store.finding import ArticleFilter, order, query_of
from newscrawl.store.migrations import add_search
from newscrawl.store.schema import SCHEMA_VERSION
from pipelines.words import MOST_WORDS, Question, meanings, spans, words_of
from tests.profiled import profiled, sorted_in_memory, without_an_index
from tests.registry_tools import KALUGA, RYAZAN, TULA, Place, article, person, put, thing

NO_LAG = timedelta(0)


def told(number: int, place: Place, body: str, *mentions: EntityMention, **fields: object) -> Article:
    """An article with a text."""
    return article(number, place, *mentions).model_copy(update={"article_body": body} | fields)


def found(store: Store, wanted: ArticleFilter) -> list[str]:
    return [one["_id"].removeprefix("http://").replace(".example/news", "") for one in store.corpus.articles(wanted)]


def speaks_of(body: str, text: str, value: str) -> DateMention:
    at = body.index(text)
    day = value[:10]
    return DateMention(
        start=at, stop=at + len(text), text=text, value=value, first=day, last=day, precision="day", rule="test"
    )


# --- words


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("снегопад", "После снегопада улицы чистили"),
        ("ЛЮДИ", "Для каждого человека"),
        ("ёлка", "Городская елка"),
        ("елка", "Городская ёлка"),
        ("Сорокиной", "Елена Сорокина"),
        ("Санкт-Петербурга", "в Санкт-Петербурге"),
        ("№ 7", "школа №7"),
        ("«дворец культуры»", "во Дворце культуры"),
        ("MOSCOW", "в Moscow"),
        ("сталь", "Из стали"),
        ("стать", "Они стали"),
    ],
)
def test_any_form_of_a_word_finds_any_other(typed: str, written: str) -> None:
    assert all(not words.isdisjoint(words_of(written)) for words in Question.of(typed).wanted)


def test_words_that_hold_a_sentence_together_are_none() -> None:
    assert words_of("и в на не они этот который или") == []
    assert Question.of("в снегопаде").wanted == (frozenset({"снегопад"}),)
    with pytest.raises(ValueError, match="no word"):
        Question.of("и в на «» —")


def test_a_minus_in_front_excludes() -> None:
    assert Question.of("снег -лыжи").unwanted == (meanings("лыжи"),)
    assert Question.of("социально-экономическое").unwanted == ()


def test_asked_words_are_found_in_a_text() -> None:
    text = "Снегопады: убрали снег, ёлку и снегопад."
    marked = [text[a:b] for a, b in spans(text, Question.of("снегопад ёлки"))]
    assert marked == ["Снегопады", "ёлку", "снегопад"]


@given(st.text())
def test_any_text_has_words_and_is_a_question_or_none(text: str) -> None:
    words = words_of(text)
    assert words == sorted(set(words))
    try:
        asked = Question.of(text)
    except ValueError:
        return
    assert asked.wanted
    assert all(0 <= a < b <= len(text) for a, b in spans(text, asked))


def test_a_list_of_words_without_end_is_bounded() -> None:
    assert len(words_of(" ".join(f"слово{number}" for number in range(10_000)))) == MOST_WORDS


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_the_order_is_that_of_publication(one: datetime, other: datetime) -> None:
    assert 0 <= order(None, "x") < order(one, "a") < 1 << 63
    if abs(one - other) >= timedelta(seconds=1):
        assert (order(one, "a") < order(other, "b")) == (one < other)


# --- articles


@pytest.fixture
def filled(store: Store) -> Store:
    """Three cities: snow in two of them, a copy, an entity, articles without a date."""
    sorokina = person("Елена Сорокина")
    put(
        store,
        [
            told(1, RYAZAN, "Вывоз снега начался.", sorokina, date_published=datetime(2025, 5, 1, 21, tzinfo=UTC)),
            told(2, RYAZAN, "Открыта лыжная трасса, снег лёг.", date_published=datetime(2025, 5, 3, 9, tzinfo=UTC)),
            told(3, TULA, "Снегу быть.", sorokina, date_published=datetime(2024, 2, 29, 9, tzinfo=UTC)),
            told(4, TULA, "Ремонт дороги.", date_published=None, date_published_precision=None),
            told(5, KALUGA, "Снег.", date_published=None, date_published_precision=None),
        ],
    )
    store.articles.update_one({"_id": "http://tula.example/news/3"}, {"$set": {"duplicate_of": "x", "cluster": "x"}})
    return store


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (ArticleFilter(), ["ryazan/2", "ryazan/1", "kaluga/5", "tula/4"]),
        (ArticleFilter(with_copies=True), ["ryazan/2", "ryazan/1", "tula/3", "kaluga/5", "tula/4"]),
        (ArticleFilter(text="снега"), ["ryazan/2", "ryazan/1", "kaluga/5"]),
        (ArticleFilter(text="снег -лыжный", with_copies=True), ["ryazan/1", "tula/3", "kaluga/5"]),
        (ArticleFilter(text="снег трасса"), ["ryazan/2"]),
        (ArticleFilter(text="снег трасса лыжный", with_copies=True), ["ryazan/2"]),
        (ArticleFilter(text="снег быть", with_copies=True), ["tula/3"]),
        (ArticleFilter(text="снег быть"), []),
        (ArticleFilter(text="снег -слон", since=datetime(2025, 5, 3, 9, tzinfo=UTC)), ["ryazan/2"]),
        (ArticleFilter(text="слон"), []),
        (ArticleFilter(text="снег слон"), []),
        (ArticleFilter(text="снег", site="ryazan", until=datetime(2025, 5, 2, tzinfo=UTC)), ["ryazan/1"]),
        (ArticleFilter(text="снег", since=datetime(2025, 5, 3, 9, tzinfo=UTC)), ["ryazan/2"]),
        (ArticleFilter(text="снег", since=datetime(2025, 5, 3, 9, 0, 0, 1000, tzinfo=UTC)), []),
        (ArticleFilter(text="снег", until=datetime(2025, 5, 3, 9, 0, 0, 1000, tzinfo=UTC)), ["ryazan/2", "ryazan/1"]),
        (ArticleFilter(city="Тула", with_copies=True), ["tula/3", "tula/4"]),
        (ArticleFilter(city=["Тула", "Калуга"]), ["kaluga/5", "tula/4"]),
        (ArticleFilter(region="RU-RYA"), ["ryazan/2", "ryazan/1"]),
        (ArticleFilter(entity="per:елена сорокина", with_copies=True), ["ryazan/1", "tula/3"]),
        (ArticleFilter(entity=["per:елена сорокина", "per:никто"], site=("tula", "ryazan")), ["ryazan/1"]),
        (ArticleFilter(entity="per:никто"), []),
        (ArticleFilter(since=datetime(2025, 5, 1, 21, tzinfo=UTC)), ["ryazan/2", "ryazan/1"]),
    ],
)
def test_filters(filled: Store, wanted: ArticleFilter, expected: list[str]) -> None:
    assert found(filled, wanted) == expected
    assert filled.corpus.count(wanted) == len(expected)
    seen: list[str] = []
    cursor = None
    while True:
        part = filled.corpus.page(wanted, size=1, cursor=cursor)
        seen += [one["_id"] for one in part.items]
        cursor = part.following
        if cursor is None:
            break
    assert [one.removeprefix("http://").replace(".example/news", "") for one in seen] == expected


def test_pages_of_articles_published_in_one_instant_lose_none_and_repeat_none(store: Store) -> None:
    put(store, [told(number, RYAZAN, "Снег.") for number in range(57)])
    words = (ArticleFilter(text="снег"), ArticleFilter(text="снег новость"), ArticleFilter(text="снег -трасса"))
    for wanted in (ArticleFilter(), ArticleFilter(site="ryazan"), *words):
        seen: list[str] = []
        cursor = None
        while cursor is not None or not seen:
            part = store.corpus.page(wanted, size=10, cursor=cursor)
            assert 1 <= len(part.items) <= 10 + 8
            seen += [one["_id"] for one in part.items]
            cursor = part.following
            if cursor is None:
                break
        assert len(seen) == len(set(seen)) == 57


def test_what_changes_is_found_by_its_new_words(filled: Store) -> None:
    filled.write_articles([told(1, RYAZAN, "Вывоз листвы.", person("Елена Сорокина"))], "run2")
    assert found(filled, ArticleFilter(text="листва")) == ["ryazan/1"]
    assert found(filled, ArticleFilter(text="вывоз снега")) == []
    assert "search" not in filled.revisions.find_one({"article_id": "http://ryazan.example/news/1"})


def test_months_and_counts_are_bounded(filled: Store) -> None:
    assert filled.corpus.by_month(ArticleFilter()).counts == {"2024-02": 1, "2025-05": 2}
    assert filled.corpus.by_month(ArticleFilter(text="снег")).counts == {"2024-02": 1, "2025-05": 2}
    assert filled.corpus.by_month(ArticleFilter(text="снег")).is_whole
    assert filled.corpus.count(ArticleFilter(), most=2) == 2
    assert filled.corpus.by_month(ArticleFilter(text="снег быть")).counts == {"2024-02": 1}
    assert filled.corpus.by_month(ArticleFilter(text="снег слон")).counts == {}
    assert filled.corpus.count(ArticleFilter(text="снег -лыжи"), most=1) == 1


@pytest.mark.parametrize("read_at_once", [3, 10, 100])
def test_lists_of_words_laid_over_each_other_give_what_one_query_would(
    store: Store, monkeypatch: pytest.MonkeyPatch, read_at_once: int
) -> None:
    monkeypatch.setattr(postings, "_FIRST_READ", read_at_once)
    monkeypatch.setattr(postings, "_MOST_READ", 2 * read_at_once)
    monkeypatch.setattr(postings, "_ASKED", read_at_once)
    monkeypatch.setattr(postings, "_FETCHED", 2)
    words = {"снег": 1, "дорога": 2, "дом": 3, "школа": 7, "мост": 50}
    put(
        store,
        [
            told(
                number, RYAZAN, ", ".join(word for word, each in words.items() if number % each == 0),
                date_published=datetime(2025, 5, 1 + number % 28, number % 24, tzinfo=UTC) if number % 10 else None,
            )
            for number in range(120)
        ],
    )  # fmt: skip
    for text in ("снег дорога", "снег дом школа", "мост снег", "снег -дорога", "дом -школа -дорога", "школа мост"):
        wanted = ArticleFilter(text=text, since=datetime(2025, 5, 4, tzinfo=UTC) if text == "снег дом школа" else None)
        plain = store.articles.find(query_of(store, wanted), {"_id": 1}).sort("search.order", -1)
        assert [one["_id"] for one in store.corpus.articles(wanted)] == [one["_id"] for one in plain]


@pytest.mark.parametrize(
    "text", ["", "и", "–", "снег -снега", " ".join(f"слово{number}" for number in range(13)), "а" * 201]
)
def test_a_question_that_means_nothing_is_refused(store: Store, text: str) -> None:
    with pytest.raises(QuestionError):
        store.corpus.page(ArticleFilter(text=text))


# --- cursors


@given(st.text())
def test_a_cursor_is_read_back_or_refused(text: str) -> None:
    assert read_cursor(write_cursor(text, 7), str, int) == [text, 7] if text.isprintable() else True
    with pytest.raises(QuestionError):
        read_cursor(text, str, str, int)


@pytest.mark.parametrize(
    "cursor",
    [
        "", "x", "====", "W10", write_cursor("2025-01-01T00:00:00", "x"), write_cursor("нет", "x"),
        write_cursor(5.5, "x"), write_cursor(None, 5), write_cursor("2025-01-01T00:00:00+00:00"), "я" * 10, "A" * 5000,
        write_cursor("0001-01-01T00:00:00+14:00", "x"), write_cursor(1 << 70), write_cursor(-1),
    ],
)  # fmt: skip
def test_cursors_from_elsewhere_are_refused(store: Store, cursor: str) -> None:
    questions = [
        lambda: store.corpus.page(ArticleFilter(), cursor=cursor),
        lambda: store.corpus.page(ArticleFilter(text="снег"), cursor=cursor),
        lambda: store.corpus.entities(cursor=cursor),
        lambda: store.corpus.runs(cursor=cursor),
        lambda: store.corpus.changes(cursor),
    ]
    for question in questions:
        with pytest.raises(QuestionError):
            question()


# --- days


def moscow_or_perm(site: str | None) -> str:
    return "Asia/Yekaterinburg" if site == "perm" else "Europe/Moscow"


def test_a_day_is_that_of_the_city(store: Store) -> None:
    perm = ("perm", "Пермь", "RU-PER")
    of_a_month = {"date_published_precision": "month"}
    put(
        store,
        [
            told(1, perm, "Да.", date_published=datetime(2025, 5, 1, 19, tzinfo=UTC)),  # 00:00 on the 2nd in Perm
            told(2, RYAZAN, "Да.", date_published=datetime(2025, 5, 1, 20, 59, tzinfo=UTC)),  # still the 1st in Moscow
            told(3, RYAZAN, "Да.", date_published=datetime(2025, 5, 2, 20, 59, tzinfo=UTC)),
            told(4, RYAZAN, "Месяц.", date_published=datetime(2025, 5, 1, 21, tzinfo=UTC), **of_a_month),
            told(5, RYAZAN, "Да.", date_published=datetime(2024, 12, 31, 21, tzinfo=UTC)),
            told(6, RYAZAN, "Да.", date_published=datetime(2023, 12, 31, 21, tzinfo=UTC)),
        ],
    )  # fmt: skip
    on_the_second = store.corpus.published_on(date(2025, 5, 2), zone_of=moscow_or_perm)
    assert [one["url"][-1] for one in on_the_second] == ["3", "1"]
    assert len(store.corpus.published_on(date(2025, 5, 2), zone_of=moscow_or_perm, limit=1)) == 1
    new_year = store.corpus.this_day(1, 1, zone_of=moscow_or_perm)
    assert {year: [one["url"][-1] for one in some] for year, some in new_year.items()} == {2025: ["5"], 2024: ["6"]}
    assert store.corpus.this_day(2, 29, zone_of=moscow_or_perm) == {}
    assert store.corpus.published_on(date.max, zone_of=moscow_or_perm) == []
    assert store.corpus.published_on(date.min, zone_of=moscow_or_perm) == []


def test_articles_that_speak_of_a_day(store: Store) -> None:
    body = "С 12 по 15 декабря 2018 года, 12 декабря 2018 года в 10:00, 12 декабря 2018 года и 120."
    put(
        store,
        [
            told(1, RYAZAN, body, dates=(speaks_of(body, "С 12 по 15 декабря 2018", "2018-12-12/2018-12-15"),)),
            told(2, RYAZAN, body, dates=(speaks_of(body, "12 декабря 2018 года в 10:00", "2018-12-12T10:00+03:00"),)),
            told(3, RYAZAN, body, dates=(speaks_of(body, "12 декабря 2018 года", "2018-12-12"),)),
            told(4, RYAZAN, body, dates=(speaks_of(body, "120", "2018-12-13"),)),
            told(5, RYAZAN, body, dates=(speaks_of(body, "120", "2018-12"),)),
            # One date before and one after it.
            told(6, RYAZAN, body, dates=(speaks_of(body, "С 12", "2018-12-01"), speaks_of(body, "120", "2019"))),
        ],
    )
    told_of = store.corpus.speaking_of(date(2018, 12, 12))
    assert sorted(one["url"][-1] for one in told_of) == ["1", "2", "3"]
    assert len(store.corpus.speaking_of(date(2018, 12, 12), limit=2)) == 2


# --- entities and runs


def test_entities_in_pages_by_frequency(store: Store) -> None:
    names = ["Анна Ли", "Борис Ли", "Вера Ли", "Глеб Ли"]
    put(store, [article(at, RYAZAN, *[person(name) for name in names[: at + 1]]) for at in range(4)])
    put(store, [article(9, TULA, thing("Тула", "loc:тула"))])
    seen: list[tuple[str, int]] = []
    cursor = None
    while True:
        part = store.corpus.entities(type_="PER", size=3, cursor=cursor)
        seen += [(one.normal, one.articles) for one in part.items]
        cursor = part.following
        if cursor is None:
            break
    assert seen == [("Анна Ли", 4), ("Борис Ли", 3), ("Вера Ли", 2), ("Глеб Ли", 1)]
    assert [one.normal for one in store.corpus.entities(text="Туле").items] == ["Тула"]
    company = store.corpus.mentioned_with("per:борис ли")
    assert company.sample == 3
    assert [(one.normal, one.articles) for one in company.others][:2] == [("Анна Ли", 3), ("Вера Ли", 2)]
    assert store.corpus.mentioned_with("per:никто").others == []


def test_runs_in_pages(store: Store) -> None:
    for number in range(5):
        store.start_run("crawl" if number % 2 else "reprocess", "ryazan").finish("done")
        time.sleep(0.002)
    seen = []
    cursor = None
    while True:
        part = store.corpus.runs(site="ryazan", size=2, cursor=cursor)
        seen += [one.id for one in part.items]
        cursor = part.following
        if cursor is None:
            break
    assert seen == [one.id for one in store.corpus.runs(site="ryazan").items]
    assert len(set(seen)) == 5
    assert len(store.corpus.runs(job="crawl").items) == 2
    assert store.corpus.runs(status="died").items == []


# --- the change feed


def follow(store: Store, after: str | None, size: int = 7) -> tuple[list[str], str]:
    """Return what the feed has from a cursor to its end, and where that is."""
    seen: list[str] = []
    while True:
        part = store.corpus.changes(after, size=size, margin=NO_LAG)
        seen += [one.article.url for one in part.items]
        after = part.last
        if not part.more:
            return seen, after


def test_the_feed_goes_on_where_it_stopped(store: Store) -> None:
    assert follow(store, None)[0] == []
    put(store, [told(number, RYAZAN, "Снег.") for number in range(20)])
    first, last = follow(store, None)
    assert len(first) == len(set(first)) == 20
    assert follow(store, last) == ([], last)
    store.write_articles([told(3, RYAZAN, "Оттепель.")], "run2")
    again, later = follow(store, last)
    assert again == ["http://ryazan.example/news/3"]
    assert follow(store, later)[0] == []
    store.touch_articles(["http://ryazan.example/news/4"])
    assert follow(store, later)[0] == [], "that it was met again is no change"
    assert store.corpus.changes(None, margin=timedelta(hours=1)).items == []
    assert store.corpus.changes(None, site="tula", margin=NO_LAG).items == []


def test_a_reader_that_follows_writers_misses_no_change(store: Store) -> None:
    """Four writers, each article written several times: the last state that the feed told of each is the stored one."""
    ended = threading.Event()

    def write(writer: int) -> None:
        for state in range(6):
            some = [told(writer * 100 + number, RYAZAN, f"Состояние {state}.") for number in range(15)]
            store.write_articles(some, f"run{writer}-{state}")

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    heard: dict[str, str] = {}

    def listen() -> None:
        after: str | None = None
        while True:
            last_look = ended.is_set()
            part = store.corpus.changes(after, size=13, margin=timedelta(seconds=0.5))
            for one in part.items:
                heard[one.article.url] = one.article.article_body
            after = part.last
            if last_look and not part.more:
                return

    listener = threading.Thread(target=listen)
    listener.start()
    for one in writers:
        one.start()
    for one in writers:
        one.join()
    time.sleep(0.8)
    ended.set()
    listener.join()
    stored = {one["_id"]: one["article_body"] for one in store.articles.find()}
    assert heard == stored
    assert len(stored) == 60


# --- how it is served


def ask_everything(store: Store) -> None:
    """Ask each question that there is, filters in each combination that has an index of its own."""
    corpus = store.corpus
    since = datetime(2024, 1, 1, tzinfo=UTC)
    filters: list[dict[str, Any]] = [
        {}, {"site": "ryazan"}, {"city": "Рязань"}, {"region": "RU-RYA"}, {"entity": "per:елена сорокина"},
        {"text": "снег"}, {"text": "снег дорога -лыжи", "site": "ryazan"}, {"text": "стали", "city": "Рязань"},
    ]  # fmt: skip
    for one in filters:
        for wanted in (ArticleFilter(**one), ArticleFilter(**one, since=since, with_copies=True)):
            part = corpus.page(wanted, size=2)
            if part.following:
                corpus.page(wanted, size=2, cursor=part.following)
            corpus.count(wanted)
            corpus.by_month(wanted)
            list(corpus.articles(wanted, limit=3))
    corpus.speaking_of(date(2018, 12, 12))
    corpus.published_on(date(2025, 5, 2), zone_of=moscow_or_perm)
    corpus.this_day(5, 2, zone_of=moscow_or_perm)
    for kind in (None, "PER"):
        corpus.entities(type_=kind, cursor=corpus.entities(type_=kind, size=1).following)
    corpus.entities(text="Сорокиной")
    corpus.mentioned_with("per:елена сорокина")
    for run_filter in ({}, {"site": "ryazan"}, {"job": "crawl", "site": "ryazan"}):
        corpus.runs(**run_filter)
    corpus.changes(corpus.changes(None, size=1, margin=NO_LAG).last, margin=NO_LAG)
    corpus.changes(None, site="ryazan")
    corpus.sites()
    corpus.cities()
    corpus.regions()


def test_every_question_is_served_by_an_index_that_has_its_order(filled: Store) -> None:
    more = [told(number, RYAZAN, f"Снег и дорога, дом {number}.") for number in range(100, 400)]
    put(filled, more)
    with profiled(filled) as entries:
        ask_everything(filled)
    assert len(entries) > 60
    assert without_an_index(entries) == []
    assert [one for one in sorted_in_memory(entries) if not _is_small(one)] == []


def _is_small(command: dict[str, Any]) -> bool:
    """Tell whether what was put in order are few: the rows of a count, the articles that name a span of days."""
    stages: Sequence[dict[str, Any]] = command.get("pipeline", ())
    return any("$group" in one for one in stages) or isinstance(command.get("filter", {}).get("dates.value"), dict)


def test_what_takes_too_long_is_refused(filled: Store) -> None:
    slow = {"$where": "sleep(300) || true"}
    with pytest.raises(TooBroadError, match="too much is found") as told_why:
        asking.ask(filled, lambda: list(filled.articles.find(slow, max_time_ms=20)))
    assert "a shorter time" in told_why.value.advice


def test_a_reader_neither_makes_nor_migrates(store: Store, config: Config) -> None:
    fresh = config.model_copy(update={"database": f"{config.database}-empty"})
    with open_store(fresh, read_only=True) as reader:
        assert reader.corpus.page(ArticleFilter()).items == []
        assert reader.corpus.changes(None).items == []
        assert reader.corpus.count(ArticleFilter()) == 0
        assert fresh.database not in reader.connection.client.list_database_names()
    store.database["meta"].update_one({"_id": "schema"}, {"$set": {"version": SCHEMA_VERSION - 1}})
    with pytest.raises(ConfigError, match="schema version"):
        open_store(config, read_only=True)


def test_a_database_of_version_5_gets_words(filled: Store) -> None:
    before = list(filled.articles.find().sort("_id", 1))
    filled.database.command("collMod", "articles", validator={})
    filled.articles.update_many({}, {"$unset": {"search": 1}})
    add_search(filled.database)
    assert list(filled.articles.find().sort("_id", 1)) == before


# --- marking


def test_an_article_in_segments() -> None:
    body = "Глава Рязани 1 мая.\n\nУлица 1 Мая, дом."
    street = body.index("Улица")
    made = told(
        1, RYAZAN, body,
        EntityMention(start=6, stop=12, text="Рязани", type="LOC", normal="Рязань", id="loc:рязань"),
        EntityMention(start=street, stop=street + 11, text="Улица 1 Мая", type="LOC", normal="улица 1 Мая", id="loc:x"),
        dates=(speaks_of(body, "1 мая", "2025-05-01"), speaks_of(body, "1 Мая", "2025-05-01")),
    )  # fmt: skip
    parts = paragraphs(made)
    assert [["".join(one.text for one in some)] for some in parts] == [["Глава Рязани 1 мая."], ["Улица 1 Мая, дом."]]
    segments = [one for some in parts for one in some]
    assert [(one.text, one.entity and one.entity.normal, one.date and one.date.value) for one in segments] == [
        ("Глава ", None, None), ("Рязани", "Рязань", None), (" ", None, None), ("1 мая", None, "2025-05-01"),
        (".", None, None), ("Улица ", "улица 1 Мая", None), ("1 Мая", "улица 1 Мая", "2025-05-01"),
        (", дом.", None, None),
    ]  # fmt: skip


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=6),
    st.text(alphabet="аб \n", max_size=25),
)
def test_segments_joined_are_the_body(places: list[tuple[int, int]], body: str) -> None:
    mentions = [
        EntityMention(start=a, stop=b, text="x", type="PER", normal="x", id="per:x") for a, b in places if a <= b
    ]
    parts = paragraphs(told(1, RYAZAN, body, *mentions))
    assert "\n\n".join("".join(one.text for one in some) for some in parts) == body
    assert all(isinstance(one, Segment) and one.text for some in parts for one in some)
