"""What walls and stubs are told from articles by: a table of each, written in the likeness of real ones."""

# ruff: noqa: E501 - tables of pages, one a line

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newscrawl.demo import SampleCity
from newscrawl.extract.diagnosis import RENDERED, SENTENCES, diagnose
from newscrawl.items import Page

from .conftest import FIXTURES

MENU = "".join(f'<li><a href="/razdel/{number}/">Раздел номер {number}</a></li>' for number in range(30))
FOOTER = (
    "<footer><p>© Администрация города Н., 2026. При использовании материалов сайта ссылка на источник обязательна."
    " Адрес: 390000, г. Н., ул. Главная, д. 1, телефон приёмной (4912) 00-00-00, по рабочим дням с 9 до 18 часов.</p></footer>"
)


def page(html: str | bytes, status: int = 200, **headers: str) -> Page:
    body = html.encode() if isinstance(html, str) else html
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Page(
        url="https://n.example/", fetched_at=datetime(2026, 3, 1, tzinfo=UTC), status=status, headers=named, body=body
    )


def whole(title: str, content: str) -> str:
    """A page in a site's full template."""
    return (
        f"<!DOCTYPE html><html><head><title>{title} - Администрация города Н.</title></head><body><header><a href='/'>Герб</a>"
        f"</header><ul>{MENU}</ul><main>{content}</main>{FOOTER}</body></html>"
    )


def bare(title: str, content: str, head: str = "") -> str:
    return f"<!DOCTYPE html><html><head><title>{title}</title>{head}</head><body>{content}</body></html>"


STUBS: list[tuple[str, str, str]] = [
    # bot walls
    ("bot_wall", "ddos-guard", bare("DDoS-Guard", "<h1>Проверка браузера перед переходом на сайт n.example</h1><p>Подождите несколько секунд</p><script src='/.well-known/ddos-guard/js-challenge/index.js'></script>")),
    ("bot_wall", "cloudflare", bare("Just a moment...", "<noscript>Enable JavaScript and cookies to continue</noscript><script>window._cf_chl_opt={cvId:'3'};</script>")),
    ("bot_wall", "qrator", bare("", "<script src='/__qrator/qauth_utm_v2.js'></script><script>qauth()</script><noscript>Включите JavaScript</noscript>")),
    ("bot_wall", "stormwall", bare("StormWall", "<p>Проверяем ваш браузер. Пожалуйста, подождите.</p><script>stormwall_check()</script>")),
    ("bot_wall", "servicepipe", bare("Проверка", "<div id='id_spinner'></div><script src='/servicepipe.js'></script>")),
    ("bot_wall", "cookie and reload", bare("", "<script>document.cookie='beget=begetok; path=/'; location.reload();</script>")),
    ("bot_wall", "cookie and refresh", bare("Загрузка", "<script>document.cookie='_c='+42;</script><p>Загрузка…</p>", "<meta http-equiv='refresh' content='1'>")),
    ("bot_wall", "cookie and href", "<html><body><script>function go(){setCookie('k','v',1);window.location.href=window.location.href}go()</script></body></html>"),
    ("bot_wall", "captcha", bare("Ой!", "<h1>Подтвердите, что запросы отправляли вы, а не робот</h1><form action='/checkcaptcha'><button>Я не робот</button></form>")),
    ("bot_wall", "picture code", bare("Проверка, что вы не робот", "<form>Введите код с картинки <img src='/captcha.php'><input name='captcha'><button>Ок</button></form><script src='https://smartcaptcha.example/captcha.js'></script>")),
    # closed to this visitor
    ("geo_block", "your country", bare("Доступ ограничен", "<h1>Доступ ограничен</h1><p>Доступ из вашей страны ограничен.</p>")),
    ("geo_block", "from your region", bare("Н.", "<p>К сожалению, сайт недоступен из вашего региона. Отключите VPN и попробуйте снова.</p>")),
    ("geo_block", "russia only", bare("Администрация города Н.", "<p>Доступ к сайту возможен только с территории Российской Федерации.</p>")),
    ("geo_block", "english", bare("Forbidden", "<h1>Forbidden</h1><p>Access from your country is not allowed.</p>")),
    # maintenance
    ("maintenance", "works", bare("Технические работы", "<h1>Сайт временно недоступен</h1><p>На сайте ведутся технические работы. Приносим извинения за неудобства, зайдите, пожалуйста, позже.</p>")),
    ("maintenance", "bitrix", bare("Сайт закрыт на техническое обслуживание", "<table><tr><td><font>Сайт временно закрыт.</font><br>Приносим свои извинения за доставленные неудобства.</td></tr></table>")),
    ("maintenance", "only a sentence", bare("Администрация города Н.", "<h1>Администрация города Н.</h1><p>Уважаемые посетители! В настоящее время на сайте проводятся технические работы. Сайт скоро заработает.</p>")),
    ("maintenance", "joomla offline", bare("Администрация", "<img src='logo.png'><h1>Администрация</h1><p>Сайт закрыт на техническое обслуживание.<br>Пожалуйста, зайдите позже.</p><form>Логин <input name=u> Пароль <input type='password'><button>Войти</button></form>")),
    ("maintenance", "wordpress", bare("Maintenance", "Briefly unavailable for scheduled maintenance. Check back in a minute.")),
    ("maintenance", "in other words", bare("Н.", "<div><h2>Портал находится на реконструкции</h2><p>Мы скоро вернёмся</p></div>")),
    # no site there
    ("parked", "hosting", bare("Домен n.example не прилинкован", "<h1>Домен не прилинкован ни к одной из директорий на сервере!</h1><p>Если вы владелец домена, откройте панель управления хостингом и создайте сайт.</p>")),
    ("parked", "unpaid", bare("Н.", "<h1>Сайт отключён за неуплату</h1><p>Обратитесь в службу поддержки.</p>")),
    ("parked", "for sale", bare("n.example", "<h1>Домен n.example продаётся</h1><p>Стоимость — по запросу.</p><a href='#'>Купить</a>")),
    ("parked", "nginx", bare("Welcome to nginx!", "<h1>Welcome to nginx!</h1><p>If you see this page, the nginx web server is successfully installed and working. Further configuration is required.</p>")),
    ("parked", "apache", bare("Apache2 Debian Default Page: It works", "<p>This is the default welcome page used to test the correct operation of the Apache2 server after installation.</p>" * 12)),
    # a question in place of the content
    ("consent", "age", bare("Подтверждение возраста", "<h1>Вам исполнилось 18 лет?</h1><button>Да</button><button>Нет</button>")),
    ("consent", "cookies", bare("Н.", "<h2>Мы используем файлы cookie</h2><p>Продолжая, вы соглашаетесь с обработкой файлов cookie и персональных данных.</p><form><button>Принять</button></form>")),
    ("login", "bare", bare("Вход", "<form><p>Имя <input name='u'><p>Пароль <input type='password' name='p'><button>Войти</button></form>")),
    ("login", "bitrix", whole("Авторизация", "<h1>Авторизация</h1><p>Пожалуйста, авторизуйтесь:</p><form>Логин: <input name=USER_LOGIN> Пароль: <input type=\"password\" name=USER_PASSWORD></form>")),
    # no such page
    ("soft_404", "h1", whole("Новости", "<h1>Страница не найдена</h1><p>Возможно, она была удалена или перемещена.</p>")),
    ("soft_404", "title", whole("Ошибка 404", "<h2>К сожалению, запрашиваемая вами страница не существует</h2>")),
    ("soft_404", "with words", whole("404 Not Found", "<h1>404</h1><p>Неправильно набран адрес, или такой страницы больше нет.</p>")),
    ("soft_404", "bitrix element", whole("Новости", "<h1>Новости</h1><p><font class=\"errortext\">Элемент не найден!</font></p>")),
    ("soft_404", "two sentences", whole("Ошибка", "<h1>Заречный - городской округ</h1><p>Запрашиваемая страница не найдена. Возможно, она была удалена или перемещена.</p>")),
    ("soft_404", "cards beside", whole("Страница не найдена", "<h1>Зареченский листок</h1><p>По вашему запросу ничего нет.</p><aside><i itemprop='datePublished'>1</i></aside>")),
    ("soft_404", "bare", bare("Администрация", "<p>Запрашиваемая страница не существует.</p><a href='/'>На главную</a>")),
    ("soft_404", "english", bare("Page not found", "<h1>Page not found</h1>")),
    # scripts fill it
    ("javascript", "react", bare("Администрация города Н.", "<noscript>You need to enable JavaScript to run this app.</noscript><div id='root'></div><script src='/static/js/main.1a2b.js'></script>")),
    ("javascript", "vue with a spinner", bare("Новости", "<div id=app><div class='spinner'><span>Загрузка…</span></div></div><script type=module src=/assets/index.js></script>")),
    ("javascript", "nothing but scripts", bare("Портал", "<script>start()</script><script src='/app.js'></script>")),
    ("javascript", "angular", bare("Портал", "<app-root></app-root><script src='main.js'></script>")),
    # and in other words
    ("bot_wall", "in other words 1", bare("DDOS-GUARD","<h1 id=title>Checking your browser before accessing site.ru</h1><div>Please wait a few seconds. Once this check is complete, the website will open automatically</div>")),
    ("maintenance", "in other words 2", bare("","<p>Извините, сайт временно недоступен. Ведутся технические работы.</p>")),
    ("maintenance", "in other words 3", bare("site.ru","<div class=c><h1>Ведутся технические работы</h1><p>Сайт администрации временно недоступен. Работа будет восстановлена в ближайшее время.</p></div>")),
    ("maintenance", "in other words 4", bare("503","<h1>503 Сервис временно недоступен</h1>")),
    ("maintenance", "in other words 5", bare("Обновление","<h1>Идёт обновление сайта</h1><p>Скоро вернёмся</p>")),
    ("maintenance", "in other words 6", bare("Сайт на обслуживании","<p>Мы проводим технические работы на сайте. Зайдите позже</p>")),
    ("maintenance", "in other words 7", bare("Администрация города","<center><img src=gerb.png><h2>Уважаемые посетители!</h2><p>На сайте проводятся технические работы.</p><p>Приносим извинения за временные неудобства. Тел. (4912) 00-00-00</p></center>")),
    ("maintenance", "in other words 8", bare("Официальный сайт администрации города Н","<h1>Официальный сайт администрации города Н</h1><h3>Сайт находится на техническом обслуживании</h3><p>Приблизительное время окончания работ: 18:00</p>")),
    ("maintenance", "in other words 9", bare("Технические работы | Администрация","<h1>Технические работы</h1><p>В настоящее время портал недоступен в связи с проведением плановых технических работ. Приносим извинения за доставленные неудобства.</p>")),
    ("maintenance", "in other words 10", bare("Профилактические работы","<p>Уважаемые пользователи, на портале ведутся профилактические работы. Доступ к порталу будет восстановлен 15 мая в 10:00.</p>")),
    ("soft_404", "in other words 11", whole("404 - Категория не найдена","<h1>404</h1>")),
    ("soft_404", "in other words 12", whole("Ошибка 404","<h1>Ошибка 404: страница не найдена или была удалена</h1>")),
    ("soft_404", "in other words 13", whole("Страница не найдена (404)","<div class=e>Ой</div>")),
    ("soft_404", "in other words 14", whole("Администрация города","<h1>Ошибка 404</h1><p>Страница, которую вы ищете, не существует. Воспользуйтесь картой сайта или поиском.</p>")),
    ("soft_404", "in other words 15", whole("Администрация города","<h1>Запрашиваемая страница не найдена</h1>")),
    ("soft_404", "in other words 16", whole("Новость не найдена","<h1>Новость не найдена</h1>")),
    ("soft_404", "in other words 17", whole("Администрация","<div class='content'><h2>Страница не найдена</h2><p>Запрашиваемая страница не существует.</p></div>")),
    ("soft_404", "in other words 18", whole("Администрация","<h1>Администрация города Н.</h1><div class='content'><p>Запрашиваемая страница не существует</p></div>")),
    ("geo_block", "in other words 19", bare("","<p>Этот сайт доступен только для посетителей из России</p>")),
    ("geo_block", "in other words 20", bare("Доступ запрещён","<h1>Доступ запрещён</h1><p>Доступ к сайту с IP-адресов вне территории РФ запрещён. Ваш IP: 1.2.3.4</p>")),
    ("geo_block", "in other words 21", bare("Access denied","<h1>Access denied</h1><p>This website is not available in your country.</p>")),
    ("consent", "in other words 22", bare("Администрация","<div class=modal><p>Сайт использует cookie-файлы для улучшения работы. Продолжая использовать сайт, вы даёте согласие на обработку персональных данных.</p><button>Согласен</button></div>")),
    ("consent", "in other words 23", bare("18+","<h1>Сайт содержит материалы для взрослых</h1><p>Вам уже исполнилось 18 лет?</p><a href=?ok=1>Да</a><a href=//ya.ru>Нет</a>")),
    ("login", "in other words 24", bare("Авторизация","<h1>Вход в систему</h1><form>Логин<input name=l>Пароль<input type=password name=p><input type=submit value=Войти></form>")),
    ("login", "in other words 25", whole("Вход","<h1>Вход на сайт</h1><form><input type=password></form>")),
    ("parked", "in other words 26", bare("Домен зарегистрирован","<h1>Домен site.ru зарегистрирован</h1><p>Если вы владелец, разместите сайт на хостинге.</p>")),
    ("parked", "in other words 27", bare("site.ru","<p>Сайт site.ru отключён за неуплату хостинга</p>")),
    ("parked", "in other words 28", bare("Сайт заблокирован","<h1>Сайт заблокирован хостинг-провайдером</h1>")),
    ("parked", "in other words 29", bare("Срок регистрации домена истёк","<p>Срок регистрации домена site.ru истёк</p>")),
    ("bot_wall", "in other words 30", bare("Проверка...","<script>var a=toNumbers('aa');document.cookie='__test='+toHex(slowAES.decrypt(a))+'; path=/'; location.href='http://n.ru/?i=1';</script><noscript>This site requires Javascript to work, please enable Javascript in your browser</noscript>")),
    ("bot_wall", "in other words 31", "<html><head><script>document.cookie='bpc=abc;Path=/';document.location.href='http://n.ru/';</script></head></html>"),
    ("bot_wall", "in other words 32", "<html><head><script>function set_cookie(){var now=new Date();document.cookie='h=1;expires='+now}\nset_cookie()\nlocation.reload();</script></head><body>Проверка браузера...</body></html>"),
    ("javascript", "in other words 33", "<!doctype html><html><head><title>Портал</title><script src=/a.js></script></head><body><div id='root'></div></body></html>"),
    ("javascript", "in other words 34", "<!doctype html><html><head><title>Портал</title></head><body><div class='wrapper' id='layout'></div><script src=/a.js></script></body></html>"),
    ("javascript", "in other words 35", bare("Портал","<noscript><strong>Для работы сайта необходимо включить JavaScript</strong></noscript><div id=app><div class=preloader><img src=/logo.svg></div></div><script type=module src=/a.js></script>")),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "html"), [pytest.param(r, h, id=f"{r}: {name}") for r, name, h in STUBS])
def test_stub_is_told_by_its_reason(reason: str, html: str) -> None:
    found = diagnose(page(html))
    assert found is not None
    assert found.reason == reason
    assert found.sentence
    # The encoding is no matter.
    if "charset" not in html:
        old = diagnose(page(html.encode("cp1251", "xmlcharrefreplace"), content_type="text/html; charset=windows-1251"))
        assert old == found


@pytest.mark.parametrize(
    ("reason", "status", "html", "headers"),
    [
        ("bot_wall", 403, bare("DDOS-GUARD", "<p>Пройдите проверку</p><script src='https://recaptcha.example/api.js'></script>"), {"server": "ddos-guard"}),
        ("bot_wall", 503, bare("n.example", "<p>Checking your browser before accessing n.example.</p>"), {"server": "cloudflare"}),
        ("bot_wall", 403, "<html></html>", {"cf_mitigated": "challenge"}),
        ("bot_wall", 401, bare("", "<script>document.cookie='a=b';location.reload()</script>"), {}),
        ("geo_block", 451, bare("451", "<h1>Доступ к ресурсу запрещён в вашей стране</h1>"), {}),
        ("geo_block", 403, bare("403", "<p>Доступ с вашего IP-адреса ограничен</p>"), {}),
        ("maintenance", 503, "<html>Подождите</html>", {"retry_after": "3600"}),
        ("maintenance", 503, bare("Технические работы", "<p>Сайт закрыт</p>"), {}),
        ("login", 401, bare("401 Authorization Required", "<h1>401</h1>"), {}),
        (None, 403, bare("403 Forbidden", "<h1>Forbidden</h1>"), {"server": "nginx"}),
        (None, 403, bare("403 Forbidden", "<h1>Forbidden</h1>"), {"server": "ddos-guard"}),
        (None, 404, whole("Страница не найдена", "<h1>Страница не найдена</h1>"), {}),
        (None, 500, bare("500", "<h1>Internal Server Error</h1>"), {}),
        (None, 503, bare("503", "<h1>Backend fetch failed</h1>"), {}),
    ],
)  # fmt: skip
def test_refusals_are_told_apart(reason: str | None, status: int, html: str, headers: dict[str, str]) -> None:
    found = diagnose(page(html, status, **headers))
    assert (found.reason if found else None) == reason


ARTICLES = {
    "works announced": (
        "Технические работы на сайте администрации",
        ["Уважаемые жители! 14 мая с 10:00 до 14:00 сайт администрации города будет временно недоступен в связи с проведением"
         " технических работ."],
    ),
    "works named alone": (
        "Технические работы",
        ["В ночь на 15 мая на портале пройдут плановые технические работы, в это время будут недоступны электронные услуги."],
    ),
    "works under way": (
        "На улице Ленина ведутся ремонтные работы",
        ["Движение перекрыто до вечера. Сейчас ведутся технические работы на сетях, бригада устраняет повреждение."],
    ),
    "site was down": (
        "Сайт мэрии временно недоступен из-за атаки",
        ["Сайт временно недоступен, сообщила пресс-служба мэрии. Специалисты ведут работы по восстановлению доступа."],
    ),
    "captcha": (
        "Мошенники просят ввести captcha",
        ["Полиция предупреждает: под видом проверки браузера жителям предлагают подтвердить, что они не робот, и крадут данные."],
    ),
    "ddos": (
        "Систему DDoS-Guard установили на городском портале",
        ["Доступ из других стран к порталу ограничен, рассказал глава управления. Проверка браузера занимает секунду."],
    ),
    "cookies": (
        "Как сайты собирают cookie",
        ["Специалисты цифрового центра провели урок о персональных данных для школьников и рассказали о согласии на обработку."],
    ),
    "site broken": ("Сайт мэрии взломан", ["Сайт временно недоступен. Специалисты устраняют последствия."]),
    "page of history": ("Страница истории", ["Страница не найдена. Так говорили о летописи, пока её не обнаружили в архиве."]),
    "age": ("Возраст согласия: кому исполнилось 18", ["Призывная комиссия начала работу. Явиться должны все, кому уже есть 18 лет."]),
    "domain": ("Домен города продаётся", ["Администрация решила отказаться от старого адреса, он выставлен на торги в марте."]),
    "missing": ("Пропавшая страница летописи найдена", ["Страница не найдена была лишь однажды, в 1812 году, говорят краеведы."]),
    "login": ("Вход в здание администрации изменён", ["С понедельника вход посетителей — с улицы Садовой. Пароль не нужен, нужен паспорт."]),
    "short": ("С праздником!", ["Поздравляем жителей с Днём города!"]),
    "nothing but a name": ("Фотоотчёт", []),
    "picture alone": ("Фотоотчёт с субботника в парке", []),
}  # fmt: skip


def _articles() -> Iterator[tuple[str, str]]:
    for name, (headline, paragraphs) in ARTICLES.items():
        text = "".join(f"<p>{one}</p>" for one in paragraphs)
        content = f"<h1>{headline}</h1><div class='date'>14 мая 2026</div><div class='text'>{text}</div>"
        yield f"{name}, whole", whole(headline, content)
        if paragraphs:
            yield f"{name}, bare", bare(f"{headline} - Администрация города Н.", content)
            yield f"{name}, marked", bare(headline, f"<article>{content}</article>")
            banner = "<div class='cookie'>Мы используем файлы cookie. <button>Принять</button></div>"
            yield (
                f"{name}, with a banner and a form",
                whole(headline, content + banner + "<form><input type='password'></form>"),
            )
            guard = "<script src='/.well-known/ddos-guard/js/check.js'></script><script>document.cookie='a=1'</script>"
            special = "<script>function special(){document.cookie='special=1';location.reload()}</script>"
            yield f"{name}, with a version for the weak-sighted", bare(headline, special + content)
            search = "<div hidden>Ничего не найдено</div><div style='display:none'>404</div>"
            yield f"{name}, with an empty search", whole(headline, content + search)
            yield f"{name}, behind a guard", bare(headline, content + guard)


@pytest.mark.parametrize("html", [pytest.param(html, id=name) for name, html in _articles()])
def test_article_about_it_is_no_stub(html: str) -> None:
    assert diagnose(page(html)) is None


def test_no_page_of_the_sample_city_and_of_the_fixtures_is_a_stub(city: SampleCity) -> None:
    answers = {one.path: city.answer(one.path) for one in city.expected if one.stored}
    pages = {path: page(answer.body) for path, answer in answers.items() if answer.status == 200}
    pages |= {str(file): page(file.read_bytes()) for file in FIXTURES.glob("*/*.html")}
    assert len(pages) > 150
    assert {name: found.reason for name, one in pages.items() if (found := diagnose(one))} == {}


def test_rendered_shell_is_not_told_to_be_rendered() -> None:
    html = bare("Портал", "<div id='root'></div><script src='main.js'></script>")
    found = diagnose(page(html, **{RENDERED: "Chromium"}))
    assert found is not None
    assert found.reason == "javascript"
    assert "javascript = true" in SENTENCES["javascript"]
    assert "javascript = true" not in found.sentence


@given(
    st.binary(max_size=300),
    st.sampled_from(["<script>", "<h1>404", "<title>", "\x00", "<!--", "<div id=root>", "\udcff"]),
    st.integers(100, 599),
)
def test_any_bytes_will_do(raw: bytes, piece: str, status: int) -> None:
    diagnose(page(raw + piece.encode("utf-8", "surrogatepass") * 3 + raw, status))


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 100_000,
        "<script>" * 100_000,
        "<h1>404 " * 50_000,
        "<title>" * 50_000,
        "<a <a <a " * 50_000,
        "ведутся технические " * 50_000 + "<p>",
        "<p>доступ к сайту " * 30_000,
        "<div id=root><div>" * 30_000 + "<script>",
        "document.cookie= location " * 30_000 + "<script>",
    ],
)
def test_hostile_page_takes_no_time(html: str) -> None:
    for status in (200, 403):
        started = time.perf_counter()
        diagnose(page(html, status))
        assert time.perf_counter() - started < 2.0


def test_good_page_costs_next_to_nothing() -> None:
    words = "город администрация праздник улица дорога школа работа".split()
    chosen = random.Random(1)
    prose = "".join(f"<p>{' '.join(chosen.choices(words, k=60))}.</p>" for _ in range(80))
    good = page(whole("Новость дня", f"<h1>Новость дня</h1>{prose}"))
    diagnose(good)
    started = time.perf_counter()
    for _ in range(20):
        assert diagnose(good) is None
    assert (time.perf_counter() - started) / 20 < 0.01
