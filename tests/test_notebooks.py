"""The example notebooks run on the sample corpus as `make demo` leaves it, and give what is committed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from newscrawl.config import load_config
from newscrawl.store import open_store

from .conftest import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
LARGEST = 1_500_000
"""Bytes of all of them: a clone stays small."""
_SECONDS = 200
_OWN = r"/home/|/root/|/tmp/|/Users/|C:\\"


def ran(path: Path) -> Any:
    """Execute a notebook in a kernel of its own; return it with its outputs."""
    book = nbformat.read(path, as_version=4)
    NotebookClient(book, timeout=_SECONDS, resources={"metadata": {"path": str(path.parent)}}).execute()
    return book


@pytest.fixture(scope="module")
def demo(home: Path) -> Iterator[dict[str, str]]:
    """What `make demo` leaves, in a database of its own; the environment that leads to it."""
    name = f"b{uuid.uuid4().hex[:12]}"
    chosen = {"NEWSCRAWL_HOME": str(home), "NEWSCRAWL_DATABASE": name, "NEWSCRAWL_WORKERS": "1"}
    command = [sys.executable, "-m", "newscrawl", "demo"]
    subprocess.run(command, check=True, capture_output=True, timeout=_SECONDS, env=os.environ | chosen)
    yield chosen
    with open_store(load_config(home=home, database=name)) as store:
        store.connection.client.drop_database(name)


@pytest.fixture
def kernels_see(demo: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in demo.items():
        monkeypatch.setenv(name, value)


def shown(book: Any) -> list[list[str]]:
    """What each cell gives, as far as it is the same on every machine and day: texts whole, pictures by their titles.

    How an article looks holds the times of the crawl: of that only that it is there.
    """
    return [[_stable(one) for one in cell.get("outputs", ())] for cell in book.cells if cell.cell_type == "code"]


def _stable(output: Any) -> str:
    if output.output_type == "stream":
        return f"{output.name}: {output.text}"
    if output.output_type == "error":
        return f"error: {output.evalue}"
    picture = output.data.get("image/svg+xml")
    if picture is not None:
        return f"picture: {' '.join(_title(picture))}"
    return f"{sorted(output.data)}: {output.data['text/plain']}"


def _title(svg: str) -> list[str]:
    found = re.search(r'class="mark-group role-title">(.*?)</g></g>', svg, re.DOTALL)
    return re.findall(r"<text[^>]*>([^<]+)", found[1]) if found else []


def test_there_are_three_and_they_are_small() -> None:
    assert [path.stem[:2] for path in NOTEBOOKS] == ["01", "02", "03"]
    assert sum(path.stat().st_size for path in NOTEBOOKS) < LARGEST


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.usefixtures("kernels_see")
def test_a_notebook_runs_and_gives_what_is_committed(path: Path) -> None:
    committed = shown(nbformat.read(path, as_version=4))
    assert shown(ran(path)) == committed, f"run {path.name} after `make demo`, look at it, commit it"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_committed_outputs_are_whole_and_tell_nothing_of_a_machine(path: Path) -> None:
    book = nbformat.read(path, as_version=4)
    nbformat.validate(book)
    outputs = [one for cell in book.cells if cell.cell_type == "code" for one in cell.outputs]
    assert not [one for one in outputs if one.output_type == "error"]
    assert not [one for one in outputs if one.output_type == "stream" and one.name == "stderr"]
    assert [one for one in outputs if "image/svg+xml" in one.get("data", {})]
    assert not re.search(_OWN, json.dumps(book.cells, ensure_ascii=False))
    for cell in book.cells:
        assert "execution" not in cell.metadata  # when its author ran it


def test_an_empty_store_is_told_what_to_run(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSCRAWL_HOME", str(home))
    monkeypatch.setenv("NEWSCRAWL_DATABASE", f"e{uuid.uuid4().hex[:12]}")
    first_cells = [_first_cell(path) for path in NOTEBOOKS]
    assert all("raise SystemExit(" in cell and "Run `make demo`" in cell for cell in first_cells)
    done = subprocess.run([sys.executable, "-c", first_cells[0]], capture_output=True, timeout=_SECONDS, check=False)
    assert done.returncode == 1
    told = done.stderr.decode().strip()
    assert "Run `make demo`" in told
    assert "\n" not in told


def _first_cell(path: Path) -> str:
    book = nbformat.read(path, as_version=4)
    return str(next(cell.source for cell in book.cells if cell.cell_type == "code"))
