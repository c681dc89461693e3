"""Texts for benchmarks/dedup.py: notices that are all different, and stories with their reprints. Made by chance, from
a seed; every notice differs from every other in at least one fact."""

from __future__ import annotations

import random
from collections.abc import Iterator

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
SUBJECTS = (
    "Администрация города;Депутаты городского совета;Строители;Учителя районной школы;Сотрудники музея;Волонтёры;"
    "Работники водоканала;Врачи центральной больницы;Предприниматели;Участники форума;Спасатели;Библиотекари;"
    "Экологи;Архитекторы;Ветераны завода;Студенты техникума;Краеведы;Тренеры спортивной школы;Дорожники;Энергетики"
).split(";")
DEEDS = (
    "завершили;обсудили;показали жителям;начали готовить;представили на совещании;приняли;проверили;поддержали;"
    "предложили изменить;открыли;отложили до осени;перенесли;согласовали;осмотрели;оценили;дополнили"
).split(";")
THINGS = (
    "проект нового парка;ремонт старого моста;программу летнего отдыха;строительство детского сада;план озеленения;"
    "выставку народных ремёсел;закупку школьных автобусов;восстановление набережной;схему уличного освещения;"
    "реставрацию купеческого дома;систему вывоза мусора;работу ледового катка;капитальный ремонт поликлиники;"
    "фестиваль духовых оркестров;очистку городского пруда;перечень дворов для благоустройства"
).split(";")
DETAILS = (
    "на это потребуется {number} миллионов рублей;работы займут не меньше {house} недель;об этом рассказал {person};"
    "в опросе участвовали {number} человек;средства выделены из областного бюджета;подрядчика выберут на торгах;"
    "жители соседних улиц давно просили об этом;такое решение приняли впервые за {house} лет;{person} назвал сроки "
    "реальными;документы опубликованы на сайте;часть материалов привезут из соседней области;комиссия соберётся снова "
    "{day} {month};погода не помешала планам;специалисты отметили высокое качество;летом сюда придут школьники;"
    "общая площадь составит {number} квадратных метров"
).split(";")


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
    """Give `count` different stories of 40 to 220 words."""
    chance = random.Random(seed)
    for _ in range(count):
        sentences = [_sentence(chance) for _ in range(chance.randint(3, 16))]
        cuts = sorted(chance.sample(range(1, len(sentences)), min(2, len(sentences) - 1)))
        parts = [sentences[start:stop] for start, stop in zip([0, *cuts], [*cuts, len(sentences)], strict=True)]
        yield "\n\n".join(" ".join(part) for part in parts)


def with_reprints(count: int, seed: int = 1) -> Iterator[tuple[str, int]]:
    """Give `count` texts in the mix of news: (text, number of its story); a third are reprints, a quarter notices."""
    chance = random.Random(seed)
    story, note = stories(count, seed), notices(count, seed)
    made: list[str] = []
    for number in range(count):
        kind = chance.random()
        if kind < 0.25:
            yield next(note), -number - 1
        elif kind < 0.58 and made:
            of = chance.randrange(max(0, len(made) - 50), len(made))
            yield reprint(made[of], chance), of
        else:
            made.append(next(story))
            yield made[-1], len(made) - 1


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
    return text.replace("ё", "е").replace("новый", "новый ").replace("«", '"')


def _sentence(chance: random.Random) -> str:
    facts = _facts(chance)
    words = f"{chance.choice(SUBJECTS)} в {facts['city']} {chance.choice(DEEDS)} {chance.choice(THINGS)}"
    details = ", ".join(chance.sample(DETAILS, chance.randint(1, 2))).format_map(facts)
    return f"{words}: {details}."


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
