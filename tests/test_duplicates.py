import json
import random
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.duplicates import (
    LEAST_SHARED,
    LIMIT,
    NARROW,
    WIDE,
    Document,
    Signature,
    candidate_pairs,
    candidates_of,
    compare,
    compare_many,
    components,
    group,
    meetings,
    order,
    signatures,
)
from pipelines.duplicates.__main__ import grouped, main, read

START = datetime(2024, 3, 1, 9, tzinfo=UTC)

STORY = (
    "В Липовске открыли пешеходный мост через реку Тихую. Его строили полтора года, последние опоры поставили в "
    "августе. Теперь жители Заречья доходят до центра за двенадцать минут вместо сорока.\n\n"
    "Мэр города Антон Лаврушин поблагодарил строителей и пообещал, что весной вдоль перил высадят сирень. Денег "
    "областного бюджета хватило и на освещение: на мосту горят 64 фонаря с датчиками движения.\n\n"
    "Инженер Зоя Пахомова рассказала, что пролёты собирали на берегу и надвигали на опоры целиком. Такой способ "
    "применили в области впервые. Зимой покрытие будут посыпать гранитной крошкой, соль здесь запрещена.\n\n"
    "Первым по мосту прошёл школьный оркестр, за ним проехали велосипедисты клуба «Спица». Движение машин по нему не "
    "предусмотрено."
)
TITLE = "В Липовске открыли мост через Тихую"
OTHER = (
    "Археологи нашли под Липовском стоянку бронзового века. Раскоп заложили у деревни Малые Броды, где осенью плуг "
    "вывернул обломки горшков. За месяц экспедиция разобрала два жилища и очаг.\n\n"
    "Среди находок каменный топор, костяные иглы и бусина из сердолика, которую, по словам начальника отряда Павла "
    "Серова, привезли с далёкого юга. Вещи передадут в краеведческий музей."
)
NOTICE = (
    "Уважаемые жители! 14 мая с 9:00 до 17:00 будет отключена холодная вода в домах 12, 14 и 18 по улице Огородной. "
    "Причина: замена задвижки. Подвоз воды организован к дому 16. Телефон диспетчера 22-41-07."
)
UPDATE = (
    "Комиссия из области приняла работу без замечаний, акт подписали 3 октября. Подрядчик получит оставшиеся 47 "
    "миллионов рублей до конца месяца. Депутат Нина Ершова предложила назвать переправу именем архитектора "
    "Калиновского, решение вынесут на общее голосование. За первую неделю по ней прошли 21 тысяча человек."
)


def document(text: str, headline: str = TITLE, id_: str = "x", hours: float = 0) -> Document:
    return Document(id_, headline, text, START + timedelta(hours=hours))


def verdict_on(text: str, other: str, headline: str = TITLE) -> tuple[bool, str]:
    verdict = compare(document(text, headline), document(other))
    assert verdict == compare(document(other), document(text, headline))
    return verdict.copy, verdict.reason


PARAGRAPHS = STORY.split("\n\n")
COPIES = {
    "typography": STORY.replace("ё", "е").replace("«", '"').replace("»", '"').replace(". ", ".\xa0"),
    "look-alike letters": STORY.replace("а", "a").replace("с", "c").replace("О", "O"),
    "soft hyphens": STORY.replace("строи", "стро\xadи").replace("мост", "мо\u200bст"),
    "letters in parts": STORY.replace("й", "и\u0306"),
    "a dateline": f"ЛИПОВСК, 2 марта. Корр. «Вестника». {STORY}",
    "a changed lead": f"Долгожданное событие случилось на этой неделе. {STORY.split('. ', 1)[1]}",
    "a lead before": f"Рассказываем, чем живёт соседний город.\n\n{STORY}",
    "a source": f"{STORY}\n\nИсточник: газета «Липовский вестник»\nФото автора\nПросмотров: 318",
    "an advert": STORY.replace("\n\nИнженер", "\n\nРеклама. Окна и двери от завода, замер бесплатно\n\nИнженер"),
    "half": "\n\n".join(PARAGRAPHS[:2]),
    "a brief": PARAGRAPHS[0],
    "a correction": STORY.replace("64 фонаря", "46 фонарей"),
    "an update": f"{STORY}\n\nОбновлено. В мэрии уточнили, что ночью мост закрывать не станут.",
    "OCR": STORY.replace("пешеходный", "пешсходный").replace("строителей", "стр оителей").replace("перил", "перип"),
    "other words": STORY.replace("рассказала, что", "объяснила:")
    .replace("предусмотрено", "планируется")
    .replace("Такой способ применили в области впервые.", "В области так ещё не делали."),
}


@pytest.mark.parametrize("kind", COPIES)
def test_copies(kind: str) -> None:
    copy, reason = verdict_on(COPIES[kind], STORY)
    assert copy, reason


def test_reasons_of_copies() -> None:
    assert verdict_on(COPIES["typography"], STORY) == (True, "same")
    assert verdict_on(COPIES["half"], STORY) == (True, "cut")
    assert verdict_on(COPIES["a correction"], STORY) == (True, "corrected")
    assert verdict_on(COPIES["a changed lead"], STORY) == (True, "copy")


def test_a_title_does_not_matter() -> None:
    assert verdict_on(STORY, STORY, "New bridge for Lipovsk") == (True, "same")


NOT_COPIES = {
    "another story": (OTHER, STORY, "unrelated"),
    "new figures": (
        STORY.replace("64 фонаря", "72 фонаря").replace("полтора года", "2 года и 4 месяца").replace("двенадцать", "9"),
        STORY,
        "facts",
    ),
    "a follow-up": (f"{UPDATE}\n\nКак мы уже писали, {STORY[0].lower()}{PARAGRAPHS[0][1:]}", STORY, "follow-up"),
    "a follow-up without a phrase": (f"{UPDATE}\n\n{PARAGRAPHS[0]}\n\n{PARAGRAPHS[1]}", STORY, "follow-up"),
    "a digest": (f"Главное за неделю.\n\n{OTHER}\n\n{PARAGRAPHS[0]}\n\n{NOTICE}\n\n{UPDATE}", STORY, "digest"),
    "a footer": (f"{OTHER.split('. За')[0]}.\n\n{UPDATE}", f"{PARAGRAPHS[2]}\n\n{UPDATE}", "follow-up"),
    "another street": (NOTICE.replace("Огородной", "Мельничной"), NOTICE, "facts"),
    "another house": (NOTICE.replace("12, 14", "12, 15"), NOTICE, "facts"),
    "a house more": (NOTICE.replace("12, 14", "12, 13, 14"), NOTICE, "facts"),
    "another day": (NOTICE.replace("14 мая", "15 мая"), NOTICE, "facts"),
    "another month": (NOTICE.replace("14 мая", "14 июня"), NOTICE, "facts"),
    "another hour": (NOTICE.replace("17:00", "18:00"), NOTICE, "facts"),
    "another kind of street": (NOTICE.replace("улице Огородной", "площади Огородной"), NOTICE, "facts"),
    "another water": (NOTICE.replace("холодная", "горячая"), NOTICE, "facts"),
}


@pytest.mark.parametrize("kind", NOT_COPIES)
def test_not_copies(kind: str) -> None:
    text, other, reason = NOT_COPIES[kind]
    assert verdict_on(text, other) == (False, reason)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ТВЕРЬ, 26 марта. ", "УФА, 9 марта. "),
        ("Г. ТУРИНСК, 5 июля, «Вести края» — ", "НИЖНИЙ НОВГОРОД (область), 12 мая 2024 г. — "),
        ("", "ЗАРЕЧНЫЙ, 1 мая — Информбюро. "),
    ],
)
def test_datelines_are_no_facts(one: str, other: str) -> None:
    assert verdict_on(one + NOTICE, other + NOTICE)[0]
    assert verdict_on(one + PARAGRAPHS[0], other + STORY)[0]
    assert verdict_on(one + NOTICE, other + NOTICE.replace("14 мая", "15 мая")) == (False, "facts")


def test_a_story_that_goes_round_is_one_group() -> None:
    chance = random.Random(4)
    documents = [document(STORY, id_="story", hours=0)]
    for number in range(300):
        kind = chance.choice([*COPIES])
        text = chance.choice(["", "Хорошая новость. ", f"ТВЕРЬ, {number % 28 + 1} марта. "]) + COPIES[kind]
        documents.append(document(text, id_=f"{number} {kind}", hours=chance.random() * 100 + 1))
    follow_ups = [NOT_COPIES["a follow-up"][0].replace("21 тысяча", f"{number} тысяч") for number in range(3, 40)]
    documents += [document(text, id_=f"follow-up {i}", hours=50 + i) for i, text in enumerate(follow_ups)]
    groups = grouped(documents)
    assert {id_ for id_, one in groups.items() if one.cluster != "story"} == {
        id_ for id_ in groups if id_.startswith("follow-up")
    }


def test_a_notice_has_copies_too() -> None:
    assert verdict_on(f"{NOTICE}\nИсточник: сайт управляющей компании", NOTICE)[0]
    assert verdict_on(f"Важное для соседей. {NOTICE}", NOTICE)[0]
    assert verdict_on(NOTICE.replace("задвижки", "задвижкн").replace("диспетчера", "диспегчера"), NOTICE)[0]


ODD = [
    "",
    " \n",
    "слово",
    "Два слова",
    "😀 😀",
    "\x00\x01\ufffe",
    "\ud800",
    "plain ASCII text of some words",
    "№ ½ ﬁ ™",
    "&nbsp;&#0;",
]


def test_any_text_is_taken() -> None:
    made = signatures(ODD)
    assert [len(signature.hashes) > 0 for signature in made] == [bool(signature.words) for signature in made]
    assert [signature.words for signature in made[:4]] == [0, 0, 1, 2]
    for one, other in combinations(ODD, 2):
        assert compare(document(one), document(other)).score <= 1
    assert compare(document(""), document("")).reason == "unrelated"
    assert compare(document("слово"), document("Слово!")) == compare(document("слово"), document("слово"))


def test_a_long_text_is_bounded() -> None:
    chance = random.Random(3)
    words = ["".join(chance.choices("абвгдежзиклмнопрст", k=7)) for _ in range(150_000)]
    text = " ".join(words)
    assert len(signatures([text])[0].hashes) <= LIMIT
    assert compare(document(text), document(text + " конец")).copy
    assert compare(document("a" * 1_000_000), document("a" * 1_000_001)).copy is False


words_of_some_kind = st.sampled_from(
    "дом мост река 12 14 мая улица Лесная новый открыли город вода Мэр школа и в на".split()
)
texts = st.lists(words_of_some_kind, max_size=60).map(" ".join)


@settings(deadline=None)
@given(st.lists(st.one_of(st.text(max_size=80), texts), max_size=12))
def test_a_batch_gives_what_each_alone_gives(batch: list[str]) -> None:
    for together, text in zip(signatures(batch), batch, strict=True):
        alone = signatures([text])[0]
        assert together.hashes.dtype == np.int64
        assert together.hashes.tobytes() == alone.hashes.tobytes()
        assert together.words == alone.words
        assert (np.diff(together.hashes) > 0).all()


def test_batches_are_cut_without_a_trace() -> None:
    batch = [STORY, OTHER, NOTICE, "", "слово"] * 500
    assert [one.hashes.tobytes() for one in signatures(batch)] == 500 * [
        one.hashes.tobytes() for one in signatures(batch[:5])
    ]


def test_signatures_of_the_scheme() -> None:
    """A change of these is a new SCHEME."""
    assert signatures(["Открыли мост", "Открыли новый мост через реку"])[0].hashes.tolist() == FIRST
    assert signatures(["ОТКРЫЛИ  мoст!"])[0].hashes.tolist() == FIRST


FIRST = [1849180515848237, 7044729219401414]


@settings(deadline=None)
@given(st.one_of(st.text(max_size=200), texts), st.one_of(st.text(max_size=200), texts))
def test_comparing_is_symmetrical(one: str, other: str) -> None:
    a, b = document(one, "Мост"), document(other, "")
    assert compare(a, b) == compare(b, a)
    assert compare_many([a, b], [(0, 1), (1, 0)]) == [compare(a, b)] * 2
    assert compare(a, a).copy is bool(signatures([one])[0].words)


def signature(*hashes: int) -> Signature:
    return Signature(np.array(sorted(hashes), np.int64), 50)


def test_candidates_follow_the_rule_of_postings() -> None:
    # All have three shingles in common: each of the first WIDE meets all before it, the others the first NARROW.
    number = WIDE + 30
    found = candidate_pairs([signature(1, 2, 3, 100 + i) for i in range(number)]).tolist()
    assert found == [[i, j] for i in range(number) for j in range(i + 1, number) if j < WIDE or i < NARROW]
    assert candidate_pairs([signature(1, 2), signature(1, 3)]).tolist() == []
    assert LEAST_SHARED == 2
    assert candidate_pairs([]).shape == (0, 2)


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(0, 40), max_size=8, unique=True), max_size=30), st.integers(2, 9))
def test_bands_change_nothing(sets: list[list[int]], bands: int) -> None:
    made = [signature(*hashes) for hashes in sets]
    whole = candidate_pairs(made, bands=1)
    assert candidate_pairs(made, bands=bands).tolist() == whole.tolist()
    parts = [meetings(made, band, bands) for band in reversed(range(bands))]
    assert candidates_of(parts).tolist() == whole.tolist()
    assert whole.tolist() == [
        [i, j] for i, j in combinations(range(len(sets)), 2) if len({*sets[i]} & {*sets[j]}) >= LEAST_SHARED
    ]


def some_documents() -> list[Document]:
    made = [document(STORY, id_="story", hours=1)]
    made += [document(text, id_=f"story {kind}", hours=2 + i) for i, (kind, text) in enumerate(COPIES.items())]
    made += [document(OTHER, "Стоянка", "other", 3), document(OTHER[:-40], "Стоянка", "other cut", 2)]
    made += [document(NOTICE, "Вода", "notice", 4), document(NOTICE.replace("14 мая", "15 мая"), "Вода", "notice 2", 5)]
    made += [document(NOT_COPIES["a follow-up"][0], id_="follow-up", hours=30)]
    made += [document(NOT_COPIES["a digest"][0], "Неделя", "digest", 40)]
    return made


def test_groups() -> None:
    groups = grouped(some_documents())
    assert {id_ for id_, one in groups.items() if one.cluster == "story"} == {
        "story",
        *(f"story {kind}" for kind in COPIES),
    }
    assert groups["story"].duplicate_of is None
    assert groups["story half"].duplicate_of == "story"
    assert groups["other"].cluster == groups["other"].duplicate_of == "other cut", "the earlier one is the original"
    for alone in ("notice", "notice 2", "follow-up", "digest"):
        assert groups[alone].cluster == alone
        assert groups[alone].duplicate_of is None
    assert groups.warnings == []


@settings(deadline=None, max_examples=15)
@given(st.randoms(use_true_random=False))
def test_groups_do_not_depend_on_the_order(chance: random.Random) -> None:
    documents = some_documents()
    expected = grouped(documents)
    chance.shuffle(documents)
    assert grouped(documents) == expected


def test_a_component_alone_gives_the_same_groups() -> None:
    documents = some_documents()
    pairs = [(a.id, b.id) for a, b in combinations(documents, 2) if compare(a, b).copy]
    whole = group(documents, pairs)
    for ids in components(pairs):
        part = group([one for one in documents if one.id in ids], [pair for pair in pairs if pair[0] in ids])
        assert part == {id_: whole[id_] for id_ in ids}
    assert components([("c", "b"), ("x", "y"), ("a", "c")]) == [["a", "b", "c"], ["x", "y"]]


def test_a_full_group_is_told() -> None:
    documents = [document(STORY, id_=f"{i:02}", hours=i) for i in range(7)]
    groups = group(documents, combinations([one.id for one in documents], 2), cap=3)
    assert [groups[f"{i:02}"].cluster for i in range(7)] == ["00", "00", "00", "03", "03", "03", "06"]
    assert groups.warnings == [
        "The group of 00 has 3 documents and takes no more.",
        "The group of 03 has 3 documents and takes no more.",
    ]


def test_the_order_of_documents() -> None:
    early, late = document("", id_="b", hours=1), document("", id_="a", hours=2)
    unknown = Document("c", "", "", None, START)
    nothing = Document("0", "", "")
    assert sorted([nothing, unknown, late, early], key=order) == [early, late, unknown, nothing]


def test_the_tool(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "news.jsonl"
    lines = [
        {"id": "a", "title": TITLE, "text": STORY, "published": "2024-03-01T10:00:00+03:00"},
        {"id": "b", "title": "Мост", "text": COPIES["half"], "published": None},
        {"id": 3, "text": OTHER, "published": "2024-03-01"},
    ]
    path.write_text("\n\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
    assert main([str(path)]) == 0
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [
        {"id": "3", "cluster": "3"},
        {"id": "a", "cluster": "a"},
        {"id": "b", "cluster": "a"},
    ]
    assert main([str(path), "--explain", "a", "b"]) == 0
    assert json.loads(capsys.readouterr().out)["reason"] == "cut"
    assert main([str(path), "--explain", "a", "z"]) == 2
    assert capsys.readouterr().err == "No document z in the file.\n"
    assert len(list(read(path))) == 3


def test_the_tool_tells_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "news.jsonl"
    path.write_text('{"id": 1, "text": "a"}\n[]\n', encoding="utf-8")
    assert main([str(path)]) == 2
    assert "line 2 is no document" in capsys.readouterr().err
    assert main([str(tmp_path / "none")]) == 2
