"""Tunes slovnet's NER model on marked news texts and writes pipelines/entities/ner.npz.

    pip install -e '.[train]'
    python training/tagger.py --gold FILE.jsonl [--out FILE.npz]     about 10 minutes on one core
    python training/tagger.py --gold FILE.jsonl --cross-validate     a model for each third, of the other two; scores

FILE is the development half of factRuEval-2016 (MIT licence), a document a line: {"text", "entities": [{"type",
"start", "stop"}]}; it counts twice, four files of fixtures/marked_texts/ once. Tuned are slovnet's three convolutions,
head and transitions, and units that see three words further (`Wide`); the words' vectors stay. Several runs in other
orders are averaged, and the average is taken back half of the way to slovnet's own weights (Wortsman et al., "Model
soups" and "Robust fine-tuning of zero-shot models", both 2022). docs/entities.md has the figures, and what was tried.
"""

from __future__ import annotations

import argparse
import json
import math
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import marked_texts
import numpy as np
import torch
from torch.nn import functional

from pipelines.entities import find, models
from pipelines.entities.forward import Layer, Network, Wide, folded, save
from pipelines.entities.tokens import read
from pipelines.entities.weights import Pretrained, load_pretrained, load_vectors

OWN = ("politics", "economy", "culture", "abroad")
"""Files of fixtures/marked_texts/; the cities' are kept to look at what nobody was taught."""
SEEDS = 3
SHARE = 0.45
"""How much of the way from slovnet's weights to the tuned ones is gone."""
EPOCHS = 11
RATE = 2e-3
"""The highest learning rate; it rises for 50 steps and falls as half a cosine to a twentieth."""
WARMING = 50
DROPPED = 0.2
"""The share of each layer's outputs that is left out in training."""
BATCH = 700
"""Words a step, padding included."""
REACH, UNITS = 3, 64
TIMES_GOLD = 2
FOLDS = 3
TYPES = ("PER", "LOC", "ORG")


class Sentence(NamedTuple):
    """Numbers of the words, and of their tags."""

    words: list[int]
    tags: list[int]


Text = list[Sentence]


class Corpus:
    """Marked texts as numbers, and the vectors of their words: row 0 stands for none."""

    def __init__(self, documents: Iterable[dict[str, Any]], pretrained: Pretrained) -> None:
        self.tags = pretrained.tags
        self._numbers: dict[str, int] = {}
        self.texts = [self._text(one) for one in documents]
        keys = np.array([pretrained.encode(word) for word in self._numbers])
        embed = pretrained.model.emb
        rows = np.concatenate([embed.word(keys[:, 0]), embed.shape(keys[:, 1])], axis=1)
        self.vectors = torch.from_numpy(np.concatenate([np.zeros_like(rows[:1]), rows]).astype(np.float32))

    def _text(self, document: dict[str, Any]) -> Text:
        parsed = read(document["text"])
        names = ["O"] * len(parsed.tokens)
        for entity in document["entities"]:
            inside = [i for i, t in enumerate(parsed.tokens) if t.start < entity["stop"] and t.stop > entity["start"]]
            for index in inside:
                names[index] = ("B-" if index == inside[0] else "I-") + entity["type"]
        words = [self._numbers.setdefault(token.text, 1 + len(self._numbers)) for token in parsed.tokens]
        tags = [self.tags.index(name) for name in names]
        bounds = zip(parsed.bounds, parsed.bounds[1:], strict=False)
        return [Sentence(words[start:stop], tags[start:stop]) for start, stop in bounds]


class Tunable(torch.nn.Module):
    """The network of `pipelines.entities.forward` with gradients, over padded sentences."""

    def __init__(self, network: Network, transitions: Any) -> None:
        super().__init__()
        self.kernels = torch.nn.ParameterList(_parameter(layer.kernels) for layer in network.layers)
        self.biases = torch.nn.ParameterList(_parameter(layer.bias) for layer in network.layers)
        self.gaps = torch.nn.ParameterList(_parameter(layer.gap) for layer in network.layers)
        self.weight, self.bias = _parameter(network.weight), _parameter(network.bias)
        self.transitions = _parameter(transitions)
        size = len(network.weight)
        self.wide_kernels = torch.nn.Parameter(torch.randn(3 * size, UNITS) / math.sqrt(3 * size))
        # Zeros: the first step sees what slovnet saw.
        self.wide_out = torch.nn.Parameter(torch.zeros(UNITS, size))

    def forward(self, vectors: torch.Tensor, inside: torch.Tensor) -> torch.Tensor:
        """The scores (sentence × word × tag); a padding word stands before and behind every sentence."""
        outside = ~inside.unsqueeze(-1)
        hidden = vectors
        for kernels, bias, gap in zip(self.kernels, self.biases, self.gaps, strict=True):
            left, centre, right = (hidden @ kernels).chunk(3, dim=-1)
            hidden = (
                centre + bias + functional.pad(left[:, :-1], (0, 0, 1, 0)) + functional.pad(right[:, 1:], (0, 0, 0, 1))
            )
            hidden = torch.where(outside, gap, torch.relu(hidden))
            if kernels is not self.kernels[-1]:
                hidden = functional.dropout(hidden, DROPPED, self.training)
        known = hidden.masked_fill(outside, 0)
        around = functional.pad(known, (0, 0, REACH, REACH))
        size = hidden.shape[1]
        seen = torch.cat([around[:, :size], known, around[:, 2 * REACH :]], dim=-1)
        seen = functional.dropout(seen, DROPPED, self.training)
        hidden = hidden + torch.relu(seen @ self.wide_kernels) @ self.wide_out
        return functional.dropout(hidden, DROPPED, self.training) @ self.weight + self.bias

    def loss(self, scores: torch.Tensor, tags: torch.Tensor, inside: torch.Tensor) -> torch.Tensor:
        """The negative log likelihood of the right paths (linear-chain CRF) a word."""
        right = (scores.gather(-1, tags.unsqueeze(-1)).squeeze(-1) * inside).sum()
        right = right + (self.transitions[tags[:, :-1], tags[:, 1:]] * inside[:, 1:]).sum()
        total = scores[:, 0]
        for place in range(1, scores.shape[1]):
            longer = torch.logsumexp(total.unsqueeze(2) + self.transitions, dim=1) + scores[:, place]
            total = torch.where(inside[:, place].unsqueeze(-1), longer, total)
        return (torch.logsumexp(total, dim=1).sum() - right) / inside.sum()


def _parameter(array: Any) -> torch.nn.Parameter:
    return torch.nn.Parameter(torch.tensor(np.ascontiguousarray(array)))


def tuned(corpus: Corpus, texts: Sequence[Text], network: Network, transitions: Any) -> tuple[Network, Any]:
    """A network tuned on these texts of the corpus, and its transitions."""
    runs = [_run(corpus, texts, _untuned(network, transitions), seed) for seed in range(SEEDS)]
    start = _untuned(network, transitions).state_dict()
    for name, mean in ((name, sum(run[name] for run in runs) / len(runs)) for name in start):
        # slovnet has no wide units: theirs are the tuned ones, and what they add is taken back.
        start[name] = mean if name == "wide_kernels" else start[name] + SHARE * (mean - start[name])
    arrays = {name: value.numpy() for name, value in start.items()}
    parts = ("kernels", "biases", "gaps")
    layers = tuple(Layer(*(arrays[f"{part}.{number}"] for part in parts)) for number in range(len(network.layers)))
    sides = np.concatenate(np.split(arrays["wide_kernels"], 3), axis=1)
    wide = Wide(REACH, sides, arrays["wide_out"] @ arrays["weight"])
    return Network(layers, arrays["weight"], arrays["bias"], wide), arrays["transitions"]


def _untuned(network: Network, transitions: Any) -> Tunable:
    """The same each time: only then can runs be averaged."""
    torch.manual_seed(0)
    return Tunable(network, transitions)


def _run(corpus: Corpus, texts: Sequence[Text], model: Tunable, seed: int) -> dict[str, torch.Tensor]:
    """The weights after all epochs."""
    torch.manual_seed(seed)
    order = random.Random(seed)
    sentences = [sentence for text in texts for sentence in text]
    optimiser = torch.optim.AdamW(model.parameters(), weight_decay=0.0, betas=(0.9, 0.99))
    steps = EPOCHS * len(_batches(sentences, order))
    step = 0
    for epoch in range(EPOCHS):
        losses = []
        for batch in _batches(sentences, order):
            step += 1
            falling = 0.05 + 0.95 * (1 + math.cos(math.pi * step / steps)) / 2
            optimiser.param_groups[0]["lr"] = RATE * min(1, step / WARMING) * falling
            words, tags, inside = _padded(batch)
            scores = model(corpus.vectors[words], inside)[:, 1:-1]
            loss = model.loss(scores, tags, inside[:, 1:-1])
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            losses.append(loss.item())
        print(f"run {seed + 1} of {SEEDS}, epoch {epoch + 1}: loss {sum(losses) / len(losses):.4f}", flush=True)
    return model.state_dict()


def _batches(sentences: Sequence[Sentence], order: random.Random) -> list[list[Sentence]]:
    """Sentences of about one length together, in another order each time."""
    result: list[list[Sentence]] = []
    batch: list[Sentence] = []
    for sentence in sorted(sentences, key=lambda one: len(one.words) + 8 * order.random()):
        batch.append(sentence)
        if len(batch) * max(len(one.words) for one in batch) >= BATCH:
            result.append(batch)
            batch = []
    result += [batch] if batch else []
    order.shuffle(result)
    return result


def _padded(batch: Sequence[Sentence]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Words and which of them are inside (a padding word before and behind), and tags."""
    longest = max(len(sentence.words) for sentence in batch)
    words = torch.zeros(len(batch), longest + 2, dtype=torch.long)
    tags = torch.zeros(len(batch), longest, dtype=torch.long)
    for row, sentence in enumerate(batch):
        words[row, 1 : len(sentence.words) + 1] = torch.tensor(sentence.words)
        tags[row, : len(sentence.tags)] = torch.tensor(sentence.tags)
    return words, tags, words > 0


def cross_validate(corpus: Corpus, gold: Sequence[dict[str, Any]], start: tuple[Network, Any]) -> None:
    """Print the strict scores of `find` with networks that have not seen the text: on gold and on each third of it."""
    folds = []
    for fold in range(FOLDS):
        seen = [text for number, text in enumerate(corpus.texts[: len(gold)]) if number % FOLDS != fold]
        with TemporaryDirectory() as folder:
            models.TUNED = Path(folder) / "ner.npz"
            save(models.TUNED, *tuned(corpus, seen * TIMES_GOLD + corpus.texts[len(gold) :], *start))
            models.load_models.cache_clear()
            folds.append(_count(gold[fold::FOLDS]))
        _show(f"third {fold + 1}", folds[-1])
    _show("all", sum(folds, Counter()))


def _count(documents: Iterable[dict[str, Any]]) -> Counter[tuple[str, str]]:
    count: Counter[tuple[str, str]] = Counter()
    for document in documents:
        marked = {(one["type"], one["start"], one["stop"]) for one in document["entities"]}
        found = {(one.type, one.start, one.stop) for one in find(document["text"]) if one.type in TYPES}
        for name, spans in (("marked", marked), ("found", found), ("hits", marked & found)):
            count.update((name, kind) for kind, _, _ in spans)
            count["", name] += len(spans)
    return count


def _show(name: str, count: Counter[tuple[str, str]]) -> None:
    parts = [(kind, *(count[part, kind] for part in ("hits", "marked", "found"))) for kind in TYPES]
    parts.append(("all", *(count["", part] for part in ("hits", "marked", "found"))))
    print(name, *(f"{kind} {2 * hits / (marked + found):.3f}" for kind, hits, marked, found in parts), flush=True)


def main() -> None:
    """Train, and write or score."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gold", type=Path, required=True, metavar="FILE.jsonl")
    parser.add_argument("--out", type=Path, default=models.TUNED, metavar="FILE.npz")
    parser.add_argument("--cross-validate", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    vectors = load_vectors(str(models.weights(models.NAVEC)))
    from slovnet.exec.model import NER

    pretrained = load_pretrained(NER, str(models.weights(models.NER)), vectors)
    start = folded(pretrained.model), pretrained.model.head.crf.transitions.array
    gold = [json.loads(line) for line in options.gold.read_text(encoding="utf-8").splitlines()]
    own = [text for name in OWN for text in marked_texts.read(marked_texts.FOLDER / f"{name}.txt")]
    corpus = Corpus([*gold, *own], pretrained)
    if options.cross_validate:
        cross_validate(corpus, gold, start)
        return
    texts = corpus.texts[: len(gold)] * TIMES_GOLD + corpus.texts[len(gold) :]
    save(options.out, *tuned(corpus, texts, *start))


if __name__ == "__main__":
    main()
