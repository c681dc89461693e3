"""The first layer's products, by word: words come back, so most of a text's are there already."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pipelines.entities.weights import CACHED_WORDS, Encode

TABLE_WORDS = 10_000
"""Words whose products with the first layer are kept a model: 3 kB each. More than a batch may hold."""
BLOCK = 8
"""Words are multiplied so many at a time: BLAS treats larger blocks' rows unalike, and then a text's tags would hang
in the last bit on which texts came before it."""
GAP = 0
"""The row that stands for no word: products of zero."""
Array = npt.NDArray[np.float32]
Key = tuple[int, int]


class Table:
    """The products of words with the first layer's kernels, by word and shape number; full, it keeps the used half."""

    def __init__(self, encode: Encode, embed: Any, kernels: Array, bias: Array) -> None:
        self.encode, self.embed, self.kernels, self.bias = encode, embed, kernels, bias
        self.codes = np.ascontiguousarray(embed.word.codes.array).reshape(-1, embed.word.codes.array.shape[-1])
        self.code_numbers = embed.word.indexes.array
        parts, centroids, _ = embed.word.codes.array.shape
        self.code_starts = np.arange(parts) * centroids
        self.shapes = embed.shape.weight.array
        self.products = np.empty((3, TABLE_WORDS, kernels.shape[1] // 3), dtype=np.float32)
        self.products[:, GAP] = 0
        self.uses = np.zeros(TABLE_WORDS, dtype=np.int64)
        self.rows: dict[Key, int] = {}
        self.words: dict[str, int] = {}

    def places_of(self, words: list[str]) -> list[int]:
        """The row of each word in `products`; at most half the table's words at once."""
        places = [self.words.get(word, GAP) for word in words]
        if GAP in places:
            self._enter([word for word, place in zip(words, places, strict=True) if place == GAP], words)
            places = [self.words[word] for word in words]
        self.uses[places] += 1
        return places

    def warm(self, words: list[str]) -> None:
        """Make rows for words that are sure to come; those that do not come are the first to go."""
        self._enter(words, words)

    def _enter(self, new: list[str], words: list[str]) -> None:
        """Make room and rows for the words that are new, so that all of `words` have one."""
        keys = dict.fromkeys(map(self.encode, new))
        missing = [key for key in keys if key not in self.rows]
        if 1 + len(self.rows) + len(missing) > len(self.uses):
            self._halve()
            new = words
            missing = [key for key in dict.fromkeys(map(self.encode, words)) if key not in self.rows]
        if missing:
            start = 1 + len(self.rows)
            self._multiply(missing, start)
            self.rows.update(zip(missing, range(start, start + len(missing)), strict=True))
        if len(self.words) > CACHED_WORDS:
            self.words, new = {}, words
        self.words.update((word, self.rows[self.encode(word)]) for word in new)

    def _multiply(self, keys: list[Key], start: int) -> None:
        ids = np.array(keys + keys[:1] * (-len(keys) % BLOCK))
        vectors = np.empty((len(ids), len(self.kernels)), dtype=np.float32)
        width = len(self.code_starts) * self.codes.shape[1]
        codes = self.code_numbers[ids[:, 0]] + self.code_starts
        vectors[:, :width] = self.codes.take(codes.ravel(), axis=0).reshape(len(ids), width)
        vectors[:, width:] = self.shapes[ids[:, 1]]
        products = vectors.reshape(-1, BLOCK, len(self.kernels)) @ self.kernels
        split = products.reshape(len(ids), 3, -1)[: len(keys)].swapaxes(0, 1)
        self.products[:, start : start + len(keys)] = split
        self.products[1, start : start + len(keys)] += self.bias

    def _halve(self) -> None:
        """Keep the half that most batches used, and halve their counts, so that old fame fades."""
        keys = list(self.rows)
        uses = self.uses[1 : 1 + len(keys)]
        kept = np.sort(np.argsort(-uses, kind="stable")[: len(self.uses) // 2])
        self.rows = {keys[place]: row for row, place in enumerate(kept, start=1)}
        self.words = {}
        self.products[:, 1 : 1 + len(kept)] = self.products[:, 1 + kept]
        uses = uses[kept] // 2
        self.uses[:] = 0
        self.uses[1 : 1 + len(kept)] = uses
