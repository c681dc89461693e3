"""The pause between two requests, as the host sees it, when the crawling process itself is late."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

from newscrawl.config import Config
from newscrawl.store import Store

from .conftest import command_environment
from .towns import serve_towns

_STALLED = """
import asyncio, sys, time
from newscrawl.config import load_config
from newscrawl.jobs.crawl import crawl
from newscrawl.resources import Resources
from newscrawl.sites import get_site

def stall(loop, long):
    time.sleep(0.3 if long else 0.05)
    loop.call_later(0.001, stall, loop, not long)

config = load_config()
with Resources.open(config) as resources:
    on_start = lambda site, run: stall(asyncio.get_running_loop(), True)
    done = crawl([get_site(sys.argv[1], config.own_sites)], resources, on_start=on_start)
    sys.exit(done[0].run.status != "done")
"""
_DELAY = 0.7


def test_a_stalled_loop_does_not_shorten_the_pause(config: Config, store: Store, tmp_path: Path) -> None:
    with serve_towns(1, articles=8) as (town,):
        path = town.write_site_file(tmp_path / "sites")
        path.write_text(path.read_text("utf-8").replace("delay = 0.0", f"delay = {_DELAY}"), "utf-8")
        env = command_environment(config) | {"NEWSCRAWL_SITES": str(tmp_path / "sites")}
        subprocess.run([sys.executable, "-c", _STALLED, town.name], env=env, check=True, cwd=tmp_path, timeout=120)
        begins = [begin for begin, _, path_ in town.asked if path_ != "closed"]
    assert len(begins) == 10
    assert min(later - earlier for earlier, later in pairwise(begins)) > 0.9 * _DELAY
