"""The files of the weights, read without what slovnet's and navec's own loaders make beside: two more copies of the
quarter of a million words, and tables for comparing vectors."""

from __future__ import annotations

from collections.abc import Callable
from gzip import decompress
from typing import Any, NamedTuple

import numpy as np
from navec import meta, navec, pq, tar, vocab
from slovnet.const import PAD, SHAPE, TAG, WORD
from slovnet.exec.model import NER, Morph
from slovnet.exec.pack import Pack, vocab_name
from slovnet.shape import SHAPES, word_outline, word_shape

CACHED_WORDS = 30_000
"""Words whose numbers are kept."""
_LETTERS = frozenset("абвгдеёжзийклмнопрстуфхцчшщъыьэюяАБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ")

Encode = Callable[[str], tuple[int, int]]


class _Quantised(pq.PQ):  # type: ignore[misc]
    """The vectors alone."""

    def precompute(self) -> None:
        """Nothing: no two vectors are compared here."""


class Pretrained(NamedTuple):
    """One of slovnet's models with its weights, the numbers of a word (its own and its shape's), and its tags."""

    model: Any
    encode: Encode
    tags: list[str]


def load_vectors(path: str) -> Any:
    """navec's vocabulary and quantised vectors."""
    with tar.Tar(path) as file:
        head = meta.Meta.from_file(file.load(navec.META))
        meta.Meta.check_protocol(head.protocol)
        words = vocab.Vocab.from_file(file.load(navec.VOCAB))
        return navec.Navec(head, words, _Quantised.from_file(file.load(navec.PQ_)))


def load_pretrained(kind: type[NER] | type[Morph], path: str, vectors: Any, shared: Encode | None = None) -> Pretrained:
    """A model that reads `vectors`. Its vocabulary must be theirs: the weights were trained on it.

    `shared` is what another model with the same vectors has for `encode`, whose shapes must be the same too.
    """
    with Pack(path) as pack:
        pack.load_meta().check_protocol()
        model = pack.load_model(kind)
        arrays = dict(pack.load_arrays(model.weights))
        shapes, tags = pack.load_vocab(SHAPE), pack.load_vocab(TAG)
        known = decompress(pack.read(vocab_name(WORD))) == "\n".join(vectors.vocab.words).encode()
    if not known or shapes.items != [PAD, *SHAPES]:
        raise ValueError(f"{path} was not trained on these words and shapes")
    model = model.inject_arrays(arrays).inject_navec(vectors)
    return Pretrained(model, shared or _encoding(vectors.vocab), list(tags.items))


def frequent(vectors: Any, count: int) -> list[str]:
    """The most frequent words, and the most frequent third of them with a capital too."""
    top = np.argsort(-np.array(vectors.vocab.counts), kind="stable")[:count].tolist()
    words = [vectors.vocab.words[place] for place in top]
    return words + [word.capitalize() for word in words[: count // 3]]


def _encoding(words: Any) -> Encode:
    """Word to its two numbers."""
    numbers, unknown = words.word_ids, words.unk_id
    shapes = {shape: number for number, shape in enumerate(SHAPES, start=1)}
    small = shapes["RU_xx"]

    def encode(word: str) -> tuple[int, int]:
        # As `word_shape`, sooner: what begins with a Russian letter is Russian to it, and most words are small.
        if word[0] not in _LETTERS:
            return numbers.get(word.lower(), unknown), shapes[word_shape(word)]
        if len(word) > 1 and word.islower():
            return numbers.get(word, unknown), small
        return numbers.get(word.lower(), unknown), shapes[f"RU_{word_outline(word)}"]

    return encode
