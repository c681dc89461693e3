"""The generic reading, rule by rule: headline, text and lead of small pages that no site file describes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from newscrawl.errors import ExtractionError
from newscrawl.extract import extract_article
from newscrawl.extract.generic import read_generic
from newscrawl.items import ListingEntry, Page, RawArticle
from newscrawl.sites import Site, all_platforms, with_platform

FETCHED = datetime(2026, 1, 31, 12, tzinfo=UTC)
HEADLINE = "На Береговой уложили новый тротуар"
ONE = "На улице Береговой завершили ремонт тротуара: рабочие уложили плитку и заменили бордюры на всём участке."
TWO = "Жители соседних домов просили об этом два года, а средства нашлись весной после пересмотра городской сметы."
THREE = "Следом дорожники перейдут на Садовую улицу, где асфальт меняли в последний раз ещё до открытия школы."
OTHER = "Бассейн «Волна» закрывают на месяц: там проверят фильтры, заново покрасят трибуны и заменят освещение."
MENU = "".join(
    f"<li><a href=/{n}/>{name}</a></li>" for n, name in enumerate(("Главная", "Город", "Власть", "Приёмная"))
)


def read(body: str, *, head: str = "", listed: str | None = None, site: Site | None = None) -> RawArticle:
    html = f"<html><head>{head}</head><body><ul class=menu>{MENU}</ul>{body}</body></html>"
    url = "http://n.example/news/1"
    entry = ListingEntry(url=url, source="listing", headline=listed) if listed else None
    return extract_article(Page(url=url, fetched_at=FETCHED, body=html.encode(), entry=entry), site)


def paragraphs(body: str) -> list[str]:
    return read(f"<h1>{HEADLINE}</h1>{body}").article_body.split("\n\n")


def text(*lines: str) -> str:
    return "".join(f"<p>{line}</p>" for line in lines)


# --- headline


@pytest.mark.parametrize(
    "head",
    [
        f"<title>{HEADLINE} | Город Заречный</title>",
        f"<title>Администрация Заречного — {HEADLINE}</title>",
        f'<meta property="og:title" content="{HEADLINE}">',
    ],
)
def test_a_line_that_a_title_confirms_wins_over_an_h1_that_names_the_section(head: str) -> None:
    raw = read(f"<h1>Новости города</h1><div><h3>{HEADLINE}</h3>{text(ONE, TWO)}</div>", head=head)
    assert (raw.headline, raw.article_body) == (HEADLINE, f"{ONE}\n\n{TWO}")


def test_the_list_that_led_here_confirms_a_headline() -> None:
    assert read(f"<h1>Новости</h1><div><b>{HEADLINE}</b>{text(ONE)}</div>", listed=HEADLINE).headline == HEADLINE


@pytest.mark.parametrize("cut", ["На Береговой уложили новый…", "На Береговой уложили новый трот..."])
def test_a_title_that_the_list_cut_confirms_the_whole(cut: str) -> None:
    assert read(f"<h1>Новости</h1><div><h4>{HEADLINE}</h4>{text(ONE)}</div>", listed=cut).headline == HEADLINE


def test_an_h1_with_the_sites_name_gives_way() -> None:
    body = f"<h1><a href=/>Администрация города Заречный</a></h1><div><h2>{HEADLINE}</h2>{text(ONE, TWO)}</div>"
    assert read(body, head="<title>Администрация города Заречный</title>").headline == HEADLINE


def test_a_title_that_is_every_pages_confirms_nothing() -> None:
    head = "<title>Официальный сайт администрации города Заречный</title>"
    body = f"<div>Официальный сайт администрации города Заречный</div><h2>{HEADLINE}</h2>{text(ONE, TWO)}"
    assert read(body, head=head).headline == HEADLINE


def test_a_headline_with_a_date_beside_it_in_one_line() -> None:
    raw = read(f"<div><p>30.01.2026 <b>{HEADLINE}</b></p>{text(ONE, TWO)}</div>", head=f"<title>{HEADLINE}</title>")
    assert raw.headline == HEADLINE
    assert [one.text for one in raw.date_published] == ["30.01.2026"]
    assert raw.article_body == f"{ONE}\n\n{TWO}"


@pytest.mark.parametrize(
    "line",
    [
        f"<p><b>{HEADLINE}</b></p>",
        f"<p align=center>{HEADLINE}</p>",
        f"<center>{HEADLINE}</center>",
        f"<div><font size=5>{HEADLINE}</font></div>",
        f'<div class="zagolovok">{HEADLINE}</div>',
    ],
)
def test_a_hand_made_page_has_the_line_that_stands_out_above_its_text(line: str) -> None:
    raw = read(f"<table><tr><td>{line}{text(ONE, TWO)}</td></tr></table>")
    assert (raw.headline, raw.article_body) == (HEADLINE, f"{ONE}\n\n{TWO}")


def test_a_neighbour_below_that_has_a_heading_is_no_headline() -> None:
    raw = read(f"<h1>{HEADLINE}</h1>{text(ONE, TWO)}<h2>Другие новости</h2><h3>Закрывают бассейн «Волна»</h3>")
    assert raw.headline == HEADLINE


def test_the_head_gives_the_headline_where_no_line_shows_one() -> None:
    raw = read(f"<div>{text(ONE, TWO)}</div>", head=f"<title>{HEADLINE} | Заречный</title>")
    assert raw.headline == HEADLINE


# --- text


@pytest.mark.parametrize(
    "body",
    [
        text(ONE, TWO, THREE),
        f"<div><div>{ONE}</div><div>{TWO}</div><div>{THREE}</div></div>",
        f"<p>{ONE}<br><br>{TWO}<br>&nbsp;<br>{THREE}</p>",
        f"<p>{ONE}<br>{TWO}<br>{THREE}</p>",
        f"<div>{ONE}<p>{TWO}</p>{THREE}</div>",
        f"<div><div><div><section>{text(ONE)}</section></div></div><div><div>{text(TWO, THREE)}</div></div></div>",
        f"<form action=/>{text(ONE, TWO, THREE)}</form>",
        f"<noindex>{text(ONE, TWO, THREE)}</noindex>",
        f"<table><tr><td>{text(ONE)}</td></tr><tr><td>{text(TWO, THREE)}</td></tr></table>",
        f"<div><span>{ONE}</span><br/><br/><span>{TWO}</span><br/><br/><b>{THREE}</b></div>",
    ],
)
def test_paragraphs_however_they_are_marked_up(body: str) -> None:
    assert paragraphs(f"<div>{body}</div>") == [ONE, TWO, THREE]


def test_a_single_break_amid_a_sentence_is_a_space() -> None:
    assert paragraphs(f"<p>{ONE}</p><p>Адрес конторы: улица Садовая,<br>дом пять, второй этаж направо.</p>")[1] == (
        "Адрес конторы: улица Садовая, дом пять, второй этаж направо."
    )


def test_a_page_that_stands_in_a_form() -> None:
    raw = read(f"<form id=aspnetForm><h1>{HEADLINE}</h1><div>{text(ONE, TWO)}</div><input name=x value=y></form>")
    assert (raw.headline, raw.article_body) == (HEADLINE, f"{ONE}\n\n{TWO}")


@pytest.mark.parametrize("where", ["before", "after"])
@pytest.mark.parametrize("name", ["", ' class="column"', ' class="sidebar"'])
def test_a_long_column_of_neighbours_beside_a_short_report(name: str, where: str) -> None:
    neighbour = "<li><a href=/news/7>Бассейн «Волна» закрывают на проверку фильтров</a> Там покрасят трибуны.</li>"
    column = f"<div{name}><ul>{neighbour * 15}</ul></div>"
    report = f"<div><h1>{HEADLINE}</h1>{text(ONE)}</div>"
    assert read(f"<div>{column + report if where == 'before' else report + column}</div>").article_body == ONE


@pytest.mark.parametrize("name", ["sidebar", "banner", "vote"])
def test_prose_in_a_side_column_is_not_the_text(name: str) -> None:
    body = f"<div><div><h1>{HEADLINE}</h1>{text(ONE, TWO, THREE)}</div><div class={name}>{text(OTHER)}</div></div>"
    assert read(body).article_body == f"{ONE}\n\n{TWO}\n\n{THREE}"


def test_teasers_with_leads_are_not_the_text() -> None:
    lead = "Там проверят фильтры и заново покрасят трибуны."
    teaser = f"<div><a href=/news/7>Бассейн «Волна» закрывают на проверку фильтров до весны</a><p>{lead}</p></div>"
    body = f"<div><div><h1>{HEADLINE}</h1>{text(ONE, TWO)}</div><h3>Другие новости</h3><div>{teaser * 6}</div></div>"
    assert read(body).article_body == f"{ONE}\n\n{TWO}"


def test_comments_longer_than_the_article() -> None:
    comments = "".join(f"<div class=comment>{text(OTHER + str(n))}</div>" for n in range(10))
    body = f"<div><h1>{HEADLINE}</h1>{text(ONE)}<div id=comments>{comments}</div></div>"
    assert read(body).article_body == ONE


@pytest.mark.parametrize("hidden", ['style="display:none"', 'style="color:red; visibility: hidden"', "hidden"])
def test_what_no_reader_sees_is_left_out(hidden: str) -> None:
    assert paragraphs(f"<div>{text(ONE)}<div {hidden}>{text(ONE, OTHER)}</div>{text(TWO)}</div>") == [ONE, TWO]


def test_a_menu_a_footer_and_a_search_are_left_out() -> None:
    around = f"<nav>{text(OTHER)}</nav><div role=search>{text(OTHER)}</div>"
    assert read(f"{around}<h1>{HEADLINE}</h1><div>{text(ONE)}</div><footer>{text(OTHER)}</footer>").article_body == ONE


def test_a_page_that_names_its_side_column_in_its_own_class_is_read() -> None:
    body = f'<div class="page-with-sidebar"><h1>{HEADLINE}</h1><div>{text(ONE, TWO)}</div></div>'
    assert read(body).article_body == f"{ONE}\n\n{TWO}"


def test_a_table_keeps_its_rows_and_the_spaces_between_its_cells() -> None:
    rows = "<tr><td>Садовая, 5</td><td>12 куб. м</td></tr><tr><td>Лесная, 8</td><td>9 куб. м</td></tr>"
    assert paragraphs(f"<div>{text(ONE)}<table>{rows}</table>{text(TWO)}</div>") == [
        ONE, "Садовая, 5 12 куб. м", "Лесная, 8 9 куб. м", TWO,
    ]  # fmt: skip


def test_a_list_keeps_its_points() -> None:
    points = "<ul><li>улица Садовая;</li><li>улица Лесная;</li></ul>"
    assert paragraphs(f"<div>{text(ONE)}{points}{text(TWO)}</div>") == [ONE, "улица Садовая;", "улица Лесная;", TWO]


def test_a_timetable_of_dates_is_kept() -> None:
    days = ("3 февраля 2026 года", "5 февраля 2026 года", "9 февраля 2026 года")
    points = "".join(f"<li>{day}</li>" for day in days)
    assert paragraphs(f"<div>{text(ONE, TWO)}<ul>{points}</ul></div>") == [ONE, TWO, *days]


def test_a_subheading_is_part_of_the_text() -> None:
    assert paragraphs(f"<div>{text(ONE)}<h3>Что будет дальше</h3>{text(TWO)}</div>") == [ONE, "Что будет дальше", TWO]


@pytest.mark.parametrize(
    "furniture",
    [
        "<figure><img src=/a.jpg><figcaption>Новая плитка у дома пять</figcaption></figure>",
        "<div><img src=/a.jpg><br>Новая плитка у дома пять</div>",
        "<p>Фото: Анна Лугова</p>",
        "<p>Фото пресс-службы</p>",
        "<p>Автор: Анна Лугова</p>",
        "<p>Источник: пресс-служба</p>",
        "<p>Теги: <a href=/t/1>плитка</a>, <a href=/t/2>ремонт</a></p>",
        "<p>Просмотров: 154</p>",
        '<div class="tags"><a href=/t/1>плитка</a></div>',
        '<div class="share-buttons">Поделиться в соцсетях с друзьями</div>',
        "<p>Читайте также: <a href=/news/7>Закрывают бассейн «Волна»</a></p>",
        '<div class="read-also"><h4>Читайте также</h4><a href=/news/7>Закрывают бассейн «Волна»</a></div>',
        "<div><p>Материалы по теме</p><ul><li><a href=/news/7>Закрывают бассейн «Волна»</a></li>"
        "<li><a href=/news/8>Открыли каток у вокзала</a></li></ul></div>",
    ],
)
def test_what_stands_amid_the_text_without_belonging_to_it(furniture: str) -> None:
    assert paragraphs(f"<div>{text(ONE, TWO)}{furniture}{text(THREE)}</div>") == [ONE, TWO, THREE]


@pytest.mark.parametrize(
    "end",
    [
        "<p>Поделиться:</p><p>ВКонтакте</p>",
        "<p>Версия для печати</p>",
        "<p><a href=/news/>Возврат к списку</a></p>",
        f"<div><h3>Другие новости</h3>{text(OTHER)}</div>",
        f"<div><p>Комментарии (3)</p>{text(OTHER)}</div>",
        "<p>Прикреплённые файлы</p><p><a href=/a.pdf>Смета</a> (120 КБ)</p>",
        "<p><a href=/a.pdf>Смета</a> (pdf, 120 КБ)</p>",
        "<p>Подписывайтесь на наш канал</p>",
        "<p>Нашли ошибку? Выделите её и нажмите Ctrl+Enter</p>",
        "<p>30 января 2026, 10:15</p>",
        "<br>Количество показов:&nbsp;609<br>Автор:&nbsp;Анна Лугова<br>Документы: <a href=/a.docx>Смета</a><br>",
        "<p>154 просмотра</p>",
        "<p>Хотите бесплатно получать новости города?</p>",
    ],
)
def test_what_follows_the_text(end: str) -> None:
    assert paragraphs(f"<div>{text(ONE, TWO)}{end}</div>") == [ONE, TWO]


def test_a_sentence_that_links_a_file_stays() -> None:
    line = "Порядок заезда описан в <a href=/plan.pdf>этой схеме движения</a>."
    assert paragraphs(f"<div>{text(ONE, line, TWO)}</div>") == [
        ONE,
        "Порядок заезда описан в этой схеме движения.",
        TWO,
    ]


def test_a_sentence_with_a_link_to_another_page_stays() -> None:
    body = f"<div>{text(ONE)}<p>{TWO[:-1]}, сообщает <a href=http://gazeta.example/>городская газета</a>.</p></div>"
    assert paragraphs(body) == [ONE, f"{TWO[:-1]}, сообщает городская газета."]


def test_a_date_that_begins_the_text_stays_in_its_sentence() -> None:
    line = f"30 января {ONE[0].lower()}{ONE[1:]}"
    assert paragraphs(f"<div>{text(line, TWO)}</div>") == [line, TWO]


# --- where it points its readers to

POOL = "<a href=/news/7>Закрывают бассейн «Волна»</a>"
RINK = "<a href=/news/8>Открыли каток у вокзала</a>"


@pytest.mark.parametrize(
    "below",
    [
        f"<p>Читайте также: {POOL}</p><p>По теме: {RINK}</p>",
        f"<h4>Другие новости</h4><ul><li>{POOL}</li><li>{RINK}</li></ul>",
        f"<div>Предыдущая новость: {POOL}</div><div>Следующая новость: {RINK}</div>",
        f"<div class=related><h4>Материалы по теме</h4>{POOL}<br>{RINK}<br><a href=/news/>Все</a></div>",
    ],
)
def test_related_articles_are_told_and_no_part_of_the_text(below: str) -> None:
    raw = read(f"<main><h1>{HEADLINE}</h1><div>{text(ONE, TWO)}</div>{below}</main>")
    assert [(one.url, one.title) for one in raw.related] == [
        ("http://n.example/news/7", "Закрывают бассейн «Волна»"),
        ("http://n.example/news/8", "Открыли каток у вокзала"),
    ]
    assert raw.article_body == f"{ONE}\n\n{TWO}"


def test_what_leads_on_is_no_related_article() -> None:
    ways = (
        "<a href=/news/>Все новости раздела «Город»</a><a href=/d>26 ноября 2011 г.</a><a href=/x>ГЛАВНЫЕ НОВОСТИ</a>"
    )
    raw = read(f"<main><h1>{HEADLINE}</h1><div>{text(ONE, TWO)}</div><h4>Другие новости</h4>{POOL}<br>{ways}</main>")
    assert [one.title for one in raw.related] == ["Закрывают бассейн «Волна»"]


def test_links_that_no_line_calls_related_are_not() -> None:
    body = f"<aside>{POOL}</aside><main><h1>{HEADLINE}</h1><div>{text(ONE, TWO)}</div></main>"
    assert read(body).related == ()


# --- lead, pictures, nothing


def test_a_lead_in_an_element_of_its_own_is_told_and_opens_the_text() -> None:
    lead = "Тротуар на Береговой служит пешеходам снова, рабочие управились к сроку."
    raw = read(f"<h1>{HEADLINE}</h1><div class=announce>{lead}</div><div class=body>{text(ONE, TWO)}</div>")
    assert raw.article_body == f"{lead}\n\n{ONE}\n\n{TWO}"


def test_a_description_for_machines_alone_is_no_lead() -> None:
    head = f'<meta property="og:description" content="{OTHER}">'
    assert read(f"<h1>{HEADLINE}</h1><div>{text(ONE)}</div>", head=head).lead is None


def test_an_article_may_be_all_picture() -> None:
    raw = read(f"<div><h1>{HEADLINE}</h1><p>30.01.2026</p><img src=/poster.jpg alt=Афиша></div>")
    assert (raw.headline, raw.article_body) == (HEADLINE, "")
    assert [image.url for image in raw.images] == ["http://n.example/poster.jpg"]


def test_prose_far_below_an_article_that_is_all_picture_is_not_its_text() -> None:
    pictures = "".join(f"<p align=center><img src=/{n}.jpg><br><font>Момент вручения</font></p>" for n in range(3))
    below = f"<p><a href=/print>Версия для печати</a></p><b>Также по теме:</b><ul><li>{POOL}</li></ul>"
    footer = f"<table><tr><td>{OTHER} Страница обновлена 30.01.2026</td></tr></table>"
    table = f"<table><tr><td><b>30 января 2026 г.</b></td></tr><tr><td><font size=4><b>{HEADLINE}</b></font></td></tr>"
    raw = read(f"{table}<tr><td>{pictures}</td></tr></table>{below}{footer}", listed=HEADLINE)
    assert (raw.headline, raw.article_body, len(raw.images)) == (HEADLINE, "", 3)


def test_a_caption_that_is_the_headline_once_more_is_none() -> None:
    raw = read(f"<main><h1>{HEADLINE}</h1><img src=/a.jpg alt='{HEADLINE}'>{text(ONE, TWO)}</main>")
    assert [one.caption for one in raw.images] == [None]


@pytest.mark.parametrize("author", ["http://n.example/author/admin", "Город Заречный"])
def test_an_author_is_no_address_and_not_the_site_itself(author: str) -> None:
    head = f"<meta property=article:author content='{author}'><meta property=og:site_name content='Город Заречный'>"
    assert read(f"<main><h1>{HEADLINE}</h1>{text(ONE, TWO)}</main>", head=head).authors == ()


@pytest.mark.parametrize("body", [f"<h1>{HEADLINE}</h1>", "<p>Коротко</p>", "<ul><li><a href=/a>Раз</a></li></ul>", ""])
def test_a_page_without_text_or_picture_is_no_article(body: str) -> None:
    with pytest.raises(ExtractionError) as caught:
        read(body)
    assert caught.value.reason == "no_article"


# --- the layouts of a platform

BITRIX = with_platform(
    Site.model_validate(
        {"name": "n", "title": "Н.", "city": "Н.", "url": "http://n.example/", "verified": False,
         "article": {"path": r"/news/\d+"}}
    ),
    all_platforms()["bitrix"],
)  # fmt: skip


def test_a_platforms_layout_leads_to_the_text_which_is_cleaned_all_the_same() -> None:
    inside = f'<span class="news-date-time">30.01.2026</span><h3>{HEADLINE}</h3>{text(ONE)}<p>Фото: Анна Лугова</p>'
    column = f"<div>{text(OTHER, OTHER, OTHER)}</div>"
    raw = read(f'<h1>Новости</h1><div class="news-detail">{inside}{text(TWO)}</div>{column}', site=BITRIX)
    assert raw.extracted_by.startswith("n/bitrix-default@")
    assert (raw.headline, raw.article_body) == (HEADLINE, f"{ONE}\n\n{TWO}")
    assert raw.date_published[0].text == "30.01.2026"


def test_a_text_that_stands_in_another_field_than_the_usual_one() -> None:
    site = with_platform(BITRIX, all_platforms()["drupal"])
    picture = "<div class=field--name-body><figure><img src=/a.jpg><figcaption>Новая плитка</figcaption></figure></div>"
    field = f"<div class=field--name-field-lead>{ONE}</div>"
    node = f"<div class=node--view-mode-full><div class=node__content>{field}{picture}</div></div>"
    raw = read(f"<h1>{HEADLINE}</h1>{node}", site=site)
    assert raw.article_body == ONE


def test_a_date_that_the_platforms_layout_misses_is_looked_for() -> None:
    body = f'<h1>{HEADLINE}</h1><p>30.01.2026</p><div class="news-detail">{text(ONE, TWO)}</div>'
    raw = read(body, site=BITRIX)
    assert [one.text for one in raw.date_published] == ["30.01.2026"]


def test_a_page_that_no_layout_of_the_platform_fits_is_read_generically() -> None:
    raw = read(f"<h1>{HEADLINE}</h1><div>{text(ONE)}</div>", site=BITRIX)
    assert raw.extracted_by.startswith("n/generic@")
    assert raw.article_body == ONE


# --- any page at all


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["<p>", "</p>", "<div class=comments>", "</div>", "<table><tr><td>", "<br>", "<a href=/a.pdf>", "</a>",
             "<h1>", "</h1>", "<li>", ONE, HEADLINE, "30.01.2026", "Читайте также", "<img src=a.jpg>", "<form>",
             '<a href="http://[x">', "<figcaption>", "\x00", "<!--", "]]>", "<span hidden>"]
        )
        | st.text(max_size=20),
        max_size=40,
    )
)  # fmt: skip
def test_no_markup_raises(pieces: list[str]) -> None:
    root = lxml_html.document_fromstring("<html><body>" + "".join(pieces).replace("\x00", "") + "<i></i></body></html>")
    reading = read_generic(root, {}, "http://n.example/news/1")
    assert reading is None or reading.by == "generic"
