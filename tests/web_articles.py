"""Articles that the web pages must show well: revised, reprinted, undated, gone, and one that is hostile throughout."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from newscrawl.items import (
    Article,
    Attachment,
    DateMention,
    EntityMention,
    Evidence,
    Image,
    Link,
    Page,
    Problem,
    RawArticle,
)
from newscrawl.store import Store
from pipelines.normalise import normalise

FETCHED_AT = datetime(2026, 10, 21, 9, 0, tzinfo=UTC)
EVIL = "\"'><script>window.hacked=1</script><img src=x onerror=hacked=1>{{7*7}}\u202e"
"""In every text of the hostile article; the last sign turns the direction of writing."""
HOSTILE_URL = "http://tula.example/news/<script>hacked=1</script>?a='\"&b=1#c"
HOSTILE_IDS = ("per:<script>hacked=1</script>", "loc:../../x", "loc:a/b?c#d", "org:100% b&c=\"'")
BRIDGE_URL = "http://tula.example/news/bridge"
BRIDGE_COPY_URL = "http://kaluga.example/news/bridge"
UNDATED_URL = "http://tula.example/news/undated"
GONE_URL = "http://tula.example/news/gone"
_BRIDGE = [
    "В Туле 3 марта 2026 года открыли пешеходный мост через Упу. Строительство заняло четырнадцать месяцев: опоры "
    "ставили зимой, когда уровень воды был самым низким, а пролёты собрали на берегу и надвинули за две недели.",
    "На открытии выступил глава города Олег Викторович Карасёв. По его словам, мост свяжет набережную с микрорайоном "
    "Заречье, где живут двенадцать тысяч человек, и сократит дорогу до центра на двадцать минут.",
    "Следующим летом рядом с мостом благоустроят сквер: высадят липы, проложат дорожки и поставят детскую площадку. "
    "Работы оплатят из областного бюджета, подрядчика выберут на конкурсе в апреле.",
    "Жители просили назвать мост именем архитектора Николая Соколовского. Решение примет городская дума.",
]


def fill_special(store: Store) -> None:
    """Store them, with their groups and their names."""
    run = store.start_run("crawl", "tula")
    bridge = _normal(BRIDGE_URL, "tula", "Тула", "Открыт мост через Упу", _BRIDGE, "4 марта 2026, 10:20")
    copied = [*_BRIDGE[:3], "По материалам тульских коллег."]
    copy = _normal(BRIDGE_COPY_URL, "kaluga", "Калуга", "В Туле открыт мост", copied, "6 марта 2026")
    undated = _normal(UNDATED_URL, "tula", "Тула", "Без даты", ["Когда это было, неизвестно."], "31 февраля 2026")
    gone = _normal(GONE_URL, "tula", "Тула", "Снятая новость", ["Её больше нет на сайте."], "1 мая 2026")
    store.write_articles([bridge, copy, undated, gone, hostile(store)], run.id)
    edited = [_BRIDGE[0].replace("четырнадцать", "пятнадцать"), *_BRIDGE[1:3], "Имя моста выберут жители."]
    body = "\n\n".join(edited)
    again = _normal(BRIDGE_URL, "tula", "Тула", "Открыт пешеходный мост через Упу", edited, "4 марта 2026, 10:20")
    assert again.article_body == body
    store.write_articles([again.model_copy(update={"fetched_at": FETCHED_AT + timedelta(hours=5)})], run.id)
    store.mark_gone(GONE_URL, FETCHED_AT, moved_to=BRIDGE_URL)
    run.finish("done")
    store.refresh_entities()
    store.duplicates.refresh()


def _normal(url: str, site: str, city: str, headline: str, paragraphs: list[str], date: str) -> Article:
    raw = RawArticle(
        url=url, site=site, city=city, region="RU-TUL", timezone="Europe/Moscow", headline=headline,
        lead=None, date_modified=(), authors=("Пресс-служба администрации",), article_section="Город",
        keywords=("мост",),
        article_body="\n\n".join(paragraphs), date_published=(Evidence(source="layout:tpl .date", text=date),),
        images=(Image(url=f"{url}.jpg", caption="Мост вечером"),),
        attachments=(Attachment(url=f"{url}.pdf", title="Проект моста", type="pdf", size="1,2 МБ"),),
        related=(Link(url=f"{url}2", title="Мост закрыт на ремонт"),),
        fetched_at=FETCHED_AT, page_id="p", extracted_by="tula/tpl@1",
        found_by={"headline": "layout:tpl h1", "article_body": "layout:tpl .text"},
    )  # fmt: skip
    return normalise(raw)


def hostile(store: Store) -> Article:
    """Return an article in which every text is script, its stored page too."""
    body = f"{EVIL}\n\nИмя {EVIL} и день {EVIL}."
    at = body.index("Имя ") + 4
    mentions = tuple(
        EntityMention(
            start=at + place, stop=at + place + 1, text=EVIL, type="PER", normal=f"{EVIL}{place}", id=one, post=EVIL
        )
        for place, one in enumerate(HOSTILE_IDS)
    )  # fmt: skip
    day = body.index("день ") + 5
    markup = f"<html><head><meta http-equiv=refresh content='0;url=http://evil.example/'></head><body>{EVIL}"
    page = Page(url=HOSTILE_URL, site="tula", fetched_at=FETCHED_AT, body=markup.encode(), headers={})
    saved = store.save_page(page, None, pipeline_version="1")
    return Article(
        url=HOSTILE_URL, site="tula", city=EVIL, region=None, headline=f"Злая {EVIL}", lead=EVIL, article_body=body,
        date_published=datetime(2026, 10, 20, tzinfo=UTC), date_published_raw=EVIL, date_published_precision="day",
        date_published_source=f"layout:{EVIL}", date_modified=None, authors=(EVIL,), article_section=EVIL,
        keywords=(EVIL,), images=(Image(url="javascript:hacked=1", caption=EVIL),),
        attachments=(Attachment(url="javascript:hacked=1", title=EVIL, type=EVIL, size=EVIL),),
        videos=("data:text/html,<script>hacked=1</script>",),
        related=(Link(url="java\nscript:hacked=1", title=EVIL),),
        dates=(
            DateMention(
                start=day, stop=day + 3, text=EVIL, value=EVIL, first=EVIL, last=EVIL, precision="day", rule=f"{EVIL} x"
            ),
        ),
        entities=mentions, language=None, fingerprint="x", problems=(Problem(field=EVIL, reason=EVIL, text=EVIL),),
        repairs={EVIL: 1}, fetched_at=FETCHED_AT, page_id=saved.page.id, extracted_by=EVIL, found_by={EVIL: EVIL},
        pipeline_version=EVIL,
    )  # fmt: skip
