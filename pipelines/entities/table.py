"""The first layer's products, by word: words come back, so most of a text's are there already."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pipelines.entities.weights import CACHED_WORDS, Encode

TABLE_WORDS = 14_000
"""Words whose products with a first layer are kept: 3 kB each. More than a batch may hold."""
WARMED_AT_ONCE = 400
"""The products of so many words are made beside the table: 10 MB."""
BLOCK = 16
"""Words are multiplied so many at a time, as columns: BLAS treats those of larger blocks, or rows, unalike, and then a
text's tags would hang in the last bit on which texts came before it."""
GAP = 0
"""The row that stands for no word: products of zero."""
Array = npt.NDArray[np.float32]
Key = tuple[int, int]


class First(NamedTuple):
    """A model's first layer: kernels (in × left, centre and right outputs) for the words' vectors, what each shape adds
    to those outputs."""

    kernels: Array
    shapes: Array


class Table:
    """The products of words with a model's first layer, by word and shape number; full, it keeps the used half.

    `products` has three arrays: what a word gives to its right neighbour, to itself and to its left one. A model has a
    table of its own: morphology is asked of half the words only.
    """

    def __init__(self, encode: Encode, vectors: Any, first: First) -> None:
        self.encode = encode
        self.codes = np.ascontiguousarray(vectors.codes.array).reshape(-1, vectors.codes.array.shape[-1])
        self.code_numbers = vectors.indexes.array
        parts, centroids, _ = vectors.codes.array.shape
        self.code_starts = np.arange(parts) * centroids
        # By part: left, centre and right outputs.
        self.kernels = np.array(np.split(first.kernels.T, 3))
        self.shapes = np.array(np.split(first.shapes, 3, axis=1))
        self.clear()

    def clear(self) -> None:
        """Begin with no words."""
        parts, outputs, _ = self.kernels.shape
        # `full` takes the memory now, so that the first texts do not wait for it; `zeros` would not.
        self.products = np.full((parts, TABLE_WORDS, outputs), 0, dtype=np.float32)
        self.uses = np.zeros(TABLE_WORDS, dtype=np.int64)
        self.rows: dict[Key, int] = {}
        self.words: dict[str, int] = {}

    def places_of(self, words: list[str]) -> npt.NDArray[np.int64]:
        """The row of each word in `products`; at most half the table's words at once."""
        places = [self.words.get(word, GAP) for word in words]
        if GAP in places:
            self._enter([word for word, place in zip(words, places, strict=True) if place == GAP], words)
            places = [self.words[word] for word in words]
        result = np.array(places, dtype=np.int64)
        self.uses[result] += 1
        return result

    def warm(self, words: list[str]) -> None:
        """Make rows for words that are sure to come; those that do not come are the first to go."""
        for start in range(0, len(words), WARMED_AT_ONCE):
            part = words[start : start + WARMED_AT_ONCE]
            self._enter(part, part)

    def _enter(self, new: list[str], words: list[str]) -> None:
        """Make room and rows for the words that are new, so that all of `words` have one."""
        keys = list(map(self.encode, new))
        missing = [key for key in dict.fromkeys(keys) if key not in self.rows]
        if 1 + len(self.rows) + len(missing) > len(self.uses):
            self._halve()
            new, keys = words, list(map(self.encode, words))
            missing = [key for key in dict.fromkeys(keys) if key not in self.rows]
        if missing:
            start = 1 + len(self.rows)
            self._multiply(missing, start)
            self.rows.update(zip(missing, range(start, start + len(missing)), strict=True))
        if len(self.words) > CACHED_WORDS:
            self.words, new, keys = {}, words, list(map(self.encode, words))
        self.words.update(zip(new, map(self.rows.__getitem__, keys), strict=True))

    def _multiply(self, keys: list[Key], start: int) -> None:
        ids = np.array(keys + keys[:1] * (-len(keys) % BLOCK))
        codes = self.code_numbers[ids[:, 0]] + self.code_starts
        vectors = self.codes.take(codes.ravel(), axis=0).reshape(-1, BLOCK, self.kernels.shape[2])
        # One part for all blocks, then the next: its kernels stay in the processor's cache.
        products = self.kernels[:, None] @ np.ascontiguousarray(vectors.swapaxes(1, 2))
        rows = products.swapaxes(2, 3).reshape(len(products), len(ids), -1)[:, : len(keys)]
        np.add(rows, self.shapes[:, ids[: len(keys), 1]], out=self.products[:, start : start + len(keys)])

    def _halve(self) -> None:
        """Keep the half that most batches used, and halve their counts, so that old fame fades."""
        keys = list(self.rows)
        uses = self.uses[1 : 1 + len(keys)]
        kept = np.sort(np.argsort(-uses, kind="stable")[: len(self.uses) // 2])
        self.rows = {keys[place]: row for row, place in enumerate(kept, start=1)}
        self.words = {}
        for products in self.products:  # one by one: a copy of all is 40 MB
            products[1 : 1 + len(kept)] = products[1 + kept]
        uses = uses[kept] // 2
        self.uses[:] = 0
        self.uses[1 : 1 + len(kept)] = uses
