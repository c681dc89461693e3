"""Signatures and candidates of near-duplicates beside rensa and datasketch: same texts, turn about, one core.

    python benchmarks/dedup.py [--documents 10000] [--rounds 5] [--growth 10000,100000,1000000] [--plot FILE.svg]
                               [--gold FOLDER]

Each run is a process of its own. It makes the texts (benchmarks/dedup_texts.py: stories that are made up, a third of
them reprints, a quarter notices), makes signatures and finds candidates; CPU time of the two is counted. The others
get three words in a row as a Python set, which is what their own examples do, 128 permutations and an index of 16
bands of 8. Growth is newscrawl's own time and memory; then 20,400 notices that are all different are grouped. With
FOLDER (dedup_dev.jsonl) groups are scored too. docs/duplicates.md says how to read the figures.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

from dedup_texts import notices, with_reprints

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
BATCH = 1_000
"""Texts that come at a time: no run holds them all."""
PERMUTATIONS, BANDS = 128, 16
NOTICES = 20_400
GOAL = 7_000
KIB_OF_RSS = 1 if sys.platform == "darwin" else 1024

Found = dict[str, float]


def newscrawl(batches: Iterator[list[str]]) -> Found:
    from pipelines.duplicates import Signature, candidate_pairs, signatures

    signatures(["первый раз строит таблицу букв"])
    rss, cpu, made = _rss(), 0.0, list[Signature]()
    for batch in batches:
        start = time.process_time()
        made += signatures(batch)
        cpu += time.process_time() - start
    start = time.process_time()
    pairs = candidate_pairs(made)
    found = time.process_time() - start
    entries = sum(len(one.hashes) for one in made)
    return {"cpu": cpu + found, "signing": cpu, "rss": _rss() - rss, "pairs": len(pairs), "entries": entries}


def rensa(batches: Iterator[list[str]]) -> Found:
    from rensa import RMinHash, RMinHashLSH

    index = RMinHashLSH(threshold=0.5, num_perm=PERMUTATIONS, num_bands=BANDS)

    def look_up(key: int, shingles: set[str]) -> int:
        sketch = RMinHash(num_perm=PERMUTATIONS, seed=1)
        sketch.update(list(shingles))
        found = len(index.query(sketch))
        index.insert(key, sketch)
        return found

    return _one_by_one(batches, look_up)


def datasketch(batches: Iterator[list[str]]) -> Found:
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(num_perm=PERMUTATIONS, params=(BANDS, PERMUTATIONS // BANDS))

    def look_up(key: int, shingles: set[str]) -> int:
        sketch = MinHash(num_perm=PERMUTATIONS, seed=1)
        sketch.update_batch([shingle.encode() for shingle in shingles])
        found = len(index.query(sketch))
        index.insert(key, sketch)
        return found

    return _one_by_one(batches, look_up)


CONTENDERS: dict[str, Callable[[Iterator[list[str]]], Found]] = {
    "newscrawl": newscrawl,
    "rensa": rensa,
    "datasketch": datasketch,
}


def _one_by_one(batches: Iterator[list[str]], look_up: Callable[[int, set[str]], int]) -> Found:
    rss, cpu, pairs, key = _rss(), 0.0, 0, 0
    for batch in batches:
        start = time.process_time()
        for text in batch:
            words = text.lower().split()
            pairs += look_up(key, {" ".join(words[i : i + 3]) for i in range(max(1, len(words) - 2))})
            key += 1
        cpu += time.process_time() - start
    return {"cpu": cpu, "signing": cpu, "rss": _rss() - rss, "pairs": pairs, "entries": 0}


def _batches(documents: int, seed: int) -> Iterator[list[str]]:
    texts = with_reprints(documents, seed)
    while batch := [text for text, _ in islice(texts, BATCH)]:
        yield batch


def _rss() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KIB_OF_RSS


def _run(name: str, documents: int, seed: int) -> Found:
    arguments = [sys.executable, __file__, "--run", name, "--documents", str(documents), "--seed", str(seed)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{name} failed:\n{done.stderr}")
    found: Found = json.loads(done.stdout)
    return found


def compare_speed(documents: int, rounds: int) -> None:
    names = [name for name in CONTENDERS if name == "newscrawl" or find_spec(name)]
    for name in CONTENDERS.keys() - names:
        print(f"{name} is not installed and left out.")
    rates: dict[str, list[float]] = {name: [] for name in names}
    memory: dict[str, list[float]] = {name: [] for name in names}
    for seed in range(1, rounds + 1):
        for name in names if seed % 2 else reversed(names):
            found = _run(name, documents, seed)
            rates[name].append(documents / found["cpu"])
            memory[name].append(found["rss"] / documents)
    print(f"\n{documents} documents, {rounds} rounds\n")
    print(
        "| contender | documents per CPU-second: median (lowest … highest) "
        "| newscrawl ÷ it, paired | bytes a document |"
    )
    print("|---|--:|--:|--:|")
    for name in names:
        ratios = [ours / theirs for ours, theirs in zip(rates["newscrawl"], rates[name], strict=True)]
        print(
            f"| {name} | {median(rates[name]):,.0f} ({min(rates[name]):,.0f} … {max(rates[name]):,.0f}) "
            f"| {median(ratios):.1f} ({min(ratios):.1f} … {max(ratios):.1f}) | {median(memory[name]):,.0f} |"
        )
    verdict = "reached" if median(rates["newscrawl"]) >= GOAL else "MISSED"
    print(f"\nGoal of {GOAL:,} documents per CPU-second: {verdict}.")


def show_growth(sizes: Sequence[int], plot: Path | None) -> None:
    print(
        "\n| documents | CPU s | of it signatures | documents per CPU-second | MiB | bytes a document "
        "| candidates a document |"
    )
    print("|--:|--:|--:|--:|--:|--:|--:|")
    rows: list[tuple[int, float, float]] = []
    for size in sizes:
        found = _run("newscrawl", size, 1)
        rows.append((size, found["cpu"], found["rss"] / 2**20))
        print(
            f"| {size:,} | {found['cpu']:.2f} | {found['signing']:.2f} | {size / found['cpu']:,.0f} "
            f"| {found['rss'] / 2**20:,.0f} | {found['rss'] / size:,.0f} | {found['pairs'] / size:.1f} |"
        )
    if plot:
        plot.write_text(_plot(rows), encoding="utf-8")


def _plot(rows: Sequence[tuple[int, float, float]]) -> str:
    """Return an SVG of CPU seconds and MiB over documents, both axes logarithmic."""
    from math import log10

    def x(size: float) -> float:
        return 70 + 130 * (log10(size) - log10(rows[0][0]))

    def y(value: float) -> float:
        return 250 - 55 * (log10(max(value, 0.1)) + 1)

    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 460 300" font-family="sans-serif" font-size="12">',
        '<rect width="460" height="300" fill="white"/>',
        '<text x="70" y="18">newscrawl: signatures and candidates</text>',
    ]
    for power in range(-1, 4):
        label = 10.0**power
        parts.append(f'<path d="M70 {y(label):.0f}H380" stroke="#ddd"/>')
        parts.append(f'<text x="62" y="{y(label) + 4:.0f}" text-anchor="end">{label:g}</text>')
    for size, _, _ in rows:
        parts.append(f'<text x="{x(size):.0f}" y="270" text-anchor="middle">{size:,}</text>')
    parts.append('<text x="225" y="290" text-anchor="middle">documents</text>')
    for column, colour, name in ((1, "#06c", "CPU s"), (2, "#c40", "MiB")):
        points = " ".join(f"{x(row[0]):.0f},{y(row[column]):.0f}" for row in rows)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        last = rows[-1]
        parts.append(f'<text x="{x(last[0]) + 8:.0f}" y="{y(last[column]) + 4:.0f}" fill="{colour}">{name}</text>')
    return "\n".join([*parts, "</svg>", ""])


def flood() -> None:
    from pipelines.duplicates import Document
    from pipelines.duplicates.__main__ import grouped

    start = datetime(2024, 1, 1, tzinfo=UTC)
    documents = [
        Document(f"{number}", "", text, start + timedelta(minutes=number))
        for number, text in enumerate(notices(NOTICES))
    ]
    began = time.process_time()
    sizes = Counter(one.cluster for one in grouped(documents).values())
    took = time.process_time() - began
    false = sum(size for size in sizes.values() if size > 1)
    print(
        f"\n{NOTICES:,} notices, all different: {false} in a false group ({100 * false / NOTICES:.2f} %), "
        f"largest group {max(sizes.values())}; grouped in {took:.0f} CPU-seconds."
    )


def score(folder: Path) -> None:
    from pipelines.duplicates.__main__ import grouped, read

    path = folder / "dedup_dev.jsonl"
    gold = {str(line["id"]): line["cluster"] for line in map(json.loads, path.read_text(encoding="utf-8").splitlines())}
    documents = list(read(path))
    began = time.process_time()
    groups = grouped(documents)
    took = time.process_time() - began
    both = Counter((gold[id_], one.cluster) for id_, one in groups.items())
    common, real, told = (
        sum(number * (number - 1) // 2 for number in counts.values())
        for counts in (both, Counter(gold.values()), Counter(one.cluster for one in groups.values()))
    )
    print(
        f"\n{path.name}: pair precision {common / told:.4f}, recall {common / real:.4f}, F1 "
        f"{2 * common / (real + told):.4f}; {len(documents)} documents in {took:.1f} CPU-seconds, verdicts included."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--growth", default="10000,100000,1000000")
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--gold", type=Path)
    parser.add_argument("--run", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=1, help=argparse.SUPPRESS)
    chosen: Any = parser.parse_args()
    if chosen.run:
        print(json.dumps(CONTENDERS[chosen.run](_batches(chosen.documents, chosen.seed))))
        return
    compare_speed(chosen.documents, chosen.rounds)
    show_growth([int(size) for size in chosen.growth.split(",") if size], chosen.plot)
    flood()
    if chosen.gold:
        score(chosen.gold)


if __name__ == "__main__":
    main()
