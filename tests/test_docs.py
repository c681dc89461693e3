"""Docs and code held together: every documented command exists, every example runs."""

from __future__ import annotations

import re
import runpy
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer.main
from pydantic.fields import FieldInfo

from newscrawl import notebook
from newscrawl.cli import app
from newscrawl.cli.commands import PLACES, load
from newscrawl.config import Config
from newscrawl.sites import load_site
from newscrawl.store import Store
from newscrawl.store.schema import INDEXES

from .conftest import ROOT, Run

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
OPTIONS: Any = typer.main.get_command(app)
COMMANDS = {name: load(name) for name in PLACES}


def fences(path: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def documented_commands() -> list[Any]:
    found = []
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        lines = [line for fence in fences(path, "bash") for line in fence.splitlines()]
        lines += re.findall(r"`(newscrawl [^`]+)`", text)
        for line in lines:
            command = re.split(r"\s+#|\s[|>]", line)[0].strip()
            if command.startswith("newscrawl "):
                found.append(pytest.param(command, id=f"{path.name}: {command}"))
    return found


@pytest.mark.parametrize("line", documented_commands())
def test_documented_commands_and_options_exist(line: str) -> None:
    words = line.split()[1:]
    while words and words[0].startswith("--"):  # options before the command
        assert any(words[0] in option.opts for option in OPTIONS.params), line
        words = words[2:] if words[0] in {"--mongo-uri", "--database"} else words[1:]
    command = OPTIONS
    commands: dict[str, Any] = COMMANDS
    while words and commands:
        if command is not OPTIONS and command.invoke_without_command and words[0].startswith("-"):
            break  # a group that is a command itself
        if words[0] in {"COMMAND", "…"}:
            return
        assert words[0] in commands, f"{line}: there is no {words[0]}"
        command = commands[words.pop(0)]
        commands = getattr(command, "commands", {})
    known = {name for option in command.params for name in (*option.opts, *option.secondary_opts)}
    for word in words:
        if word.startswith("-") and word != "-":
            assert word.split("=")[0] in known | {"--help", "-h"}, f"{line}: there is no {word}"


def test_every_command_is_documented_somewhere() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in PAGES)
    for name, command in COMMANDS.items():
        names = [f"{name} {sub}" for sub in command.commands] if hasattr(command, "commands") else [name]
        missing = [one for one in names if f"newscrawl {one}" not in text]
        assert missing == []


def test_make_targets_in_the_docs_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for path in PAGES:
        for target in re.findall(r"\bmake ([a-z]+)\b", " ".join(fences(path, "bash"))):
            assert f"\n{target}:" in makefile, f"{path.name}: make {target}"


def test_links_lead_somewhere() -> None:
    for path in PAGES:
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text(encoding="utf-8")):
            if not target.startswith(("http://", "https://")):
                assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_settings_are_documented() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    fields: dict[str, FieldInfo] = Config.model_fields
    for name in fields:
        assert f"`NEWSCRAWL_{name.upper()}`" in text


def test_the_record_page_is_made_from_the_records() -> None:
    made = runpy.run_path(str(ROOT / "docs" / "record.py"))["write"]()
    assert (ROOT / "docs" / "record.md").read_text(encoding="utf-8") == made, "python docs/record.py > docs/record.md"
    for name in INDEXES:
        assert f"`{name}`" in made


def test_toml_examples_are_valid(tmp_path: Path) -> None:
    whole = [one for path in PAGES for one in fences(path, "toml") if "title" in one]
    assert whole
    for number, text in enumerate(whole):
        path = tmp_path / f"example{number}.toml"
        path.write_text(text, encoding="utf-8")
        load_site(path)
    for path in PAGES:
        for text in fences(path, "toml"):
            tomllib.loads(text)


def test_python_examples_run(
    newscrawl: Run, store: Store, config: Config, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert newscrawl("demo", "--limit", "15").returncode == 0
    monkeypatch.chdir(tmp_path)  # some save pictures
    monkeypatch.setenv("NEWSCRAWL_HOME", str(config.home))
    monkeypatch.setenv("NEWSCRAWL_DATABASE", config.database)
    examples = [(path, one) for path in PAGES for one in fences(path, "python")]
    assert len(examples) >= 2
    assert {path.name for path, _ in examples} >= {"README.md", "charts.md", "notebook.md"}
    try:
        for path, example in examples:
            exec(compile(example, str(path), "exec"), {})
    finally:
        notebook.close()


def test_every_call_of_the_notebook_is_documented() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in PAGES)
    calls = [name for name in notebook.__all__ if name[0].islower()]
    assert [name for name in calls if f"`{name}(" not in text and f"notebook.{name}(" not in text] == []
