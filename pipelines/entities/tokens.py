"""Text to sentences to tokens, with offsets that point into the text as it was given.

What typography puts inside words (soft hyphens, stress marks, zero-width characters) is read over; what is no text
(control characters, lone surrogates) counts as a space.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pipelines.entities.chunks import Piece, sentenize, tokenize
from pipelines.entities.models import REACH, MorphTag, Stretch, morph_tags
from pipelines.entities.morphology import forms, is_russian

DROPPED = "\u00ad\u0301\u0300\u200b\u200c\u200d\u2060\ufeff\u200e\u200f"
_DROPPED = re.compile(f"[{DROPPED}]")
_BLANK = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ud800-\udfff]"
)
_LINE_END = re.compile(r"\n(?:\s*\n)*")
_LETTERS = re.compile(r"[^\W\d_]")
MAX_CHARS = 4_000
"""No stretch of text longer than this is given to the sentence splitter at once."""
MAX_TOKENS = 180
"""Longer sentences are cut; the models see three words to each side, so little is lost."""
MAX_WORD = 200
"""A longer run without a space is no word; the models see its beginning."""

UNFINISHED = (" им.", " ул.", " пл.", " пр.", " ст.", " пос.", " просп.")
"""razdel ends sentences after these, but a name follows."""

UNKNOWN = MorphTag("X", {})


@dataclass(slots=True)
class Token:
    """A word or mark. `start`, `stop` point into the text as given; `text` is the word with typography read over.

    In a line of capitals `text` has only the capitals that it would have elsewhere.
    """

    start: int
    stop: int
    text: str
    sentence: int

    @property
    def is_word(self) -> bool:
        """It has a letter or a digit first."""
        return self.text[0].isalnum()

    @property
    def is_title(self) -> bool:
        """It begins with a capital letter."""
        return self.text[0].isupper()


@dataclass(slots=True)
class Document:
    """A text with its tokens. Sentence `i` is `tokens[bounds[i]:bounds[i + 1]]`; morphology is made on demand."""

    text: str
    tokens: list[Token]
    bounds: list[int]
    _tagged: set[int] = field(default_factory=set)
    """The sentences whose words have morphology."""
    _tags: dict[int, MorphTag] = field(default_factory=dict)
    head_lemmas: dict[tuple[int, int], str] = field(default_factory=dict)
    """What `generic.head_lemma` said of spans in tagged sentences."""
    quotations: dict[int, Any] = field(default_factory=dict)
    """What `quotes.quotations` said of sentences."""
    texts: list[str] = field(init=False)
    """All tokens as they are, without their places."""
    lowers: list[str] = field(init=False)
    """All tokens in small letters."""
    titles: list[int] = field(init=False)
    """Numbers of the tokens that begin with a capital letter."""

    def __post_init__(self) -> None:
        """List what most rules look through."""
        self.texts = [token.text for token in self.tokens]
        self.lowers = [text.lower() for text in self.texts]
        self.titles = [index for index, text in enumerate(self.texts) if text[0].isupper()]

    @property
    def sentences(self) -> range:
        """Numbers of the sentences."""
        return range(len(self.bounds) - 1)

    def words(self, sentence: int) -> list[str]:
        """The words of one sentence."""
        return self.texts[self.bounds[sentence] : self.bounds[sentence + 1]]

    def tag(self, sentences: set[int] | range, words: Iterable[int] = ()) -> None:
        """Let the words of these sentences have morphology; it is made now for `words`, which will be asked for.

        Together it is cheaper than one by one.
        """
        self._tagged.update(sentences)
        self._decode([i for i in sorted(set(words) - self._tags.keys()) if self.is_tagged(i)])

    def morph(self, index: int) -> MorphTag:
        """Morphology of token `index`; `UNKNOWN` where its sentence was not tagged."""
        tag = self._tags.get(index)
        if tag is None:
            if not self.is_tagged(index):
                return UNKNOWN
            # Who asks for a word mostly asks for those before it next.
            begin = max(self.sentence_bounds(index)[0], index - 3)
            self._decode([i for i in range(begin, index + 1) if i not in self._tags])
            tag = self._tags[index]
        return tag

    def is_tagged(self, index: int) -> bool:
        """Does the morphology of token `index` stand for good?"""
        return self.tokens[index].sentence in self._tagged

    def _decode(self, indices: list[int]) -> None:
        """Make the tags of these tokens (ascending), whose sentences are tagged, from what the model sees of them."""
        stretches: list[Stretch] = []
        begin = edge = 0
        for index in indices:
            first, end = self.sentence_bounds(index)
            start, stop = max(first, index - REACH), min(end, index + REACH + 1)
            if start < edge:
                stretches[-1].words.extend(self.texts[edge:stop])
            else:
                begin = start
                stretches.append(Stretch(self.texts[start:stop], []))
            stretches[-1].wanted.append(index - begin)
            edge = stop
        if stretches:
            self._tags.update(zip(indices, morph_tags(stretches), strict=True))

    def sentence_bounds(self, index: int) -> tuple[int, int]:
        """First token and token after the last of the sentence that holds token `index`."""
        sentence = self.tokens[index].sentence
        return self.bounds[sentence], self.bounds[sentence + 1]


def read(text: str) -> Document:
    """The document of any string; an empty one has no tokens."""
    clean, offsets = _clean(text)
    tokens: list[Token] = []
    bounds = [0]
    for line_start, line in _lines(clean):
        capitals = _is_capitals(line)
        for start, stop in _sentences(line):
            shift = line_start + start
            pieces = tokenize(line[start:stop], shift)
            if capitals:
                pieces = [(first, last, recased(word, first == shift)) for first, last, word in pieces]
            for part in _cut(pieces):
                number = len(bounds) - 1
                tokens += [Token(first, last, word[:MAX_WORD], number) for first, last, word in part]
                bounds.append(len(tokens))
    if offsets is not None:
        for token in tokens:
            token.start, token.stop = offsets[token.start], offsets[token.stop - 1] + 1
    return Document(text, tokens, bounds)


def _cut(pieces: list[Piece]) -> Iterator[list[Piece]]:
    """A sentence, in parts of bearable length; nothing for an empty one."""
    start = 0
    for index in range(MAX_TOKENS, len(pieces)):
        length = index - start
        if length >= MAX_TOKENS and (length >= 2 * MAX_TOKENS or not pieces[index][2][0].isalnum()):
            yield pieces[start:index]
            start = index
    if start < len(pieces):
        yield pieces[start:]


def _clean(text: str) -> tuple[str, list[int] | None]:
    """The text to read, and for each of its characters the offset in the original (None: unchanged)."""
    offsets = None
    if _DROPPED.search(text):
        offsets = [i for i, char in enumerate(text) if char not in DROPPED]
        text = _DROPPED.sub("", text)
    return _BLANK.sub(" ", text), offsets


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines end sentences (headlines have no full stop), unless a single break is followed by a small letter."""
    start = 0
    for match in _LINE_END.finditer(text):
        if match.end() - match.start() == 1 and text[match.end() : match.end() + 1].islower():
            continue
        if match.start() > start:
            yield start, text[start : match.start()]
        start = match.end()
    if start < len(text):
        yield start, text[start:]


def _sentences(line: str) -> Iterator[tuple[int, int]]:
    start = 0
    while start < len(line):
        stop = start + MAX_CHARS
        if stop < len(line):
            space = line.rfind(" ", start + MAX_CHARS // 2, stop)
            stop = space if space > 0 else stop
        begin = None
        part = line[start:stop]
        for first, last in sentenize(part):
            begin = first if begin is None else begin
            if not part[first:last].endswith(UNFINISHED):
                yield start + begin, start + last
                begin = None
        if begin is not None:
            yield start + begin, stop
        start = stop


def _is_capitals(line: str) -> bool:
    count = 0
    for match in _LETTERS.finditer(line, 0, MAX_CHARS):
        if not match[0].isupper():
            return False
        count += 1
    return count > 12


def recased(word: str, begins: bool) -> str:
    """A word from a line of capitals as it would stand in running text: Рязани, города, МЧС."""
    if not is_russian(word) or len(word) == 1:
        return word
    options = forms(word)
    grams = options[0].grams if options else frozenset()
    if "Abbr" in grams or (len(word) < 5 and not any(form.known for form in options)):
        return word
    if begins or grams & {"Name", "Surn", "Patr", "Geox"} or not any(form.known for form in options):
        return "-".join(part.capitalize() for part in word.split("-"))
    return word.lower()
