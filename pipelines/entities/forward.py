"""The forward pass of slovnet's taggers over sentences laid end to end.

Same weights and same tags as slovnet's own, which pads every sentence to the longest of its batch and copies a window
for every word; here one gap row parts two sentences and a convolution of width three is one matrix product. Those of
the first layer depend on the word alone and are kept in a table (`table`).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from pipelines.entities.table import GAP, Array, First, Table
from pipelines.entities.weights import Pretrained

Words = Sequence[Sequence[str]]
"""Sentences, none of them empty."""


class Layer(NamedTuple):
    """A convolution (`kernels`: in × left, centre and right outputs) with ReLU, and what a gap row holds behind it.

    The batch norm behind the ReLU is folded into the next layer's kernels, or the head's weight. `gap` is what that
    norm would turn into the zeros that slovnet pads with.
    """

    kernels: Array
    bias: Array
    gap: Array


class Tagger:
    """One of slovnet's models (NER or morphology): words in, a score for each tag out."""

    def __init__(self, pretrained: Pretrained, layers: Sequence[Any], table: Table, products: Array) -> None:
        """`layers` as `_folded` makes them; `products` are the model's own part of the table."""
        first, *others, self.weight, self.bias = layers
        self.table, self.products = table, products
        self.gap: Array = first.gap
        self.layers: list[Layer] = others
        self.tags: list[str] = pretrained.tags

    def hidden(self, sentences: Words) -> Array:
        """The last layer's output for each word, sentences end to end."""
        lengths = np.array([len(words) for words in sentences])
        gaps = np.concatenate(([0], (lengths + 1).cumsum()))
        inside = np.arange(lengths.sum()) + np.arange(1, len(lengths) + 1).repeat(lengths)
        places = np.full(gaps[-1] + 1, GAP)
        places[inside] = self.table.places_of(list(chain.from_iterable(sentences)))
        left, centre, right = self.products
        x = centre[places]
        x[1:] += left[places[:-1]]
        x[:-1] += right[places[1:]]
        np.maximum(x, 0, out=x)
        x[gaps] = self.gap
        for layer in self.layers:
            products, size = x @ layer.kernels, len(layer.bias)
            x = products[:, size : 2 * size] + layer.bias
            x[1:] += products[:-1, :size]
            x[:-1] += products[1:, 2 * size :]
            np.maximum(x, 0, out=x)
            x[gaps] = layer.gap
        result: Array = x[inside]
        return result

    def scores(self, hidden: Array) -> Array:
        """The scores of all tags from rows of `hidden`."""
        result: Array = hidden @ self.weight + self.bias
        return result


def taggers(*models: Pretrained) -> list[Tagger]:
    """The taggers of models that read the same words: what a word is multiplied with is one table for all of them."""
    layers = [_folded(one.model) for one in models]
    firsts = [_first(one.model, kept[0]) for one, kept in zip(models, layers, strict=True)]
    table = Table(models[0].encode, models[0].model.emb.word, firsts)
    parts = table.products.reshape(len(models), 3, *table.products.shape[1:])
    return [Tagger(one, kept, table, part) for one, kept, part in zip(models, layers, parts, strict=True)]


def _first(model: Any, layer: Layer) -> First:
    """The first layer cut in two: a word's shape has few values, so what they add is told now, with the bias."""
    shapes = model.emb.shape.weight.array
    size = len(layer.kernels) - shapes.shape[1]
    added = shapes @ layer.kernels[size:]
    added[:, len(layer.bias) : 2 * len(layer.bias)] += layer.bias
    return First(layer.kernels[:size], added)


def _folded(model: Any) -> list[Any]:
    """The layers, the head's weight and its bias, every batch norm folded into what comes behind it."""
    result: list[Any] = []
    scale: Any = np.float32(1)
    shift: Any = np.float32(0)
    for layer in model.encoder.layers:
        weight = layer.conv.weight.array  # out × in × 3
        kernels = np.concatenate([weight[:, :, k].T for k in range(3)], axis=1)
        moved = (np.broadcast_to(shift, len(kernels)) @ kernels).reshape(3, -1).sum(0)
        kernels = np.ascontiguousarray(kernels * np.reshape(scale, (-1, 1)), dtype=np.float32)
        scale = layer.norm.weight.array / layer.norm.std.array
        shift = layer.norm.bias.array - layer.norm.mean.array * scale
        result.append(Layer(kernels, layer.conv.bias.array + moved, -shift / scale))
    weight, bias = model.head.proj.weight.array, model.head.proj.bias.array
    return [*result, weight * scale[:, None], bias + shift @ weight]
