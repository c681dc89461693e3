"""Entities: the table in fixtures/entities.jsonl is the specification; below it, what must hold for any text."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from copy import copy
from itertools import accumulate, pairwise, product
from pathlib import Path
from typing import Any

import navec
import numpy as np
import pytest
import razdel
import slovnet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slovnet.exec import model

from newscrawl.items import EntityMention
from pipelines.entities import (
    WeightsMissingError,
    decode,
    find,
    find_many,
    forward,
    gazetteer,
    load,
    models,
    morphology,
    table,
)
from pipelines.entities.chunks import sentenize, tokenize
from pipelines.entities.quotes import unify
from pipelines.entities.tokens import read
from pipelines.entities.weights import load_pretrained

ROOT = Path(__file__).parents[1]
CASES = [json.loads(line) for line in (ROOT / "fixtures/entities.jsonl").read_text(encoding="utf-8").splitlines()]
FIELDS = ("type", "text", "normal", "post", "refs", "id")
NAMES = ["\u00ad", "\n\n", " ", *"Иван Петрову Рязани « » , ( ) – глава и.о. г. Союз РФ ул. Речной СНГ".split()]


@pytest.fixture(scope="session", autouse=True)
def _loaded() -> None:
    load()


def described(mention: EntityMention, wanted: dict[str, Any]) -> dict[str, Any]:
    """The mention as the table writes it: post and refs always compared, the id where the table has one."""
    found = mention.model_dump(include=set(FIELDS))
    found["refs"] = list(found["refs"])
    return {key: value for key, value in found.items() if value not in (None, []) and (key != "id" or "id" in wanted)}


def spans_hold(text: str, mentions: list[EntityMention]) -> bool:
    edge = 0
    for mention in mentions:
        if not edge <= mention.start < mention.stop <= len(text) or text[mention.start : mention.stop] != mention.text:
            return False
        edge = mention.stop
    return all(mention.normal.strip() and mention.id for mention in mentions)


@pytest.mark.parametrize("case", CASES, ids=[case["text"][:60] for case in CASES])
def test_case(case: dict[str, Any]) -> None:
    found, wanted = find(case["text"]), case["entities"]
    padded = [*wanted, *[{}] * (len(found) - len(wanted))]
    assert [described(m, w) for m, w in zip(found, padded, strict=False)] == wanted
    assert spans_hold(case["text"], found)


def test_spellings_of_one_body_share_an_id() -> None:
    text = (
        "Встречу устроил «Международный клуб «Верные друзья». Члены клуба «Верные друзья» довольны. "
        "Отчёт публикует «Международный клуб «Верные друзья»»."
    )
    bodies = [m for m in find(text) if "друзья" in m.text]
    assert [m.text for m in bodies] == [
        "Международный клуб «Верные друзья»",
        "Верные друзья",
        "Международный клуб «Верные друзья»",
    ]
    assert {m.id for m in bodies} == {"org:международный клуб верные друзья"}


def test_two_that_fit_leave_a_surname_alone() -> None:
    mentions = find("Приехали Иван Смирнов и Пётр Смирнов. Смирнов рассказал о школе.")
    assert [m.id for m in mentions] == ["per:иван смирнов", "per:петр смирнов", "per:смирнов"]


def test_paragraphs_and_typography_keep_offsets() -> None:
    text = "Новости\n\nМэр\u00a0Москвы Сер\u00adгей Собя\u0301нин приехал\u200b в\u00a0Рязань.\n\nГородская Дума"
    mentions = find(text)
    assert spans_hold(text, mentions)
    assert [(m.normal, m.post) for m in mentions if m.type == "PER"] == [("Сергей Собянин", "мэр Москвы")]
    assert "Рязань" in [m.normal for m in mentions]


def test_many_equals_one_by_one_and_streams() -> None:
    texts = [case["text"] for case in CASES[:12]]
    taken: list[str] = []

    def source() -> Iterator[str]:
        for text in texts:
            taken.append(text)
            yield text

    results = find_many(source())
    assert next(results) == find(texts[0])
    assert len(taken) < len(texts)
    assert [find(texts[0]), *results] == [find(text) for text in texts]
    assert list(find_many([])) == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(st.characters(codec=None), max_size=200))
def test_any_text(text: str) -> None:
    assert spans_hold(text, find(text))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(NAMES), max_size=40), st.sampled_from(["", " "]))
def test_any_arrangement_of_names(words: list[str], blank: str) -> None:
    text = blank.join(words)
    assert spans_hold(text, find(text))


BIG = {
    "one sentence of 100,000 characters": "город Рязань и Иван Петров " * 3_700,
    "no blanks": "Аб" * 250_000,
    "quotation marks": "«" * 20_000,
    "nested quotation": "«Союз " * 3_000 + "»" * 3_000,
    "initials": "И. " * 10_000,
    "line breaks": "\n " * 200_000,
    "soft hyphens": "Ря\u00adзань " * 5_000,
    "control characters": "".join(map(chr, range(0x20))) * 2_000,
    "surrogates": "Иван \ud800Петров\udfff " * 1_000,
    "emoji": "😀Рязань😀" * 2_000,
    "no Cyrillic": "The quick brown fox. " * 2_000,
    "commas": "," * 50_000,
}


@pytest.mark.parametrize("text", BIG.values(), ids=BIG.keys())
def test_big_inputs_take_bounded_time(text: str) -> None:
    started = time.process_time()
    assert spans_hold(text, find(text))
    assert time.process_time() - started < 40


def test_list_of_5000_names() -> None:
    text = ", ".join("Иван Петр" + "".join("абвгдежзик"[int(digit)] for digit in str(i)) for i in range(5_000))
    started = time.process_time()
    assert len(find(text)) > 4_000
    assert time.process_time() - started < 60


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\u00ad", "\x00", "\ud800", ".", "«»", "()", "\u200b\u200b"])
def test_nothing_to_find(text: str) -> None:
    assert find(text) == []


@pytest.mark.parametrize(
    ("words", "ref"),
    [
        ("Республики Польша", "iso3166:PL"),
        ("Республикой Польшей", "iso3166:PL"),
        ("Королевству Нидерландов", "iso3166:NL"),
        ("Кот-д’Ивуар", "iso3166:CI"),
        ("Соединённых Штатов", "iso3166:US"),
        ("Белоруссией", "iso3166:BY"),
        ("Ямало-Ненецкого автономного округа", "iso3166-2:RU-YAN"),
        ("Еврейской автономной области", "iso3166-2:RU-YEV"),
    ],
)
def test_gazetteer_knows_case_forms(words: str, ref: str) -> None:
    place = gazetteer.lookup(words.split())
    assert place is not None
    assert place.ref == ref


def test_gazetteer_has_no_unrecognised_territories() -> None:
    assert gazetteer.lookup(["Абхазия"]) is None
    assert gazetteer.lookup(["СНГ"]) is None


@pytest.mark.parametrize(
    ("words", "key", "use"),
    [
        ("Содружеству Независимых Государств", "снг", "place"),
        ("СНГ", "снг", "place"),
        ("Европейского союза", "ес", "union"),
        ("Евразийским экономическим союзом", "еаэс", "union"),
        ("Организации Объединённых Наций", "оон", "body"),
    ],
)
def test_unions_of_states(words: str, key: str, use: str) -> None:
    union = gazetteer.union(words.split())
    assert union is not None
    assert (union.key, union.use) == (key, use)


def test_all_83_subjects_are_there() -> None:
    with (ROOT / "pipelines/entities/subjects.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["ref"] for row in rows}) == 83
    assert all(re.fullmatch(r"iso3166-2:RU-[A-Z]{2,3}", row["ref"]) for row in rows)


def test_tables_have_no_doubles() -> None:
    for name in ("countries.csv", "subjects.csv", "posts.csv", "unions.csv"):
        lines = (ROOT / "pipelines/entities" / name).read_text(encoding="utf-8").splitlines()
        assert len(lines) == len(set(lines)), name


@pytest.mark.parametrize(
    ("text", "unified"),
    [
        ('"Союз  "Дом""', "«Союз «Дом»»"),
        ("„Дом“", "«Дом»"),
        ("Союз «Дом", "Союз «Дом»"),
        ("Кот-д’Ивуар", "Кот-д’Ивуар"),
    ],
)
def test_quotation_marks_are_unified(text: str, unified: str) -> None:
    assert unify(text) == unified


def test_long_sentences_are_cut() -> None:
    document = read("слово, " * 1_000)
    assert max(b - a for a, b in zip(document.bounds, document.bounds[1:], strict=False)) <= 400
    assert sum(len(document.words(s)) for s in document.sentences) == len(document.tokens)


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("аБz19.,-–_/\\ !?:)(«»Δσ…*%№\u00a0"), max_size=14))
def test_tokens_are_those_of_razdel(text: str) -> None:
    assert list(tokenize(text)) == [(token.start, token.stop, token.text) for token in razdel.tokenize(text)]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([*'аБ.?!…»”’")];:=- \n1§', "IV", "т. е. ", "им. ", "г. ", " Иван ", "слово", " — "])))
def test_sentences_are_those_of_razdel(parts: list[str]) -> None:
    text = "".join(parts)
    assert list(sentenize(text)) == [(sentence.start, sentence.stop) for sentence in razdel.sentenize(text)]


@pytest.mark.parametrize("grams", [{"nomn"}, {"nomn", "sing"}, {"nomn", "sing", "femn"}, {"gent"}, {"loc2"}])
def test_readings_and_inflection_are_those_of_pymorphy(grams: set[str]) -> None:
    words = {word.lower() for case in CASES for word in re.findall(r"[А-Яа-яЁё-]+", case["text"])}
    more = ["ежик", "мед", "лесу", "светлореченска", "гугловцами", "псевдомэром", "минск-арене", "бутявкам"]
    for word in [*sorted(filter(morphology.is_russian, words)), *more]:
        mine, theirs = morphology.forms(word), morphology.analyser().parse(word)
        assert [(f.word, f.parse.tag, f.lemma, f.score, f.known, f.inflected(*grams)) for f in mine] == [
            (p.word, p.tag, p.normal_form, p.score, p.is_known, (p.inflect(grams) or [None])[0]) for p in theirs
        ]


def _table(tagger: forward.Tagger) -> table.Table:
    """An empty one with the weights of the models."""
    empty = copy(tagger.table)
    empty.clear()
    return empty


def _products(one: table.Table, words: list[str]) -> Any:
    return one.products[:, one.places_of(words)]


def test_numbers_of_a_word_do_not_depend_on_the_words_before() -> None:
    """The table of the first layer fills in another order in every process; tags must not hang on that."""
    tagger = models.load_models().ner
    words = list(dict.fromkeys(word for case in CASES for word in case["text"].split()))
    together, alone = _products(_table(tagger), words), _table(tagger)
    parts = [_products(alone, words[start : start + 7]) for start in range(len(words) - len(words) % 7, -1, -7)]
    assert np.array_equal(together, np.concatenate(parts[::-1], axis=1))
    assert np.array_equal(together, _products(tagger.table, words))


def test_a_full_table_keeps_what_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    tagger = models.load_models().ner
    words = list({tagger.table.encode(word): word for case in CASES for word in case["text"].split()}.values())[:40]
    wanted = _products(_table(tagger), words)
    monkeypatch.setattr(table, "TABLE_WORDS", 20)
    small = _table(tagger)
    for start in range(0, 40, 5):
        _products(small, words[:5])
        assert np.array_equal(_products(small, words[start : start + 5]), wanted[:, start : start + 5])
        assert len(small.rows) < 20
    assert set(map(small.encode, words[:5])) <= small.rows.keys()


@pytest.mark.parametrize("seed", range(20))
def test_paths_are_the_best_of_all(seed: int) -> None:
    """Also where words that are in no name part them, and sentences together give what each gives alone."""
    random = np.random.default_rng(seed)
    lengths, outside = (5, 1, 5, 4, 2, 5), 6
    scores = [random.standard_normal((length, 7), dtype=np.float32) for length in lengths]
    for one in scores:
        one[random.random(len(one)) < 0.4, outside] += 8
    transitions = random.standard_normal((7, 7), dtype=np.float32)
    bounds = list(accumulate(lengths, initial=0))
    together = decode.viterbi(np.concatenate(scores), bounds, transitions, outside)
    for (start, stop), one in zip(pairwise(bounds), scores, strict=True):
        path = together[start:stop]
        assert decode.viterbi(one, [0, len(one)], transitions, outside) == path
        total = {p: sum(one[i, t] for i, t in enumerate(p)) + sum(transitions[a, b] for a, b in pairwise(p))
                 for p in product(range(7), repeat=len(one))}  # fmt: skip
        assert tuple(path) == max(total, key=lambda p: total[p])


def test_where_no_word_is_in_a_name_every_tag_is_outside() -> None:
    scores = np.zeros((4, 7), dtype=np.float32)
    scores[:, 6] = 9
    assert decode.viterbi(scores, [0, 1, 4], np.zeros((7, 7), dtype=np.float32), 6) == [6] * 4


def test_with_slovnet_s_weights_the_tags_are_slovnet_s(monkeypatch: pytest.MonkeyPatch) -> None:
    """Frozen layers, gap rows and lazy scores change no tag of the models' own code."""
    vectors = navec.Navec.load(str(models.weights(models.NAVEC)))
    ner = slovnet.NER.load(str(models.weights(models.NER))).navec(vectors)
    morph = slovnet.Morph.load(str(models.weights(models.MORPH))).navec(vectors)
    sentences = [[token.text for token in razdel.tokenize(case["text"])] for case in CASES[:40]]
    encoded = list(ner.infer.encoder(sentences))
    paths = [path for batch in encoded for path in _slovnet_paths(ner.infer.model, batch)]
    names = [ner.infer.decoder.tags_vocab.items[tag] for path in paths for tag in path]
    own, tags_of_forms = (
        load_pretrained(kind, str(models.weights(name)), vectors)
        for kind, name in ((model.NER, models.NER), (model.Morph, models.MORPH))
    )
    untuned = [forward.tagger(one, forward.folded(one.model)) for one in (own, tags_of_forms)]
    monkeypatch.setattr(models, "load_models", lambda: models.Models(*untuned, own.model.head.crf.transitions.array))
    assert models.ner_tags(sentences) == names
    tags = [(token.pos, token.feats) for markup in morph.map(sentences) for token in markup.tokens]
    stretches = [models.Stretch(words, list(range(len(words)))) for words in sentences]
    assert [tuple(tag) for tag in models.morph_tags(stretches)] == tags


def test_a_word_s_morphology_hangs_on_its_neighbours_in_the_sentence_alone() -> None:
    """Asked for in any order and number, the tags are those of whole sentences."""
    for case in CASES[:40]:
        whole, part = read(case["text"]), read(case["text"])
        whole.tag(whole.sentences, range(len(whole.tokens)))
        part.tag(part.sentences, range(2, len(part.tokens), 9))
        every = range(len(part.tokens) - 1, -1, -1)
        assert [part.morph(index) for index in every] == [whole.morph(index) for index in every]


def _slovnet_paths(slovnet_s: Any, batch: Any) -> Iterator[Any]:
    scores = slovnet_s(batch.word_id, batch.shape_id, batch.pad_mask)
    yield from slovnet_s.head.crf.decode(scores, ~batch.pad_mask)


def test_caches_are_bounded() -> None:
    assert morphology.forms.cache_info().maxsize == morphology.CACHED_WORDS


def test_missing_weights_are_said_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(WeightsMissingError, match="natasha is missing") as caught:
        models.weights(models.NER)
    assert "pip install" in caught.value.advice


def test_import_is_light_and_independent() -> None:
    """Importing loads no model, and nothing here needs Scrapy, pymongo, natasha or pymorphy2."""
    code = (
        "import sys, pipelines.entities as e; before = set(sys.modules); e.find('Иван Петров живёт в Рязани.');"
        "bad = {'scrapy', 'pymongo', 'natasha', 'pymorphy2', 'pkg_resources'};"
        "assert not {'numpy', 'slovnet', 'pymorphy3'} & before, before; assert not bad & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, timeout=120)
