"""The best path of tags through each sentence of the NER model's scores."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from pipelines.entities.table import Array

ROUNDING = 1e-3
"""More than rounding moves the sum of a stretch's scores."""


def viterbi(scores: Array, bounds: list[int], transitions: Array, outside: int) -> list[int]:
    """The tag of each row of `scores`; sentence `i` is rows `bounds[i]` to `bounds[i + 1]`, and none is empty.

    `transitions` is from × to, `outside` the tag of what is in no name. Most words have it whatever stands beside them;
    so paths are looked for through the stretches of words between those.
    """
    rows = np.flatnonzero(_doubtful(scores, transitions, outside))
    tags = np.full(len(scores), outside)
    if not len(rows):
        return tags.tolist()
    begins = np.zeros(len(scores) + 1, dtype=bool)  # here a sentence begins, or all end
    begins[bounds] = True
    firsts = np.flatnonzero(np.concatenate(([True], (np.diff(rows) != 1) | begins[rows[1:]])))
    lasts = np.concatenate((firsts[1:], [len(rows)])) - 1
    stretches = scores[rows]
    stretches[firsts[~begins[rows[firsts]]]] += transitions[outside]
    stretches[lasts[~begins[rows[lasts] + 1]]] += transitions[:, outside]
    tags[rows] = _best_paths(stretches, [*firsts.tolist(), len(rows)], transitions)
    return tags.tolist()


def _doubtful(scores: Array, transitions: Array, outside: int) -> npt.NDArray[np.bool_]:
    """The words that may be in a name: those in a stretch whose words at the best score more in one than outside."""
    inside = np.arange(len(transitions)) != outside
    gains = transitions - transitions[outside, outside]
    step = gains[np.ix_(inside, inside)].max()
    edges = max(gains[outside].max(), 0) + max(gains[:, outside].max(), 0)
    # The most that a stretch of words can gain is a difference of two sums; between n words there are n - 1 steps.
    sums = (scores[:, inside].max(axis=1) - scores[:, outside] + step).astype(np.float64).cumsum()
    before = np.minimum.accumulate(np.concatenate(([0.0], sums[:-1])))
    behind = np.maximum.accumulate(sums[::-1])[::-1]
    result: npt.NDArray[np.bool_] = behind - before > step - edges - ROUNDING
    return result


def _best_paths(scores: Array, bounds: list[int], transitions: Array) -> list[int]:
    """The tags of the best path through each stretch of rows.

    Only the best sums are made word by word, for all stretches at once; which tag each came from is told for all words
    together.
    """
    lengths = np.diff(bounds)
    order = np.argsort(-lengths, kind="stable")
    longest = lengths[order[0]]
    # A row for each word's number, a column for each stretch, the longest first; what is behind an end is not used.
    rows = np.array(bounds[:-1])[order] + np.arange(longest)[:, None]
    padded = scores[np.minimum(rows, len(scores) - 1)]
    inside = lengths[order] > np.arange(longest)[:, None]
    active = inside.sum(1).tolist()  # stretches that are longer than so many words
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
