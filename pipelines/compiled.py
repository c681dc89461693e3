"""Whether the rules about names run compiled. Results are the same either way.

Where there is a C compiler, `setup.py` has mypyc make extension modules of them. The library that holds these tells in
its name what their sources were: where a source has been edited since, all of them run as Python until the next
installation (`make venv`), so nobody runs what is no longer written.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from hashlib import blake2b
from importlib.abc import MetaPathFinder
from importlib.machinery import EXTENSION_SUFFIXES, ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType

PACKAGE = "pipelines.entities"
FOLDER = Path(__file__).with_name("entities")
ROOT = Path(__file__).parents[1]
PREFIX = "newscrawl_names_"
NOT_COMPILED = frozenset("__init__ coordinates decode forward geonames models own table weights".split())
"""numpy does the work of these, or they only look things up for others."""
PLAIN = "NEWSCRAWL_PLAIN_PYTHON"
"""Set and not empty, this variable has everything run as Python, to look for an error or to compare."""


def sources() -> list[Path]:
    """The modules that are compiled, in the order of their names."""
    return sorted(path for path in FOLDER.glob("*.py") if path.stem not in NOT_COMPILED)


def library() -> str:
    """The name of the module that is made of the sources as they are now; it lies beside the package `pipelines`."""
    content = blake2b(digest_size=8)
    for path in sources():
        content.update(path.name.encode() + path.read_bytes())
    return f"{PREFIX}{content.hexdigest()}__mypyc"


def is_compiled() -> bool:
    """Do the modules run compiled in this process?"""
    return not os.environ.get(PLAIN) and any((ROOT / (library() + suffix)).is_file() for suffix in EXTENSION_SUFFIXES)


class _Sources(MetaPathFinder):
    """Finds the modules' sources, also where extension modules lie beside them."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package, _, module = fullname.rpartition(".")
        source = FOLDER / f"{module}.py"
        return spec_from_file_location(fullname, source) if package == PACKAGE and source.is_file() else None


def use_sources_if_newer() -> None:
    """Have the modules imported from their sources unless the library was made of these. To be called before."""
    if not is_compiled():
        sys.meta_path.insert(0, _Sources())
