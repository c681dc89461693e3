"""Texts for benchmarks/dedup.py: notices that are all different, and stories with their reprints. Made by chance, from
a seed; every notice differs from every other in at least one fact."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import accumulate, islice

STREETS = [
    f"{kind} {name}"
    for kind in ("улица", "переулок", "проспект", "бульвар")
    for name in (
        "Садовая Речная Полевая Лесная Школьная Заречная Набережная Вокзальная Кузнечная Тополиная Рябиновая Озёрная "
        "Песчаная Каменная Торговая Мостовая Парковая Фабричная Портовая Луговая Солнечная Кленовая Мельничная "
        "Северная Береговая Кирпичная Весенняя Ярмарочная Слободская Никитина Маркова Ефремова Лаптева Щукина"
    ).split()
]
CITIES = (
    "Белоозёрске Камнегорске Старополье Верхнереченске Лугомске Дальневске Приволжье Сосногорье Заозёрске Медведеве "
    "Краснополье Усть-Ельне Никольске Троицком Вязниках Озёрах Пригорске Тихорецке Светлоборе Рудничном"
).split()
MONTHS = "января февраля марта апреля мая июня июля августа сентября октября ноября декабря".split()
SURNAMES = (
    "Власов Гущин Дроздов Ершов Жаров Зимин Ильин Капустин Ларин Мухин Носов Осипов Панин Рогов Савин Тарасов Уваров "
    "Фомин Хохлов Цветков Чижов Шилов Щеглов Юдин Яшин"
).split()
TEMPLATES = (
    "В {city} {day} {month} с {from} до {to} отключат горячую воду в домах {house}, {house2} и {house3}: {street}. "
    "Специалисты заменят участок трубы длиной {number} метров. Телефон диспетчера {phone}.",
    "Внимание, водители! С {day} {month} на период ремонта перекрыто движение: {street}, от дома {house} до дома "
    "{house2}. Объезд организован по соседним улицам, автобус № {number} пойдёт в обход. Ремонт ведёт бригада мастера "
    "{person}, справки по телефону {phone}.",
    "{day} {month} в {from} в {city} состоится приём граждан. Его проведёт заместитель главы города {person}. Адрес: "
    "{street}, {house}, кабинет {number}. Предварительная запись открыта по телефону {phone} до {to}.",
    "Мобильный пункт вакцинации работает {day} {month} с {from} до {to} по адресу: {street}, {house}. При себе нужно "
    "иметь паспорт и полис. За прошлую неделю прививку сделали {number} жителей. Справки: {phone}.",
    "По данным метеостанции, {day} {month} в {city} ветер усилится до {house} метров в секунду, ночью похолодает до "
    "{house2} градусов. Коммунальным службам поручено вывести {number} машин. Дежурный: {person}, {phone}.",
    "Публичные слушания по проекту планировки территории пройдут {day} {month} в {from}. Место: {street}, {house}, "
    "актовый зал. Замечания принимаются до {to} по телефону {phone}, ответственный {person}. Площадь участка {number} "
    "квадратных метров.",
    "Плановая проверка сирен назначена на {day} {month}, время {from}. В {city} прозвучат {house} устройств, одно из "
    "них по адресу {street}, {house2}. Просим сохранять спокойствие, вопросы по телефону {phone}.",
    "Сельскохозяйственная ярмарка откроется {day} {month} в {from}: {street}, {house}. Свои товары привезут {number} "
    "хозяйств, торговля продлится до {to}. Организатор: {person}, телефон {phone}.",
)
SYLLABLES = (
    "ба бе бо бу ва ве ви во вы га го гра да де до дра ен ер жи за зна ин ка ки ко кра ла ле ли ло лю ма ме ми мо на "
    "не ни но об ов па пе по при про ра ре ро са се си ско сло ста сте та те ти то тра ту ча че ши щи эт ям"
).split()
ENDINGS = (
    "а ать ает ая его ем ение ет и ил ить ия ла ный ная ной ного ность ов ого ое ой ом ся ть у ую ы ый ям ях".split()
)
VOCABULARY = 60_000


def notices(count: int, seed: int = 1) -> Iterator[str]:
    """Give `count` notices, all different; every third repeats the one before it in all but one fact."""
    chance = random.Random(seed)
    seen: set[str] = set()
    fields = _facts(chance)
    template = TEMPLATES[0]
    made = 0
    while made < count:
        if made % 3:
            fields = _facts(chance)
            template = chance.choice(TEMPLATES)
        else:
            used = [name for name in fields if "{" + name + "}" in template]
            name = chance.choice(used)
            fields = fields | {name: _facts(chance)[name]}
        text = template.format_map(fields)
        if text not in seen:
            seen.add(text)
            made += 1
            yield text


def stories(count: int, seed: int = 1) -> Iterator[str]:
    """Give `count` different stories of 50 to 240 words that are made up, some often, most seldom, as in a language."""
    chance = random.Random(seed)
    words = [
        "".join(chance.choices(SYLLABLES, k=chance.randint(1, 3))) + chance.choice(ENDINGS) for _ in range(VOCABULARY)
    ]
    weights = list(accumulate(1 / (rank + 10) for rank in range(VOCABULARY)))
    for _ in range(count):
        drawn = iter(chance.choices(words, cum_weights=weights, k=chance.randint(50, 240)))
        sentences = []
        while sentence := list(islice(drawn, chance.randint(6, 18))):
            if chance.random() < 0.4:
                sentence.insert(-1, str(chance.randint(2, 2_000)))
            sentences.append(" ".join(sentence).capitalize() + ".")
        yield "\n\n".join(" ".join(sentences[start : start + 3]) for start in range(0, len(sentences), 3))


def with_reprints(count: int, seed: int = 1) -> Iterator[tuple[str, int]]:
    """Give `count` texts in the mix of news: (text, number of its story); a third are reprints, a quarter notices."""
    chance = random.Random(seed)
    story, note = stories(count, seed), notices(count, seed)
    made: list[tuple[int, str]] = []
    for number in range(count):
        kind = chance.random()
        if kind < 0.25:
            yield next(note), -number - 1
        elif kind < 0.58 and made:
            of = chance.randrange(len(made))
            yield reprint(made[of][1], chance), made[of][0]
        else:
            made = [*made[-49:], (number, next(story))]
            yield made[-1][1], number


def reprint(text: str, chance: random.Random) -> str:
    """Return a copy of a story as another site prints it."""
    paragraphs = text.split("\n\n")
    kind = chance.randrange(4)
    if kind == 0:
        return f"{chance.choice(CITIES).upper()}, {chance.randint(1, 28)} {chance.choice(MONTHS)}. {text}"
    if kind == 1:
        return f"{text}\n\nИсточник: сайт города, автор {chance.choice(SURNAMES)}"
    if kind == 2:
        return "\n\n".join(paragraphs[: max(1, len(paragraphs) // 2 + 1)])
    return text.replace(". ", ".  ").replace("ё", "е").replace("а", "a")


def _facts(chance: random.Random) -> dict[str, str]:
    return {
        "city": chance.choice(CITIES),
        "street": chance.choice(STREETS),
        "day": str(chance.randint(1, 28)),
        "month": chance.choice(MONTHS),
        "from": f"{chance.randint(6, 11)}:{chance.choice(('00', '15', '30', '45'))}",
        "to": f"{chance.randint(13, 21)}:{chance.choice(('00', '15', '30', '45'))}",
        "house": str(chance.randint(1, 40)),
        "house2": str(chance.randint(41, 90)),
        "house3": str(chance.randint(91, 150)),
        "number": str(chance.randint(100, 999)),
        "person": f"{chance.choice('АБВГДЕИКЛМНОПРСТ')}. {chance.choice(SURNAMES)}",
        "phone": f"{chance.randint(20, 79)}-{chance.randint(10, 99)}-{chance.randint(10, 99)}",
    }
