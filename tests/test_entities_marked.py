"""The marked texts: they hold together, and the weights in the package are tuned on them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipelines.entities import find, forward, models
from pipelines.entities.tokens import read

ROOT = Path(__file__).parents[1]


@pytest.fixture
def texts(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[dict[str, Any]]]:
    """By file."""
    monkeypatch.syspath_prepend(str(ROOT / "training"))
    import marked_texts

    return {path.stem: list(marked_texts.read(path)) for path in sorted(marked_texts.FOLDER.glob("*.txt"))}


def test_marks_hold_together(texts: dict[str, list[dict[str, Any]]]) -> None:
    ids = [text["id"] for part in texts.values() for text in part]
    assert len(ids) == len(set(ids)) == 250
    for part in texts.values():
        for text in part:
            tokens = read(text["text"]).tokens
            starts, stops = {token.start for token in tokens}, {token.stop for token in tokens}
            for entity in text["entities"]:
                assert text["text"][entity["start"] : entity["stop"]] == entity["text"]
                assert entity["text"] == entity["text"].strip()
                assert entity["start"] in starts, (text["id"], entity)
                assert entity["stop"] in stops, (text["id"], entity)


def test_a_stray_mark_is_refused(texts: object, tmp_path: Path) -> None:
    marked_texts = sys.modules["marked_texts"]
    wrong = tmp_path / "wrong.txt"
    wrong.write_text("=== one\nВ {LOC Рязани|Рязань} тепло.\n=== two\nВ {LOC Туле|Тула тепло.\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"wrong\.txt, two"):
        list(marked_texts.read(wrong))


def test_the_weights_are_tuned_on_them(texts: dict[str, list[dict[str, Any]]]) -> None:
    """A quarter of the texts, with all rules behind: below this the weights or their reading are broken."""
    for name in ("politics", "economy", "culture", "abroad"):
        hits = marked = found = 0
        for text in texts[name][::4]:
            right = {(one["type"], one["start"], one["stop"]) for one in text["entities"]}
            mine = {(one.type, one.start, one.stop) for one in find(text["text"]) if one.type != "EVENT"}
            hits, marked, found = hits + len(right & mine), marked + len(right), found + len(mine)
        assert 2 * hits / (marked + found) > 0.95, name


def test_what_is_saved_is_read_again(tmp_path: Path) -> None:
    network, transitions = forward.load_tuned(models.TUNED)
    forward.save(tmp_path / "again.npz", network, transitions)
    again, same = forward.load_tuned(tmp_path / "again.npz")
    assert np.array_equal(transitions, same)
    assert network.wide is not None
    assert again.wide is not None
    assert again.wide.reach == network.wide.reach == 3
    for one, other in zip(network.layers, again.layers, strict=True):
        assert all(np.array_equal(left, right) for left, right in zip(one, other, strict=True))
    forward.save(tmp_path / "narrow.npz", network._replace(wide=None), transitions)
    assert forward.load_tuned(tmp_path / "narrow.npz")[0].wide is None


def test_words_further_away_are_seen_within_their_sentence_alone() -> None:
    """Three sentences in one pass have the scores that each has in a pass of its own."""
    random = np.random.default_rng(5)
    wide = forward.Wide(3, *(random.standard_normal(size, dtype=np.float32) for size in ((8, 24), (8, 5))))
    lengths = (2, 7, 4)
    hidden = [random.standard_normal((length, 8), dtype=np.float32) for length in lengths]
    together = wide.scores(np.concatenate(hidden), [0, 2, 9, 13])
    alone = np.concatenate([wide.scores(one, [0, len(one)]) for one in hidden])
    assert np.allclose(together, alone, rtol=1e-4, atol=1e-5)
    assert not np.allclose(wide.scores(hidden[1][:4], [0, 4])[0], wide.scores(hidden[1][:3], [0, 3])[0])
