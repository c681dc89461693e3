"""The command line as a user types it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from newscrawl import __version__
from newscrawl.cli import run
from newscrawl.config import Config
from newscrawl.demo import Fault, Server
from newscrawl.store import Store
from newscrawl.store.embedded import EmbeddedServer

from .conftest import FIXTURES, Run, command_environment

SAMPLE = FIXTURES / "naslednikipobedi" / "nasha-obshchaya-pobeda.html"
SAMPLE_URL = "https://naslednikipobedi.ru/news/nasha_obshchaya_pobeda"
SIDE_COLUMN = {
    "2021-02-20", "2020-06-30", "2019-11-19", "2018-10-11", "2018-10-08", "2018-09-29", "2017-12-13", "2013-04-17",
}  # fmt: skip


@pytest.fixture(scope="module")
def sample() -> dict[str, object]:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "newscrawl",
            "extract",
            str(SAMPLE),
            "--url",
            SAMPLE_URL,
            "--fetched-at",
            "2021-03-02T12:00",
        ],
        capture_output=True,
        check=True,
    )
    loaded: dict[str, object] = json.loads(done.stdout)
    return loaded


def entities(sample: dict[str, object], kind: str) -> dict[str, dict[str, object]]:
    return {one["normal"]: one for one in sample["entities"] if one["type"] == kind}  # type: ignore[attr-defined, index, misc]


class TestTheSampleArticle:
    """Issue of honour: one real article, read right."""

    def test_headline_and_paragraphs(self, sample: dict[str, str]) -> None:
        assert sample["headline"].startswith("«Наша общая Победа»: Рязань приняла участие")
        paragraphs = sample["article_body"].split("\n\n")
        assert len(paragraphs) == 6
        assert [text.split()[0] for text in paragraphs] == [
            "12", "Международную", "Участниками", "Среди", "Руководитель", "В",
        ]  # fmt: skip

    def test_no_date_of_the_side_column_is_its_own(self, sample: dict[str, str]) -> None:
        assert sample["date_published"] == "2018-12-12T21:00:00Z"
        assert sample["date_published_raw"] == "13 декабря 2018 г."
        assert sample["date_published"][:10] not in SIDE_COLUMN

    def test_dates_in_the_body(self, sample: dict[str, list[dict[str, str]]]) -> None:
        assert [(one["text"], one["value"]) for one in sample["dates"]] == [
            ("12 декабря", "2018-12-12"),
            ("1945 года", "1945"),
        ]

    @pytest.mark.parametrize(
        ("name", "post"),
        [
            ("Елена Сорокина", "заместитель главы администрации города Рязани"),
            ("Валерий Калякин", "руководитель союза «Наследники Победы»"),
            ("Сергей Лавров", "министр иностранных дел РФ"),
        ],
    )
    def test_persons_with_their_posts(self, sample: dict[str, object], name: str, post: str) -> None:
        assert entities(sample, "PER")[name]["post"] == post

    def test_one_organisation_in_all_its_spellings(self, sample: dict[str, list[dict[str, str]]]) -> None:
        spellings = [
            one for one in sample["entities"] if one["text"].endswith(("Наследники Победы", "Наследники Победы»"))
        ]
        assert len(spellings) == 3
        assert len({one["id"] for one in spellings}) == 1
        assert "Международный Союз «Наследники Победы»" in {one["normal"] for one in spellings}

    @pytest.mark.parametrize(
        ("place", "code"),
        [
            ("Рязань", None),
            ("Россия", "RU"),
            ("Болгария", "BG"),
            ("Испания", "ES"),
            ("Израиль", "IL"),
            ("Латвия", "LV"),
            ("Королевство Нидерланды", "NL"),
            ("Республика Польша", "PL"),
            ("Кыргызстан", "KG"),
            ("Абхазия", None),
            ("Сербия", "RS"),
            ("СНГ", None),
        ],
    )
    def test_places(self, sample: dict[str, object], place: str, code: str | None) -> None:
        assert entities(sample, "LOC")[place]["refs"] == ([f"iso3166:{code}"] if code else [])


# --- extract, normalise


def test_extract_reads_stdin_and_bytes_of_any_encoding(cli: Run) -> None:
    done = cli("extract", "-", "--url", SAMPLE_URL, stdin=SAMPLE.read_bytes())
    assert done.returncode == 0
    assert "--fetched-at is not given" in done.stderr
    assert json.loads(done.stdout)["site"] == "naslednikipobedi"
    page = "<meta charset=utf-8><h1>Субботник</h1><article><p>В городе прошёл субботник, вышли жители.</p></article>"
    done = cli("extract", "-", stdin=page.encode("cp1251"))
    assert json.loads(done.stdout)["headline"] == "Субботник"


@pytest.mark.parametrize(
    ("arguments", "stdin", "status", "words"),
    [
        (["extract", "none.html"], b"", 2, "none.html cannot be read: No such file"),
        (["extract", "-"], b"", 1, "the page is empty"),
        (["extract", "-", "--site", "kitezh"], b"x", 2, "there is no site 'kitezh'"),
        (["extract", "-", "--fetched-at", "вчера"], b"x", 2, "is not an ISO 8601 date-time"),
        (["extract", "http://127.0.0.1:9/x"], b"", 3, "cannot be fetched"),
        (["crawl"], b"", 2, "name the sites to crawl, or say --all"),
        (["crawl", "ryazan", "--all"], b"", 2, "name the sites to crawl, or say --all"),
        (["crawl", "kitezh"], b"", 2, "`newscrawl site list` shows the sites"),
        (["crawl", "omsk"], b"", 2, "`newscrawl site add https://admomsk.ru/` looks for them"),
        (["crawl", "sample"], b"", 2, "`newscrawl demo` serves and crawls it"),
        (["crawl", "ryazan", "--since", "зимой"], b"", 2, "--since"),
        (["frobnicate"], b"", 2, "No such command"),
        (["show", "http://n.example/1"], b"", 1, "is not stored"),
        (["site", "show", "kitezh"], b"", 2, "there is no site 'kitezh'"),
        (["runs", "kitezh"], b"", 2, "there is no site 'kitezh'"),
    ],
)
def test_errors_are_a_sentence_and_a_status(
    cli: Run, arguments: list[str], stdin: bytes, status: int, words: str
) -> None:
    done = cli(*arguments, stdin=stdin)
    assert done.returncode == status, done.stderr
    assert words in re.sub(r"[\s│]+", " ", done.stderr)
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_normalise_marks_bad_lines_and_goes_on(cli: Run) -> None:
    lines = [
        json.dumps(
            {"id": 1, "text": "12 декабря в Рязани выступил Сергей Лавров.", "base": "2018-12-13T12:00:00+03:00"}
        ),
        "{",
        json.dumps({"id": 3, "text": "12 декабря", "base": "2018-12-13T12:00:00"}),
        json.dumps({"id": 4, "text": 5, "base": "2018-12-13T12:00:00+03:00"}),
        json.dumps([]),
        json.dumps({"id": 6, "text": "12 декабря", "base": "2018-12-13T12:00:00+03:00", "timezone": "Mars/Base"}),
        "",
        json.dumps({"id": 8, "text": "", "base": "2018-12-13T12:00:00Z"}),
    ]
    done = cli("normalise", stdin="\n".join(lines))
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert [one["id"] for one in answers] == [1, None, 3, 4, None, 6, 8]
    assert ["error" in one for one in answers] == [False, True, True, True, True, True, False]
    assert answers[0]["dates"][0]["value"] == "2018-12-12"
    assert [one["normal"] for one in answers[0]["entities"]] == ["Рязань", "Сергей Лавров"]
    assert "base" in answers[2]["error"]


# --- sites, health


def test_site_list_tells_what_was_never_verified(cli: Run) -> None:
    done = cli("site", "list")
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("ryazan")]
    assert "RU-RYA" in line
    assert "never" in line
    rows = {one["name"]: one for one in json.loads(cli("site", "list", "--json").stdout)}
    assert rows["ryazan"]["verified"] is False


def test_site_show_and_a_broken_file(cli: Run, newscrawl: Run, tmp_path: Path) -> None:
    assert "#articles .records a.item" in cli("site", "show", "ryazan", "--json").stdout
    assert "never verified on the live site" in cli("site", "show", "ryazan").stdout
    (tmp_path / "sites").mkdir()
    (tmp_path / "sites" / "n.toml").write_text('title = "Н."\nurl = "n"\n', encoding="utf-8")
    env = {"NEWSCRAWL_SITES": str(tmp_path / "sites")}
    check = cli("site", "check", env=env)
    assert check.returncode == 2
    assert "n.toml: url: expected an absolute http(s) address (and 1 more)" in check.stderr
    assert "ryazan" in check.stdout
    assert cli("crawl", "n", env=env).returncode == 2
    for command in (["site", "list"], ["status"]):  # it costs no other site
        done = newscrawl(*command, env=env)
        assert done.returncode == 0
        assert "left out" in done.stderr
        assert "ryazan" in done.stdout


def test_status_runs_show_and_check_after_a_crawl(newscrawl: Run, cli: Run, store: Store) -> None:
    assert "never run" in cli("status").stdout
    assert "No runs yet" in cli("runs").stdout
    assert newscrawl("demo", "--limit", "12").returncode == 0
    rows = {one["site"]: one for one in json.loads(cli("status", "--json").stdout)}
    assert rows["sample"]["articles"] == store.articles.count_documents({})
    assert "sample" in cli("status").stdout
    (stored_run,) = json.loads(cli("runs", "--json").stdout)
    assert stored_run["stats"]["articles_listed"] == 12
    assert stored_run["site"] in cli("runs").stdout
    article = next(store.find_articles(site="sample"))
    assert json.loads(cli("show", article.url + "?print=Y", "--json").stdout)["url"] == article.url
    shown = cli("show", article.url).stdout
    assert "What the marks mean" in shown
    assert "first seen" in shown
    check = cli("site", "check", "sample")
    assert check.returncode == 0
    assert "article_body" in check.stdout
    assert "12 of 12" in check.stdout or "11 of 11" in check.stdout


def test_doctor_finds_all_well(newscrawl: Run, cli: Run) -> None:
    done = newscrawl("doctor", "--json", env={"NEWSCRAWL_CONTACT": "ops@n.example"})
    findings = {one["what"]: one for one in json.loads(done.stdout)}
    assert done.returncode == 0
    assert {one["state"] for one in findings.values()} == {"ok"}
    assert "2025-12-12" in findings["a worker process"]["found"]
    assert "warning" in cli("doctor").stdout


def test_doctor_tells_what_is_wrong(cli: Run, tmp_path: Path) -> None:
    away = cli("doctor", env={"NEWSCRAWL_MONGO_URI": "mongodb://127.0.0.1:9/"})
    assert away.returncode == 3
    assert "127.0.0.1:9 does not answer" in away.stdout
    wrong = cli("doctor", env={"NEWSCRAWL_WORKERS": "many"})
    assert wrong.returncode == 2
    assert "NEWSCRAWL_WORKERS" in wrong.stdout
    (tmp_path / "newscrawl.toml").write_text("patiense = 5\n", encoding="utf-8")
    assert "patiense" in cli("doctor").stdout


def test_no_mongod_names_the_three_ways(cli: Run, tmp_path: Path) -> None:
    done = cli("status", env={"NEWSCRAWL_MONGOD": str(tmp_path / "none"), "NEWSCRAWL_HOME": str(tmp_path / "h")})
    assert done.returncode in {2, 3}
    assert "NEWSCRAWL_MONGOD" in done.stderr
    assert "Traceback" not in done.stderr


# --- the embedded server


def test_db_commands(config: Config) -> None:
    import shutil
    import tempfile

    home = Path(tempfile.mkdtemp(prefix="nc-db-"))
    env = command_environment(config) | {"NEWSCRAWL_HOME": str(home)}

    def db(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "newscrawl", "db", *arguments], env=env, capture_output=True, text=True, check=False
        )

    try:
        assert json.loads(db("status", "--json").stdout)["running"] is False
        assert db("start").returncode == 0
        told = json.loads(db("status", "--json").stdout)
        assert (told["running"], told["pinned"]) == (True, True)
        mongod = psutil.Process(told["pid"])
        uri = db("shell-uri").stdout.strip()
        assert uri == told["uri"]
        # Used by another process: stopping is refused, unless forced.
        with EmbeddedServer(home) as server:
            server.connect()
            assert db("stop").returncode == 1
        assert db("stop").returncode == 0
        assert not mongod.is_running()
        assert json.loads(db("status", "--json").stdout)["running"] is False
    finally:
        EmbeddedServer(home).stop(force=True)
        shutil.rmtree(home)
    own = subprocess.run(
        [sys.executable, "-m", "newscrawl", "--mongo-uri", "mongodb://127.0.0.1:9", "db", "status"],
        env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (own.returncode, "server of your own" in own.stderr) == (2, True)


def test_a_pipe_that_closes_is_no_error(config: Config) -> None:
    command = f"{sys.executable} -m newscrawl site show ryazan --json | head -n 1"
    done = subprocess.run(
        ["bash", "-c", command], env=command_environment(config), capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.stderr) == ("{", "")


def test_version_and_help(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert __version__ in capfd.readouterr().out
    assert run(["--help"]) == 0
    assert "crawl" in capfd.readouterr().out


def test_extract_url_obeys_robots(cli: Run, city_server: Server) -> None:
    good = next(one for one in city_server.city.expected if not one.flaw)  # type: ignore[attr-defined]
    forbidden = next(one for one in city_server.city.expected if one.flaw == "forbidden")  # type: ignore[attr-defined]
    done = cli("extract", city_server.origin + good.path, "--site", "sample")
    assert json.loads(done.stdout)["headline"] == good.headline
    done = cli("extract", city_server.origin + forbidden.path, "--site", "sample")
    assert done.returncode == 2
    assert "robots.txt" in done.stderr
    # A redirect leads nowhere that robots.txt forbids; a robots.txt that fails forbids everything.
    city_server.faults["/moved"] = Fault(status=302, headers={"Location": forbidden.path})
    done = cli("extract", city_server.origin + "/moved", "--site", "sample")
    assert (done.returncode, "robots.txt" in done.stderr) == (2, True)
    city_server.faults["/moved"] = Fault(status=302, headers={"Location": good.path})
    done = cli("extract", city_server.origin + "/moved", "--site", "sample")
    assert json.loads(done.stdout)["headline"] == good.headline
    city_server.faults["/moved"] = Fault(status=302, headers={"Location": "/moved"})
    done = cli("extract", city_server.origin + "/moved", "--site", "sample")
    assert (done.returncode, "redirected more than" in done.stderr) == (3, True)
    city_server.faults["/robots.txt"] = Fault(status=503)
    done = cli("extract", city_server.origin + good.path, "--site", "sample")
    assert (done.returncode, "nothing may be fetched" in done.stderr) == (3, True)
    assert forbidden.path not in [one.path for one in city_server.requests]


def test_a_locale_without_cyrillic_letters(newscrawl: Run) -> None:
    env = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
    assert "Рязань" in newscrawl("site", "list", env=env).stdout
    line = json.dumps({"id": "\ud83d", "text": "12 декабря", "base": "2018-12-13T12:00:00Z"})
    done = newscrawl("normalise", env=env, stdin=line + "\n" + "[" * 100_000 + "\n" + line)
    answers = [json.loads(one) for one in done.stdout.splitlines()]
    assert [one["id"] for one in answers] == ["\ud83d", None, "\ud83d"]
    assert answers[0]["dates"][0]["text"] == "12 декабря"


def test_settings_come_from_a_file_too(cli: Run, tmp_path: Path) -> None:
    (tmp_path / "newscrawl.toml").write_text('contact = "file@n.example"\n', encoding="utf-8")
    assert "file@n.example" in cli("doctor").stdout
    assert os.environ.get("NEWSCRAWL_CONTACT") is None
