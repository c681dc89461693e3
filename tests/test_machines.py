"""Parts on the workers of a real Dask cluster: results, counters, deaths."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from newscrawl.config import Config, environment, load_config
from newscrawl.errors import ConfigError, NewscrawlError, UnavailableError
from newscrawl.machines import DaskEngine
from newscrawl.machines.attempt import Order, Report
from newscrawl.machines.engine import _Tally
from newscrawl.machines.frames import Said
from newscrawl.parts import Task, ThisProcess
from newscrawl.resources import Resources
from newscrawl.store.runs import RunLog
from tests.dask_tools import (
    Cluster,
    Piece,
    count_articles,
    dask_cluster,
    fail,
    lose_lane_a,
    lose_the_store,
    take_turns,
    write_steps,
)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with dask_cluster(tmp_path_factory.mktemp("cluster")) as running:
        yield running


@pytest.fixture
def engine(cluster: Cluster, config: Config) -> Iterator[DaskEngine]:
    with DaskEngine(cluster.address, config) as connected:
        yield connected


def _tasks(pieces: list[Piece]) -> list[Task[Piece]]:
    return [Task(piece, "run", RunLog()) for piece in pieces]


def test_parts_are_done_and_told(engine: DaskEngine, tmp_path: Path) -> None:
    tasks = _tasks([Piece(f"piece {n}", 3, str(tmp_path)) for n in range(4)])
    assert engine.slots == 2
    done = list(engine.run(write_steps, tasks))
    assert {one.result for one in done} == {f"run piece {n}" for n in range(4)}
    assert all(one.error is None for one in done)
    assert len(list(tmp_path.iterdir())) == 12
    for task in tasks:
        assert task.log.stats == {"steps": 3, "warnings": 1}
        assert task.log.warnings == [f"{task.part.name} is done"]


def test_the_same_work_in_this_process(config: Config, tmp_path: Path) -> None:
    tasks = _tasks([Piece("one", 2, str(tmp_path)), Piece("odd", 1)])
    with Resources.open(config) as resources:
        (done,) = ThisProcess(resources).run(write_steps, tasks[:1])
        assert (done.result, done.error, tasks[0].log.stats["steps"]) == ("run one", None, 2)
        (done,) = ThisProcess(resources).run(fail, tasks[1:])
        assert str(done.error) == "the part is odd"
        with pytest.raises(UnavailableError):
            list(ThisProcess(resources).run(lose_the_store, tasks))


def test_a_killed_worker_loses_nothing_and_repeats_nothing(
    engine: DaskEngine, cluster: Cluster, tmp_path: Path
) -> None:
    tasks = _tasks([Piece(f"piece {n}", 8, str(tmp_path), 0.2) for n in range(4)])
    killed: list[int] = []

    def kill() -> None:
        while not any(tmp_path.iterdir()):
            time.sleep(0.05)
        killed.append(cluster.kill_a_busy_worker())

    killer = threading.Thread(target=kill)
    killer.start()
    done = list(engine.run(write_steps, tasks))
    killer.join()
    assert [one.error for one in done] == [None] * 4
    steps = list(tmp_path.iterdir())
    assert len(steps) == 32
    assert all(len(step.read_text().split()) == 1 for step in steps)
    assert not psutil.pid_exists(killed[0]), "the part outlived its worker"


def test_a_part_that_fails_leaves_the_others(engine: DaskEngine) -> None:
    tasks = _tasks([Piece(name, 1) for name in ("even", "odd", "broken", "dead")])
    errors = {one.task.part.name: one.error for one in engine.run(fail, tasks)}
    assert errors["even"] is None
    assert str(errors["odd"]) == "the part is odd"
    assert errors["odd"] is not None
    assert errors["odd"].advice == "Leave it."
    assert "ZeroDivisionError: by zero" in str(errors["broken"])
    assert "was ended by SIGKILL" in str(errors["dead"])
    assert [task.log.stats.get("tried") for task in tasks[:3]] == [1, 1, 1]


def test_a_store_that_is_gone_ends_all(engine: DaskEngine, cluster: Cluster, tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="MongoDB is gone"):
        list(engine.run(lose_the_store, _tasks([Piece("a", 1), Piece("b", 1)])))
    # The workers are free again.
    assert len(list(engine.run(write_steps, _tasks([Piece("after", 1, str(tmp_path))])))) == 1


@pytest.mark.parametrize("where", ["here", "cluster"])
def test_a_lane_is_gone_along_by_one_at_a_time(
    where: str, request: pytest.FixtureRequest, config: Config, tmp_path: Path
) -> None:
    tasks = [
        Task(Piece(f"{lane} {n}", 1, str(tmp_path), 0.3), "run", RunLog(), lane) for n in range(3) for lane in "ab"
    ]
    with Resources.open(config, warm=False) as resources:
        engine = ThisProcess(resources) if where == "here" else request.getfixturevalue("engine")
        done = list(engine.run(take_turns, tasks))
    assert [one.error for one in done] == [None] * 6
    assert sorted(one.result for one in done) == [1] * 6


@pytest.mark.parametrize("where", ["here", "cluster"])
def test_an_archive_out_of_reach_ends_its_lane_alone(
    where: str, request: pytest.FixtureRequest, config: Config, tmp_path: Path
) -> None:
    tasks = [Task(Piece(f"{lane} {n}", 1, str(tmp_path)), "run", RunLog(), lane) for n in range(3) for lane in "ab"]
    with Resources.open(config, warm=False) as resources:
        engine = ThisProcess(resources) if where == "here" else request.getfixturevalue("engine")
        done = list(engine.run(lose_lane_a, tasks))
    errors = {one.task.part.name: str(one.error) for one in done if one.error}
    assert errors == dict.fromkeys(["a 0", "a 1", "a 2"], "the archive is gone")
    assert sum(task.log.stats.get("tried", 0) for task in tasks) == 4


def test_leaving_stops_what_is_under_way(engine: DaskEngine, cluster: Cluster, tmp_path: Path) -> None:
    tasks = _tasks([Piece("quick", 1, str(tmp_path)), Piece("slow", 1000, str(tmp_path), 0.1)])
    for one in engine.run(write_steps, tasks):
        assert one.task.part.name == "quick"
        break
    deadline = time.monotonic() + 30
    while cluster.children() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert cluster.children() == []


def test_children_see_the_settings_of_who_asked(engine: DaskEngine, config: Config) -> None:
    (done,) = engine.run(count_articles, _tasks([Piece("count", 1)]))
    assert done.result == (0, config.database)


def test_settings_travel_as_an_environment(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    own = config.model_copy(update={"workers": 3, "patience": 2.5, "contact": "news@example.org"})
    for name, value in environment(own).items():
        monkeypatch.setenv(name, value)
    again = load_config()
    assert again == own


def test_a_scheduler_that_goes_away(config: Config, tmp_path: Path) -> None:
    with dask_cluster(tmp_path, workers=1) as cluster, DaskEngine(cluster.address, config) as engine:
        tasks = _tasks([Piece("slow", 1000, str(tmp_path), 0.1)])
        killer = threading.Thread(target=lambda: (cluster.kill_a_busy_worker(), cluster.kill()))
        killer.start()
        with pytest.raises(UnavailableError, match="went away"):
            list(engine.run(write_steps, tasks))
        killer.join()


def test_no_scheduler_no_address_no_worker(config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newscrawl.machines.engine._CONNECT", 1.0)
    with pytest.raises(UnavailableError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        DaskEngine("tcp://127.0.0.1:9", config)
    with pytest.raises(ConfigError, match="no address of a Dask scheduler"):
        DaskEngine("nonsense://x", config)
    hasty = config.model_copy(update={"patience": 0.1})
    with dask_cluster(tmp_path, workers=0) as empty, pytest.raises(UnavailableError, match="has no workers"):
        DaskEngine(empty.address, hasty)


def test_orders_that_a_worker_refuses(engine: DaskEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newscrawl.machines.engine.__version__", "0.0.1")
    with pytest.raises(ConfigError, match=r"not 0\.0\.1"):
        list(engine.run(count_articles, _tasks([Piece("old", 1)])))
    monkeypatch.undo()
    engine._host = "another-machine"
    with pytest.raises(ConfigError, match="embedded MongoDB of another-machine"):
        list(engine.run(count_articles, _tasks([Piece("far", 1)])))


def test_late_reports_count_once() -> None:
    task = Task(Piece("a", 1), "run", RunLog())
    tally = _Tally([task])
    last = Report("a", "attempt", Said(3, {"done": 5, "warnings": 2}, ["x", "y"]))
    for report in (
        Report("a", "attempt", Said(1, {"done": 2, "warnings": 1}, ["x"])),
        last,
        Report("a", "attempt", Said(2, {"done": 4, "warnings": 1}, ["x"])),
        last,
        Report("a", "another", Said(1, {"done": 1}, [])),
    ):
        tally.note(Report.from_message(report.as_message()))
    assert task.log.stats == {"done": 6, "warnings": 2}
    assert task.log.warnings == ["x", "y"]


def test_errors_survive_the_way() -> None:
    import pickle

    order = Order("job", "a", (fail, Piece("a", 1), "run"), {}, "1", None)
    assert pickle.loads(pickle.dumps(order)) == order
    error = pickle.loads(pickle.dumps(NewscrawlError("one", advice="two")))
    assert (error.message, error.advice) == ("one", "two")
