"""The rules about names run compiled, say the same as their sources, and never what their sources no longer say."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines import compiled
from pipelines.entities import bodies, find

ROOT = Path(__file__).parents[1]
READ = """
import json, sys
from pipelines import compiled
from pipelines.entities import bodies, find
texts = [json.loads(line)["text"] for line in open(sys.argv[1], encoding="utf-8")]
print(json.dumps([compiled.is_compiled(), bodies.__file__, [repr(find(text)) for text in texts]]))
"""
TEXTS = ROOT / "fixtures/marked_texts/cities.txt"


def _texts() -> list[str]:
    return [text for text in TEXTS.read_text(encoding="utf-8").split("\n\n") if text.strip()]


def _read(root: Path, folder: Path, texts: list[str], **env: str) -> tuple[bool, str, list[str]]:
    """What another process that imports from `root` says of texts."""
    file = folder / "texts.jsonl"
    file.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf-8")
    command = [sys.executable, "-c", READ, str(file)]
    environment = os.environ | {"PYTHONPATH": str(root), "PYTHONSAFEPATH": "1"} | env
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    is_compiled, path, found = json.loads(done.stdout)
    return is_compiled, path, found


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The packages and what was compiled of them, elsewhere."""
    root = tmp_path / "copy"
    for package in ("newscrawl", "pipelines"):
        shutil.copytree(ROOT / package, root / package, ignore=shutil.ignore_patterns("__pycache__"))
    for path in (ROOT / "setup.py", ROOT / "pyproject.toml", ROOT / "README.md", ROOT / "LICENSE", *ROOT.glob("*.so")):
        shutil.copy2(path, root)
    return root


def test_here_they_are_compiled() -> None:
    assert compiled.is_compiled() or shutil.which("cc") is None, "installed without a C compiler, or edited since"
    assert bodies.__file__.endswith(".py") != compiled.is_compiled()


def test_compiled_or_not_they_say_the_same(tmp_path: Path) -> None:
    texts = _texts()
    is_compiled, path, found = _read(ROOT, tmp_path, texts, **{compiled.PLAIN: "1"})
    assert not is_compiled
    assert path == str(ROOT / "pipelines/entities/bodies.py")
    assert len(found) == len(texts) > 40
    assert found == [repr(find(text)) for text in texts]


def test_an_edited_source_is_what_runs(copy: Path, tmp_path: Path) -> None:
    text = ["В Рязани выступила Елена Сорокина."]
    assert _read(copy, tmp_path, text)[0] == compiled.is_compiled()
    source = copy / "pipelines/entities/document.py"
    source.write_text(source.read_text(encoding="utf-8") + "\n\nmentions = lambda text: []\n", encoding="utf-8")
    assert _read(copy, tmp_path, text) == (False, str(copy / "pipelines/entities/bodies.py"), ["[]"])


def test_a_compiler_that_fails_leaves_them_as_python(copy: Path, tmp_path: Path) -> None:
    for library in copy.rglob("*.so"):
        library.unlink()
    command = [sys.executable, "setup.py", "build_ext", "--inplace"]
    environment = os.environ | {"CC": "false"}
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not list(copy.rglob("*.so"))
    is_compiled, path, found = _read(copy, tmp_path, ["В Рязани выступила Елена Сорокина."])
    assert (is_compiled, path) == (False, str(copy / "pipelines/entities/bodies.py"))
    assert "Елена Сорокина" in found[0]
