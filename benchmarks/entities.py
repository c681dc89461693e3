"""newscrawl's entities beside natasha as its README uses it: same texts, same run, turn about, one core.

    python benchmarks/entities.py [--gold FILE.jsonl] [--rounds 3]

Each run is a process of its own: it loads, reads every text once (fresh: no cache has seen it) and once more (seen).
FILE has a document a line, `{"id", "text", "entities": [{"type", "start", "stop", "normal"}]}`; without one the texts
of fixtures/entities.jsonl are timed and quality is left out. natasha needs pymorphy2, and that `setuptools<81`; where
either is missing its pipeline runs over pymorphy3, which is said. docs/benchmarks.md says how to read the figures.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).parents[1]
GOLD = ROOT.parent / "shared/data/entities/factrueval_dev.jsonl"
OURS, THEIRS = "newscrawl", "natasha"
TYPES = ("PER", "LOC", "ORG")
GOAL_ALL, GOAL_NER = 8.0, 3.0
KIB_OF_RSS = 1 if sys.platform == "darwin" else 1024
MIB = 1024 * 1024
MIN_CHARACTERS = 1_000
"""Shorter texts of the fixtures are joined, so that a document has a news text's length."""

Found = list[dict[str, Any]]


@dataclass(frozen=True)
class Run:
    """One process: CPU seconds, characters, peak bytes; what it found, by document."""

    characters: int
    load: float
    fresh: float
    seen: float
    ner: float
    rss: int
    found: list[Found]
    note: str = ""

    def rate(self, seconds: float) -> float:
        """CPU milliseconds for 2,000 characters."""
        return seconds / self.characters * 2_000 * 1_000


def _texts(gold: Path | None) -> list[str]:
    if gold is not None:
        return [json.loads(line)["text"] for line in gold.read_text(encoding="utf-8").splitlines()]
    texts, text = [], ""
    for line in (ROOT / "fixtures/entities.jsonl").read_text(encoding="utf-8").splitlines():
        text += json.loads(line)["text"] + "\n\n"
        if len(text) > MIN_CHARACTERS:
            texts.append(text)
            text = ""
    return [*texts, text] if text else texts


def _ours() -> tuple[Callable[[str], Found], Callable[[str], object], str]:
    sys.path.insert(0, str(ROOT))
    from pipelines.entities import find, load
    from pipelines.entities.spans import find_spans
    from pipelines.entities.tokens import read

    load()

    def whole(text: str) -> Found:
        return [{"type": m.type, "start": m.start, "stop": m.stop, "normal": m.normal} for m in find(text)]

    return whole, lambda text: find_spans(read(text)), ""


def _theirs() -> tuple[Callable[[str], Found], Callable[[str], object], str]:
    note = ""
    try:
        import pkg_resources  # noqa: F401
        import pymorphy2  # noqa: F401
    except ImportError:
        import pymorphy3

        sys.modules["pymorphy2"] = pymorphy3
        note = "over pymorphy3: pymorphy2 or setuptools<81 is missing"
    import natasha as n

    segmenter, vocabulary, embedding = n.Segmenter(), n.MorphVocab(), n.NewsEmbedding()
    morphology, syntax = n.NewsMorphTagger(embedding), n.NewsSyntaxParser(embedding)
    tagger, names = n.NewsNERTagger(embedding), n.NamesExtractor(vocabulary)

    def whole(text: str) -> Found:
        document = n.Doc(text)
        document.segment(segmenter)
        document.tag_morph(morphology)
        document.parse_syntax(syntax)
        document.tag_ner(tagger)
        for span in document.spans:
            span.normalize(vocabulary)
            if span.type == n.PER:
                span.extract_fact(names)
        return [{"type": s.type, "start": s.start, "stop": s.stop, "normal": s.normal} for s in document.spans]

    def ner(text: str) -> None:
        document = n.Doc(text)
        document.segment(segmenter)
        document.tag_ner(tagger)

    return whole, ner, note


def _child(contender: str, gold: Path | None) -> Run:
    """All the work of one process."""
    texts = _texts(gold)
    began = time.process_time()
    whole, ner, note = (_ours if contender == OURS else _theirs)()
    loaded = time.process_time()
    found = [whole(text) for text in texts]
    fresh = time.process_time()
    gc.collect()  # full collections are rare in a long run: none shall fall into one pass by chance
    again = time.process_time()
    for text in texts:
        whole(text)
    seen = time.process_time()
    for text in texts:
        ner(text)
    done = time.process_time()
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KIB_OF_RSS
    characters = sum(map(len, texts))
    return Run(characters, loaded - began, fresh - loaded, seen - again, done - seen, rss, found, note)


def _run(contender: str, gold: Path | None) -> Run:
    command = [sys.executable, __file__, "--child", contender, *(["--gold", str(gold)] if gold else [])]
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
    output = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    return Run(**json.loads(output))


def quality(gold: Sequence[dict[str, Any]], found: Sequence[Found]) -> Iterator[tuple[str, float, float]]:
    """Type, F1 of exact spans, and the share of right canonical forms among exact spans that have one."""
    totals = [0] * 5
    for kind in TYPES:
        counts = [0] * 5
        for document, mentions in zip(gold, found, strict=True):
            wanted = {(e["start"], e["stop"]): e["normal"] for e in document["entities"] if e["type"] == kind}
            mine = {(m["start"], m["stop"]): m["normal"] for m in mentions if m["type"] == kind}
            hits = wanted.keys() & mine.keys()
            known = [span for span in hits if wanted[span]]
            right = sum(_folded(wanted[span]) == _folded(mine[span]) for span in known)
            for place, count in enumerate((len(hits), len(wanted), len(mine), len(known), right)):
                counts[place] += count
                totals[place] += count
        yield (kind, *_shares(counts))
    yield ("all", *_shares(totals))


def _shares(counts: Sequence[int]) -> tuple[float, float]:
    hits, wanted, mine, known, right = counts
    return 2 * hits / max(wanted + mine, 1), right / max(known, 1)


def _folded(text: str) -> str:
    return " ".join(text.lower().replace("ё", "е").split())


def _report(runs: dict[str, list[Run]], gold: Path | None) -> None:
    print("| contender | fresh ms | seen ms | NER alone ms | docs/s | load s | peak RSS MiB |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for contender, all_runs in runs.items():
        fresh, seen, ner = (
            median(one.rate(seconds(one)) for one in all_runs)
            for seconds in (lambda one: one.fresh, lambda one: one.seen, lambda one: one.ner)
        )
        speed = median(len(one.found) / one.fresh for one in all_runs)
        load, rss = median(one.load for one in all_runs), median(one.rss for one in all_runs) / MIB
        print(f"| {contender} | {fresh:.1f} | {seen:.1f} | {ner:.1f} | {speed:.0f} | {load:.1f} | {rss:.0f} |")
    print("\nMilliseconds are CPU time for 2,000 characters. natasha ÷ newscrawl, by round, median (lowest … highest):")
    for label, of in (
        ("fresh", lambda one: one.fresh),
        ("seen", lambda one: one.seen),
        ("NER alone", lambda one: one.ner),
        ("peak RSS", lambda one: one.rss),
    ):
        ratios = [of(a) / of(b) for a, b in zip(runs[THEIRS], runs[OURS], strict=True)]
        print(f"- {label}: {median(ratios):.2f} ({min(ratios):.2f} … {max(ratios):.2f})")
    print(f"Goals: {GOAL_ALL:g} for the whole, {GOAL_NER:g} for NER alone, 1 for memory.")
    if gold is not None:
        documents = [json.loads(line) for line in gold.read_text(encoding="utf-8").splitlines()]
        print("\n| contender | " + " | ".join(f"{kind} F1 / form" for kind in (*TYPES, "all")) + " |")
        print("|---|" + "--:|" * 4)
        for contender, all_runs in runs.items():
            cells = [f"{f1:.3f} / {form:.3f}" for _, f1, form in quality(documents, all_runs[0].found)]
            print(f"| {contender} | " + " | ".join(cells) + " |")
    for note in {one.note for all_runs in runs.values() for one in all_runs} - {""}:
        print(f"\nnatasha {note}.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gold", type=Path, default=GOLD if GOLD.is_file() else None)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--child", choices=(OURS, THEIRS), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        json.dump(asdict(_child(arguments.child, arguments.gold)), sys.stdout)
        return
    runs: dict[str, list[Run]] = {OURS: [], THEIRS: []}
    for number in range(arguments.rounds):
        for contender in (OURS, THEIRS) if number % 2 == 0 else (THEIRS, OURS):
            runs[contender].append(_run(contender, arguments.gold))
            print(f"round {number + 1}: {contender} done", file=sys.stderr)
    _report(runs, arguments.gold)


if __name__ == "__main__":
    main()
