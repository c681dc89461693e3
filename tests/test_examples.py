"""The unit files and examples of docs/scheduling.md: they parse, and what they start exists."""

from __future__ import annotations

import ast
import configparser
import json
import os
import runpy
import shutil
import socket
import subprocess
import sys
import urllib.request
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import yaml

from newscrawl.config import Config
from newscrawl.schedules.cron import check_cron
from newscrawl.store import Store

from .conftest import ROOT, command_environment
from .test_crawl import wait_for
from .test_docs import test_documented_commands_and_options_exist as check_command
from .towns import serve_towns

EXAMPLES = ROOT / "docs" / "examples"
UNITS = ("newscrawl.service", "newscrawl.timer", "newscrawl-schedule.service", "newscrawl-serve.service")


def test_every_example_is_told_of() -> None:
    text = "".join((ROOT / "docs" / page).read_text(encoding="utf-8") for page in ("scheduling.md", "serve.md"))
    for path in EXAMPLES.iterdir():
        if path.name != "__pycache__":
            assert f"(examples/{path.name})" in text


def read_unit(name: str) -> configparser.ConfigParser:
    unit = configparser.ConfigParser(interpolation=None, strict=True)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string((EXAMPLES / name).read_text(encoding="utf-8"))
    return unit


@pytest.mark.parametrize("name", UNITS)
def test_units_start_what_exists(name: str) -> None:
    unit = read_unit(name)
    assert unit["Unit"]["Description"]
    if name.endswith(".timer"):
        assert (EXAMPLES / name).with_suffix(".service").exists()
        return
    program, *arguments = unit["Service"]["ExecStart"].split()
    assert Path(program).is_absolute()
    check_command(" ".join([Path(program).name, *arguments]))


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
def test_systemd_finds_no_fault_in_the_units(tmp_path: Path) -> None:
    program = tmp_path / "newscrawl"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    for name in UNITS:
        text = (EXAMPLES / name).read_text(encoding="utf-8").replace("/usr/local/bin/newscrawl", str(program))
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", *[str(tmp_path / name) for name in UNITS]],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    told = [line for line in done.stderr.splitlines() if "newscrawl" in line]
    assert told == []


def test_the_crontab() -> None:
    lines = (EXAMPLES / "crontab").read_text(encoding="utf-8").splitlines()
    jobs = [line.split(maxsplit=5) for line in lines if line[:1] in {"*", "0"}]
    assert jobs
    for *fields, command in jobs:
        check_cron(" ".join(fields))
        check_command("newscrawl " + command.split(">>")[0].split("/newscrawl ")[1].strip())


def test_the_cron_job_of_kubernetes() -> None:
    job: dict[str, Any] = yaml.safe_load((EXAMPLES / "cronjob.yaml").read_text(encoding="utf-8"))
    assert (job["apiVersion"], job["kind"]) == ("batch/v1", "CronJob")
    check_cron(job["spec"]["schedule"])
    pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    assert pod["restartPolicy"] in {"Never", "OnFailure"}
    (container,) = pod["containers"]
    check_command(" ".join(container["command"]))
    for variable in container["env"]:
        assert variable["name"].removeprefix("NEWSCRAWL_").lower() in Config.model_fields
    assert {one["name"] for one in container["volumeMounts"]} == {one["name"] for one in pod["volumes"]}


@pytest.mark.parametrize("name", ["airflow_dag.py", "prefect_flow.py"])
def test_python_examples_compile_and_start_what_exists(name: str) -> None:
    tree = ast.parse((EXAMPLES / name).read_text(encoding="utf-8"), name)
    compile(tree, name, "exec")
    texts = [one.value for one in ast.walk(tree) if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    lists = [
        " ".join(str(part.value) for part in one.elts if isinstance(part, ast.Constant))
        for one in ast.walk(tree)
        if isinstance(one, ast.List)
    ]
    commands = [text for text in (*texts, *lists) if text.startswith("newscrawl crawl")]
    assert commands
    for command in commands:
        check_command(command)
    crons = [text for text in texts if text.startswith("*/")]
    assert crons
    for cron in crons:
        check_cron(cron)


def ask(port: int, service: str, **fields: Any) -> dict[str, Any]:
    """Ask scrapyd; bytes among the fields make it an upload."""
    url, headers = f"http://127.0.0.1:{port}/{service}.json", {}
    body = None
    if any(isinstance(value, bytes) for value in fields.values()):
        mark = uuid.uuid4().hex
        parts = [
            f'--{mark}\r\nContent-Disposition: form-data; name="{name}"'.encode()
            + (b'; filename="a.egg"\r\n\r\n' + value if isinstance(value, bytes) else f"\r\n\r\n{value}".encode())
            for name, value in fields.items()
        ]
        body = b"\r\n".join([*parts, f"--{mark}--\r\n".encode()])
        headers["Content-Type"] = f"multipart/form-data; boundary={mark}"
    elif service.startswith("list"):
        url += "?" + urlencode(fields)
    else:
        body = urlencode(fields).encode()
    with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=60) as answer:
        told: dict[str, Any] = json.load(answer)
    assert told["status"] == "ok", told
    return told


def test_a_real_scrapyd_crawls(config: Config, store: Store, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (tmp_path / "scrapyd.conf").write_text(f"[scrapyd]\nhttp_port = {port}\npoll_interval = 0.5\n", encoding="utf-8")
    runpy.run_path(str(EXAMPLES / "scrapyd_egg.py"))["write"](tmp_path / "newscrawl.egg")
    with serve_towns(1) as (town,):
        town.write_site_file(tmp_path / "sites")
        env = command_environment(config) | {
            "NEWSCRAWL_SITES": str(tmp_path / "sites"),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }
        log = (tmp_path / "scrapyd.log").open("wb")
        server = subprocess.Popen(
            [sys.executable, "-m", "scrapyd"], env=env, cwd=tmp_path, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            wait_for(lambda: can_connect(port), 30)
            egg = (tmp_path / "newscrawl.egg").read_bytes()
            added = ask(port, "addversion", project="newscrawl", version="1", egg=egg)
            assert added["spiders"] > 1
            assert town.name in ask(port, "listspiders", project="newscrawl")["spiders"]
            job = ask(port, "schedule", project="newscrawl", spider=town.name, limit="2", setting="RETRY_TIMES=1")
            finished = "finished"
            wait_for(lambda: len(ask(port, "listjobs", project="newscrawl")[finished]) == 1, 60)
            assert ask(port, "listjobs", project="newscrawl")[finished][0]["id"] == job["jobid"]
        finally:
            server.terminate()
            server.wait(30)
            log.close()
    (run,) = store.find_runs(town.name)
    assert run.status == "done", run.warnings
    assert store.articles.count_documents({}) == 2


def can_connect(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0
