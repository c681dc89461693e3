"""Exports: what they hold, that they go on without loss or doubles, that nothing half is ever left."""

from __future__ import annotations

import csv
import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import pandas as pd
import pyarrow.parquet as pq
import pytest

from newscrawl.config import Config
from newscrawl.errors import ConfigError, NewscrawlError
from newscrawl.exports import dataset, flat
from newscrawl.exports.columns import arrow_schema, described, table
from newscrawl.exports.files import temporary_name, whole_file
from newscrawl.exports.manifest import read_since
from newscrawl.items import Article, Attachment, DateMention, PersonName, Problem, StoredArticle
from newscrawl.jobs.export import export_dataset
from newscrawl.store import RunLog, Store

from .conftest import ROOT, Run, command_environment
from .registry_tools import KALUGA, RYAZAN, TULA, article, person, thing

MOMENT = datetime(2026, 1, 31, 12, tzinfo=UTC)


def published(one: Article, year: int | None, **fields: object) -> Article:
    when = datetime(year, 5, 1, 9, tzinfo=UTC) if year else None
    return one.model_copy(update={"date_published": when, **fields})


IN_MAY = DateMention(
    start=0, stop=1, text="в мае", value="2025-05", first="2025-05-01", last="2025-05-31", precision="month", rule="x"
)
RICH = published(
    article(1, RYAZAN, person("Анна Белова", "мэр"), thing("Ока", "loc:ока", "iso3166:RU")), 2025,
    authors=("Иванов",), keywords=("мост", "=1+1"), repairs={"spaces": 2}, found_by={"headline": "layout:a h1"},
    attachments=(Attachment(url="http://a.example/1.pdf", size="1 МБ"),), dates=(IN_MAY,),
    problems=(Problem(field="date_modified", reason="unreadable", text="вчора"),), lead="+7 (4912) 25-25-25",
    headline='=HYPERLINK("http://x")', article_body="Первый.\n\nВторой; «абзац».",
)  # fmt: skip
SOME = [
    RICH,
    published(article(2, RYAZAN, person("Анна Белова")), 2024),
    published(article(3, RYAZAN), 2024),
    published(article(4, RYAZAN), None),
    published(article(5, TULA), 2025),
]


@pytest.fixture
def filled(store: Store) -> Store:
    """A store with some articles, one of them in its second revision; all of them a while ago."""
    store.write_articles(SOME, "run1")
    store.write_articles([SOME[2].model_copy(update={"headline": "Иначе"})], "run2")
    store.refresh_entities()
    settle(store)
    return store


def settle(store: Store) -> None:
    """Make all that was written look old: what changes from now on is told apart."""
    store.articles.update_many({}, {"$set": {"changed_at": MOMENT}})


def export(store: Store, config: Config, folder: Path, **options: Any) -> Any:
    return export_dataset(store, config, folder, log=RunLog(), **options)


def rows(folder: Path) -> dict[str, tuple[str, int]]:
    """Return by address the site and year under which a reader finds an article; each is found once."""
    frame = pd.read_parquet(folder)
    assert frame["url"].is_unique
    return {
        url: (str(site), int(year)) for url, site, year in zip(frame["url"], frame["site"], frame["year"], strict=True)
    }


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


# --- the columns


def test_the_schema_is_made_of_the_record_and_keeps_what_is_nested() -> None:
    schema = arrow_schema()
    assert schema.names == [name for name in StoredArticle.model_fields if name != "site"]
    assert all(description for _, _, description in described())
    assert str(schema.field("date_published").type) == "timestamp[ms, tz=UTC]"
    assert str(schema.field("repairs").type) == "map<string, int64>"
    mention = schema.field("entities").type.value_type
    assert [field.name for field in mention.field("name").type] == list(PersonName.model_fields)


def test_the_docs_tell_the_schema_and_the_columns_of_csv() -> None:
    text = (ROOT / "docs" / "export.md").read_text(encoding="utf-8")
    for name, kind, _ in described():
        assert f"| `{name}` | {short(kind)} |" in text, name
    for name, (_, told) in flat.COLUMNS.items():
        assert f"| `{name}` | {told} |" in text, name


def short(kind: str) -> str:
    """Return a type as the docs tell it: of a struct only that it is one."""
    return kind if "struct" not in kind else "list of structs"


def test_values_of_another_type_are_an_error_and_no_null(filled: Store) -> None:
    document = filled.articles.find_one({}) or {}
    with pytest.raises(NewscrawlError, match="a stored headline is no string"):
        table([{**document, "headline": 5}])


# --- Parquet


def test_a_reader_finds_every_article_once_with_all_that_is_nested(
    filled: Store, config: Config, tmp_path: Path
) -> None:
    done = export(filled, config, tmp_path / "out")
    assert (done.rows, done.files) == (5, 4)
    assert rows(tmp_path / "out") == {
        SOME[0].url: ("ryazan", 2025), SOME[1].url: ("ryazan", 2024), SOME[2].url: ("ryazan", 2024),
        SOME[3].url: ("ryazan", 0), SOME[4].url: ("tula", 2025),
    }  # fmt: skip
    one = pq.read_table(tmp_path / "out/site=ryazan/year=2025/articles.parquet", partitioning=None).to_pylist()[0]
    stored = filled.find_article(RICH.url)
    assert stored is not None
    told = stored.model_dump(exclude={"site"})
    plain = json.loads(json.dumps(told, default=str))
    plain |= {"repairs": [["spaces", 2]], "found_by": [["headline", "layout:a h1"]]}
    assert json.loads(json.dumps(one, default=str)) == plain


def test_changes_come_again_and_an_article_that_moves_leaves_its_year(
    filled: Store, config: Config, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    first = export(filled, config, out)
    assert first.next_since < datetime.now(UTC)
    untouched = {path: path.stat().st_mtime_ns for path in out.rglob("*.parquet")}
    again = export(filled, config, out, since=read_since(str(out)))
    assert (again.rows, again.files, again.removed) == (0, 0, 0)
    # A date is found, one is corrected, one article is new, a site too.
    filled.write_articles(
        [
            published(SOME[3], 2023), published(SOME[1], 2025), published(article(6, RYAZAN), 2022),
            published(article(7, KALUGA), 2020),
        ],
        "run3",
    )  # fmt: skip
    done = export(filled, config, out, since=read_since(str(out)))
    assert rows(out) == {
        SOME[0].url: ("ryazan", 2025), SOME[1].url: ("ryazan", 2025), SOME[2].url: ("ryazan", 2024),
        SOME[3].url: ("ryazan", 2023), SOME[4].url: ("tula", 2025), article(6, RYAZAN).url: ("ryazan", 2022),
        article(7, KALUGA).url: ("kaluga", 2020),
    }  # fmt: skip
    assert done.removed == 1  # nothing is undated any more
    tula = out / "site=tula/year=2025/articles.parquet"
    assert tula.stat().st_mtime_ns == untouched[tula]
    assert files(out) == sorted([
        "_manifest.json", "site=kaluga/year=2020/articles.parquet", "site=tula/year=2025/articles.parquet",
        *(f"site=ryazan/year={year}/articles.parquet" for year in (2022, 2023, 2024, 2025)),
    ])  # fmt: skip


@pytest.mark.parametrize("change", ["revision", "gone", "identity", "reading"])
def test_whatever_changes_of_an_article_comes_again_but_a_mere_sight_does_not(
    filled: Store, config: Config, tmp_path: Path, change: str
) -> None:
    export(filled, config, tmp_path / "out")
    since = MOMENT + timedelta(seconds=1)
    filled.write_articles([RICH], "run4")
    filled.touch_articles([SOME[1].url])
    filled.mark_returned(SOME[1].url)
    assert [one["_id"] for one in filled.exporting.changed("ryazan", since)] == []
    if change == "revision":
        filled.write_articles([RICH.model_copy(update={"lead": "Иначе"})], "run5")
    elif change == "gone":
        assert filled.mark_gone(RICH.url, MOMENT)
    elif change == "reading":
        filled.write_articles([RICH.model_copy(update={"pipeline_version": "later"})], "run5")
    else:
        filled.articles.update_one(
            {"_id": RICH.url}, {"$set": {"identities.0.id": "per:другая", "unsettled": {"token": "t", "gone": []}}}
        )
        filled.refresh_entities()
    assert [one["_id"] for one in filled.exporting.changed("ryazan", since)] == [RICH.url]


def test_a_gap_is_not_left_even_where_one_is_asked_for(filled: Store, config: Config, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export(filled, config, out)
    manifest = json.loads((out / "_manifest.json").read_text())
    manifest["sites"]["ryazan"] = manifest["next_since"] = "2026-01-01T00:00:00Z"
    (out / "_manifest.json").write_text(json.dumps(manifest))
    filled.articles.update_one({"_id": SOME[1].url}, {"$set": {"headline": "Позже", "changed_at": MOMENT}})
    done = export(filled, config, out, since=datetime(2026, 6, 1, tzinfo=UTC))
    assert done.since == datetime(2026, 1, 1, tzinfo=UTC)
    assert "Позже" in set(pd.read_parquet(out)["headline"])


def test_a_dataset_of_changes_alone_stays_one(filled: Store, config: Config, tmp_path: Path) -> None:
    out = tmp_path / "out"
    since = MOMENT + timedelta(seconds=1)
    filled.write_articles([SOME[1].model_copy(update={"lead": "Новое"})], "run3")
    export(filled, config, out, since=since)
    assert set(rows(out)) == {SOME[1].url}
    filled.write_articles([SOME[2].model_copy(update={"lead": "Новое"})], "run4")
    export(filled, config, out, since=read_since(str(out)))
    assert set(rows(out)) == {SOME[1].url, SOME[2].url}
    with pytest.raises(ConfigError, match="holds only what changed since"):
        export(filled, config, out, sites=["tula"])
    export(filled, config, out)
    assert len(rows(out)) == 5


def test_one_site_is_brought_up_to_date_and_the_others_are_left(filled: Store, config: Config, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export(filled, config, out, sites=["tula"])
    assert set(rows(out)) == {SOME[4].url}
    export(filled, config, out, sites=["ryazan"], since=MOMENT)  # not in it yet: all of it
    assert len(rows(out)) == 5
    filled.articles.delete_many({"site": "tula"})
    export(filled, config, out)
    assert {site for site, _ in rows(out).values()} == {"ryazan"}
    with pytest.raises(ConfigError, match="no article of a site 'nirgends'"):
        export(filled, config, out, sites=["nirgends"])


def test_an_article_that_changes_its_year_meanwhile_is_not_there_twice(
    filled: Store, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from newscrawl.jobs import export as job

    write = job._write

    def write_and_change(store: Store, part: Any, since: Any, path: Path) -> int:
        number = write(store, part, since, path)
        if (part.site, part.year) == ("ryazan", 2025):
            store.write_articles([published(RICH, 2024)], "run9")
        return number

    monkeypatch.setattr(job, "_write", write_and_change)
    export(filled, config, tmp_path / "out")
    assert rows(tmp_path / "out")[RICH.url] == ("ryazan", 2024)
    assert len(rows(tmp_path / "out")) == 5


def test_several_processes_write_the_same(
    filled: Store, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(filled, config, tmp_path / "one")
    monkeypatch.setattr("newscrawl.jobs.export.WORTH_PROCESSES", 1)
    export(filled, config.model_copy(update={"workers": 2}), tmp_path / "two")
    assert files(tmp_path / "one") == files(tmp_path / "two")
    for name in files(tmp_path / "one"):
        if name.endswith(".parquet"):
            assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_folder_with_something_else_is_left_alone(filled: Store, config: Config, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.doc").write_text("x")
    with pytest.raises(ConfigError, match="holds what is no export of newscrawl: thesis"):
        export(filled, config, tmp_path / "mine")
    (tmp_path / "file").write_text("x")
    with pytest.raises(ConfigError, match="is a file"):
        export(filled, config, tmp_path / "file")


# --- nothing half


def test_what_dies_before_it_is_complete_has_done_nothing(
    filled: Store, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    export(filled, config, out)
    before = {name: (out / name).read_bytes() for name in files(out)}
    # As a process leaves it that was killed while it wrote, and one that was killed while it gave the names.
    dead = out / temporary_name(out / "export").name.replace(str(os.getpid()), "999999999")
    (dead / "site=ryazan" / "year=2024").mkdir(parents=True)
    (dead / "site=ryazan" / "year=2024" / "articles.parquet").write_bytes(b"half")
    export(filled, config, out, since=read_since(str(out)))
    assert {name: (out / name).read_bytes() for name in files(out) if name != "_manifest.json"} == {
        name: data for name, data in before.items() if name != "_manifest.json"
    }
    filled.write_articles([published(RICH, 2024)], "run3")
    with monkeypatch.context() as patch:
        patch.setattr(dataset.Dataset, "_carry_out", lambda self, staging: shutil.copytree(staging, dead))
        export(filled, config, out, since=read_since(str(out)))
    assert rows(out)[RICH.url] == ("ryazan", 2025)
    export(filled, config, out, since=read_since(str(out)))
    assert rows(out)[RICH.url] == ("ryazan", 2024)
    assert not [name for name in files(out) if "part" in name.split("/")[0]]
    (out / dead.name.replace("999999999", "1")).mkdir()
    with pytest.raises(ConfigError, match="another process writes"):
        export(filled, config, out)


def break_off(file: BinaryIO) -> None:
    file.write(b"half")
    raise KeyboardInterrupt


def test_a_file_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt), whole_file(path) as file:
        break_off(file)
    assert (path.read_text(), files(tmp_path)) == ("old", ["a.jsonl"])
    left = path.with_name(temporary_name(path).name.replace(str(os.getpid()), "999999999"))
    left.write_text("half")
    with whole_file(path) as file:
        file.write(b"new")
    assert (path.read_text(), files(tmp_path)) == ("new", ["a.jsonl"])
    with pytest.raises(ConfigError, match="there is no folder"), whole_file(tmp_path / "no" / "a"):
        pass


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of 64 KiB."""
    folder = Path(tempfile.mkdtemp(prefix="nc-"))
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        folder.rmdir()
        pytest.skip("nothing may be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)
    folder.rmdir()


def test_a_full_disk_is_told_and_nothing_half_is_left(filled: Store, cli: Run, small_disk: Path) -> None:
    assert cli("export", str(small_disk / "set"), "--site", "tula").returncode == 0
    before = {name: (small_disk / name).read_bytes() for name in files(small_disk)}
    noise = [
        published(article(n, TULA, headline=f"{n}"), 2021, article_body=os.urandom(3000).hex()) for n in range(100, 140)
    ]
    filled.write_articles(noise, "run3")
    for arguments in (("set",), ("set", "--since", str(small_disk / "set")), ("a.jsonl",), ("a.csv",)):
        done = cli("export", str(small_disk / arguments[0]), *arguments[1:])
        assert done.returncode == 1, arguments
        assert f"{small_disk / arguments[0]} cannot be written: No space left" in done.stderr.replace("\n", " ")
        assert {name: (small_disk / name).read_bytes() for name in files(small_disk)} == before


def test_killed_while_it_writes(store: Store, config: Config, tmp_path: Path, cli: Run) -> None:
    many = [published(article(n, RYAZAN), 2000 + n % 20, article_body="Слово. " * 2000) for n in range(3000)]
    for start in range(0, len(many), 500):
        store.write_articles(many[start : start + 500], "run1")
    command = [sys.executable, "-m", "newscrawl", "export"]
    for target, sign in (("out", signal.SIGKILL), ("out.jsonl", signal.SIGKILL), ("other", signal.SIGINT)):
        env = command_environment(config)
        process = subprocess.Popen([*command, target], env=env, cwd=tmp_path, stderr=subprocess.PIPE)
        deadline = time.monotonic() + 60
        while not [path for path in tmp_path.rglob(".*newscrawl-part*") if target in str(path.relative_to(tmp_path))]:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.002)
        process.send_signal(sign)
        process.communicate()
        assert not (tmp_path / "out.jsonl").exists()
        assert not list(tmp_path.glob("out/site=*"))
    if (tmp_path / "other").exists():  # Ctrl-C came when all was written: then it is complete
        assert len(rows(tmp_path / "other")) == 3000
        shutil.rmtree(tmp_path / "other")
    assert list(tmp_path.rglob("*newscrawl-part"))
    assert cli("export", "out.jsonl").returncode == 0
    assert cli("export", "out").returncode == 0
    assert len(rows(tmp_path / "out")) == 3000
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "out.jsonl", "out.jsonl.manifest.json"]
    assert not list(tmp_path.rglob("*newscrawl-part"))


def test_broken_off_while_files_get_their_names(
    filled: Store, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        monkeypatch.undo()
        raise KeyboardInterrupt

    monkeypatch.setattr(dataset, "sync_folder", stop)
    with pytest.raises(KeyboardInterrupt):
        export_dataset(filled, config, tmp_path / "out", log=RunLog())
    assert len(rows(tmp_path / "out")) == filled.articles.count_documents({})
    assert not list(tmp_path.rglob("*newscrawl-part"))
    assert (tmp_path / "out" / "_manifest.json").exists()


# --- JSON lines and CSV


def test_a_line_holds_everything(filled: Store, cli: Run, tmp_path: Path) -> None:
    done = cli("export", "--format", "jsonl", "a.jsonl", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rows"] == 5
    lines = [json.loads(line) for line in (tmp_path / "a.jsonl").read_bytes().splitlines()]
    assert [one["site"] for one in lines] == ["ryazan"] * 4 + ["tula"]
    for one in lines:
        revisions = one.pop("revisions")
        stored = filled.find_article(one["url"])
        assert stored is not None
        assert one == stored.model_dump(mode="json")
        assert revisions == [old.model_dump(mode="json") for old in filled.find_revisions(one["url"])]
    assert sum(one["revision"] for one in lines) == 6
    # The same again, packed; only what changed, into another file; to stdout.
    assert cli("export", "b.jsonl.gz").returncode == 0
    assert gzip.decompress((tmp_path / "b.jsonl.gz").read_bytes()) == (tmp_path / "a.jsonl").read_bytes()
    assert cli("export", "c.jsonl.zst").returncode == 0
    filled.mark_gone(RICH.url, MOMENT)
    refused = cli("export", "a.jsonl", "--since", "2026-02-01")
    assert refused.returncode == 2
    assert "would be replaced by what changed" in refused.stderr
    assert cli("export", "d.jsonl", "--since", "a.jsonl").returncode == 0
    assert [json.loads(line)["url"] for line in (tmp_path / "d.jsonl").read_bytes().splitlines()] == [RICH.url]
    piped = cli("export", "-", "--format", "jsonl", "--site", "tula")
    assert json.loads(piped.stdout)["url"] == SOME[4].url


def test_csv_is_flat_and_safe_for_spreadsheets(filled: Store, cli: Run, tmp_path: Path) -> None:
    assert cli("export", "a.csv").returncode == 0
    data = (tmp_path / "a.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    found = list(csv.DictReader(data.decode("utf-8-sig").splitlines(keepends=True)))
    assert len(found) == 5
    assert list(found[0]) == list(flat.COLUMNS)
    one = next(row for row in found if row["url"] == RICH.url)
    assert one["headline"] == '\'=HYPERLINK("http://x")'
    assert one["lead"] == "'+7 (4912) 25-25-25"
    assert one["article_body"] == RICH.article_body
    assert (one["persons"], one["places"], one["dates"]) == ("Анна Белова", "Ока", "2025-05")
    assert (one["keywords"], one["date_published"]) == ("мост; =1+1", "2025-05-01T09:00:00Z")
    assert not [cell for row in found for cell in row.values() if cell[:1] in {"=", "+", "-", "@", "\t"}]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("a.txt",), "what is to be written into a.txt?"),
        (("-",), "what is to be written into -?"),
        (("-", "--format", "parquet"), "is a folder, not a stream"),
        (("out", "--format", "xlsx"), "expected one of parquet, jsonl, csv"),
        (("a.jsonl", "--since", "gestern"), "neither a day such as"),
        (("no/a.jsonl",), "there is no folder no"),
        (("a.jsonl", "--site", "nirgends"), "no article of a site 'nirgends'"),
    ],
)
def test_wrong_use_is_told(filled: Store, cli: Run, arguments: tuple[str, ...], told: str) -> None:
    done = cli("export", *arguments)
    assert done.returncode == 2
    assert told in done.stderr.replace("\n", " ")


def test_every_query_is_served_by_an_index(filled: Store) -> None:
    database = filled.database
    was = database.command("profile", 2)["was"]
    exporting = filled.exporting
    for site in exporting.sites():
        exporting.years(site)
        list(exporting.of_site(site))
        list(exporting.changed(site, MOMENT))
        exporting.count(site)
        exporting.count(site, MOMENT)
    exporting.revisions([SOME[2].url])
    database.command("profile", was)
    asked = list(database["system.profile"].find({"ns": {"$regex": "articles|revisions"}}))
    database.drop_collection("system.profile")
    assert len(asked) > 10
    assert not Counter(one["planSummary"] for one in asked if "COLLSCAN" in one["planSummary"])
    assert not [one["command"] for one in asked if one.get("hasSortStage")]
