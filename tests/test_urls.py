import pytest
from hypothesis import given
from hypothesis import strategies as st

from newscrawl.sites import Site, get_site
from newscrawl.urls import absolute_url, canonical_url, fetch_url, is_article


@pytest.fixture(scope="module")
def ryazan() -> Site:
    return get_site("ryazan")


@pytest.mark.parametrize(
    "url",
    [
        "https://admrzn.ru/novosti/2023/110188",
        "https://admrzn.ru/novosti/2023/110188/",
        "http://www.admrzn.ru/novosti/2023/110188?PAGEN_1=5",
        "https://ADMRZN.ru:443/novosti/2023/110188?print=Y&utm_source=vk#top",
        "https://admrzn.ru/novosti/2023/./x/../110188",
    ],
)
def test_one_article_one_key(ryazan: Site, url: str) -> None:
    assert canonical_url(url, ryazan) == "https://admrzn.ru/novosti/2023/110188"
    assert is_article(url, ryazan)


@pytest.mark.parametrize(
    "url",
    [
        "https://admrzn.ru/novosti/2025/?PAGEN_1=856",
        "https://admrzn.ru/gorod-ryazan/pochetnye-grazhdane",
        "https://example.org/novosti/2023/110188",
        "https://admrzn.ru/novosti/2023/110188/foto",
    ],
)
def test_what_is_no_article(ryazan: Site, url: str) -> None:
    assert not is_article(url, ryazan)


def test_a_link_is_fetched_where_it_was_found(ryazan: Site) -> None:
    found = "http://www.admrzn.ru/novosti/2023/110188?PAGEN_1=5"
    assert fetch_url(found, ryazan) == "http://www.admrzn.ru/novosti/2023/110188"


def test_parameters_that_belong_to_the_address_stay(ryazan: Site) -> None:
    old = ryazan.model_copy(
        update={
            "article": ryazan.article.model_copy(
                update={"path": r"/news/detail\.php\?ID=\d+", "keep_parameters": ("ID",)}
            )
        }
    )
    url = "https://admrzn.ru/news/detail.php?sphrase_id=4&ID=123&print=Y"
    assert canonical_url(url, old) == "https://admrzn.ru/news/detail.php?ID=123"
    assert is_article(url, old)


def test_unknown_sites_lose_junk_parameters_only() -> None:
    assert canonical_url("http://a.ru/n?id=7&utm_medium=x&PAGEN_2=3#c") == "http://a.ru/n?id=7"


@pytest.mark.parametrize("href", ["mailto:a@b.ru", "javascript:void(0)", "tel:112", "http://[::1", "http://a:b/"])
def test_what_is_no_address(href: str) -> None:
    assert absolute_url("http://a.ru/", href) is None


def test_relative_links_and_fragments() -> None:
    assert absolute_url("http://a.ru/x/y", "../z?q=1#f") == "http://a.ru/z?q=1"
    assert absolute_url("http://a.ru", "//b.ru/новости") == "http://b.ru/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8"


@given(st.text(max_size=60))
def test_any_text_as_an_address(text: str) -> None:
    url = absolute_url("http://a.ru/", text)
    if url is not None:
        assert canonical_url(canonical_url(url)) == canonical_url(url)
