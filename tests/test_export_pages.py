"""`newscrawl export --format warc`: the stored pages of articles, as any tool for web archives reads them."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from newscrawl.demo import SampleCity
from newscrawl.sites import get_site
from newscrawl.store import Store, exporting

from .conftest import Run
from .test_reprocess import FETCHED, save


def _records(path: Path) -> dict[str, tuple[str, bytes]]:
    with path.open("rb") as file:
        return {
            one.rec_headers["WARC-Target-URI"]: (one.rec_headers["WARC-Date"], one.content_stream().read())
            for one in ArchiveIterator(file)
            if one.rec_type == "response"
        }


def test_pages_are_written_as_fetched(store: Store, cli: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "_PAGES", 7)  # several slices, all pages of one moment
    city = SampleCity(articles=20)
    urls = save(store, get_site("sample"), city)
    later = store.pages.find_one({"article_id": urls[3]})
    assert later is not None
    store.pages.insert_one({**later, "_id": "later", "fetched_at": FETCHED + timedelta(days=2)})
    done = cli("export", "pages.warc.gz", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["format"], told["rows"]) == ("warc", len(urls) + 1)
    found = _records(tmp_path / "pages.warc.gz")
    paths = {f"http://svetlorechensk.example{one.path}": one.path for one in city.expected}
    assert set(found) == set(urls)
    for url, (moment, body) in found.items():
        assert body == city.answer(paths[url]).body
        assert moment.startswith("2026-11-0")
    new = cli("export", "new.warc", "--format", "warc", "--since", f"{FETCHED + timedelta(days=1):%Y-%m-%d}")
    assert new.returncode == 0, new.stderr
    assert "1 pages written" in new.stdout
    assert set(_records(tmp_path / "new.warc")) == {urls[3]}


def test_a_stream_is_refused(store: Store, cli: Run) -> None:
    save(store, get_site("sample"), SampleCity(articles=16))
    done = cli("export", "-", "--format", "warc")
    assert done.returncode == 2
    assert "whole or not at all" in done.stderr
