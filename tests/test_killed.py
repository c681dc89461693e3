"""`kill -9` of the crawler, of mongod, of both, at random moments: the same command goes on, and nothing is lost."""

from __future__ import annotations

import random
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from newscrawl.config import Config, load_config
from newscrawl.demo import Server, serve
from newscrawl.store import open_store

from .changing_site import ChangingSite
from .conftest import write_site_file
from .test_crawl import OwnMongod, own_mongod, start  # noqa: F401 - a fixture

ARTICLES = 220
MOST_AGAIN = 0.05


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(ChangingSite.with_news(ARTICLES)) as one:
        one.delay = 0.05
        yield one


def await_progress(server: Server, more: int, crawler: subprocess.Popen[str]) -> None:
    """Return when so many requests more have come, or the crawler has ended."""
    wanted = len(server.requests) + more
    deadline = time.monotonic() + 90
    while len(server.requests) < wanted and crawler.poll() is None:
        assert time.monotonic() < deadline, "the crawl stands still"
        time.sleep(0.01)


def test_killed_again_and_again(
    config: Config,
    own_mongod: OwnMongod,  # noqa: F811
    server: Server,
    tmp_path: Path,
) -> None:
    seed = random.randrange(1_000_000)
    chance = random.Random(seed)
    write_site_file(tmp_path / "sites", server.origin, ("delay = 0.0", "delay = 0.05"))
    env = {"NEWSCRAWL_MONGO_URI": own_mongod.uri, "NEWSCRAWL_DATABASE": "newscrawl", "NEWSCRAWL_PATIENCE": "60"}
    victims = ["crawler", "mongod", "both", "crawler"]
    crawler = start(config, tmp_path, "crawl", "loop", **env)
    for victim in victims:
        await_progress(server, chance.randint(10, 45), crawler)
        time.sleep(chance.random() * 0.3)
        if victim != "mongod":
            crawler.kill()
            crawler.communicate()
        if victim != "crawler":
            own_mongod.kill()
            time.sleep(chance.random())
            own_mongod.start()
        if victim != "mongod":
            crawler = start(config, tmp_path, "crawl", "loop", **env)
    stdout, stderr = crawler.communicate(timeout=120)
    assert crawler.returncode == 0, stdout + stderr
    assert "Traceback" not in stderr

    asked = Counter(one.path for one in server.requests if one.path.startswith("/novosti/"))
    again = sum(number - 1 for number in asked.values())
    told = f"seed {seed}: {again} of {len(asked)} pages fetched again ({again / len(asked):.1%})"
    print(told)  # noqa: T201 - the figure, with pytest -s
    city = server.city
    assert isinstance(city, ChangingSite)
    with open_store(load_config(mongo_uri=own_mongod.uri, home=config.home)) as store:
        stored = [one["_id"] for one in store.articles.find({}, {"_id": 1})]
        assert {url.partition(".example")[2] for url in stored} == {one.path for one in city.news}, told
        assert store.revisions.count_documents({}) == 0, told
        assert store.visits.count_documents({"state": {"$ne": "read"}}) == 0, told
        assert [one.status for one in store.find_runs("loop", 10)] == ["done", "died", "died", "died"], told
    assert again / len(asked) <= MOST_AGAIN, told
    # And then there is nothing left to do, but for one who wants all of it, more than is held in memory, once more.
    before = len(server.requests)
    crawler = start(config, tmp_path, "crawl", "loop", **env)
    crawler.communicate(timeout=60)
    assert crawler.returncode == 0
    assert [one.path for one in server.requests[before:] if "/2" in one.path] == []
    before = len(server.requests)
    crawler = start(config, tmp_path, "crawl", "loop", "--full", **env)
    crawler.communicate(timeout=120)
    assert crawler.returncode == 0
    full = Counter(one.path for one in server.requests[before:] if one.path.startswith("/novosti/2"))
    assert (len(full), set(full.values())) == (ARTICLES, {1})
