import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.fingerprint import fingerprint
from pipelines.text import clean, clean_paragraphs, fold, noting_repairs, repair, repairs_within

RUSSIAN = "Мэр Рязани открыл парк — «Ёлочка», № 5. И ещё: Пруд, Этаж, Яр, ШУМ."


def misread(text: str, codec: str) -> str:
    """Return what a program shows that takes UTF-8 for `codec`; bytes that it does not have stand as their numbers."""
    return "".join(bytes([byte]).decode(codec, "ignore") or chr(byte) for byte in text.encode())


@pytest.mark.parametrize("codec", ["cp1251", "cp1252", "latin-1"])
def test_utf8_read_in_another_encoding_is_read_again(codec: str) -> None:
    once = misread(RUSSIAN, codec)
    assert repair(once) == (RUSSIAN, {"mojibake": 1})
    assert clean(misread(once, codec)) == RUSSIAN
    # No-break spaces in it have often become plain ones, and only a part of the text may be so.
    assert clean(f"Сёмга и тайм. {once.replace(chr(0xA0), ' ')} Рёбра") == f"Сёмга и тайм. {RUSSIAN} Рёбра"


def test_more_mojibake() -> None:
    assert clean(RUSSIAN.encode().decode("cp1251", "replace")) == RUSSIAN
    assert clean("Ïðèâåò, Ðÿçàíü! Åù¸ ¹ 5") == "Привет, Рязань! Ещё № 5"
    assert clean("Ночь музеев вЂ“ 5 мая, дом в„–6") == "Ночь музеев – 5 мая, дом №6"
    assert clean("cafÃ© â€œLe ParisÂ»â€\x9d") == "café “Le Paris»”"
    assert clean("Ð\x9fÑ\x80Ð¸Ð²ÐµÑ\x82") == "Привет"


@pytest.mark.parametrize(
    "text",
    [
        "Речь о «РџС» и о том, как «Рё» стало знаком беды",
        "В «Приокском», «СССР», Р. С… — и Сё, Рё",
        "Le théâtre était fermé, créée à côté; GRÖSSE, ÄÖÜß; IRMÃ» NÃO; España, mañana",
        "Србија, ЂОРЂЕ, РЈЕЧ СЉЕ, љубав",
        "Україна: її єдність, ТОРІС; Беларусь: ўсё",
        "Башҡортостан, Өфө ҡалаһы, Казан шәһәре, ТҮРІСІНІҢ",
        "Ísland, Ðórr, Þór Ñuñoa, Âge",
        "COVID-19, Wi-Fi, iPhone, IT-компания, B2B, PRов, SMSу, Googleа, DНК, Wi-Fiсеть",
        "XX век, XIX–XX вв., МС-21, Су-57, А4, Х5, BMW X5, ГОСТ Р, ISO 9001",
        "3этажный, 3дания, 30летие, 20мм, м3в, 3км, № 3а, 0плюс, дом 3Б",
        "витамин c и витамин d, класс a, гепатит c лечат; Язык C простой",
        "AT&T, R&D, Q&A, ?a=1&copy=2&lt=3 & b &неведомо; &unknown;",
        "👨 ❤️ ½ × 5 °C ² €",
    ],
)
def test_what_is_right_stays(text: str) -> None:
    assert repair(text) == (text, {})


@pytest.mark.parametrize(
    ("text", "meant", "words"),
    [
        ("cовет Pязани", "совет Рязани", 2),
        ("нoвocти и Kиїв", "новости и Київ", 2),
        ("СOVID-19, Теam, USВ, Сuрer", "COVID-19, Team, USB, Cuper", 4),
        ("XХ век, ХIХ век, ХХI, ХVIII", "XX век, XIX век, XXI, XVIII", 4),
        ("OОО «Рога», АO", "ООО «Рога», АО", 2),
        ("кBт, MВт, kг, cм", "кВт, МВт, кг, см", 4),
        ("C 1994 года. B мае связанных c ремонтом", "С 1994 года. В мае связанных с ремонтом", 3),
        ("вcё ещё зелёный, зелeный, зелëный", "всё ещё зелёный, зеленый, зелёный", 3),
    ],
)
def test_words_are_of_one_script(text: str, meant: str, words: int) -> None:
    assert repair(text) == (meant, {"lookalikes": words})


def test_digits_in_words_are_letters_where_the_dictionary_knows_the_word() -> None:
    assert repair("3аседание, гор0д и 0бъявление. Р0ССИЯ") == ("Заседание, город и объявление. РОССИЯ", {"digits": 4})


@pytest.mark.parametrize(
    ("text", "meant", "number"),
    [
        ("пять&nbsp;рублей", "пять рублей", 1),
        ("&laquo;Дом&raquo &mdash; &amp;quot;да&amp;amp;quot;", '«Дом» — "да"', 5),
        ("&#151; &#147;а&#148; &#x97;", "— “а” —", 4),
        ("а \x97 б\x85", "а — б…", 2),
        ("&#xD83D;&#xDE00; &#8470;&#32;5", "😀 № 5", 3),
    ],
)
def test_references_left_in_the_text(text: str, meant: str, number: int) -> None:
    assert repair(text) == (meant, {"references": number})


def test_each_kind_is_counted() -> None:
    assert repair("За\u00adсе\u200bдание\ufeff")[1] == {"invisible": 3}
    assert repair("Толстои\u0306")[1] == {"composed": 1}
    assert repair("а\x00б\ud800")[1] == {"controls": 2}
    assert repair("\ud83d\ude00 ё") == ("😀 ё", {})
    assert repair("5\u202f000\u2009р.\u00a0в\tмесяц") == ("5 000 р. в месяц", {"spaces": 2})
    assert repair("cо&shy;вет") == ("совет", {"references": 1, "invisible": 1, "lookalikes": 1})


def test_repairs_are_noted_for_the_texts_that_were_kept() -> None:
    with noting_repairs() as noted:
        kept = [clean("cовет"), clean("&laquo;Дом&raquo;"), clean("cовет"), clean("хорошо")]
        clean("другoй")
    clean("Pязань")
    assert noted == {"совет": {"lookalikes": 1}, "«Дом»": {"references": 2}, "другой": {"lookalikes": 1}}
    assert repairs_within(noted, kept) == {"lookalikes": 1, "references": 2}


def test_invisible_characters_and_odd_spaces_go() -> None:
    assert clean("  За\u00adсе\u200bда\u00a0ние\ufeff\t Думы\u2028 ") == "Заседа ние Думы"


def test_composed_letters() -> None:
    assert clean("Толстои\u0306 и е\u0308ж") == "Толстой и ёж"


def test_controls_and_lone_surrogates_go() -> None:
    assert clean("а\x00б\x07в\ud800г") == "абвг"


def test_paragraphs_stay_apart_and_empty_ones_go() -> None:
    assert clean_paragraphs(" раз \n\n\u00a0\n\nдва\nтри ") == "раз\n\nдва три"


def test_fold_makes_equal_what_differs_in_typography() -> None:
    assert fold("«Ёлка»") == fold('"елка"')


TROUBLE = st.text(alphabet="РСÐÑ\u00a0џвЂ“ò аеоcoаXХ03&;#amplnbsp\u00ad\u0306и.\x97\ufffd", max_size=40)


@given(st.one_of(st.text(alphabet=st.characters()), TROUBLE))
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    once.encode("utf-8")


def test_fingerprint_sees_words_and_numbers_only() -> None:
    one = fingerprint("12 декабря в «Приокском» — концерт.")
    assert one == fingerprint('12 декабря\n\nв "Приокском" - КОНЦЕРТ')
    assert one != fingerprint("13 декабря в «Приокском» — концерт.")
    assert one.startswith("w1:")
