"""Compiles the rules about names with mypyc; where there is no C compiler they run as Python, slower.

All else about the package is told by pyproject.toml.
"""

import os
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

from setuptools import Extension, setup

sys.path.insert(0, str(Path(__file__).parent))

from pipelines import compiled

BUILDS = {"bdist_wheel", "build", "build_ext", "editable_wheel"}
"""Commands that make extension modules; the others only ask what the package is."""


def extensions() -> list[Extension]:
    """The extension modules, and the library that they share. A compiler that fails is a warning, no error."""
    from mypyc.build import mypycify

    suffix = EXTENSION_SUFFIXES[0]
    for old in [*compiled.ROOT.glob(f"{compiled.PREFIX}*{suffix}"), *compiled.FOLDER.glob(f"*{suffix}")]:
        old.unlink()
    paths = [str(path.relative_to(compiled.ROOT)) for path in compiled.sources()]
    options = ["--config-file=", "--cache-dir=build/mypy", "--ignore-missing-imports", "--follow-imports=silent"]
    group = compiled.library().removesuffix("__mypyc")
    made: list[Extension] = mypycify([*options, *paths], opt_level="3", debug_level="0", group_name=group)
    for extension in made:
        extension.optional = True
    return made


setup(
    ext_modules=extensions() if BUILDS & set(sys.argv) else [],
    options={"build_ext": {"force": True, "parallel": os.cpu_count()}},
)
