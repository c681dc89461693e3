"""The files and pictures of an article: which are its own, what the page tells of them."""

from __future__ import annotations

from datetime import UTC, datetime

import lxml.html
import pytest

from newscrawl.extract import extract_article
from newscrawl.extract.files import attachments_in, images_in, is_file
from newscrawl.items import Attachment, Image, Page, RawArticle

BASE = "http://n.example/news/1"
HEADLINE = "Опубликован график отключения горячей воды"
ONE = (
    "Коммунальщики составили график летних проверок: в каждом доме горячую воду отключат не больше чем на десять дней."
)
TWO = "Сначала трубы осмотрят в старой части города, затем бригады перейдут за реку и закончат работу к августу."


def attachments(html: str) -> tuple[Attachment, ...]:
    return attachments_in([lxml.html.fragment_fromstring(html, create_parent="div")], BASE)


def images(html: str) -> tuple[Image, ...]:
    return images_in([lxml.html.fragment_fromstring(html, create_parent="div")], BASE)


def read(body: str) -> RawArticle:
    page = Page(url=BASE, fetched_at=datetime(2026, 6, 1, tzinfo=UTC), body=f"<body>{body}</body>".encode())
    return extract_article(page)


# --- which links are files


@pytest.mark.parametrize(
    ("href", "kind"),
    [
        ("/f/grafik.pdf", "pdf"),
        ("grafik.DOCX", "docx"),
        ("/f/%D0%B3%D1%80%D0%B0%D1%84%D0%B8%D0%BA.xls", "xls"),
        ("/f/grafik.zip?download=1", "zip"),
        ("/get.php?file=grafik.rtf", "rtf"),
        ("//files.example/grafik.odt", "odt"),
    ],
)
def test_a_file_is_known_by_its_extension(href: str, kind: str) -> None:
    assert [one.type for one in attachments(f'<a href="{href}">График</a>')] == [kind]


@pytest.mark.parametrize(
    "link",
    [
        "<a href='/download/154/'>График (PDF, 1,2 МБ)</a>",
        "<a href='/download/154/'>График</a> <span>PDF, 1,2 МБ</span>",
        "<a href='/bitrix/redirect.php?goto=/f/grafik.pdf'>График, 1,2 МБ</a>",
        "<a href='/getfile?id=154'>График</a> (pdf, 1,2 МБ)",
        "<a href='/x/154' download>График.pdf</a> 1,2 МБ",
        "<a href='/attach/154' type='application/pdf'>График</a> [1,2 МБ]",
        "<table><tr><td><a href=/download/9><img src=/i/pdf.gif></a><a href=/download/9>График</a><td>1,2 МБ</table>",
    ],
)
def test_a_download_is_a_file_where_the_page_tells_its_type(link: str) -> None:
    (one,) = attachments(f"<p>{link}</p>")
    assert (one.type, one.size) == ("pdf", "1,2 МБ")


@pytest.mark.parametrize(
    "link",
    [
        "<a href='/news/2'>Новость о файлах PDF</a>",
        "<a href='/download/154/'>Скачать приложение</a>",
        "<a href='/photo.jpg'>Снимок</a>",
        "<a href='mailto:a@n.example?subject=plan.pdf'>Письмо</a>",
        "<a href='javascript:open(1)'>PDF</a>",
        "<a href='http://[x/plan.pdf'>План</a>",
        "<a name=plan.pdf>План</a>",
    ],
)
def test_what_is_no_file(link: str) -> None:
    assert attachments(f"<p>{link}</p>") == ()


@pytest.mark.parametrize(
    ("link", "size"),
    [
        ("<a href=a.pdf>График (120 Кб)</a>", "120 Кб"),
        ("<a href=a.pdf>График</a> — 1.5 MB", "1.5 MB"),
        ("<a href=a.pdf>График</a>, 15 360 байт", "360 байт"),
        ("<a href=a.pdf>График</a>", None),
        ("<a href=a.pdf>График</a> <a href=b.pdf>Смета</a> 3 МБ", None),
    ],
)
def test_the_size_is_as_the_page_writes_it(link: str, size: str | None) -> None:
    assert attachments(f"<p>{link}</p>")[0].size == size


def test_a_file_linked_twice_is_one_with_its_first_title() -> None:
    found = attachments("<a href=/f/a.pdf>График</a><a href=/f/a.pdf>Скачать</a><a href=/f/b.pdf title='Смета'></a>")
    assert [(one.url, one.title) for one in found] == [
        ("http://n.example/f/a.pdf", "График"),
        ("http://n.example/f/b.pdf", "Смета"),
    ]


@pytest.mark.parametrize(
    ("link", "title"),
    [
        ("Схема<span>PDF, 1,2 МБ</span>", "Схема"),
        ("Схема (1,2 МБ)", "Схема"),
        ("Схема [pdf]", "Схема"),
        ("Схема.pdf", "Схема.pdf"),
        ("PDF", "PDF"),
    ],
)
def test_a_title_is_without_type_and_size(link: str, title: str) -> None:
    assert [one.title for one in attachments(f"<a href=/a.pdf>{link}</a>")] == [title]


def test_an_address_is_one_of_a_file_whatever_follows_its_path() -> None:
    assert is_file("/f/a.PDF?x=1#p2")
    assert not is_file("/f/a.html")
    assert not is_file("")


# --- the article's own


@pytest.mark.parametrize(
    "place",
    [
        "<div><p>{one}</p><p>{two}</p><p>{file}</p></div>",
        "<div><p>{one}</p><p>{file}</p><p>{two}</p></div>",
        "<article><div><p>{one}</p><p>{two}</p></div><ul class=files><li>{file}</li></ul></article>",
        "<div><p>{one}</p><p>{two}</p><h4>Прикреплённые файлы</h4><div>{file}</div></div>",
        "<div><p>{one}</p><p>{two} Подробности — {file}.</p></div>",
    ],
)
def test_files_in_and_below_the_text_are_the_articles_own(place: str) -> None:
    raw = read(f"<h1>{HEADLINE}</h1>" + place.format(one=ONE, two=TWO, file="<a href=/f/a.pdf>График</a>"))
    assert [one.url for one in raw.attachments] == ["http://n.example/f/a.pdf"]


@pytest.mark.parametrize(
    "place",
    [
        "<aside><h4>Документы</h4>{file}</aside>{article}",
        "{article}<div class=sidebar>{file}</div>",
        "{article}<footer>{file}</footer>",
        "<nav>{file}</nav>{article}",
        "<div>{file}</div>{article}",
        "{article}<div><h3>Другие новости</h3><ul><li><a href=/news/2>Новость о трубах</a> {file}</li></ul></div>",
    ],
)
def test_files_that_stand_on_every_page_are_not_the_articles(place: str) -> None:
    article = f"<main><h1>{HEADLINE}</h1><div><p>{ONE}</p><p>{TWO}</p></div></main>"
    raw = read(place.format(article=article, file="<a href=/f/ustav.pdf>Устав города</a>"))
    assert raw.attachments == ()


# --- films


@pytest.mark.parametrize(
    ("film", "url"),
    [
        ("<iframe src='//rutube.ru/play/embed/154'></iframe>", "http://rutube.ru/play/embed/154"),
        ("<iframe data-src='https://vk.com/video_ext.php?oid=1'></iframe>", "https://vk.com/video_ext.php?oid=1"),
        ("<video src=/v/a.mp4></video>", "http://n.example/v/a.mp4"),
        ("<video><source src=/v/a.webm></video>", "http://n.example/v/a.webm"),
        ("<iframe src='https://maps.example/widget'></iframe>", None),
        ("<audio><source src=/a.mp3></audio>", None),
    ],
)
def test_films_and_their_players(film: str, url: str | None) -> None:
    column = "<div class=sidebar><iframe src='https://rutube.ru/play/embed/side'></iframe></div>"
    raw = read(f"<main><h1>{HEADLINE}</h1><div><p>{ONE}</p>{film}<p>{TWO}</p></div></main>{column}")
    assert raw.videos == ((url,) if url else ())


# --- pictures


def test_a_picture_has_its_caption_or_its_alternative_text() -> None:
    found = images(
        "<figure><img src=a.jpg alt=x><figcaption>Трубы у дома пять</figcaption></figure><img src=b.jpg alt='Бригада'>"
        "<img src=c.jpg title='Насос'><img src=d.jpg>"
    )
    assert [one.caption for one in found] == ["Трубы у дома пять", "Бригада", "Насос", None]


@pytest.mark.parametrize("alt", ["IMG_2815", "AAnVY88kZrs", "photo-1.jpg", "DSC(2)"])
def test_a_files_name_is_no_caption(alt: str) -> None:
    assert images(f"<img src=a.jpg alt='{alt}'>")[0].caption is None


def test_a_picture_that_loads_late_is_known_by_what_it_will_be() -> None:
    assert [one.url for one in images("<img src=/blank.gif data-src=/a.jpg>")] == ["http://n.example/a.jpg"]


@pytest.mark.parametrize(
    "icon",
    [
        "<img src=/pdf.png width=16 height=16>",
        "<img src=/i.png height=20>",
        "<img src=/doc.gif><a href=/f/a.doc>График</a>",
        "<img alt=пусто>",
        "<img src='http://[x/a.jpg'>",
    ],
)
def test_an_icon_is_no_picture(icon: str) -> None:
    assert images(f"<p>{icon}</p>") == ()


def test_a_picture_is_taken_once() -> None:
    assert len(images("<img src=/a.jpg><img src=/a.jpg width=600>")) == 1


def test_the_articles_pictures_and_none_of_its_surroundings() -> None:
    body = f"<header><img src=/logo.png></header><main><h1>{HEADLINE}</h1><img src=/a.jpg><div><p>{ONE}</p>" \
        f"<img src=/b.jpg><p>{TWO}</p></div></main><div class=sidebar><img src=/banner.jpg></div>"  # fmt: skip
    assert [one.url for one in read(body).images] == ["http://n.example/a.jpg", "http://n.example/b.jpg"]
