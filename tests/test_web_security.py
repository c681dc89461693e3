"""What keeps the web application safe: hosts, cross-site requests, token, headers, dead originals, a dead database."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from lxml import html
from playwright.sync_api import BrowserContext, sync_playwright
from starlette.testclient import TestClient

from newscrawl.config import Config
from newscrawl.errors import StoreUnavailableError
from newscrawl.items import IMPORTED_TYPE, Page
from newscrawl.secrecy import conceal
from newscrawl.store import Store
from newscrawl.web import failures, security
from newscrawl.web.app import create_app
from newscrawl.web.frame import POLICY, dead
from newscrawl.web.security import CONTENT_SECURITY_POLICY, HEADERS, is_loopback
from tests.web_tools import served

TOKEN = "correct-horse-battery-staple"


def client_of(store: Store, config: Config, **options: Any) -> TestClient:
    return TestClient(create_app(store, config, **options), base_url="http://localhost", follow_redirects=False)


@pytest.fixture(scope="module")
def client(sample_store: Store, sample_config: Config) -> Iterator[TestClient]:
    with client_of(sample_store, sample_config) as client:
        yield client


@pytest.fixture
def locked(sample_store: Store, sample_config: Config) -> Iterator[TestClient]:
    with client_of(sample_store, sample_config, token=TOKEN) as client:
        yield client


# --- headers


@pytest.mark.parametrize(
    "address", ["/", "/api", "/api/articles", "/api/nothing", "/nothing", "/static/style.css", "/api/articles?limit=0"]
)
def test_every_answer_carries_the_headers(client: TestClient, address: str) -> None:
    told = client.get(address).headers
    assert {name: told[name] for name in HEADERS} == HEADERS
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "server" not in told


def test_pages_need_nothing_that_the_policy_forbids(client: TestClient) -> None:
    for address in ("/", "/api", "/entities", "/sites", "/nothing"):
        tree = html.document_fromstring(client.get(address).text)
        assert not tree.xpath("//style | //script[not(@src)] | //@style | //@*[starts-with(name(), 'on')]"), address
        loaded = tree.xpath("//script/@src | //link/@href | //img/@src")
        assert loaded
        assert all(one.startswith("/static/") for one in loaded), address


def test_static_files_are_kept_by_their_digest(client: TestClient) -> None:
    (address,) = html.document_fromstring(client.get("/api").text).xpath("//link[contains(@href, 'style.css')]/@href")
    assert client.get(address).headers["cache-control"] == "public, max-age=31536000, immutable"
    other = client.get(address.partition("?")[0] + "?v=other")
    assert other.headers["cache-control"] == "public, no-cache"
    assert other.headers["content-type"] == "text/css; charset=utf-8"
    for name in ("nothing.css", "..%2Fapp.py", "%2e%2e/app.py", ".keep"):
        assert client.get(f"/static/{name}").status_code == 404
    assert client.get("/robots.txt").text == "User-agent: *\nDisallow: /\n"


# --- who asks


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8000", "127.0.0.1:8000", "[::1]:8000", "192.168.1.5", "localhost.", "my.example"]
)
def test_names_of_this_server(sample_store: Store, sample_config: Config, host: str) -> None:
    with client_of(sample_store, sample_config, names=["my.example"]) as client:
        assert client.get("/api/runs", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "", "localhost:80:80", "[::1", "a@localhost"],
)
def test_another_name_is_no_name_of_this_server(client: TestClient, host: str) -> None:
    for address in ("/", "/api/runs"):
        answer = client.get(address, headers={"Host": host})
        assert answer.status_code == 421, host
        assert "--allow-host" in answer.text
        assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY


def test_any_name_where_the_token_guards(sample_store: Store, sample_config: Config) -> None:
    with client_of(sample_store, sample_config, names=None, token=TOKEN) as client:
        assert client.get("/api/runs", headers={"Host": "news.example"}).status_code == 401


@pytest.mark.parametrize(
    ("site", "mode", "destination", "status"),
    [
        ("same-origin", "cors", "empty", 200),
        ("none", "navigate", "document", 200),
        ("cross-site", "navigate", "document", 200),
        ("cross-site", "navigate", "iframe", 403),
        ("cross-site", "no-cors", "image", 403),
        ("cross-site", "no-cors", "script", 403),
        ("cross-site", "cors", "empty", 403),
        ("same-site", "no-cors", "script", 403),
    ],
)
def test_pages_of_other_sites_get_nothing(
    client: TestClient, site: str, mode: str, destination: str, status: int
) -> None:
    told = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": destination}
    assert client.get("/api/runs", headers=told).status_code == status


def test_other_origins_read_the_api_only_when_they_are_named(sample_store: Store, sample_config: Config) -> None:
    told = {"Origin": "https://app.example", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}
    preflight = told | {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
    with client_of(sample_store, sample_config) as client:
        assert client.get("/api/runs", headers=told).status_code == 403
        assert client.options("/api/runs", headers=preflight).status_code == 403
        assert (
            "access-control-allow-origin"
            not in client.get("/api/runs", headers={"Origin": "https://a.example"}).headers
        )
    with client_of(sample_store, sample_config, cors=["https://app.example"], token=TOKEN) as client:
        refusal = client.get("/api/runs", headers=told)
        assert (refusal.status_code, refusal.headers["access-control-allow-origin"]) == (401, "https://app.example")
        allowed = client.options("/api/runs", headers=preflight)
        assert allowed.status_code == 200
        assert "authorization" in allowed.headers["access-control-allow-headers"].lower()
        assert "access-control-allow-credentials" not in allowed.headers
        answer = client.get("/api/runs", headers=told | {"Authorization": f"Bearer {TOKEN}"})
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "https://app.example")
        assert client.get("/api/runs", headers=told | {"Origin": "https://evil.example"}).status_code == 403
        assert client.get("/", headers=told).status_code == 403
        assert "access-control-allow-origin" not in client.get("/", headers={"Origin": "https://app.example"}).headers
    with client_of(sample_store, sample_config, cors=["*"]) as client:
        assert client.get("/api/runs", headers=told).headers["access-control-allow-origin"] == "*"


def test_loopback() -> None:
    assert [one for one in ("127.0.0.1", "127.8.8.8", "::1", "[::1]", "localhost") if not is_loopback(one)] == []
    assert [one for one in ("0.0.0.0", "::", "192.168.1.5", "example.org", "") if is_loopback(one)] == []


# --- the token


def test_programs_show_the_token(locked: TestClient) -> None:
    refusal = locked.get("/api/runs")
    assert refusal.status_code == 401
    assert refusal.headers["www-authenticate"].startswith("Bearer")
    assert refusal.headers["content-type"] == "application/problem+json"
    for wrong in (f"Bearer {TOKEN}x", "Bearer ", "Bearer", f"Basic {TOKEN}", TOKEN, "Bearer \xff"):
        assert locked.get("/api/runs", headers={"Authorization": wrong.encode("latin-1")}).status_code == 401
    for right in (f"Bearer {TOKEN}", f"bearer  {TOKEN}"):
        assert locked.get("/api/runs", headers={"Authorization": right}).status_code == 200
    assert locked.get(f"/api/runs?token={TOKEN}").status_code == 401
    assert locked.post("/", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 405


def test_browsers_get_a_form_and_a_cookie(locked: TestClient) -> None:
    asked = locked.get("/entities?type=PER")
    assert asked.status_code == 303
    assert asked.headers["location"] == "/login?next=%2Fentities%3Ftype%3DPER"
    form = locked.get(asked.headers["location"])
    assert form.status_code == 200
    assert form.headers["cache-control"] == "no-store"
    tree = html.document_fromstring(form.text)
    (wanted,) = tree.xpath("//form[@method='post'][@action='/login']//input[@name='next']/@value")
    assert tree.xpath("//input[@name='token']/@type") == ["password"]
    assert locked.get("/static/style.css").status_code == 200
    wrong = locked.post("/login", data={"token": "wrong", "next": wanted})
    assert wrong.status_code == 403
    assert "set-cookie" not in wrong.headers
    assert "wrong" not in html.document_fromstring(wrong.text).xpath("//input[@name='token']/@value")
    right = locked.post("/login", data={"token": TOKEN, "next": wanted})
    assert (right.status_code, right.headers["location"]) == (303, "/entities?type=PER")
    (cookie,) = SimpleCookie(right.headers["set-cookie"]).values()
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "strict", "/")
    assert TOKEN not in right.headers["set-cookie"]
    assert locked.get("/entities").status_code == 200
    assert locked.get("/api/runs").status_code == 200
    assert 'action="/logout"' in locked.get("/entities").text
    assert locked.get("/logout").status_code == 405
    assert locked.post("/logout").headers["location"] == "/login"
    assert locked.get("/entities").status_code == 303


def test_a_cookie_is_secure_where_the_connection_is(sample_store: Store, sample_config: Config) -> None:
    app = create_app(sample_store, sample_config, token=TOKEN)
    with TestClient(app, base_url="https://localhost", follow_redirects=False) as client:
        assert "secure" in client.post("/login", data={"token": TOKEN}).headers["set-cookie"].lower()


def test_a_cookie_that_was_made_up_opens_nothing(locked: TestClient) -> None:
    given = locked.post("/login", data={"token": TOKEN}).cookies["newscrawl_session"]
    until, _, signature = given.partition(".")
    locked.cookies.clear()
    forged = (
        f"{int(until) + 1}.{signature}",
        f"{until}.{signature[:-1]}",
        f"{until}.",
        ".",
        "",
        f"1.{signature}",
        "я.я",
        TOKEN,
    )
    for cookie in forged:
        told = {"Cookie": f"newscrawl_session={cookie}".encode()}
        assert locked.get("/api/runs", headers=told).status_code == 401, cookie
    assert locked.get("/api/runs", headers={"Cookie": f"newscrawl_session={given}"}).status_code == 200


def test_a_session_ends_with_its_time_and_with_its_token(
    sample_store: Store, sample_config: Config, locked: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked.post("/login", data={"token": TOKEN})
    assert locked.get("/api/runs").status_code == 200
    with client_of(sample_store, sample_config, token=f"{TOKEN}2") as other:
        other.cookies = locked.cookies
        assert other.get("/api/runs").status_code == 401
    later = time.time() + 31 * 24 * 3600
    monkeypatch.setattr("newscrawl.web.login.time.time", lambda: later)
    told = {"Cookie": f"newscrawl_session={locked.cookies['newscrawl_session']}"}
    assert locked.get("/api/runs", headers=told).status_code == 401


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/\tx", "", "x", "/я"],
)
def test_the_form_leads_nowhere_else(locked: TestClient, wanted: str) -> None:
    assert locked.post("/login", data={"token": TOKEN, "next": wanted}).headers["location"] == "/"
    assert html.document_fromstring(locked.get("/login", params={"next": wanted}).text).xpath(
        "//input[@name='next']/@value"
    ) == ["/"]


def test_a_form_that_is_too_large_is_left(locked: TestClient) -> None:
    assert locked.post("/login", content=b"token=" + b"x" * 5000).status_code == 413
    for body in (b"\xff" * 100, b"&" * 4000, b"", b"token"):
        assert locked.post("/login", content=body).status_code == 403


def test_the_token_is_in_no_log(locked: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    conceal(TOKEN)
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("newscrawl").warning("asked with %s", TOKEN)
        locked.post("/login", data={"token": TOKEN})
    assert TOKEN not in caplog.text


def test_the_description_tells_of_the_token(locked: TestClient, client: TestClient) -> None:
    document = locked.get("/api/openapi.json", headers={"Authorization": f"Bearer {TOKEN}"}).json()
    assert document["components"]["securitySchemes"] == {"token": {"type": "http", "scheme": "bearer"}}
    assert document["paths"]["/api/runs"]["get"]["security"] == [{"token": []}]
    assert "securitySchemes" not in client.get("/api/openapi.json").json()["components"]


# --- load, and a database that goes away


def test_too_much_at_once_is_told_to_come_back(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "MOST_AT_WORK", 0)
    answer = client.get("/api/runs")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert client.get("/static/style.css").status_code == 200


def test_an_address_without_end_is_refused(client: TestClient) -> None:
    assert client.get("/api/articles?text=" + "x" * 20_000).status_code == 414
    assert client.get("/" + "x" * 20_000).status_code == 414


def test_a_database_that_is_away_is_told_and_left_in_peace(
    sample_store: Store, sample_config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0

    def away(*_: Any, **__: Any) -> Any:
        nonlocal asked
        asked += 1
        raise StoreUnavailableError("MongoDB at x does not answer", advice="Look for the cause.")

    now = time.monotonic()
    with client_of(sample_store, sample_config) as client:
        with monkeypatch.context() as patch:
            patch.setattr(sample_store, "find_run", away)
            first = client.get("/api/runs/x")
            assert (first.status_code, first.headers["retry-after"]) == (503, "5")
            assert first.json()["detail"] == "MongoDB at x does not answer"
            page = client.get("/runs/x")
            assert (page.status_code, page.headers["retry-after"]) == (503, "5")
            assert page.headers["content-type"] == "text/html; charset=utf-8"
            assert asked == 1
            for address in ("/api", "/static/style.css", "/api/openapi.json"):
                assert client.get(address).status_code == 200
        monkeypatch.setattr(failures.time, "monotonic", lambda: now + 60)
        assert client.get("/api/runs/x").status_code == 404


def test_what_nobody_expected_is_logged_and_told(
    sample_store: Store, sample_config: Config, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sample_store, "find_run", lambda _: 1 / 0)
    with client_of(sample_store, sample_config) as client:
        answer = client.get("/api/runs/x")
    assert answer.status_code == 500
    assert "ZeroDivision" not in answer.text
    assert "ZeroDivisionError" in caplog.text
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY


# --- originals

HOSTILE = """<!doctype html><html><head><meta charset=windows-1251><title>Оригинал</title>
<meta http-equiv=refresh content="0;url=http://evil.example/refresh"><base href="http://evil.example/">
<link rel=stylesheet href="http://evil.example/style.css"><link rel=dns-prefetch href="//evil.example">
<style>@import "http://evil.example/import.css"; p { background: url(http://evil.example/bg.png) }</style>
<script>window.top.hit = 1; fetch("http://evil.example/script")</script></head>
<body onload="window.top.hit = 1"><p>Привет, мир</p><img src="http://evil.example/i.png" onerror="window.top.hit = 1">
<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw="><a id=go href="http://evil.example/link" target=_top>дальше</a>
<a id=js href="javascript:window.top.hit=1">js</a><form action="http://evil.example/form">
<button id=send>x</button></form><svg onload="window.top.hit=1"><a xlink:href="javascript:1"><text>s</text></a></svg>
<iframe src="http://evil.example/f"></iframe><object data="http://evil.example/o"></object>
<embed src="http://evil.example/e"><math><mtext><style><img src=x onerror=1></style>
</mtext></math><noscript><p title="</noscript><img src=x onerror=window.top.hit=1>"></noscript>
<video src="http://evil.example/v" poster="http://evil.example/p" autoplay></video></body></html>"""


def page_of(body: bytes, type_: str | None = "text/html", url: str = "http://n.example/1") -> Page:
    headers = {"content-type": type_} if type_ else {}
    return Page(url=url, site=None, fetched_at=datetime.now(UTC), body=body, headers=headers)


def test_an_original_is_dead() -> None:
    text = dead(page_of(HOSTILE.encode("cp1251")))
    tree = html.document_fromstring(text)
    assert "Привет, мир" in tree.text_content()
    assert not tree.xpath("//script | //meta | //base | //link | //iframe | //object | //embed")
    assert not tree.xpath("//@*[starts-with(name(), 'on')] | //@href | //@action | //@target | //@poster")
    assert [one[:10] for one in tree.xpath("//@src")] == ["data:image"]
    assert "evil.example/refresh" not in text


@pytest.mark.parametrize(
    "body", [b"", b"<!-- x -->", b"\x00\xff\xfe", b"<" * 5000, b"<div>" * 50_000, b"&#0;&#xd800;<a href=#x>"]
)
def test_any_bytes_are_shown(body: bytes) -> None:
    assert dead(page_of(body)).startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("type_", "body", "shown"),
    [
        ("text/html; charset=windows-1251", "<p>Привет".encode("cp1251"), "text/html; charset=utf-8"),
        (None, b"<html><p>x", "text/html; charset=utf-8"),
        (None, b"words", "text/plain; charset=utf-8"),
        ("application/xhtml+xml", b"<html><body>x</body></html>", "text/html; charset=utf-8"),
        ("text/xml", b"<rss><script>1</script></rss>", "text/plain; charset=utf-8"),
        ("image/svg+xml", b"<svg onload='alert(1)'/>", "text/plain; charset=utf-8"),
        ("text/javascript", b"alert(1)", "text/plain; charset=utf-8"),
        (IMPORTED_TYPE, b'{"url": "x"}', "text/plain; charset=utf-8"),
        ("application/pdf", b"%PDF", "application/octet-stream"),
        ("text/html\r\nX-Evil: 1", b"<p>x", "text/plain; charset=utf-8"),
    ],
)
def test_an_original_has_a_policy_and_a_type_of_its_own(
    store: Store, config: Config, type_: str | None, body: bytes, shown: str
) -> None:
    saved = store.save_page(page_of(body, type_), None, pipeline_version="1")
    with client_of(store, config) as client:
        answer = client.get(f"/pages/{saved.page.id}")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == shown
        assert answer.headers["content-security-policy"] == POLICY
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert ("attachment" in answer.headers.get("content-disposition", "")) == shown.startswith("application/octet")
        assert "x-evil" not in answer.headers
        for nowhere in ("x", "0" * 32, "x" * 500, "%00"):
            assert client.get(f"/pages/{nowhere}").status_code == 404


@pytest.fixture
def browser() -> Iterator[BrowserContext]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield chromium.new_context()
        chromium.close()


@contextmanager
def outside() -> Iterator[tuple[str, list[str]]]:
    """Serve another origin; yields it and the paths that were asked of it."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        do_POST = do_GET  # noqa: N815 - http.server looks for this name

        def log_message(self, format: str, *args: Any) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_an_original_does_nothing_in_a_real_browser(
    store: Store, config: Config, browser: BrowserContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it came, with nothing taken out: the policy alone holds, in a frame and opened by itself."""
    monkeypatch.setattr("newscrawl.web.frame.dead", lambda page: page.body.decode())
    with outside() as (evil, asked), served(create_app(store, config)) as origin:
        body = HOSTILE.replace("windows-1251", "utf-8").replace("http://evil.example", evil)
        address = f"{origin}pages/{store.save_page(page_of(body.encode()), None, pipeline_version='1').page.id}"
        tab = browser.new_page()
        tab.goto(address)
        tab.wait_for_timeout(300)
        tab.click("#send")
        tab.click("#js")
        tab.wait_for_timeout(200)
        assert tab.url == address
        assert "Привет, мир" in tab.inner_text("p")
        framing = browser.new_page()
        framing.goto(f"{origin}api")
        framing.evaluate(
            """address => { const frame = document.createElement("iframe"); frame.setAttribute("sandbox", "");
            frame.src = address; document.body.prepend(frame); }""",
            address,
        )
        framing.wait_for_timeout(300)
        inner = framing.frames[1]
        assert "Привет, мир" in inner.inner_text("p")
        inner.click("#go")
        framing.wait_for_timeout(200)
        assert framing.url == f"{origin}api"
        assert [tab.evaluate("window.hit"), framing.evaluate("window.hit")] == [None, None]
        assert asked == []
        tab.goto(f"{evil}/control")
        assert asked[0] == "/control"


def test_the_event_loop_is_not_held_up_by_the_store(sample_store: Store, sample_config: Config) -> None:
    """Endpoints that ask the store run in threads: none is a coroutine that would block all others."""
    app = create_app(sample_store, sample_config)
    calm = {"/static/{name}", "/robots.txt", "/api", "/api/openapi.json"}

    def endpoints(router: Any) -> Iterator[tuple[str, Any]]:
        for route in router.routes:
            inner = getattr(route, "original_router", None)
            if inner is not None:
                yield from endpoints(inner)
            else:
                yield route.path, route.endpoint

    found = dict(endpoints(app))
    assert {"/api/articles", "/"} <= found.keys()
    assert {path for path, endpoint in found.items() if asyncio.iscoroutinefunction(endpoint)} == calm
