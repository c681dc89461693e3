"""Which platform made a page: every trace by itself, traces that mean nothing, any bytes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newscrawl.extract.platform import recognise
from newscrawl.items import Page
from newscrawl.sites import all_platforms

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def page(body: str | bytes, url: str = "https://www.n.example/news/1", **headers: str) -> Page:
    raw = body.encode() if isinstance(body, str) else body
    return Page(
        url=url, fetched_at=NOW, body=raw, headers={name.replace("_", "-"): text for name, text in headers.items()}
    )


def name_of(one: Page) -> str | None:
    guess = recognise(one)
    return guess.name if guess else None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('<link href="/bitrix/cache/css/s1/main/x.css">', "bitrix"),
        ("<script src='https://n.example/bitrix/js/main/core/core.js?1'></script>", "bitrix"),
        ('<script>BX.setCSSList(["/a.css"]);</script>', "bitrix"),
        ("<img src=/upload/resize_cache/iblock/1a2/200_200_2/x.jpg>", "bitrix"),
        ('<img src="/netcat_files/17/42/x.jpg">', "gosweb"),
        ('<div class="tpl-block-full tpl-component-gw-news" id="nc-block-1">', "gosweb"),
        ('<meta content="Joomla! - Open Source Content Management" name="generator">', "joomla"),
        ('<script src="/media/jui/js/jquery.min.js"></script>', "joomla"),
        ('<a href="/index.php?option=com_content&amp;view=article&amp;id=5">', "joomla"),
        ('<div id="k2Container" class="itemView">', "joomla"),
        ("<META NAME=GENERATOR CONTENT='WordPress 3.1'>", "wordpress"),
        ("<style>.a{background:url(/wp-content/themes/x/a.png)}</style>", "wordpress"),
        ('<link rel="https://api.w.org/" href="https://n.example/wp-json/">', "wordpress"),
        ("<script>jQuery.extend(Drupal.settings, {});</script>", "drupal"),
        ('<img src="//www.n.example/sites/default/files/x.jpg">', "drupal"),
        ('<script data-drupal-selector="drupal-settings-json">{}</script>', "drupal"),
        ("<table><tr><td><table><tr><td>1<td>2</table><td><table><tr><td>3</table></table>", "tables"),
        ('<p>Сайт работает на Joomla, раньше был на Drupal, "WordPress" не понравился.</p>', None),
        ('<img src="https://other.example/wp-content/uploads/x.jpg"><a href="http://b.example/bitrix/js/a.js">', None),
        ('<a id="bx_123456_7">', None),
        ('<meta name="description" content="Всё о WordPress">', None),
        ("<div><table><tr><td>1</td></tr></table></div>", None),
        ("", None),
    ],
)
def test_traces_in_the_page(body: str, expected: str | None) -> None:
    assert name_of(page(body)) == expected


@pytest.mark.parametrize(
    ("header", "text", "expected"),
    [
        ("x_powered_cms", "Bitrix Site Manager (b1a5)", "bitrix"),
        ("set_cookie", "BITRIX_SM_GUEST_ID=5; path=/", "bitrix"),
        ("x_generator", "Drupal 10 (https://www.drupal.org)", "drupal"),
        ("x_drupal_cache", "HIT", "drupal"),
        ("link", '<https://n.example/wp-json/>; rel="https://api.w.org/"', "wordpress"),
        ("x_powered_by", "PHP/5.6", None),
    ],
)
def test_traces_in_headers(header: str, text: str, expected: str | None) -> None:
    assert name_of(page("<p>Текст</p>", **{header: text})) == expected


def test_the_host_alone_tells_gosweb() -> None:
    assert name_of(page("<p>Текст</p>", "https://n-r71.gosweb.gosuslugi.ru/")) == "gosweb"
    assert name_of(page("<p>Текст</p>", "https://www.gosuslugi.ru/")) is None


def test_the_heavier_traces_win_and_evidence_is_told() -> None:
    body = (
        '<link href="/bitrix/templates/x/a.css"><script>BX.message({})</script><img src="/wp-content/uploads/old.jpg">'
    )
    guess = recognise(page(body))
    assert guess is not None
    assert guess.name == "bitrix"
    assert guess.evidence == ("path /bitrix/templates/", "a call of BX")
    even = '<img src="/wp-content/a.jpg"><img src="/sites/default/files/b.jpg">'
    assert recognise(page(even)) is None


@given(st.binary(max_size=300), st.text(max_size=40))
def test_any_bytes_will_do(body: bytes, url: str) -> None:
    guess = recognise(page(b"<meta name=generator content=" + body, url))
    assert guess is None or (guess.name in all_platforms() and guess.evidence)
