"""`newscrawl entity` as a user types it, and that what was decided outlives reprocessing."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from newscrawl import notebook
from newscrawl.config import Config
from newscrawl.items import Page
from newscrawl.sites import load_site
from newscrawl.store import Store
from pipelines.normalise import VERSION

from .conftest import Run, command_environment, write_site_file
from .registry_tools import KALUGA, RYAZAN, TULA, article, counts, person, put, thing

IVAN = "per:иван петров"
AT_RYAZAN, AT_TULA = f"{IVAN}@RU-RYA/рязань", f"{IVAN}@RU-TUL/тула"


@pytest.fixture
def news(store: Store) -> Store:
    """Two namesakes, one of them in two articles, and a mention that could be either."""
    put(
        store,
        [
            article(1, RYAZAN, person("Иван Петров", "глава города", text="Ивана Петрова"), day=1, headline="Мост"),
            article(2, RYAZAN, person("Иван Петров"), thing("Польша", "loc:iso3166:PL", "iso3166:PL"), day=9),
            article(1, TULA, person("Иван Петров", "директор школы № 3"), day=3),
            article(1, KALUGA, person("Иван Петров"), day=4),
        ],
    )
    return store


def told(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_search_in_any_case_and_by_type(news: Store, cli: Run) -> None:
    found = told(cli("entity", "search", "Петрову", "--json"))
    assert [(one["id"], one["articles"]) for one in found] == [(AT_RYAZAN, 2), (IVAN, 1), (AT_TULA, 1)]
    assert told(cli("entity", "search", "польш", "--type", "loc", "--json"))[0]["refs"] == ["iso3166:PL"]
    assert told(cli("entity", "search", "польш", "--type", "PER", "--json")) == []
    assert len(told(cli("entity", "search", "Иван", "--limit", "2", "--json"))) == 2
    assert told(cli("entity", "search", "loc:iso3166:PL", "--json"))[0]["normal"] == "Польша"
    nothing = cli("entity", "search", ".*")
    assert (nothing.returncode, nothing.stdout) == (0, "Nothing in the registry has the words «.*».\n")


def test_search_for_people_to_read(news: Store, cli: Run) -> None:
    lines = cli("entity", "search", "Петров").stdout.splitlines()
    assert lines[:3] == [
        "Иван Петров  PER  2 articles, 2025-05-01 to 2025-05-09  Рязань",
        "  глава города",
        f"  {AT_RYAZAN}",
    ]


def test_show_tells_everything(news: Store, cli: Run) -> None:
    shown = told(cli("entity", "show", AT_RYAZAN, "--json"))
    assert shown["aliases"] == ["Иван Петров", "Ивана Петрова"]
    assert [(one["post"], one["articles"], one["first"]) for one in shown["posts"]] == [
        ("глава города", 1, "2025-05-01T09:00:00Z")
    ]
    assert [one["url"] for one in shown["recent"]] == ["http://ryazan.example/news/2", "http://ryazan.example/news/1"]
    assert [one["id"] for one in shown["namesakes"]] == [IVAN, AT_TULA]
    assert shown["decisions"] == []
    text = cli("entity", "show", AT_RYAZAN).stdout
    for line in ("written «Иван Петров», «Ивана Петрова»", "  2025-05-01  глава города", "  Рязань: 2 articles",
                 "  2025-05-01  Мост", f"  {AT_TULA}"):  # fmt: skip
        assert f"{line}\n" in text


def test_show_doubts_that_one_person_is_all_that(news: Store, cli: Run) -> None:
    put(news, [article(3, RYAZAN, person("Иван Петров", "протоиерей"))])
    assert told(cli("entity", "show", AT_RYAZAN, "--json"))["doubts"] == [["протоиерей"], ["глава города"]]
    assert f"newscrawl entity split '{AT_RYAZAN}' --post 'протоиерей'\n" in cli("entity", "show", AT_RYAZAN).stdout
    assert told(cli("entity", "show", AT_TULA, "--json"))["doubts"] == []


def test_show_by_name(news: Store, cli: Run) -> None:
    assert told(cli("entity", "show", "Польшей", "--json"))["id"] == "loc:iso3166:PL"
    several = cli("entity", "show", "Иван Петров")
    assert (several.returncode, several.stdout) == (2, "")
    assert several.stderr.startswith("newscrawl: Иван Петров could be several entities\n")
    assert f"newscrawl entity show '{AT_TULA}'    Иван Петров; директор школы № 3; Тула; 1 article" in several.stderr
    nobody = cli("entity", "show", "Никто")
    assert (nobody.returncode, nobody.stderr.splitlines()[0]) == (2, "newscrawl: the registry knows no Никто")


def test_merge_and_undo(news: Store, cli: Run) -> None:
    before = counts(news)
    dry = cli("entity", "merge", AT_TULA, AT_RYAZAN, "--dry-run")
    assert (dry.returncode, counts(news)) == (0, before)
    assert dry.stdout.splitlines()[:2] == [
        f"{AT_TULA} would be part of",
        "Иван Петров  PER  3 articles, 2025-05-01 to 2025-05-09  Рязань, Тула",
    ]
    done = cli("entity", "merge", AT_TULA, AT_RYAZAN, "--reason", "переехал")
    assert done.stdout.splitlines()[0] == f"{AT_TULA} is now part of"
    assert done.stdout.splitlines()[-1] == f"To take it back: newscrawl entity merge --undo '{AT_TULA}'"
    shown = cli("entity", "show", AT_TULA).stdout
    assert f"{AT_TULA} leads here\n" in shown
    assert f"{AT_TULA} merged into {AT_RYAZAN}: переехал\n" in shown
    back = cli("entity", "merge", "--undo", AT_TULA)
    assert back.stdout.startswith("Taken back: ")
    assert counts(news) == before
    assert ", taken back 20" in cli("entity", "show", AT_RYAZAN).stdout


def test_split_and_undo(news: Store, cli: Run) -> None:
    new = told(cli("entity", "split", AT_RYAZAN, "--post", "Глава", "--as", "Иван Петров, глава", "--json"))["entity"]
    assert (new["id"], new["normal"], new["articles"]) == (f"{AT_RYAZAN}#2", "Иван Петров, глава", 1)
    assert cli("entity", "split", "--undo", new["id"]).returncode == 0
    urls = [f"http://ryazan.example/news/{number}" for number in (1, 2)]
    all_of_them = cli("entity", "split", AT_RYAZAN, "--articles", *urls)
    assert all_of_them.returncode == 2
    assert "nothing would be left" in all_of_them.stderr
    done = cli("entity", "split", AT_RYAZAN, "--articles", urls[0])
    assert done.stdout.splitlines()[0] == f"{AT_RYAZAN} is split; the new one is"
    assert counts(news)[f"{AT_RYAZAN}#3"] == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("merge", IVAN), "name two entities"),
        (("merge", "--undo", IVAN, AT_TULA), "name two entities"),
        (("merge", "--undo", IVAN), f"{IVAN} is no entity that was merged into another"),
        (("merge", IVAN, "per:никто"), "no entity has the id per:никто"),
        (("merge", IVAN, IVAN), "cannot be merged into itself"),
        (("merge", IVAN, "loc:iso3166:PL"), "they cannot be one"),
        (("split", IVAN), "say which articles go"),
        (("split", IVAN, "--site", "a", "--post", "b"), "say which articles go"),
        (("split", IVAN, "--site", "nowhere"), "no article on the site nowhere mentions"),
        (("split", IVAN, "--articles", "http://x.example/1"), "is no stored article that mentions"),
        (("split", IVAN, "--undo", "--site", "a"), "--undo takes the id"),
        (("split", "per:никто", "--site", "a"), "no entity has the id per:никто"),
        (("search", "Иван", "--type", "EVENTS"), "EVENTS is no type of entity"),
    ],
)
def test_what_is_wrong_is_refused_in_a_sentence(news: Store, cli: Run, arguments: tuple[str, ...], says: str) -> None:
    before = counts(news)
    done = cli("entity", *arguments)
    assert (done.returncode, done.stdout, counts(news)) == (2, "", before)
    assert says in done.stderr.splitlines()[0]
    assert "Traceback" not in done.stderr


def test_a_store_that_is_away_is_status_3(cli: Run) -> None:
    away = {"NEWSCRAWL_MONGO_URI": "mongodb://127.0.0.1:9/", "NEWSCRAWL_PATIENCE": "1"}
    done = cli("entity", "merge", "a", "b", env=away)
    assert (done.returncode, done.stdout) == (3, "")
    assert "does not answer" in done.stderr


@pytest.mark.parametrize("width", [40, 100])
def test_on_a_terminal_of_any_width(news: Store, config: Config, width: int) -> None:
    """Nothing is cut off: every id can be read whole, wrapped as the terminal wants it."""
    leader, follower = pty.openpty()
    environment = command_environment(config) | {"COLUMNS": str(width), "TERM": "xterm-256color"}
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    process = subprocess.Popen(
        [sys.executable, "-m", "newscrawl", "entity", "show", AT_RYAZAN],
        stdout=follower,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
    os.close(follower)
    shown = b""
    try:
        while chunk := os.read(leader, 65536):
            shown += chunk
    except OSError:  # Linux tells the end so
        pass
    os.close(leader)
    assert process.wait(60) == 0
    assert b"\x1b[" in shown
    plain = _without_colour(shown.decode())
    assert max(len(line) for line in plain.splitlines()) <= width
    joined = "".join(line.strip() for line in plain.splitlines()).replace(" ", "")
    assert AT_TULA.replace(" ", "") in joined
    assert "директоршколы№3" in joined


def _without_colour(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


# --- over reprocessing


def _page(number: int, origin: str, site: str, words: str) -> Page:
    html = (
        f'<html><body><div id="articles"><h1>Новость {number}</h1><div class="date">{number} мая 2025</div>'
        f'<div class="text"><p>{words}</p></div></div></body></html>'
    )
    return Page(
        url=f"{origin}/novosti/2025/{number}",
        site=site,
        fetched_at=datetime(2025, 6, 1, 12, tzinfo=UTC),
        headers={"content-type": "text/html; charset=utf-8"},
        body=html.encode(),
    )


@pytest.fixture
def two_cities(store: Store, tmp_path: Path) -> dict[str, str]:
    """Pages of two cities with one name in both, not read yet; returns the environment that names the sites."""
    folder = tmp_path / "sites"
    texts = {
        "Рязань": ("Глава города Иван Петров открыл мост.", "Иван Петров поздравил рязанцев."),
        "Тула": ("Директор школы № 3 Иван Петров открыл музей.",),
    }
    for name, city in (("loopa", "Рязань"), ("loopb", "Тула")):
        origin = f"http://{name}.example"
        changes = (
            ('city = "Светлореченск"', f'city = "{city}"'),
            ('url = "http://svetlorechensk.example/"', f'url = "{origin}/"'),
            ("delay = 0.0", "delay = 1.0"),
        )
        path = write_site_file(folder, origin, *changes)
        path.rename(folder / f"{name}.toml")
        site = load_site(folder / f"{name}.toml")
        for number, words in enumerate(texts[city], 1):
            store.save_page(_page(number, origin, name, words), site, pipeline_version=VERSION)
    return {"NEWSCRAWL_SITES": str(folder)}


def test_decisions_outlive_reprocessing(
    store: Store, cli: Run, two_cities: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli("reprocess", "--site", "loopa", "--site", "loopb", env=two_cities).returncode == 0
    one, other = f"{IVAN}@рязань", f"{IVAN}@тула"
    assert {one, other} <= counts(store).keys()
    assert (counts(store)[one], counts(store)[other]) == (2, 1)
    assert cli("entity", "merge", other, one).returncode == 0
    first = "http://loopa.example/novosti/2025/1"
    new = told(cli("entity", "split", one, "--articles", first, "--as", "Иван Петров, глава", "--json"))["entity"]["id"]
    decided = {key: number for key, number in counts(store).items() if key.startswith(IVAN)}
    assert decided == {one: 2, new: 1}

    # As after a better pipeline: every article is written anew, entities and all.
    store.articles.update_many({}, {"$set": {"pipeline_version": "older", "entities.$[].normal": "Иначе"}})
    runs = told(cli("reprocess", "--site", "loopa", "--site", "loopb", "--json", env=two_cities))
    assert [run["site"] for run in runs] == ["loopa", "loopb"]
    assert all(run["stats"]["articles_refreshed"] > 0 for run in runs)
    assert {key: number for key, number in counts(store).items() if key.startswith(IVAN)} == decided

    # As after a loss of all articles: pages and decisions are enough.
    store.articles.delete_many({})
    for site in ("loopb", "loopa"):
        cli("reprocess", "--site", site, env=two_cities)
    assert {key: number for key, number in counts(store).items() if key.startswith(IVAN)} == decided

    frame = notebook.articles(entity=other)
    assert sorted(frame["site"]) == ["loopa", "loopb"]
    assert list(notebook.articles(entity=new)["url"]) == [first]


@pytest.mark.parametrize("command", ["search", "show", "merge"])
def test_an_argument_that_is_no_text_is_refused(news: Store, cli: Run, command: str) -> None:
    more = [IVAN] if command == "merge" else []
    answer = cli("entity", command, "\udcff\udcfe", *more)
    assert answer.returncode == 2
    assert "not valid UTF-8" in answer.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["search", ""],
        ["search", " \n"],
        ["show", ""],
        ["merge", "", IVAN],
        ["merge", IVAN, ""],
        ["merge", "", "--undo"],
        ["split", "", "--site", "tula"],
        ["split", IVAN, "--site", ""],
        ["split", IVAN, "--post", " "],
        ["split", IVAN, "--articles", ""],
        ["split", IVAN, "--articles", "http://tula.example/news/1", ""],
        ["split", IVAN, "--site", "tula", "--as", ""],
    ],
)
def test_an_empty_argument_is_refused_by_name(news: Store, cli: Run, arguments: list[str]) -> None:
    before = counts(news)
    done = cli("entity", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("newscrawl: an id, a name or a condition is empty\n")
    assert counts(news) == before


CLEAR, SHOWN = "\x1b[2J\x9b1m\u202eи", "\\x1b[2J\\x9b1m\\u202eи"


@pytest.mark.parametrize("command", [["search"], ["show"], ["merge", IVAN], ["split", IVAN, "--site"]])
def test_control_characters_of_an_argument_are_written_out(news: Store, cli: Run, command: list[str]) -> None:
    done = cli("entity", *command, CLEAR)
    told = done.stdout + done.stderr
    assert SHOWN in told
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", told)


def test_a_form_that_may_be_wrong_is_marked(store: Store, cli: Run) -> None:
    put(store, [article(1, RYAZAN, person("Марку", uncertain="ambiguous"))])
    done = cli("entity", "show", "марку")
    assert "Марку (?)" in done.stdout
    assert "uncertain: ambiguous" in done.stdout
    assert told(cli("entity", "show", "марку", "--json"))["uncertain"] == "ambiguous"
