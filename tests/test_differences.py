"""What changed between two states of an article, and how it is shown."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from newscrawl.differences import changed_fields, changes, word_pieces
from newscrawl.items import Article, Attachment
from newscrawl.store import Store
from pipelines.normalise import normalise

from .conftest import Run
from .test_normalise import raw


def article(**fields: Any) -> Article:
    return normalise(
        raw("13.12.2025", article_body="Первый абзац.\n\nВторой абзац о дороге.\n\nТретий абзац.")
    ).model_copy(update=fields)


def shown(old: Article, new: Article) -> list[str]:
    marks = {"same": "{}", "removed": "[-{}-]", "added": "{{+{}+}}"}
    return [
        f"{one.field}{one.place}: " + "".join(marks[kind].format(words) for kind, words in one.pieces)
        for one in changes(old, new)
    ]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, []),
        ({"article_section": "Дороги"}, []),
        ({"headline": "В новой школе"}, ["headline: В {+новой +}школе"]),
        ({"lead": "Кратко"}, ["lead: {+Кратко+}"]),
        (
            {"article_body": "Первый абзац.\n\nВторой абзац о мосте.\n\nТретий абзац."},
            ["article_body2: Второй абзац о [-дороге-]{+мосте+}."],
        ),
        ({"article_body": "Первый абзац.\n\nТретий абзац."}, ["article_body2: [-Второй абзац о дороге.-]"]),
        (
            {"article_body": "Первый абзац.\n\nВторой абзац о дороге.\n\nСовсем другие слова тут\n\nТретий абзац."},
            ["article_body3: {+Совсем другие слова тут+}"],
        ),
        ({"article_body": ""}, [f"article_body{n}: [-{t}-]" for n, t in enumerate(
            ("Первый абзац.", "Второй абзац о дороге.", "Третий абзац."), 1)]),
        (
            {"attachments": (Attachment(url="http://n.example/a.pdf", title="План"),)},
            ["attachments: {+План <http://n.example/a.pdf>+}"],
        ),
        (
            {"date_published": None},
            ["date_published: [-2025-12-13-] "],
        ),
    ],
)  # fmt: skip
def test_changes(fields: dict[str, Any], told: list[str]) -> None:
    assert shown(article(), article(**fields)) == told


def test_fields_are_named_once() -> None:
    new = article(headline="Иначе", article_body="Раз.\n\nДва.")
    assert changed_fields(article(), new) == ["headline", "article_body"]


def test_long_texts_take_no_time() -> None:
    old = " ".join(f"слово{number}" for number in range(40_000))
    started = time.process_time()
    pieces = word_pieces(old, old + " конец")
    assert [kind for kind, _ in pieces] == ["removed", "added"]
    assert time.process_time() - started < 5


def test_show_prints_the_history_and_the_difference(cli: Run, store: Store) -> None:
    first = article()
    store.write_articles([first], "run1")
    done = cli("show", first.url)
    assert "first seen" in done.stdout
    store.write_articles([article(headline="В новой школе", article_body="Первый абзац.\n\nВторой о мосте.")], "run2")
    done = cli("show", first.url)
    assert "headline, article_body" in done.stdout
    done = cli("show", first.url, "--diff")
    assert "В {+новой +}школе" in done.stdout
    assert "[-Третий абзац.-]" in done.stdout
    told = json.loads(cli("show", first.url, "--json").stdout)
    assert [one["headline"] for one in told["revisions"]] == ["В школе"]
