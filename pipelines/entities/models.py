"""The neural models: word sequences in, tags out.

The weights are those of natasha's wheel (navec embeddings, slovnet NER and morphology, news domain; MIT licence).
natasha itself is not imported: it drags in pymorphy2 and pkg_resources. slovnet alone needs neither.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from newscrawl.errors import ConfigError

if TYPE_CHECKING:
    from pipelines.entities.forward import Tagger

T = TypeVar("T")

NAVEC = "emb/navec_news_v1_1B_250K_300d_100q.tar"
NER = "model/slovnet_ner_news_v1.tar"
MORPH = "model/slovnet_morph_news_v1.tar"
BATCH_WORDS = 2_000
"""Words in one forward pass: bounds its memory at about 10 MB."""

Feats = dict[str, str]


class WeightsMissingError(ConfigError):
    """The files of the models are not installed."""


class MorphTag(NamedTuple):
    """Universal Dependencies part of speech and features of one word."""

    pos: str
    feats: Feats


class Models(NamedTuple):
    """The loaded models of this process, and the transitions between tags of the first."""

    ner: Tagger
    morph: Tagger
    transitions: Any


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
def load_models() -> Models:
    """The models, loaded at the first call of this process (about 0.7 s, 60 MB). Raises `WeightsMissingError`."""
    paths = [str(weights(name)) for name in (NAVEC, NER, MORPH)]
    if "numpy" not in sys.modules:
        # Products of such small matrices are slower on several threads, and workers are many already.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Imported here: whoever imports the package only for its types should not wait for numpy.
    import navec
    import slovnet

    from pipelines.entities.forward import Tagger

    vectors = navec.Navec.load(paths[0])
    ner, morph = slovnet.NER.load(paths[1]).navec(vectors), slovnet.Morph.load(paths[2]).navec(vectors)
    return Models(Tagger(ner.infer), Tagger(morph.infer), ner.infer.model.head.crf.transitions.array)


def ner_tags(sentences: Sequence[Sequence[str]]) -> list[list[str]]:
    """BIO tags (`B-PER`, `I-PER`, …, `O`) of each word of each sentence."""
    from pipelines.entities.forward import viterbi

    ner, transitions = load_models().ner, load_models().transitions
    paths = (path for batch in _scores(ner, sentences) for path in viterbi(batch, transitions))
    return _with_empty(sentences, ([ner.tags[tag] for tag in path] for path in paths))


def morph_tags(sentences: Sequence[Sequence[str]]) -> list[list[MorphTag]]:
    """Part of speech and features of each word of each sentence."""
    morph = load_models().morph
    best = (scores.argmax(-1) for batch in _scores(morph, sentences) for scores in batch)
    return _with_empty(sentences, ([_morph_tag(morph.tags[tag]) for tag in row] for row in best))


def _scores(tagger: Tagger, sentences: Sequence[Sequence[str]]) -> Iterator[list[Any]]:
    """The scores of all sentences that are not empty, in order, in batches of bounded size."""
    batch: list[Sequence[str]] = []
    size = 0
    for words in filter(None, sentences):
        if batch and size + len(words) > BATCH_WORDS:
            yield tagger.scores(batch)
            batch, size = [], 0
        batch.append(words)
        size += len(words)
    if batch:
        yield tagger.scores(batch)


def _with_empty(sentences: Sequence[Sequence[str]], tags: Iterator[list[T]]) -> list[list[T]]:
    return [next(tags) if words else [] for words in sentences]


@lru_cache(maxsize=2_000)
def _morph_tag(tag: str) -> MorphTag:
    """`NOUN|Case=Gen|Number=Sing` taken apart. The feature dict is shared: nobody may change it."""
    pos, _, feats = tag.partition("|")
    return MorphTag(pos, dict(pair.split("=", 1) for pair in feats.split("|") if "=" in pair))
