"""The best path of tags through each sentence of the NER model's scores."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from pipelines.entities.table import Array


def viterbi(scores: Array, bounds: list[int], transitions: Array) -> list[int]:
    """The tag of each row of `scores`; sentence `i` is rows `bounds[i]` to `bounds[i + 1]`, and none is empty.

    `transitions` is from × to. Only the best sums are made word by word, for all sentences at once; which tag each came
    from is told for all words together.
    """
    starts = np.array(bounds[:-1])
    lengths = np.diff(bounds)
    starts = starts[np.argsort(-lengths, kind="stable")]
    waiting = np.searchsorted(np.sort(lengths), np.arange(lengths.max()), side="right")
    active = (len(lengths) - waiting).tolist()  # sentences that are longer than so many words
    sums = scores.copy()
    rows = starts
    last = sums[rows]
    for count in active[1:]:
        rows = rows[:count] + 1
        last = np.maximum.reduce(last[:count, :, None] + transitions, axis=1)
        last += scores[rows]
        sums[rows] = last
    before = (sums[:, None, :] + transitions.T).argmax(-1).tolist()
    ends = sums[np.array(bounds[1:]) - 1].argmax(-1).tolist()
    tags = [0] * len(scores)
    for (start, stop), tag in zip(pairwise(bounds), ends, strict=True):
        tags[stop - 1] = tag
        for row in range(stop - 2, start - 1, -1):
            tags[row] = tag = before[row][tag]
    return tags
