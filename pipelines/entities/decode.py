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
    lengths = np.diff(bounds)
    order = np.argsort(-lengths, kind="stable")
    longest = lengths[order[0]]
    # A row for each word's number, a column for each sentence, the longest first; what is behind an end is not used.
    rows = np.array(bounds[:-1])[order] + np.arange(longest)[:, None]
    padded = scores[np.minimum(rows, len(scores) - 1)]
    inside = lengths[order] > np.arange(longest)[:, None]
    active = inside.sum(1).tolist()  # sentences that are longer than so many words
    last = padded[0]
    for count, here in zip(active[1:], padded[1:], strict=True):
        last = last[:count]
        best = np.maximum.reduce(last[:, :, None] + transitions, axis=1)
        last = here[:count]
        last += best
    sums = np.empty_like(scores)
    sums[rows[inside]] = padded[inside]
    before = (sums[:, None, :] + transitions.T).argmax(-1).tolist()
    ends = sums[np.array(bounds[1:]) - 1].argmax(-1).tolist()
    tags = [0] * len(scores)
    for (start, stop), tag in zip(pairwise(bounds), ends, strict=True):
        tags[stop - 1] = tag
        for row in range(stop - 2, start - 1, -1):
            tags[row] = tag = before[row][tag]
    return tags
