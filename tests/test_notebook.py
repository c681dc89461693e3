"""Tables of the corpus: exact, of the right types, whatever the library; and nothing of it writes."""

from __future__ import annotations

import subprocess
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import islice
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from newscrawl import notebook
from newscrawl.config import load_config
from newscrawl.errors import ConfigError, NewscrawlError, StoreUnavailableError
from newscrawl.exports.columns import record_schema, table
from newscrawl.items import StoredArticle
from newscrawl.notebook import frames
from newscrawl.notebook.tables import as_kind
from newscrawl.store import Store, bulk, open_store
from newscrawl.store.bulk import in_batches
from newscrawl.store.finding import ArticleFilter

from .notebook_tools import ORIGIN, REVISED, corpus, reading
from .own_mongods import mongods, primary, replica_set
from .profiled import profiled, sorted_in_memory, without_an_index

ALL = ArticleFilter(with_copies=True)


def plain(value: Any) -> Any:
    """Return a value of a table as a record's dump has it: tuples are lists, only None is missing."""
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    return None if value is pd.NaT or value is pd.NA or value != value else value


def records(store: Store) -> list[dict[str, Any]]:
    found = [one.model_dump() for one in store.find_articles()]
    assert len(found) > 30
    return [plain(one) for one in found]


# --- articles


def test_articles_are_exact_in_every_library(reading: Store) -> None:
    expected = records(reading)
    arrow = notebook.articles(include_duplicates=True, as_="arrow")
    assert arrow.schema == record_schema(StoredArticle)
    rows = [
        {name: dict(v) if name in {"repairs", "found_by"} else v for name, v in r.items()} for r in arrow.to_pylist()
    ]
    assert rows == expected
    polars = notebook.articles(include_duplicates=True, as_="polars")
    assert isinstance(polars, pl.DataFrame)
    assert polars.to_dicts() == expected
    assert polars.schema["date_published"] == pl.Datetime("ms", "UTC")
    assert isinstance(polars.schema["entities"], pl.List)
    frame = notebook.articles(include_duplicates=True)
    assert isinstance(frame, pd.DataFrame)
    assert [plain(one) for one in frame.to_dict("records")] == expected


def test_pandas_columns_are_of_use(reading: Store) -> None:
    frame = notebook.articles(site="sample")
    assert str(frame["date_published"].dtype) == "datetime64[ms, UTC]"
    assert str(frame["gone_at"].dtype) == "datetime64[ms, UTC]"
    assert isinstance(frame["headline"].dtype, pd.StringDtype)
    assert frame["revision"].dtype == "int64"
    assert frame["entities"].map(len).sum() == len(notebook.mentions(site="sample"))
    one = frame["entities"][0][0]
    assert isinstance(one, dict)
    assert frame["article_body"][0][one["start"] : one["stop"]] == one["text"]
    assert "PER" in set(pd.json_normalize(frame.explode("entities")["entities"].dropna().tolist())["type"])
    assert frame["found_by"][0]["headline"].startswith("layout:")


def test_columns_are_chosen_on_the_server(reading: Store) -> None:
    frame = notebook.articles(columns=["headline", "url", "headline"])
    assert list(frame.columns) == ["headline", "url"]
    (batch, *_) = in_batches(reading, ArticleFilter(), ("headline",), limit=1)
    assert batch[0].keys() == {"_id", "headline", "date_published", "search"}
    assert batch[0]["search"].keys() == {"order"}


@pytest.mark.parametrize("kind", ["pandas", "polars", "arrow"])
def test_an_empty_result_has_all_columns(reading: Store, kind: Any) -> None:
    for ask in (notebook.articles, notebook.mentions, notebook.dates):
        nothing, something = ask(site="nowhere", as_=kind), ask(limit=1, as_=kind)
        assert nothing.shape == (0, something.shape[1])
        if kind == "pandas":
            assert nothing.dtypes.equals(something.dtypes)
        else:
            assert nothing.schema == something.schema
    assert notebook.runs(site="nowhere", as_="arrow").schema == notebook.runs(as_="arrow").schema


def test_filters(reading: Store) -> None:
    everything = notebook.articles(include_duplicates=True)
    urls = set(everything["url"])
    copies = urls - set(notebook.articles()["url"])
    assert set(everything.set_index("url").loc[list(copies), "duplicate_of"].notna()) == {True}
    assert len(copies) == 1
    assert set(notebook.articles(site=["sample", "nowhere"], include_duplicates=True)["url"]) == urls
    assert set(notebook.articles(city="Светлореченск", include_duplicates=True)["url"]) == urls
    assert notebook.articles(region=["RU-RYA"]).empty
    middle = everything["date_published"].dropna().iloc[len(urls) // 2]
    later = notebook.articles(since=middle, include_duplicates=True)
    earlier = notebook.articles(until=middle.isoformat(), include_duplicates=True)
    assert len(later) + len(earlier) == everything["date_published"].notna().sum()
    assert earlier["date_published"].max() < middle == later["date_published"].min()
    zone = timezone(timedelta(hours=3))
    assert len(notebook.articles(since=middle.astimezone(zone), include_duplicates=True)) == len(later)
    found = notebook.articles(text="администрацией", include_duplicates=True)
    assert 0 < len(found) <= len(urls)
    assert found["article_body"].str.contains("администраци", case=False).all()
    both = notebook.articles(text="администрация -города", include_duplicates=True)
    assert set(both["url"]) <= set(found["url"])
    who = notebook.entities(type_="PER", limit=2)["id"].tolist()
    theirs = notebook.articles(entity=who, include_duplicates=True)
    assert set(theirs["url"]) == {
        one.url for one in reading.find_articles() if any(named.id in who for named in one.identities)
    }
    assert list(notebook.articles(limit=3)["url"]) == list(notebook.articles()["url"])[:3]


@pytest.mark.parametrize(
    ("arguments", "told", "advice"),
    [
        ({"columns": ["headlin"]}, "no column 'headlin'", "Did you mean 'headline'?"),
        ({"columns": "headline"}, "no list of names", "columns=["),
        ({"columns": []}, "no list of names", "columns=["),
        ({"as_": "numpy"}, "no such table", "pandas, polars, arrow"),
        ({"as_": ["pandas"]}, "no such table", "pandas, polars, arrow"),
        ({"limit": -1}, "limit=-1", ""),
        ({"limit": "3"}, "limit='3'", ""),
        ({"since": "gestern"}, "since='gestern' is not a day", ""),
        ({"until": 2026}, "until=2026 is not a day", ""),
        ({"site": 3}, "site=3 is neither", "site='…'"),
        ({"entity": [{"$gt": ""}]}, "is neither a name nor a list", "entity='…'"),
        ({"text": {"$gt": ""}}, "is no text", "words"),
        ({"text": "-"}, "cannot be answered", ""),
    ],
)
def test_bad_arguments_are_one_sentence(reading: Store, arguments: Any, told: str, advice: str) -> None:
    with pytest.raises(ConfigError) as caught:
        notebook.articles(**arguments)
    assert told in caught.value.message
    assert advice in caught.value.advice
    if "columns" not in arguments:
        kept = {name: value for name, value in arguments.items() if name != "size"}
        with pytest.raises(ConfigError):
            notebook.mentions(**kept)


@pytest.mark.parametrize(
    ("kind", "missing", "advice"),
    [("polars", "polars", "pip install polars"), ("pandas", "pyarrow", "pip install 'newscrawl[notebook]'")],
)
def test_a_library_that_is_missing_is_named(
    reading: Store, monkeypatch: pytest.MonkeyPatch, kind: Any, missing: str, advice: str
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ConfigError) as caught:
        notebook.articles(as_=kind)
    assert f"{missing}, which is not installed" in caught.value.message
    assert caught.value.advice == advice


def test_maps_of_a_slice_are_its_own() -> None:
    kind = pa.map_(pa.string(), pa.int64())
    made = pa.table({"m": pa.array([[("a", 1)], None, [("b", 2), ("c", 3)], []], kind)})
    assert as_kind(made.slice(1), "pandas")["m"].tolist() == [None, {"b": 2, "c": 3}, {}]


# --- many articles


FLAT = ["headline", "site", "article_body", "duplicate_of"]


def test_a_few_columns_of_everything_are_read_as_they_lie_and_put_in_order(
    reading: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with profiled(reading) as entries:
        unsorted = notebook.articles(columns=FLAT, as_="arrow")
    assert [one["command"].get("sort") for one in entries if one["ns"].endswith(".articles")][-1] is None
    monkeypatch.setattr(bulk, "_MOST_UNSORTED", 0)
    with profiled(reading) as entries:
        in_order = notebook.articles(columns=FLAT, as_="arrow")
    assert any(one["command"].get("sort") for one in entries)
    assert unsorted.combine_chunks().equals(in_order.combine_chunks())
    assert unsorted.num_rows > 30


def test_a_reading_in_no_order_that_is_broken_off_is_done_in_order(
    reading: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = notebook.articles(columns=FLAT, as_="arrow")
    monkeypatch.setattr(bulk, "_PLAIN_BATCH", 7)
    broken: list[int] = []

    def break_off(documents: Any, schema: pa.Schema) -> pa.Table:
        if not broken:  # the server forgets the cursor, as at its restart
            admin = reading.connection.client.admin
            idle = admin.aggregate([{"$currentOp": {"idleCursors": True}}, {"$match": {"type": "idleCursor"}}])
            name = f"{reading.database.name}.articles"
            broken.extend(one["cursor"]["cursorId"] for one in idle if one["ns"] == name)
            reading.database.command("killCursors", "articles", cursors=broken)
        return table(documents, schema)

    monkeypatch.setattr(frames, "table", break_off)
    found = notebook.articles(columns=FLAT, as_="arrow")
    assert broken
    assert found.combine_chunks().equals(expected.combine_chunks())


def test_batches_are_the_articles(reading: Store) -> None:
    whole = notebook.articles(as_="arrow")
    for size in (1, 7, 10_000):
        parts = list(notebook.batches(size=size, as_="arrow"))
        assert {one.num_rows for one in parts[:-1]} <= {size}
        assert 0 < parts[-1].num_rows <= size
        assert pa.concat_tables(parts).equals(whole)
    few = list(notebook.batches(size=2, limit=3, columns=["url"]))
    assert [len(one) for one in few] == [2, 1]
    assert pd.concat(few)["url"].tolist() == whole["url"].to_pylist()[:3]
    assert list(notebook.batches(site="nowhere")) == []
    with pytest.raises(ConfigError, match="size=0"):
        notebook.batches(size=0)  # when it is called, not when it is first asked


def test_iterate_yields_the_records(reading: Store) -> None:
    assert [one.url for one in notebook.iterate()] == notebook.articles()["url"].tolist()
    (first,) = notebook.iterate(limit=1)
    assert first == reading.find_article(first.url)


def test_batches_left_early_leave_no_cursor(reading: Store) -> None:
    def opened() -> int:
        return int(reading.connection.client.admin.command("serverStatus")["metrics"]["cursor"]["open"]["total"])

    before = opened()
    found = notebook.batches(size=2, columns=["url"])
    next(found)
    found.close()  # type: ignore[attr-defined]
    again = in_batches(reading, ALL, ("url",), size=2)
    next(again)
    again.close()  # type: ignore[attr-defined]
    assert opened() <= before


# --- mentions, dates, entities, runs, pages, revisions


def test_mentions_are_all_there_is(reading: Store) -> None:
    frame = notebook.mentions(include_duplicates=True)
    told = [(one.url, named) for one in reading.find_articles() for named in one.entities]
    assert len(frame) == len(told)
    bodies = {one.url: one.article_body for one in reading.find_articles()}
    meant = {(one.url, named.key): named.id for one in reading.find_articles() for named in one.identities}
    for row, (url, named) in zip(frame.to_dict("records"), told, strict=True):
        assert (row["url"], row["text"], row["type"], row["key"]) == (url, named.text, named.type, named.id)
        assert row["id"] == meant[url, named.id]
        assert bodies[url][row["start"] : row["stop"]] == row["text"]
        assert named.text in bodies[url].split("\n\n")[row["paragraph"] - 1]
        assert plain(row["name"]) == (named.name.model_dump() if named.name else None)
    assert set(notebook.mentions(type_=["PER", "LOC"])["type"]) == {"PER", "LOC"}
    assert len(notebook.mentions(limit=3)) == 3
    assert notebook.mentions(as_="polars").schema["refs"] == pl.List(pl.String)
    with pytest.raises(ConfigError, match="no such type"):
        notebook.mentions(type_="PERSON")


def test_mentions_follow_merges(reading: Store) -> None:
    one, other = notebook.entities(type_="ORG", limit=2)["id"]
    before = {name: len(notebook.mentions(entity=name, include_duplicates=True)) for name in (one, other)}
    reading.registry.merge(other, one)
    try:
        merged = notebook.mentions(entity=other, include_duplicates=True)
        assert set(merged["id"]) == {one}
        assert len(merged) == sum(before.values())
        # An article of a crawl under way may still bear the id that was merged away.
        named = {"$set": {"identities.$[one].id": other}}
        reading.articles.update_many({}, named, array_filters=[{"one.id": one}])
        assert set(notebook.mentions(entity=one, include_duplicates=True)["id"]) == {one}
    finally:
        reading.articles.update_many({}, {"$set": {"identities.$[one].id": one}}, array_filters=[{"one.id": other}])
        reading.registry.undo("merge", other)


def test_dates_are_all_there_is(reading: Store) -> None:
    frame = notebook.dates(include_duplicates=True)
    told = [(one.url, found) for one in reading.find_articles() for found in one.dates]
    assert list(zip(frame["url"], frame["value"], frame["first"], frame["rule"], frame["start"], strict=True)) == [
        (url, found.value, found.first, found.rule, found.start) for url, found in told
    ]


def test_entities(reading: Store) -> None:
    frame = notebook.entities()
    assert frame["articles"].is_monotonic_decreasing
    assert len(frame) == reading.entities.count_documents({})
    assert set(notebook.entities(type_="PER")["type"]) == {"PER"}
    assert (notebook.entities(min_articles=3)["articles"] >= 3).all()
    assert len(notebook.entities(min_articles=3)) == (frame["articles"] >= 3).sum()
    assert "loc:светлореченск" in set(notebook.entities(text="светлореченска")["id"])
    assert notebook.entities(limit=4)["id"].tolist() == frame["id"].tolist()[:4]
    assert frame["cities"][0][0]["city"] == "Светлореченск"
    with pytest.raises(ConfigError, match="no name of a type"):
        notebook.entities(type_=["PER"])  # type: ignore[arg-type]


def test_runs(reading: Store) -> None:
    frame = notebook.runs(job="crawl")
    assert frame["stats"][0]["articles_new"] > 30
    flat = notebook.runs(flat=True)
    assert flat["stats.articles_new"].dtype == "int64"
    assert flat["stats.seconds.fetch"][0] == 1.5
    assert notebook.runs(since=datetime.now(UTC) + timedelta(days=1)).empty
    assert notebook.runs(since=date(2020, 1, 1), job="backfill").empty
    assert "stats" in notebook.runs(as_="polars").columns


def test_what_is_stored_of_one_article(reading: Store) -> None:
    frame = notebook.articles(columns=["url", "page_id", "revision"])
    url = frame["url"][frame["revision"] == 2].item()
    found = notebook.pages(f"{url}?print=Y")
    assert found["is_current"].tolist() == [True]
    page = notebook.page(found["page_id"][0])
    assert page is not None
    assert (len(page.body), page.status) == (found["bytes"][0], found["status"][0])
    assert "text/html" in found["content_type"][0]
    states = notebook.revisions(url)
    assert states["revision"].tolist() == [1, 2]
    assert [list(one) for one in states["changed"]] == [[], ["article_body"]]
    assert states["article_body"][1].endswith(REVISED)
    for nothing in (notebook.pages(f"{ORIGIN}/nothing"), notebook.revisions(f"{ORIGIN}/nothing")):
        assert nothing.empty
    assert notebook.page("0" * 32) is None
    with pytest.raises(ConfigError, match="no address"):
        notebook.pages("")


# --- connections


def test_calls_share_a_connection_and_nothing_is_left(reading: Store) -> None:
    first = notebook.connections.reader(None, None)
    notebook.articles(limit=1)
    assert notebook.connections.reader(None, None) is first
    assert notebook.connections.reader(None, "other") is not first
    notebook.close()
    assert notebook.connections.reader(None, None) is not first


def test_a_forked_process_has_its_own_connection(reading: Store) -> None:
    code = (
        "import os, sys, warnings\n"
        "from newscrawl import notebook\n"
        "before = notebook.articles(columns=['url'])['url'].tolist()\n"
        "warnings.simplefilter('ignore', DeprecationWarning)\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    os._exit(0 if notebook.articles(columns=['url'])['url'].tolist() == before else 1)\n"
        "_, status = os.waitpid(child, 0)\n"
        "assert notebook.articles(columns=['url'])['url'].tolist() == before\n"
        "sys.exit(os.waitstatus_to_exitcode(status))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_no_server_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSCRAWL_PATIENCE", "0.1")
    with pytest.raises(StoreUnavailableError) as caught:
        notebook.articles(mongo_uri="mongodb://127.0.0.1:1/")
    assert "127.0.0.1:1" in caught.value.message
    assert caught.value.advice


def test_who_may_only_read_can_ask_everything(reading: Store) -> None:
    """Every call but `crawl` and `reprocess`, with a MongoDB user of the role `read`."""
    with mongods(1, "--auth") as (mongod,):
        with mongod.client() as admin:
            admin.admin.command("createUser", "root", pwd="root-77", roles=["root"])
        with mongod.client(username="root", password="root-77") as admin:
            admin["news"].command("createUser", "reader", pwd="pass-77", roles=["read"])
            uri = f"mongodb://root:root-77@{mongod.netloc}/"
            with open_store(load_config(mongo_uri=uri, database="news")) as store:
                for name in ("articles", "pages", "revisions", "entities", "runs"):
                    store.database[name].insert_many(list(reading.database[name].find()))
            where: Any = {"mongo_uri": f"mongodb://reader:pass-77@{mongod.netloc}/news", "database": "news"}
            before = admin["news"].command("dbStats")["objects"]
            url = notebook.articles(**where)["url"][0]
            asked: list[Callable[[], Any]] = [
                lambda: notebook.articles(text="администрация", **where),
                lambda: next(iter(notebook.batches(size=5, **where))),
                lambda: list(islice(notebook.iterate(**where), 2)),
                lambda: notebook.mentions(entity="loc:светлореченск", **where),
                lambda: notebook.dates(**where),
                lambda: notebook.entities(**where),
                lambda: notebook.runs(**where),
                lambda: notebook.pages(url, **where),
                lambda: notebook.revisions(url, **where),
            ]
            for ask in asked:
                assert len(ask()) > 0
            shown = notebook.article(url, **where)
            assert shown is not None
            assert "<mark" in shown._repr_html_()
            assert admin["news"].command("dbStats")["objects"] == before
        notebook.close()


def test_a_failover_does_not_break_a_table_off() -> None:
    with replica_set(3) as (servers, uri), open_store(load_config(mongo_uri=uri, database="news")) as store:
        moment = datetime(2026, 1, 1, tzinfo=UTC)
        store.articles.database.command("collMod", "articles", validator={})
        store.articles.insert_many(
            {
                "_id": f"{n:05}",
                "url": f"{n:05}",
                "date_published": moment + timedelta(minutes=n // 3),
                "search": {"order": n},
            }
            for n in range(3000)
        )
        found: list[str] = []
        for number, batch in enumerate(in_batches(store, ALL, ("url",), size=200)):
            found += [one["_id"] for one in batch]
            if number == 3:
                primary(servers).kill()
        expected = sorted(range(3000), key=lambda n: (-(n // 3), n))
        assert found == [f"{n:05}" for n in expected]


# --- one source of the schema


def test_exports_and_notebooks_have_one_schema(reading: Store) -> None:
    documents = list(reading.articles.find())
    assert table(documents).schema == record_schema(StoredArticle).remove(
        record_schema(StoredArticle).get_field_index("site")
    )


@pytest.mark.parametrize(
    ("field", "value"), [("revision", "two"), ("entities", [{"start": "x"}]), ("found_by", 3), ("fetched_at", "now")]
)
def test_what_another_program_wrote_is_one_sentence(field: str, value: object) -> None:
    with pytest.raises(NewscrawlError) as caught:
        table([{field: value}], record_schema(StoredArticle))
    assert f"a stored {field} is no" in caught.value.message
    assert "reprocess" in caught.value.advice


def test_every_question_is_served_by_an_index(reading: Store) -> None:
    url = notebook.articles(limit=1)["url"][0]
    with profiled(reading) as entries:
        for filters in (
            {}, {"site": "sample"}, {"site": ["sample", "other"]}, {"city": "Светлореченск"}, {"region": "RU-RYA"},
            {"since": "2026-01-01"}, {"text": "администрация"}, {"entity": "loc:светлореченск"},
        ):  # fmt: skip
            arguments: Any = filters
            notebook.articles(**arguments)
        notebook.mentions(entity="loc:светлореченск")
        notebook.dates(site="sample")
        notebook.entities(type_="PER")
        notebook.entities(text="администрация")
        notebook.runs(job="crawl")
        notebook.pages(url)
        notebook.revisions(url)
    assert len(entries) > 15
    assert without_an_index(entries) == []
    # Several sites are merged by an index where there are many articles; of so few MongoDB may rather sort.
    in_memory = [one for one in sorted_in_memory(entries) if "$in" not in str(one.get("filter", {}).get("site"))]
    assert [one for one in in_memory if one.get("find") in {"articles", "pages", "revisions"}] == []


def test_errors_show_their_advice_wherever_they_appear(reading: Store) -> None:
    with pytest.raises(ConfigError) as caught:
        notebook.articles(columns=["urls"])
    advice = caught.value.advice
    assert caught.value._render_traceback_() == ["ConfigError: there is no column 'urls'", advice]  # Jupyter
    assert advice in "".join(traceback.format_exception(caught.value))  # a script, marimo
