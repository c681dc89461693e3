"""newscrawl's reading of pages beside what one would install instead: quality, speed, memory, one run for all.

    python benchmarks/extract.py [--pages DIR ...] [--rounds 5] [--only NAME ...]

Without --pages: the saved pages of this repository and articles of the sample city. What a folder has to hold is told
at the top of benchmarks/extract_pages.py. Contenders that need installing: pip install -e '.[bench]', or the
environment .tools/bench that `make bench` makes; those that are missing are named with the reason. docs/benchmarks.md
says how to read the figures.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any

from extract_contenders import CONTENDERS, FIRST
from extract_pages import Answer, Sample, Score, demo_pages, fixture_pages, folder_pages, judge

OURS, GOAL_OF = "newscrawl", "trafilatura"
GOAL = 3.0
"""How many times the pages per second of GOAL_OF is the goal."""
MIB = 1024 * 1024
CHILD = Path(__file__).with_name("extract_contenders.py")

Sets = dict[str, Sequence[Sample]]


class Reader:
    """A contender in a process of its own, and all that it said. `absent` says why it takes no part, '' if it does."""

    def __init__(self, name: str, folder: Path, stack: ExitStack) -> None:
        environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
        self._said = TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115 - the stack closes it
        stack.callback(self._said.close)
        self._child = stack.enter_context(
            subprocess.Popen(
                [sys.executable, str(CHILD), name, str(folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._said,
                text=True,
                env=environment,
            )
        )
        stack.callback(self._child.kill)
        self.name = name
        self.ready = self._heard()
        self.absent: str = self.ready.get("absent", "")
        self.answers: list[Answer] = []
        self.seconds: list[list[float]] = []
        """CPU seconds a page, by round."""
        self.last: dict[str, Any] = {}

    def read_all(self) -> None:
        """Have all pages read once; the first time is for what it finds, and not timed."""
        assert self._child.stdin is not None
        print(file=self._child.stdin, flush=True)
        self.last = self._heard()
        self.absent = self.last.get("absent", "")
        if self.absent:
            return
        if not self.answers:
            self.answers = [
                Answer(one.get("title") or "", one.get("text") or "", one.get("day"), one.get("failed", ""))
                for one in self.last["answers"]
            ]
        else:
            self.seconds.append(self.last["seconds"])

    def _heard(self) -> dict[str, Any]:
        assert self._child.stdout is not None
        line = self._child.stdout.readline()
        if line:
            heard: dict[str, Any] = json.loads(line)
            return heard
        code = self._child.wait()
        self._said.seek(0)
        last = (self._said.read().strip().splitlines() or [""])[-1]
        return {"absent": f"its process ended with {code}: {last[:200]}"}


def lay_out(samples: Sequence[Sample], folder: Path) -> None:
    """Write the pages as contenders find them, without what is known of them."""
    told = [{"url": one.url, "fetched_at": one.fetched_at} for one in samples]
    (folder / "pages.json").write_text(json.dumps(told), encoding="utf-8")
    for number, one in enumerate(samples):
        (folder / f"{number}.html").write_bytes(one.body)
        (folder / f"{number}.txt").write_bytes(one.decoded.encode())


def run(sets: Sets, names: Sequence[str], rounds: int) -> list[Reader]:
    """Read all pages once to see what is found, then round by round for the time; who begins changes."""
    with TemporaryDirectory() as folder, ExitStack() as stack:
        lay_out([one for samples in sets.values() for one in samples], Path(folder))
        readers = [Reader(name, Path(folder), stack) for name in names]
        for number in range(rounds + 1):
            present = [one for one in readers if not one.absent]
            if not present:
                break
            turn = number % len(present)
            for reader in (*present[turn:], *present[:turn]):
                reader.read_all()
            print(f"round {number} of {rounds} done", file=sys.stderr)
    return readers


def spread(values: Sequence[float], form: str = ".1f") -> str:
    """A median with the lowest and the highest; a dash where there is nothing."""
    if not values:
        return "–"
    return f"{median(values):{form}} ({min(values):{form}} … {max(values):{form}})"


def ratios(ours: Reader | None, other: Reader, here: slice) -> list[float]:
    """By round, how many times the other's pages per second newscrawl has on some pages."""
    if ours is None:
        return []
    return [sum(theirs[here]) / sum(mine[here]) for mine, theirs in zip(ours.seconds, other.seconds, strict=True)]


def score_cells(score: Score) -> str:
    return (
        f"{score.body:.3f} | {score.title:.3f} | {score.right}/{score.dated} | {score.wrong} | "
        f"{score.invented}/{score.undated} | {score.failed}"
    )


def set_table(title: str, samples: Sequence[Sample], readers: Sequence[Reader], start: int) -> None:
    """Print what the contenders made of one set of pages, those from number `start`."""
    here = slice(start, start + len(samples))
    size = sum(len(one.body) for one in samples) / len(samples) / 1000
    ours = next((one for one in readers if one.name == OURS and one.seconds), None)
    print(f"\n{title}: {len(samples)} pages, {size:.0f} kB on average\n")
    print(
        "| contender | pages/s | newscrawl's pages/s ÷ its | body F1 | headline exact | day right | day wrong "
        "| day invented | failed |"
    )
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    for reader in readers:
        if reader.seconds:
            speed = len(samples) / median(sum(one[here]) for one in reader.seconds)
            score = score_cells(judge(samples, reader.answers[here]))
            ratio = "1" if reader is ours else spread(ratios(ours, reader, here))
            print(f"| {reader.name} | {speed:.1f} | {ratio} | {score} |")
    reached = [ratios(ours, one, here) for one in readers if one.name == GOAL_OF and one.seconds and ours is not None]
    for values in reached:
        word = "reached" if median(values) >= GOAL else "not reached"
        print(f"\nGoal, {GOAL:g} times {GOAL_OF}'s pages/s: {word}, {spread(values)}.")


def load_table(readers: Sequence[Reader]) -> None:
    print(f"\nA process for each: import and a first page of {len(FIRST.encode())} bytes, then all pages of all sets\n")
    print("| contender | import s | RSS MiB: bare Python, pages loaded | imported | peak |")
    print("|---|--:|--:|--:|--:|")
    for one in readers:
        if one.absent:
            print(f"| {one.name} | absent: {one.absent} | | | |")
            continue
        bare, loaded, peak = (
            value / MIB for value in (one.ready["base"], one.ready["loaded_rss"], one.last.get("rss", 0))
        )
        print(f"| {one.name} | {one.ready['load']:.2f} | {bare:.0f} | {loaded:.0f} | {peak:.0f} |")
    for one in readers:
        if one.last.get("asked"):
            print(f"\n{one.name} asked for the network and was refused: {', '.join(one.last['asked'][:6])}")
        reasons = sorted({answer.failed for answer in one.answers if answer.failed})
        if reasons:
            print(f"\n{one.name} raised: {'; '.join(reasons[:5])}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=Path, nargs="+", default=[], help="folders of pages with known articles")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--articles", type=int, default=40, help="of the sample city, when there is no --pages")
    parser.add_argument("--only", nargs="+", choices=list(CONTENDERS), default=list(CONTENDERS), metavar="NAME")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error("--rounds must be at least 1")
    sets: Sets = {folder.absolute().name: folder_pages(folder) for folder in arguments.pages}
    if len(sets) < len(arguments.pages):
        parser.error("two folders of --pages have one name")
    if not sets:
        sets = {"fixtures": fixture_pages(), "sample city": demo_pages(arguments.articles)}
    readers = run(sets, arguments.only, arguments.rounds)
    versions = ", ".join(f"{one.name} {one.ready['version']}" for one in readers if not one.absent)
    print(f"Python {platform.python_version()}; {versions}; {arguments.rounds} rounds, CPU time.")
    start = 0
    for title, samples in sets.items():
        set_table(title, samples, readers, start)
        start += len(samples)
    load_table(readers)


if __name__ == "__main__":
    main()
