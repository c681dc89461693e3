"""Tunes slovnet's NER model on marked news texts and writes pipelines/entities/ner.npz.

    pip install -e '.[train]'
    python training/tagger.py --gold FILE.jsonl [--out FILE.npz]     about 10 minutes on one core
    python training/tagger.py --gold FILE.jsonl --cross-validate     a model for each third, of the other two; scores

FILE is the development half of factRuEval-2016 (MIT licence), a document a line: {"text", "entities": [{"type", "start",
"stop"}]}; it counts twice, the texts of fixtures/marked_texts/ once. What is tuned are slovnet's three convolutions, head and
transitions, and units that see three words further (`Wide`); the words' vectors stay. The settings were chosen by
cross-validation on the same documents: docs/entities.md says what else was tried.
"""

from __future__ import annotations

import argparse
import json
import math
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch.nn import functional

import marked_texts
from pipelines.entities import models
from pipelines.entities.decode import viterbi
from pipelines.entities.forward import Layer, Network, Wide, folded, save
from pipelines.entities.tokens import read
from pipelines.entities.weights import Pretrained, load_pretrained, load_vectors

EPOCHS = 14
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
SEED = 0


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
        self.gaps = [torch.tensor(layer.gap) for layer in network.layers]
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
            hidden = centre + bias + functional.pad(left[:, :-1], (0, 0, 1, 0)) + functional.pad(right[:, 1:], (0, 0, 0, 1))
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

    def network(self) -> tuple[Network, Any]:
        """What was learnt, as `pipelines.entities.forward` has it, and the transitions."""
        arrays = zip(self.kernels, self.biases, self.gaps, strict=True)
        layers = tuple(Layer(*(array.detach().numpy() for array in one)) for one in arrays)
        sides = torch.cat(self.wide_kernels.chunk(3), dim=1)
        wide = Wide(REACH, sides.detach().numpy(), (self.wide_out @ self.weight).detach().numpy())
        head = (self.weight.detach().numpy(), self.bias.detach().numpy())
        return Network(layers, *head, wide), self.transitions.detach().numpy()


def _parameter(array: Any) -> torch.nn.Parameter:
    return torch.nn.Parameter(torch.tensor(np.ascontiguousarray(array)))


def tuned(corpus: Corpus, texts: Sequence[Text], network: Network, transitions: Any) -> Tunable:
    """A model tuned on these texts of the corpus."""
    torch.manual_seed(SEED)
    order = random.Random(SEED)
    model = Tunable(network, transitions)
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
        print(f"epoch {epoch + 1} of {EPOCHS}: loss {sum(losses) / len(losses):.4f}", flush=True)
    return model.eval()


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


def spans(tags: Sequence[str]) -> set[tuple[str, int, int]]:
    """Type, first word and word after the last of each name."""
    result, start = set(), 0
    for index, tag in enumerate([*tags, "O"]):
        before = tags[index - 1] if index else "O"
        if before != "O" and (tag == "O" or tag.startswith("B-") or tag[2:] != before[2:]):
            result.add((before[2:], start, index))
        if tag != "O" and (before == "O" or tag.startswith("B-") or tag[2:] != before[2:]):
            start = index
    return result


def cross_validate(corpus: Corpus, gold: int, network: Network, transitions: Any) -> None:
    """Print the strict F1 of the tags alone, of models that have not seen the text, on gold and own texts."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    for fold in range(FOLDS):
        seen = [i for i in range(len(corpus.texts)) if i % FOLDS != fold for _ in range(TIMES_GOLD if i < gold else 1)]
        model = tuned(corpus, [corpus.texts[i] for i in seen], network, transitions)
        for number in range(fold, len(corpus.texts), FOLDS):
            for sentence in corpus.texts[number]:
                words, _, inside = _padded([sentence])
                with torch.no_grad():
                    scores = model(corpus.vectors[words], inside)[0, 1:-1].numpy()
                best = viterbi(scores, [0, len(scores)], model.transitions.detach().numpy())
                found, right = (spans([corpus.tags[tag] for tag in tags]) for tags in (best, sentence.tags))
                for kind in ("PER", "LOC", "ORG"):
                    mine, theirs = ({span for span in some if span[0] == kind} for some in (found, right))
                    count = counts.setdefault(("gold" if number < gold else "own", kind), Counter())
                    count.update(hits=len(mine & theirs), all=len(mine) + len(theirs))
    for (texts, kind), count in sorted(counts.items()):
        print(f"{texts} {kind} F1 {2 * count['hits'] / count['all']:.3f} ({count['all']} found and marked)")


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
    own = [text for path in sorted(marked_texts.FOLDER.glob("*.txt")) for text in marked_texts.read(path)]
    corpus = Corpus([*gold, *own], pretrained)
    if options.cross_validate:
        cross_validate(corpus, len(gold), *start)
        return
    texts = corpus.texts[: len(gold)] * TIMES_GOLD + corpus.texts[len(gold) :]
    save(options.out, *tuned(corpus, texts, *start).network())


if __name__ == "__main__":
    main()
