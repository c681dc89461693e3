"""The forward pass of taggers of slovnet's kind over sentences laid end to end.

slovnet's own pads every sentence to the longest of its batch and copies a window for every word; here one gap row parts
two sentences and a convolution of width three is one matrix product. Those of the first layer depend on the word alone
and are kept in a table (`table`). With slovnet's weights the tags are slovnet's.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from pipelines.entities.table import GAP, Array, First, Table
from pipelines.entities.weights import Pretrained

Words = Sequence[Sequence[str]]
"""Sentences, none of them empty."""


def rectify(x: Array) -> None:
    """ReLU in place: against a row of zeros, since numpy's loop against one number takes three times as long."""
    np.maximum(x, np.zeros(x.shape[1], dtype=x.dtype), out=x)


class Layer(NamedTuple):
    """A convolution (`kernels`: in × left, centre and right outputs) with ReLU, and what a gap row holds behind it.

    The batch norm behind the ReLU is folded into the next layer's kernels, or the head's weight. `gap` is what that
    norm would turn into the zeros that slovnet pads with.
    """

    kernels: Array
    bias: Array
    gap: Array


class Wide(NamedTuple):
    """What words further away add to the scores: units that see a word and those `reach` places before and behind it.

    `kernels`: hidden × left, centre and right units, with ReLU behind; `weight`: units × tags.
    """

    reach: int
    kernels: Array
    weight: Array

    def scores(self, hidden: Array, bounds: Sequence[int]) -> Array:
        """For each row of `hidden`; sentence `i` is rows `bounds[i]` to `bounds[i + 1]`, and none sees another."""
        left, x, right = np.split(hidden @ self.kernels, 3, axis=1)
        sentences = np.arange(len(bounds) - 1).repeat(np.diff(bounds))
        together = (sentences[: -self.reach] == sentences[self.reach :])[:, None]
        x[self.reach :] += left[: -self.reach] * together
        x[: -self.reach] += right[self.reach :] * together
        rectify(x)
        result: Array = x @ self.weight
        return result


class Network(NamedTuple):
    """The layers of a tagger and its head, every batch norm folded into what comes behind it."""

    layers: tuple[Layer, ...]
    weight: Array
    bias: Array
    wide: Wide | None = None


class Tagger:
    """A model for one kind of tags (NER or morphology): words in, a score for each tag out."""

    def __init__(self, tags: list[str], network: Network, table: Table) -> None:
        """The table must be one of the network's first layer."""
        first, *self.layers = network.layers
        self.gap: Array = first.gap
        self.weight, self.bias, self.wide = network.weight, network.bias, network.wide
        self.table = table
        self.tags = tags

    def hidden(self, sentences: Words) -> Array:
        """The last layer's output for each word, sentences end to end."""
        lengths = np.array([len(words) for words in sentences])
        gaps = np.concatenate(([0], (lengths + 1).cumsum()))
        inside = np.arange(lengths.sum()) + np.arange(1, len(lengths) + 1).repeat(lengths)
        places = np.full(gaps[-1] + 1, GAP)
        places[inside] = self.table.places_of(list(chain.from_iterable(sentences)))
        left, centre, right = self.table.products
        x = centre[places]
        x[1:] += left[places[:-1]]
        x[:-1] += right[places[1:]]
        rectify(x)
        x[gaps] = self.gap
        for layer in self.layers:
            products, size = x @ layer.kernels, len(layer.bias)
            x = products[:, size : 2 * size] + layer.bias
            x[1:] += products[:-1, :size]
            x[:-1] += products[1:, 2 * size :]
            rectify(x)
            x[gaps] = layer.gap
        result: Array = x[inside]
        return result

    def scores(self, hidden: Array) -> Array:
        """The scores of all tags from rows of `hidden`, by what is near to the word."""
        result: Array = hidden @ self.weight + self.bias
        return result


def tagger(one: Pretrained, network: Network) -> Tagger:
    """The tagger of a model, perhaps with another network than its own."""
    return Tagger(one.tags, network, Table(one.encode, one.model.emb.word, _first(one.model, network.layers[0])))


def _first(model: Any, layer: Layer) -> First:
    """The first layer cut in two: a word's shape has few values, so what they add is told now, with the bias."""
    shapes = model.emb.shape.weight.array
    size = len(layer.kernels) - shapes.shape[1]
    added = shapes @ layer.kernels[size:]
    added[:, len(layer.bias) : 2 * len(layer.bias)] += layer.bias
    return First(layer.kernels[:size], added)


def folded(model: Any) -> Network:
    """The network of one of slovnet's models."""
    layers: list[Layer] = []
    scale: Any = np.float32(1)
    shift: Any = np.float32(0)
    for layer in model.encoder.layers:
        weight = layer.conv.weight.array  # out × in × 3
        kernels = np.concatenate([weight[:, :, k].T for k in range(3)], axis=1)
        moved = (np.broadcast_to(shift, len(kernels)) @ kernels).reshape(3, -1).sum(0)
        kernels = np.ascontiguousarray(kernels * np.reshape(scale, (-1, 1)), dtype=np.float32)
        scale = layer.norm.weight.array / layer.norm.std.array
        shift = layer.norm.bias.array - layer.norm.mean.array * scale
        layers.append(Layer(kernels, layer.conv.bias.array + moved, -shift / scale))
    weight, bias = model.head.proj.weight.array, model.head.proj.bias.array
    return Network(tuple(layers), weight * scale[:, None], bias + shift @ weight)


def save(path: Path, network: Network, transitions: Array) -> None:
    """Write a network and the transitions between its tags, in half precision: 0.7 MB."""
    layers = enumerate(network.layers)
    arrays = {f"{name}{number}": array for number, layer in layers for name, array in layer._asdict().items()}
    arrays |= {"weight": network.weight, "bias": network.bias, "transitions": transitions}
    if network.wide is not None:
        arrays |= {"wide_kernels": network.wide.kernels, "wide_weight": network.wide.weight}
        arrays["wide_reach"] = np.array(network.wide.reach)
    np.savez_compressed(path, **{name: a.astype(np.float16) if a.ndim else a for name, a in arrays.items()})


def load_tuned(path: Path) -> tuple[Network, Array]:
    """What `save` wrote: the network and the transitions between its tags (from × to)."""
    with np.load(path) as file:
        arrays = {name: file[name].astype(np.float32) for name in file.files}
    count = sum(name.startswith("kernels") for name in arrays)
    layers = tuple(Layer(*(arrays[f"{name}{number}"] for name in Layer._fields)) for number in range(count))
    wide = None
    if "wide_reach" in arrays:
        wide = Wide(int(arrays["wide_reach"]), arrays["wide_kernels"], arrays["wide_weight"])
    return Network(layers, arrays["weight"], arrays["bias"], wide), arrays["transitions"]
