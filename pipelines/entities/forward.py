"""The forward pass of slovnet's taggers over sentences laid end to end.

Same weights and same tags as slovnet's own, which pads every sentence to the longest of its batch and copies a window
for every word; here one zero row parts two sentences and a convolution of width three is three matrix products. Those
of the first layer depend on the word alone and are kept in a table.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from slovnet.shape import word_shape

CACHED_WORDS = 30_000
"""Words whose numbers are kept a model."""
TABLE_WORDS = 10_000
"""Words whose products with the first layer are kept a model: 3 kB each. More than a batch may hold."""
BLOCK = 8
"""Words are multiplied so many at a time: BLAS treats larger blocks' rows unalike, and then a text's tags would hang
in the last bit on which texts came before it."""
Array = npt.NDArray[np.float32]


class Layer(NamedTuple):
    """A convolution (`kernels`: left, centre, right; in × out) with ReLU and batch norm, folded to `scale`, `shift`."""

    kernels: tuple[Array, Array, Array]
    bias: Array
    scale: Array
    shift: Array


class Tagger:
    """One of slovnet's models (NER or morphology): words in, a score for each tag out."""

    def __init__(self, infer: Any) -> None:
        model = infer.model
        encoder = infer.encoder
        self.encode = _encoding(encoder.words_vocab, encoder.shapes_vocab)
        self.embed = model.emb
        self.layers = [_layer(layer) for layer in model.encoder.layers]
        self.table = Table(self.embed, np.concatenate(self.layers[0].kernels, axis=1))
        self.weight, self.bias = model.head.proj.weight.array, model.head.proj.bias.array
        self.tags: list[str] = list(infer.decoder.tags_vocab.items)

    def scores(self, sentences: Sequence[Sequence[str]]) -> list[Array]:
        """For each sentence (none of them empty) an array of words × tags."""
        products = self.table.rows([self.encode(word) for words in sentences for word in words])
        total = len(products) + len(sentences) + 1
        rows = np.concatenate(_rows([len(words) for words in sentences]))
        spread = np.zeros((total, products.shape[1]), dtype=np.float32)
        spread[rows] = products
        gaps = np.ones(total, dtype=bool)
        gaps[rows] = False
        left, centre, right = np.split(spread, 3, axis=1)
        x = _activate(left, centre, right, self.layers[0])
        x[gaps] = 0
        for layer in self.layers[1:]:
            left, centre, right = (x @ kernel for kernel in layer.kernels)
            x = _activate(left, centre, right, layer)
            x[gaps] = 0
        flat = x[rows] @ self.weight + self.bias
        stops = np.cumsum([len(words) for words in sentences])
        return np.split(flat, stops[:-1])


_encodings: list[tuple[Any, Any, Callable[[str], tuple[int, int]]]] = []


def _encoding(words: Any, shapes: Any) -> Callable[[str], tuple[int, int]]:
    """Word to its two numbers, remembered; one memory for all models with the same vocabularies."""
    for known_words, known_shapes, encode in _encodings:
        if known_words.items == words.items and known_shapes.items == shapes.items:
            return encode
    encode = lru_cache(maxsize=CACHED_WORDS)(lambda word: (words.encode(word.lower()), shapes.encode(word_shape(word))))
    _encodings.append((words, shapes, encode))
    return encode


class Table:
    """The products of words with the first layer's kernels, by word and shape number; full, it keeps the used half."""

    def __init__(self, embed: Any, kernels: Array) -> None:
        self.embed, self.kernels = embed, kernels
        self.products = np.empty((TABLE_WORDS, kernels.shape[1]), dtype=np.float32)
        self.uses = np.zeros(TABLE_WORDS, dtype=np.int64)
        self.places: dict[tuple[int, int], int] = {}

    def rows(self, keys: list[tuple[int, int]]) -> Array:
        """A row of products for each key; at most half the table's keys at once."""
        missing = list(dict.fromkeys(key for key in keys if key not in self.places))
        if len(self.places) + len(missing) > TABLE_WORDS:
            self._halve()
            missing = list(dict.fromkeys(key for key in keys if key not in self.places))
        if missing:
            start = len(self.places)
            ids = np.array(missing + missing[:1] * (-len(missing) % BLOCK), dtype=np.int64)
            vectors = self.embed(ids[:, 0], ids[:, 1]).reshape(-1, BLOCK, len(self.kernels))
            products = (vectors @ self.kernels).reshape(-1, self.kernels.shape[1])
            self.products[start : start + len(missing)] = products[: len(missing)]
            self.places.update(zip(missing, range(start, start + len(missing)), strict=True))
        places = [self.places[key] for key in keys]
        self.uses[places] += 1
        return self.products[places]

    def _halve(self) -> None:
        """Keep the half that most batches used, and halve their counts, so that old fame fades."""
        keys = list(self.places)
        kept = np.sort(np.argsort(-self.uses[: len(keys)], kind="stable")[: TABLE_WORDS // 2])
        self.places = {keys[place]: row for row, place in enumerate(kept)}
        self.products[: len(kept)] = self.products[kept]
        uses = self.uses[kept] // 2
        self.uses[:] = 0
        self.uses[: len(kept)] = uses


def viterbi(sentences: Sequence[Array], transitions: Array) -> list[list[int]]:
    """The best path through each of some arrays (at least one) of words × tags, `transitions` being from × to."""
    order = sorted(range(len(sentences)), key=lambda i: -len(sentences[i]))
    lengths = np.array([len(sentences[i]) for i in order])
    emissions = np.zeros((int(lengths[0]), len(order), len(transitions)), dtype=np.float32)
    for place, i in enumerate(order):
        emissions[: lengths[place], place] = sentences[i]
    score, history = emissions[0].copy(), []
    for step in range(1, len(emissions)):
        active = int((lengths > step).sum())
        paths = score[:active, :, None] + transitions + emissions[step, :active, None, :]
        history.append(paths.argmax(1))
        score[:active] = paths.max(1)
    ends = score.argmax(-1)
    result: list[list[int]] = [[] for _ in order]
    for place, i in enumerate(order):
        path = [int(ends[place])]
        for best in reversed(history[: lengths[place] - 1]):
            path.append(int(best[place, path[-1]]))
        result[i] = path[::-1]
    return result


def _rows(lengths: list[int]) -> list[npt.NDArray[np.int64]]:
    """Row numbers of the words of each sentence, a gap before each."""
    start, rows = 1, []
    for length in lengths:
        rows.append(np.arange(start, start + length))
        start += length + 1
    return rows


def _activate(left: Array, centre: Array, right: Array, layer: Layer) -> Array:
    """The layer's output from the products of its input with its three kernels."""
    y = centre + layer.bias
    y[1:] += left[:-1]
    y[:-1] += right[1:]
    np.maximum(y, 0, out=y)
    y *= layer.scale
    y += layer.shift
    return y


def _layer(layer: Any) -> Layer:
    weight = layer.conv.weight.array  # out × in × 3
    left, centre, right = (np.ascontiguousarray(weight[:, :, k].T) for k in range(3))
    scale = layer.norm.weight.array / layer.norm.std.array
    shift = layer.norm.bias.array - layer.norm.mean.array * scale
    return Layer((left, centre, right), layer.conv.bias.array, scale, shift)
