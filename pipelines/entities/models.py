"""The neural models: word sequences in, tags out.

The weights are those of natasha's wheel (navec embeddings, slovnet NER and morphology, news domain; MIT licence). natasha
itself is not imported: it drags in pymorphy2 and pkg_resources. slovnet alone needs neither.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from newscrawl.errors import ConfigError

NAVEC = "emb/navec_news_v1_1B_250K_300d_100q.tar"
NER = "model/slovnet_ner_news_v1.tar"
MORPH = "model/slovnet_morph_news_v1.tar"
BATCH_WORDS = 2_000
"""Padded words in one forward pass: bounds memory at about 30 MB and keeps matrices in cache."""

Feats = dict[str, str]


class WeightsMissingError(ConfigError):
    """The files of the models are not installed."""


class MorphTag(NamedTuple):
    """Universal Dependencies part of speech and features of one word."""

    pos: str
    feats: Feats


class Models(NamedTuple):
    """The loaded models of this process."""

    ner: Any
    morph: Any


def weights(name: str) -> Path:
    """Path of one weights file in natasha's wheel. Raises `WeightsMissingError`."""
    spec = importlib.util.find_spec("natasha")
    if spec is None or spec.origin is None:
        raise WeightsMissingError(
            "the language models are not installed: package natasha is missing",
            advice="Install it with `pip install 'natasha>=1.6'`; its wheel carries the models.",
        )
    path = Path(spec.origin).parent / "data" / name
    if not path.is_file():
        raise WeightsMissingError(
            f"the language models are incomplete: {path} is missing",
            advice="Reinstall with `pip install --force-reinstall 'natasha>=1.6'`.",
        )
    return path


@cache
def models() -> Models:
    """The models, loaded at the first call of this process (about 0.7 s, 60 MB). Raises `WeightsMissingError`."""
    paths = [str(weights(name)) for name in (NAVEC, NER, MORPH)]
    # Imported here: whoever imports the package only for its types should not wait for numpy.
    import navec
    import slovnet

    vectors = navec.Navec.load(paths[0])
    return Models(slovnet.NER.load(paths[1]).navec(vectors), slovnet.Morph.load(paths[2]).navec(vectors))


def ner_tags(sentences: Sequence[Sequence[str]]) -> list[list[str]]:
    """BIO tags (`B-PER`, `I-PER`, …, `O`) of each word of each sentence."""
    infer = models().ner.infer
    tags: list[list[str]] = [[] for _ in sentences]
    for indexes, batch in _batches(infer, sentences):
        scores = infer.model(batch.word_id, batch.shape_id, batch.pad_mask)
        for index, row in zip(indexes, infer.model.head.crf.decode(scores, ~batch.pad_mask), strict=True):
            tags[index] = [infer.decoder.tags_vocab.decode(tag) for tag in row]
    return tags


def morph_tags(sentences: Sequence[Sequence[str]]) -> list[list[MorphTag]]:
    """Part of speech and features of each word of each sentence."""
    infer = models().morph.infer
    tags: list[list[MorphTag]] = [[] for _ in sentences]
    for indexes, batch in _batches(infer, sentences):
        best = infer.model(batch.word_id, batch.shape_id, batch.pad_mask).argmax(-1)
        for index, row in zip(indexes, best, strict=True):
            tags[index] = [_morph_tag(infer.decoder.tags_vocab.decode(tag)) for tag in row[: len(sentences[index])]]
    return tags


def _batches(infer: Any, sentences: Sequence[Sequence[str]]) -> Iterator[tuple[list[int], Any]]:
    """Sentences of like length together, since the model pads to the longest; empty ones are left out."""
    order = sorted((i for i, words in enumerate(sentences) if words), key=lambda i: len(sentences[i]))
    batch: list[int] = []
    for index in order:
        if batch and (len(batch) + 1) * len(sentences[index]) > BATCH_WORDS:
            yield batch, _encode(infer, [sentences[i] for i in batch])
            batch = []
        batch.append(index)
    if batch:
        yield batch, _encode(infer, [sentences[i] for i in batch])


def _encode(infer: Any, sentences: Sequence[Sequence[str]]) -> Any:
    return infer.encoder.input([infer.encoder.item(words) for words in sentences])


@lru_cache(maxsize=2_000)
def _morph_tag(tag: str) -> MorphTag:
    """`NOUN|Case=Gen|Number=Sing` taken apart. The feature dict is shared: nobody may change it."""
    pos, _, feats = tag.partition("|")
    return MorphTag(pos, dict(pair.split("=", 1) for pair in feats.split("|") if "=" in pair))
