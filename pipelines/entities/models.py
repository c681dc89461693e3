"""The neural models: word sequences in, tags out.

The weights are those of natasha's wheel (navec embeddings, slovnet NER and morphology, news domain; MIT licence), those
of NER tuned further (`training/tagger.py`, which made `ner.npz`). natasha itself is not imported: it drags in pymorphy2
and pkg_resources. slovnet alone needs neither.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from newscrawl.errors import ConfigError

if TYPE_CHECKING:
    from pipelines.entities.forward import Tagger

NAVEC = "emb/navec_news_v1_1B_250K_300d_100q.tar"
NER = "model/slovnet_ner_news_v1.tar"
MORPH = "model/slovnet_morph_news_v1.tar"
TUNED = Path(__file__).with_name("ner.npz")
BATCH_WORDS = 2_000
"""Words in one forward pass: bounds its memory at about 10 MB."""

WARM_WORDS = 5_000
"""Frequent words that the tables hold from the beginning: most of the words of a news text."""

Feats = dict[str, str]


class WeightsMissingError(ConfigError):
    """The files of the models are not installed."""


class MorphTag(NamedTuple):
    """Universal Dependencies part of speech and features of one word."""

    pos: str
    feats: Feats


class Stretch(NamedTuple):
    """Words that stand side by side, and which of them have their tags asked for; the others only surround them."""

    words: list[str]
    wanted: list[int]


REACH = 3
"""A word's tag hangs on so many words to each side of it: a layer sees one, and the models have three layers."""


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
    from slovnet.exec import model

    from pipelines.entities.forward import folded, load_tuned, tagger
    from pipelines.entities.weights import frequent, load_pretrained, load_vectors

    vectors = load_vectors(paths[0])
    ner = load_pretrained(model.NER, paths[1], vectors)
    morph = load_pretrained(model.Morph, paths[2], vectors, ner.encode)
    network, transitions = load_tuned(TUNED)
    models = Models(tagger(ner, network), tagger(morph, folded(morph.model)), transitions)
    for one in (models.ner, models.morph):
        one.table.warm(frequent(vectors, WARM_WORDS))
    return models


def ner_tags(sentences: Sequence[Sequence[str]]) -> list[str]:
    """BIO tags (`B-PER`, `I-PER`, …, `O`) of the words of all sentences (none is empty), end to end."""
    from pipelines.entities.decode import viterbi

    ner, _, transitions = load_models()
    outside = ner.tags.index("O")
    result: list[str] = []
    for batch in _batches(sentences):
        bounds = list(accumulate(map(len, batch), initial=0))
        hidden = ner.hidden(batch)
        scores = ner.scores(hidden)
        if ner.wide is not None:
            scores += ner.wide.scores(hidden, bounds)
        tags = viterbi(scores, bounds, transitions, outside)
        result += [ner.tags[tag] for tag in tags]
    return result


def morph_tags(stretches: Sequence[Stretch]) -> list[MorphTag]:
    """Part of speech and features of the wanted words of all stretches, end to end."""
    morph = load_models().morph
    result: list[MorphTag] = []
    wanted = iter([stretch.wanted for stretch in stretches])
    for batch in _batches([stretch.words for stretch in stretches]):
        starts = accumulate(map(len, batch), initial=0)
        rows = [start + place for start, _, places in zip(starts, batch, wanted, strict=False) for place in places]
        best = morph.scores(morph.hidden(batch)[rows]).argmax(-1)
        result += [_morph_tag(morph.tags[tag]) for tag in best.tolist()]
    return result


def _batches(sentences: Sequence[Sequence[str]]) -> Iterator[list[Sequence[str]]]:
    """The sentences in batches of bounded size."""
    batch: list[Sequence[str]] = []
    size = 0
    for words in sentences:
        if batch and size + len(words) > BATCH_WORDS:
            yield batch
            batch, size = [], 0
        batch.append(words)
        size += len(words)
    if batch:
        yield batch


@lru_cache(maxsize=2_000)
def _morph_tag(tag: str) -> MorphTag:
    """`NOUN|Case=Gen|Number=Sing` taken apart. The feature dict is shared: nobody may change it."""
    pos, _, feats = tag.partition("|")
    return MorphTag(pos, dict(pair.split("=", 1) for pair in feats.split("|") if "=" in pair))
