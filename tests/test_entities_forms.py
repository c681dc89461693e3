"""Canonical forms of names that no dictionary has, by class of name; the spans are given."""

from __future__ import annotations

import re

import pytest

from newscrawl.items import EntityMention, EntityType
from pipelines.entities import load, toponyms
from pipelines.entities.document import describe
from pipelines.entities.spans import Span
from pipelines.entities.tokens import read

_MARK = re.compile(r"\{(PER|ORG|LOC) ([^}]*)\}")
TYPES: dict[str, EntityType] = {"PER": "PER", "ORG": "ORG", "LOC": "LOC"}


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> None:
    load()


def described(marked: str) -> list[EntityMention]:
    """The mentions of a text with its names in braces: «В {LOC Рязани} тепло»."""
    document = read(_MARK.sub(lambda mark: mark[2], marked))
    starts = {token.start: index for index, token in enumerate(document.tokens)}
    stops = {token.stop: index + 1 for index, token in enumerate(document.tokens)}
    spans, shift = [], 0
    for mark in _MARK.finditer(marked):
        start = mark.start() - shift
        spans.append(Span(TYPES[mark[1]], starts[start], stops[start + len(mark[2])]))
        shift += len(mark[0]) - len(mark[2])
    return describe(document, spans)


def normal(marked: str) -> str:
    (one,) = described(marked)
    return one.normal


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Позиция {PER Тамаза Гвилавии} осталась прежней.", "Тамаз Гвилавия"),
        ("О {PER Тамазе Гвилавии} говорили на встрече.", "Тамаз Гвилавия"),
        ("Вместе с {PER Леваном Данелией} приехали гости.", "Леван Данелия"),
        ("Письмо {PER Теймуразу Габуния} вернули.", "Теймураз Габуния"),
    ],
)
def test_surnames_in_iya_are_of_men_too(text: str, name: str) -> None:
    assert normal(text) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Критикуют {PER Эрмека Джанузакова} за это давно.", "Эрмек Джанузаков"),
        ("Без {PER Гульжан Сыдыковой} встреча не началась.", "Гульжан Сыдыкова"),
        ("Пациенты довольны доктором {PER Лосиной}.", "Лосина"),
        ("Встречу провёл с {PER Ашибаевым Т. К.}", "Ашибаев Т. К."),
        ("Суд арестовал {PER Лайму Озолине}.", "Лайма Озолине"),
        ("Депутаты избрали {PER Саиду Омарову} главой комиссии.", "Саида Омарова"),
        ("Отчёт {PER Ирены Дегутене} одобрен.", "Ирена Дегутене"),
    ],
)
def test_possessive_surnames_and_womens_names(text: str, name: str) -> None:
    assert normal(text) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Позиция {PER Лян Гуанбина} осталась прежней.", "Лян Гуанбин"),
        ("Премьер принял {PER Ван Цишаня}.", "Ван Цишань"),
        ("О визите {PER Мун Чжэ Ина} известно мало.", "Мун Чжэ Ин"),
    ],
)
def test_of_east_asian_names_the_last_word_changes(text: str, name: str) -> None:
    assert normal(text) == name


def test_a_surname_alone_that_may_be_a_womans_settles_nothing() -> None:
    found = described("Критикуют {PER Эрмека Джанузакова}. Премьером выбрали {PER Джанузакова}.")
    assert [one.normal for one in found] == ["Эрмек Джанузаков", "Джанузаков"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Об этом сообщает «{ORG Камдорстрой}».", "Камдорстрой"),
        ("Сделка с {ORG Техпоставкой} сорвана.", "Техпоставка"),
        ("Проект ведётся {ORG Уралпромбанком} давно.", "Уралпромбанк"),
        ("Жалобу на {ORG Росгеонадзор} отклонили.", "Росгеонадзор"),
        ("Представитель {ORG Минвостокразвития} не пришёл.", "Минвостокразвития"),
        ("Студенты {ORG КубГУ} вышли на митинг.", "КубГУ"),
        ("В {ORG ОМОНе} это отрицают.", "ОМОН"),
        ("Акции «{ORG Викторинокса}» выросли.", "Викторинокс"),
        ("Завод купила {ORG Росдревесина} весной.", "Росдревесина"),
        ("Глава {ORG Росдревесины} доложил.", "Росдревесина"),
        ("Для {ORG Реновации} это важно.", "Реновация"),
    ],
)
def test_brands(text: str, name: str) -> None:
    assert normal(text) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("В «{ORG Эльтау Телекоме}» это отрицают.", "Эльтау Телеком"),
        ("Аналитик {ORG МТС Капитала} ждёт роста.", "МТС Капитал"),
        ("Депутат {ORG Ак Мажлиса} возражал.", "Ак Мажлис"),
        ("Экспертиза {ORG Уральского НИИ лесов} готова.", "Уральский НИИ лесов"),
        ("Пожарные {ORG Тульского МЧС} потушили огонь.", "Тульское МЧС"),
        ("Его показали в эфире «{ORG 8 канала}».", "8 канал"),
        ("Концерт группы «{ORG 20 тонн}» отменён.", "20 тонн"),
        ("Статья вышла в газете «{ORG Лигита}».", "Лигита"),
    ],
)
def test_bodies_of_several_words_and_labels(text: str, name: str) -> None:
    assert normal(text) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Пожар в {LOC Хургаде} потушен.", "Хургада"),
        ("Поезд из {LOC Пешавара} опоздал.", "Пешавар"),
        ("Живёт он в штате {LOC Айдахо}.", "Айдахо"),
        ("Гости едут в {LOC Мукачари} на праздник.", "Мукачари"),
        ("Землетрясение в {LOC Сычуани} разрушило дома.", "Сычуань"),
        ("Пожар в {LOC Лисичанах} потушен.", "Лисичаны"),
        ("Связь с {LOC Порту-Гранди} пропала.", "Порту-Гранди"),
        ("Торфяники горят под {LOC Кировском}.", "Кировск"),
        ("Дом стоит на улице {LOC Речной}.", "Речная"),
        ("Музей открыт в {LOC Васюках Приволжских}.", "Васюки Приволжские"),
    ],
)
def test_places(text: str, name: str) -> None:
    assert normal(text) == name


def test_a_towns_stem_tells_its_ending() -> None:
    assert toponyms.is_town("хургада")
    assert not toponyms.is_town("москва")  # the dictionary has it
    assert toponyms.share("крастонбург") > toponyms.share("крастонбурга")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Занятия идут в {ORG библиотеке-филиале № 5}.", "библиотека-филиал № 5"),
        ("Детей ждали в {ORG школе-саде № 2}.", "школа-сад № 2"),
        ("За {LOC храмом-памятником} начинается парк.", "храм-памятник"),
        ("Заведующая {ORG детским садом-яслями № 3} рада.", "детский сад-ясли № 3"),
        ("Они поселились в {LOC Чегет-Карабаше}.", "Чегет-Карабаш"),  # no two nouns
    ],
)
def test_of_two_nouns_in_one_case_both_are_inflected(text: str, name: str) -> None:
    assert described(text)[0].normal == name
    assert described(text)[0].uncertain is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Прогулка по {LOC Воронцовым садам} закончилась.", "Воронцовы сады"),
        ("Дорога шла мимо {LOC Никитиных лугов}.", "Никитины луга"),
        ("Гости уехали с {LOC Воробьёвых гор}.", "Воробьёвы горы"),
        ("Туман стоял над {LOC Патриаршими прудами}.", "Патриаршие пруды"),
    ],
)
def test_a_surname_in_the_plural_describes_a_place(text: str, name: str) -> None:
    assert normal(text) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Главы банков «{ORG Большой двадцатки}» встретились.", "Большая двадцатка"),
        ("Рабочие завода «{ORG Красного знамени}» бастуют.", "Красное знамя"),
        ("Рабочие завода «{ORG Красное знамя}» бастуют.", "Красное знамя"),
        ("Хор клуба «{ORG Золотая осень}» поёт.", "Золотая осень"),
    ],
)
def test_a_name_in_quotation_marks_behind_a_noun_is_no_label_where_its_words_agree_declined(
    text: str, name: str
) -> None:
    assert normal(text) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Строительство {ORG Северного потока-2} завершено.", "Северный поток-2"),
        ("Жюри «{ORG Новой волны-2009}» собралось.", "Новая волна-2009"),
        ("Гонщик {ORG Формулы-1} приехал в гости.", "Формула-1"),
        ("Люди живут в {LOC Светлом-2} давно.", "Светлый-2"),
        ("Шахтёры {ORG Распадской-2} бастуют.", "Распадская-2"),
        ("Рядом с {ORG ТЭЦ-5} тихо.", "ТЭЦ-5"),
    ],
)
def test_a_number_that_hangs_on_a_word_leaves_it_its_declension(text: str, name: str) -> None:
    assert normal(text) == name


def test_an_adjective_before_a_preposition_is_the_noun_itself() -> None:
    assert normal("Аппарат {ORG Уполномоченного по правам человека} ответил.") == "Уполномоченный по правам человека"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Гости приехали из {LOC Захарова}.", "Захарово"),
        ("Ярмарка пройдёт в {LOC Дягилеве} завтра.", "Дягилево"),
        ("Дорогу к {LOC Шипилову} закрыли.", "Шипилово"),
        ("Экспедиция вышла из {LOC Ефремова}.", "Ефремов"),  # a town of the dictionary
        ("Памятник открыли в {LOC Чаплыгине} вчера.", "Чаплыгин"),  # a town of GeoNames
        ("Люди едут из {LOC Рязани} в Тулу.", "Рязань"),
    ],
)
def test_a_place_that_the_dictionary_has_as_a_surname_is_a_village(text: str, name: str) -> None:
    assert described(text)[0].normal == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Игроки {ORG «Спартака»} победили.", "«Спартак»"),
        ("В {ORG «Российских железных дорогах»} ответили.", "«Российские железные дороги»"),
        ("Завод {ORG «Красный Октябрь»} встал.", "«Красный Октябрь»"),
        ("Дети из {ORG кружка «Юный техник»} победили.", "кружок «Юный техник»"),
        ("Рабочие {ORG Горзеленхоза} убрали листву.", "Горзеленхоз"),
    ],
)
def test_marks_around_a_whole_name_leave_it_its_declension(text: str, name: str) -> None:
    assert normal(text) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Жители {LOC посёлка Солнечного} рады.", "Солнечный"),
        ("Дом стоит в {LOC селе Милославском} давно.", "Милославское"),
        ("Дорога у {LOC деревни Красной} закрыта.", "Красная"),
        ("Поезд идёт до {LOC города Железнодорожного} час.", "Железнодорожный"),
        ("Школа переедет с {LOC Рахмановского} переулка.", "Рахмановский"),
        ("Авария на {LOC Ленина} собрала пробку.", "Ленина"),  # the word for a street is left out
        ("Дом на углу {LOC Гагарина} снесут.", "Гагарина"),
        ("Погода на {LOC Украине} хорошая.", "Украина"),
        ("На берегу {LOC реки Оки} тихо.", "река Ока"),
        ("За {LOC рекой Проней} лес.", "река Проня"),
        ("У {LOC реки Трубеж} мост.", "река Трубеж"),
    ],
)
def test_the_word_for_a_place_tells_gender_and_case_of_its_name(text: str, name: str) -> None:
    assert normal(text) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Он говорил с {PER Максимом Кравцом} вчера.", "Максим Кравец"),
        ("Письмо {PER Олегу Скупцу} вернули.", "Олег Скупец"),
        ("Письмо {PER Марии Кравец} вернули.", "Мария Кравец"),
        ("Дом {PER Клауса Шульца} стоит.", "Клаус Шульц"),
    ],
)
def test_surnames_that_lose_their_vowel_get_it_back(text: str, name: str) -> None:
    assert normal(text) == name
