"""`python -m pipelines.duplicates FILE.jsonl`: groups of the documents of a file, for development.

In: a line `{"id", "title", "text", "published"}` a document (`published` in ISO 8601, may be missing). Out: a line
`{"id", "cluster"}` each. With `--explain ID ID` the verdict on two of them.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipelines.duplicates import (
    Document,
    Groups,
    Verdict,
    candidate_pairs,
    compare,
    compare_many,
    group,
    order,
    signatures,
)


def main(arguments: list[str] | None = None) -> int:
    """Run the tool; 0 done, 2 when the file cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m pipelines.duplicates", description="Groups near-duplicates.")
    parser.add_argument("file", type=Path, help='lines of {"id", "title", "text", "published"}')
    parser.add_argument("--explain", nargs=2, metavar="ID", help="tell the verdict on two documents")
    chosen = parser.parse_args(arguments)
    try:
        documents = list(read(chosen.file))
    except (OSError, ValueError) as error:
        print(f"{chosen.file}: {error}", file=sys.stderr)
        return 2
    if chosen.explain:
        return explain({document.id: document for document in documents}, *chosen.explain)
    for id_, membership in grouped(documents).items():
        print(json.dumps({"id": id_, "cluster": membership.cluster}, ensure_ascii=False))
    return 0


def read(path: Path) -> Iterator[Document]:
    """Give the documents of a file. Raises OSError, and ValueError with the number of the line that is wrong."""
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                yield _document(json.loads(line))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise ValueError(f"line {number} is no document ({error!r})") from None


def _document(fields: dict[str, Any]) -> Document:
    published = fields.get("published")
    moment = datetime.fromisoformat(published) if published else None
    if moment is not None and moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return Document(
        str(fields["id"]), fields.get("title") or "", fields.get("text") or "", moment, None, fields.get("site") or ""
    )


def grouped(documents: list[Document]) -> Groups:
    """Return the groups of documents that are all in memory."""
    ranked = sorted(documents, key=order)
    pairs = candidate_pairs(signatures([document.text for document in ranked])).tolist()
    found = compare_many(ranked, pairs)
    verdicts = {(ranked[a].id, ranked[b].id): verdict for (a, b), verdict in zip(pairs, found, strict=True)}
    copies = [pair for pair, verdict in verdicts.items() if verdict.copy]

    def known(a: Document, b: Document) -> Verdict:
        return verdicts.get((a.id, b.id)) or verdicts.get((b.id, a.id)) or compare(a, b)

    return group(ranked, copies, verdict=known)


def explain(documents: dict[str, Document], one: str, other: str) -> int:
    """Print the verdict on two documents; 2 when one is not in the file."""
    missing = [id_ for id_ in (one, other) if id_ not in documents]
    if missing:
        print(f"No document {missing[0]} in the file.", file=sys.stderr)
        return 2
    verdict = compare(documents[one], documents[other])
    print(json.dumps(asdict(verdict), ensure_ascii=False, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
