from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newscrawl.sites import ArticleAddress, Site, get_site, site_for_url
from newscrawl.urls import absolute_url, canonical_url, fetch_url, is_article, page_key


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


# --- the same article at a site that nobody has described

ONE_ARTICLE = {
    "http://a.ru/news/12345": [
        "https://a.ru/news/12345",
        "http://www.a.ru/news/12345/",
        "HTTP://A.RU:80/news/12345",
        "https://a.ru:443/news/12345#comments",
        "http://a.ru/news/12345#!/top",
        "http://a.ru./news/12345",
        "http://a.ru//news///12345",
        "http://a.ru/x/../news/./12345",
        "http://a.ru\\news\\12345",
        "http://a.ru/%6Eews/%31%32345",
        "http://a.ru/news/12345/index.php",
        "http://a.ru/index.php/news/12345",
        "http://a.ru/news/12345/index.html?utm_source=vk&utm_medium=social",
        "http://a.ru/news/12345/default.aspx",
        "http://a.ru/news/12345;jsessionid=AB12CD34EF56",
        "http://a.ru/(S(abc1def2))/news/12345",
        "http://a.ru/news/12345/?PHPSESSID=0123456789abcdef0123456789abcdef",
        "http://a.ru/news/12345/?sid=0123456789abcdef0123456789abcdef",
        "http://a.ru/news/12345?yclid=1&ysclid=x&_openstat=a;b&etext=1.x&fbclid=y&gclid=z&roistat_visit=5&from=rss",
        "http://a.ru/news/12345?sphrase_id=4&clear_cache=Y&back_url_admin=%2Fbitrix%2F&bitrix_include_areas=N",
        "http://a.ru/news/12345?PAGEN_1=5&SHOWALL_2=1&SIZEN_1=20&arrFilter_pf%5BTAGS%5D=x&set_filter=Y&login=yes",
        "http://a.ru/news/12345?tmpl=component&amp;print=1&amp;layout=default&amp;page=&amp;Itemid=101&amp;limitstart=0",
        "http://a.ru/news/12345?replytocom=7&share=facebook&preview=true&amp",
        "http://a.ru/news/12345/amp/",
        "http://a.ru/news/12345/feed/",
        "http://a.ru/news/12345/feed/rss2/",
        "http://a.ru/news/12345/trackback/",
        "http://a.ru/news/12345/comment-page-3/#comment-9",
        "http://a.ru/print/news/12345",
        "http://a.ru/news/print/12345/",
        "http://a.ru/news/12345/print/",
        "http://a.ru/pda/news/12345",
        "http://a.ru/news/12345?version=print&special=Y&cmd_version=set_sp_version",
        "http://a.ru/news/12345?page=3&destination=node/7",
    ],
    "http://a.ru/news/detail.php?ID=77": [
        "https://www.a.ru/news/detail.php?ID=77&print=Y",
        "http://a.ru/news/detail.php?sphrase_id=5&ID=77&PAGEN_1=2",
    ],
    "http://a.ru/?p=5071": [
        "http://a.ru/?p=5071&preview=true",
        "http://www.a.ru/index.php?p=5071",
        "http://a.ru?p=5071",
    ],
    "http://a.ru/?id=12&option=com_content&view=article": [
        "http://a.ru/index.php?option=com_content&view=article&id=12:den-goroda&catid=3:news&Itemid=101",
        "http://a.ru/index.php?option=com_content&view=article&id=12&tmpl=component&print=1&page=",
        "http://a.ru/?view=article&id=12%3Aden-goroda&option=com_content&limitstart=0",
    ],
    "http://a.ru/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8/%D1%8F-1": [
        "http://a.ru/новости/я-1",
        "http://a.ru/%d0%bd%d0%be%d0%b2%d0%be%d1%81%d1%82%d0%b8/%d1%8f-1/",
        "http://a.ru/ново%D1%81%d1%82и/я%2D1",
    ],
    "http://xn--c1att.xn--p1ai/n/1": [
        "https://нгу.рф/n/1",
        "http://WWW.НГУ.РФ/n/1/",
        "http://XN--C1ATT.xn--p1ai/n/1",
    ],
}


@pytest.mark.parametrize(("key", "alias"), [(key, alias) for key, aliases in ONE_ARTICLE.items() for alias in aliases])
def test_one_article_of_an_unknown_site(key: str, alias: str) -> None:
    assert canonical_url(alias) == key
    assert canonical_url(key) == key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://a.ru/news?id=1", "http://a.ru/news?id=2"),
        ("http://a.ru/?p=1", "http://a.ru/?p=2"),
        ("http://a.ru/?ELEMENT_ID=1", "http://a.ru/?ELEMENT_ID=2"),
        ("http://a.ru/n.php?news_id=1", "http://a.ru/n.php?news_id=2"),
        ("http://a.ru/n.php?nid=1", "http://a.ru/n.php?nid=2"),
        ("http://a.ru/modules.php?name=News&sid=1", "http://a.ru/modules.php?name=News&sid=2"),
        ("http://a.ru/index.php?print=11", "http://a.ru/index.php?print=12"),
        ("http://a.ru/index.php?page=news", "http://a.ru/index.php?page=about"),
        ("http://a.ru/news?page=2", "http://a.ru/news?page=3"),
        ("http://a.ru/news?from=01.02.2024", "http://a.ru/news?from=01.03.2024"),
        ("http://a.ru/news?from=5&to=9", "http://a.ru/news?from=6&to=9"),
        ("http://a.ru/doc?version=2", "http://a.ru/doc?version=3"),
        ("http://a.ru/services/print/", "http://a.ru/services/"),
        ("http://a.ru/n?t=%CD%EE", "http://a.ru/n?t=%CF%EE"),
        ("http://a.ru/a%2Fb", "http://a.ru/a/b"),
        ("http://a.ru/a%2541", "http://a.ru/a%41"),
        ("http://a.ru/1", "http://b.ru/1"),
        ("http://a.ru:8080/1", "http://a.ru/1"),
        ("http://a.ru/index.php?option=com_content&Itemid=5", "http://a.ru/index.php?option=com_content&Itemid=6"),
        ("http://a.ru/News/1", "http://a.ru/news/1"),
    ],
)
def test_two_articles_stay_two(one: str, other: str) -> None:
    assert canonical_url(one) != canonical_url(other)


# --- the same article at a site with a file


@pytest.mark.parametrize(
    "url",
    [
        "http://ADMRZN.RU/index.php/novosti/2023/110188",
        "https://www.admrzn.ru//novosti/2023/110188/index.php?utm_source=x",
        "https://admrzn.ru/print/novosti/2023/110188",
        "https://admrzn.ru/novosti/2023/110188/amp/",
        "https://admrzn.ru/novosti/2023/110188;jsessionid=1A2B",
        "https://admrzn.ru/novosti/2023/%31%31%30188#!top",
    ],
)
def test_a_described_site_is_cleaned_too(ryazan: Site, url: str) -> None:
    assert canonical_url(url, ryazan) == "https://admrzn.ru/novosti/2023/110188"
    assert is_article(url, ryazan)


def described(url: str = "https://n.example/", **article: object) -> Site:
    return Site(
        name="n", title="N", url=url, verified=False, article=ArticleAddress.model_validate({"path": ".*"} | article)
    )


def test_a_path_that_the_site_itself_names_is_left_alone() -> None:
    site = described(path=r"/news/index\.php\?ID=\d+", keep_parameters=("ID",))
    assert canonical_url("http://n.example/news/index.php?ID=5&b=1", site) == "https://n.example/news/index.php?ID=5"
    printed = described(path=r"/print/news/\d+")
    assert canonical_url("http://n.example/print/news/5", printed) == "https://n.example/print/news/5"


def test_a_slash_is_kept_or_mended_by_what_an_article_looks_like() -> None:
    either = described(path=r"/news/\d+/?")
    assert canonical_url("https://n.example/news/5/", either) == "https://n.example/news/5/"
    assert canonical_url("https://n.example/news/5", either) == "https://n.example/news/5"
    with_slash = described(path=r"/news/\d+/")
    assert canonical_url("https://n.example/news/5", with_slash) == "https://n.example/news/5/"


def test_a_cyrillic_host_and_www_need_no_entry() -> None:
    site = described("https://мойгород.рф/", path=r"/n/\d+")
    ascii_host = "мойгород.рф".encode("idna").decode()
    for host in ("мойгород.рф", "www.мойгород.рф", ascii_host, f"WWW.{ascii_host}".upper()):
        assert canonical_url(f"http://{host}/n/1", site) == f"https://{ascii_host}/n/1"
        assert is_article(f"http://{host}/n/1", site)
    assert not is_article("http://городмой.рф/n/1", site)
    assert not is_article("http://m.мойгород.рф/n/1", site)


def test_a_site_is_found_by_any_form_of_its_host() -> None:
    for url in ("https://admrzn.ru/x", "http://WWW.admrzn.ru:80/x"):
        site = site_for_url(url)
        assert site is not None
        assert site.name == "ryazan"
    assert site_for_url("http://[::1") is None


def test_a_page_of_a_list_is_known_again() -> None:
    key = page_key("http://a.ru/news/?b=2&PAGEN_1=3")
    assert page_key("http://a.ru/news/?PAGEN_1=3&PHPSESSID=1&b=2&utm_source=x#t") == key
    assert page_key("http://a.ru/news;jsessionid=1/?PAGEN_1=3&b=2") == key
    assert page_key("http://a.ru/news/?PAGEN_1=4&b=2") != key


# --- properties

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=60)
SEGMENT = st.text("абвя0123456789-_abcdeprint.%/;=~ ", max_size=12)
JUNK = st.lists(
    st.sampled_from(
        "utm_source=a yclid=5 fbclid=x PAGEN_1=7 print=Y tmpl=component sphrase_id=3 from=main PHPSESSID=ab12 "
        "replytocom=4 share=vk SHOWALL_1=1 clear_cache=Y version=print special=Y _openstat=x amp".split()
    ),
    max_size=4,
)


@given(ANY_TEXT)
def test_any_text_as_an_address(text: str) -> None:
    url = absolute_url("http://a.ru/", text)
    if url is not None:
        assert absolute_url("http://b.ru/", url) == url
    for one in (text, f"http://a.ru/{text}", f"http://{text}/"):
        key = canonical_url(one)
        assert canonical_url(key) == key
        assert page_key(page_key(one)) == page_key(one)


@given(ANY_TEXT, st.sampled_from(["keep", "never", "always"]))
def test_any_text_as_an_address_of_a_site(text: str, slash: str) -> None:
    site = described(path=r"/(novosti/)?[^/]+/?(\?id=.*)?", keep_parameters=("id",), trailing_slash=slash)
    for url in (text, f"http://www.n.example/{text}", f"https://n.example/novosti/1?id={text}"):
        key = canonical_url(url, site)
        assert canonical_url(key, site) == key
        assert is_article(url, site) == is_article(key, site)


@given(st.lists(SEGMENT, max_size=5), st.lists(SEGMENT, max_size=3))
def test_keys_of_likely_addresses_are_stable(path: list[str], query: list[str]) -> None:
    key = canonical_url(f"https://www.a.ru/{'/'.join(path)}?{'&'.join(query)}")
    assert canonical_url(key) == key


@given(
    st.sampled_from(["http", "https"]),
    st.sampled_from(["", "www."]),
    st.sampled_from(["", "index.php/", "print/", "/", "./", "x/../"]),
    st.sampled_from(["", "/", "/index.php", "/print/", "/amp", "/feed/", "/trackback/", ";jsessionid=0AF"]),
    JUNK,
    st.sampled_from(["", "#a", "#!b"]),
    st.booleans(),
)
def test_every_alias_has_one_key(
    scheme: str, www: str, before: str, after: str, junk: list[str], fragment: str, is_quoted: bool
) -> None:
    slug = "новости/12-день-города"
    path = before + (quote(slug).lower() if is_quoted else slug) + after
    alias = f"{scheme}://{www}a.ru/{path}?{'&'.join(junk)}{fragment}"
    assert canonical_url(alias) == canonical_url("http://a.ru/новости/12-день-города")
