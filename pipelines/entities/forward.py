"""The forward pass of slovnet's taggers over sentences laid end to end.

Same weights and same tags as slovnet's own, which pads every sentence to the longest of its batch and copies a window
for every word; here one zero row parts two sentences and a convolution of width three is three matrix products.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from slovnet.shape import word_shape

CACHED_WORDS = 30_000
"""Words whose numbers are kept a model."""
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
        self.encode = lru_cache(maxsize=CACHED_WORDS)(
            lambda word: (encoder.words_vocab.encode(word.lower()), encoder.shapes_vocab.encode(word_shape(word)))
        )
        self.embed = model.emb
        self.layers = [_layer(layer) for layer in model.encoder.layers]
        self.weight, self.bias = model.head.proj.weight.array, model.head.proj.bias.array
        self.tags: list[str] = list(infer.decoder.tags_vocab.items)

    def scores(self, sentences: Sequence[Sequence[str]]) -> list[Array]:
        """For each sentence (none of them empty) an array of words × tags."""
        ids = np.array([self.encode(word) for words in sentences for word in words], dtype=np.int64)
        total = len(ids) + len(sentences) + 1
        rows = np.concatenate(_rows([len(words) for words in sentences]))
        x = np.zeros((total, self.embed.word.dim + self.embed.shape.dim), dtype=np.float32)
        x[rows] = self.embed(ids[:, 0], ids[:, 1])
        gaps = np.ones(total, dtype=bool)
        gaps[rows] = False
        for layer in self.layers:
            x = _convolve(x, layer)
            x[gaps] = 0
        flat = x[rows] @ self.weight + self.bias
        stops = np.cumsum([len(words) for words in sentences])
        return np.split(flat, stops[:-1])


def viterbi(emissions: Array, transitions: Array) -> list[int]:
    """The best path through words × tags, `transitions` being from × to."""
    score, history = emissions[0], []
    for emission in emissions[1:]:
        paths = score[:, None] + transitions + emission
        best = paths.argmax(0)
        score = paths[best, np.arange(len(best))]
        history.append(best)
    path = [int(score.argmax())]
    for best in reversed(history):
        path.append(int(best[path[-1]]))
    return path[::-1]


def _rows(lengths: list[int]) -> list[npt.NDArray[np.int64]]:
    """Row numbers of the words of each sentence, a gap before each."""
    start, rows = 1, []
    for length in lengths:
        rows.append(np.arange(start, start + length))
        start += length + 1
    return rows


def _convolve(x: Array, layer: Layer) -> Array:
    left, centre, right = layer.kernels
    y = x @ centre
    y += layer.bias
    y[1:] += x[:-1] @ left
    y[:-1] += x[1:] @ right
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
