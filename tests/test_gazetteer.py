"""A user's own names: NEWSCRAWL_GAZETTEER, through the command line and in the workers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newscrawl.items import Page
from pipelines import entities
from pipelines.workers import WorkerPool

from .conftest import Run


@pytest.fixture
def names(tmp_path: Path) -> Iterator[Path]:
    rows = "type,name,normal,ref\nLOC,Канищево,,\nEVENT,Лыбедский карнавал,,wikidata:Q1\n"
    (tmp_path / "own.csv").write_text(rows, encoding="utf-8")
    yield tmp_path
    entities.load(None)  # the process's own again


def test_a_name_is_found_in_every_case(names: Path) -> None:
    entities.load(names)
    found = entities.find("Жители Канищева ждут Лыбедского карнавала.")
    assert [(one.type, one.normal, one.refs) for one in found] == [
        ("LOC", "Канищево", ()),
        ("EVENT", "Лыбедский карнавал", ("wikidata:Q1",)),
    ]


def test_the_command_line_uses_it(cli: Run, names: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSCRAWL_GAZETTEER", str(names))
    line = json.dumps({"id": 1, "text": "На Лыбедском карнавале.", "base": "2024-05-01T12:00:00+03:00"})
    answer = cli("normalise", stdin=line)
    assert answer.returncode == 0
    (one,) = json.loads(answer.stdout)["entities"]
    assert (one["type"], one["normal"]) == ("EVENT", "Лыбедский карнавал")


def test_a_file_that_cannot_be_read_is_one_clear_sentence(
    cli: Run, names: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (names / "own.csv").write_text("kind,word\nLOC,Канищево\n", encoding="utf-8")
    monkeypatch.setenv("NEWSCRAWL_GAZETTEER", str(names))
    answer = cli("normalise", stdin="{}")
    assert answer.returncode == 2
    assert "no columns type and name" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_the_workers_use_it(names: Path) -> None:
    body = "<html><h1>Вечер</h1><p>Гости пришли на Лыбедский карнавал и остались до вечера в парке.</p></html>"
    page = Page(url="http://city.invalid/1", fetched_at=datetime(2024, 5, 1, tzinfo=UTC), body=body.encode())
    with WorkerPool(1, 60, gazetteer=names) as pool:
        article = pool.submit(page, None).result().article
    assert article is not None
    assert ("EVENT", "Лыбедский карнавал") in [(one.type, one.normal) for one in article.entities]
