"""How far a crawl reaches: scripts run by a real browser, certificates, and the reason where nothing comes."""

# ruff: noqa: E501 - pages, one a line

from __future__ import annotations

import gzip
import json
import shutil
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme

from newscrawl.config import Config
from newscrawl.errors import SiteFileError, UnavailableError
from newscrawl.extract.diagnosis import RENDERED
from newscrawl.fetch import fetch_page
from newscrawl.sites import load_site
from newscrawl.store import Store

from .conftest import Run, command_environment
from .crawl_host import CrawlHost

Answer = tuple[int, dict[str, str], bytes]
Answers = dict[str, Answer | bytes | str]

PROSE = "В городе Н. открыли новый сквер. Работы шли с апреля, деревья для него выбирали жители соседних домов."
ARTICLE = f"<html><head><title>Сквер</title></head><body><h1>Новый сквер</h1><div class='text'><p>{PROSE}</p></div></body></html>"
LISTING = "<html><body><h1>Новости</h1><div class='item'><a href='/news/1/'>Новый сквер</a> <i>14.05.2026</i></div></body></html>"
WORKS = "<html><head><title>Технические работы</title></head><body><h1>Сайт временно недоступен</h1></body></html>"

LISTING_SHELL = """<!DOCTYPE html><html><head><title>Новости</title><script src="/bundle.js" defer></script>
<script src="http://elsewhere.invalid/counter.js" async></script><link rel="stylesheet" href="/style.css"></head>
<body><div id="app"></div><img src="/picture.png"></body></html>"""
BUNDLE = """
const app = document.getElementById('app');
new Image().src = '/pixel.gif';
fetch('/private/secret.json').catch(() => {});
fetch('/collect', {method: 'POST', body: '{}'}).catch(() => {});
fetch('http://localhost:1/elsewhere.json').catch(() => {});
const path = location.pathname;
fetch(path === '/news/' ? '/api/list.json' : '/api' + path + 'index.json', {headers: {'X-Requested-With': 'XMLHttpRequest'}})
  .then((answer) => answer.json())
  .then((told) => {
    if (Array.isArray(told)) {
      app.innerHTML = '<h1>Новости</h1>' + told.map((one) => `<div class="item"><a href="${one.url}">${one.title}</a></div>`).join('');
    } else {
      app.innerHTML = `<h1>${told.title}</h1><div class="text"><p>${told.text}</p></div>`;
    }
  });
"""


def served(
    status: int = 200, body: str | bytes = b"", content_type: str = "text/html; charset=utf-8", **headers: str
) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, {"Content-Type": content_type} | named, body.encode() if isinstance(body, str) else body


class Host:
    """A loopback server: what it answers, and what it was asked for."""

    def __init__(self, answers: Answers, tls: ssl.SSLContext | None = None) -> None:
        self.answers = answers
        self.asked: list[str] = []
        self.agents: set[str] = set()
        self.largest_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()
        host = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                with host._lock:
                    host._at_once += 1
                    host.largest_at_once = max(host.largest_at_once, host._at_once)
                    host.asked.append(self.path)
                    host.agents.add(self.headers.get("User-Agent", ""))
                found = host.answers.get(self.path, served(404))
                status, headers, body = found if isinstance(found, tuple) else served(body=found)
                with host._lock:
                    host._at_once -= 1
                self.send_response(status)
                for name, value in (headers | {"Content-Length": str(len(body))}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                self.do_GET()

            def log_message(self, format: str, *args: Any) -> None:
                """Stay quiet."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, request: Any, client_address: Any) -> None:
                """Stay quiet: a client that refuses a certificate hangs up."""

        self._server = Server(("127.0.0.1", 0), Handler)
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.origin = f"http{'s' if tls else ''}://127.0.0.1:{self._server.server_port}"

    @contextmanager
    def serving(self) -> Iterator[Host]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield self
        self._server.shutdown()
        thread.join()
        self._server.server_close()


@pytest.fixture
def host() -> Iterator[Callable[..., Host]]:
    with ExitStack() as stack:
        yield lambda answers, tls=None: stack.enter_context(Host(answers, tls).serving())


@pytest.fixture
def crawl(crawl_host: CrawlHost, config: Config, tmp_path: Path) -> Callable[..., Any]:
    """Crawl `origin` as site `n` with further lines in its file; returns the exit status and the run."""

    def run(origin: str, *lines: str) -> tuple[int, dict[str, Any]]:
        write_site(tmp_path, origin, *lines)
        return crawl_host.crawl("n", tmp_path / "sites", config.database)

    return run


@pytest.fixture
def command(newscrawl: Run, tmp_path: Path) -> Callable[..., Any]:
    """The same by the command line, with other settings; returns the process and the run."""

    def run(origin: str, *lines: str, env: dict[str, str]) -> tuple[Any, dict[str, Any]]:
        write_site(tmp_path, origin, *lines)
        done = newscrawl("crawl", "n", "--json", env={"NEWSCRAWL_SITES": str(tmp_path / "sites")} | env)
        assert "Traceback" not in done.stderr, done.stderr
        return done, json.loads(done.stdout)[0]["run"] if done.stdout else {}

    return run


def write_site(folder: Path, origin: str, *lines: str) -> Path:
    (folder / "sites").mkdir(exist_ok=True)
    path = folder / "sites" / "n.toml"
    head = [f'title = "Н."\nurl = "{origin}/"\ndelay = 0.0\nverified = false', *lines]
    rest = f"""
[article]
path = '/news/\\d+/'

[[sources]]
type = "listing"
url = "{origin}/news/"
item = ".item"
date = "i"

[[layouts]]
name = "only"
headline = "h1"
article_body = ".text"
"""
    path.write_text("\n".join(head) + rest, encoding="utf-8")
    return path


# --- a reason in place of nothing


def test_page_that_is_not_the_sites_own_is_kept_with_the_reason(
    host: Callable[..., Host], crawl: Callable[..., Any], store: Store
) -> None:
    links = "".join(f"<div class='item'><a href='/news/{number}/'>Новость</a></div>" for number in range(1, 5))
    city = host(
        {
            "/news/": links,
            "/news/1/": ARTICLE,
            "/news/2/": WORKS,
            "/news/3/": WORKS + "<!-- another -->",
            "/news/4/": served(403, "<script>document.cookie='a=b';location.reload()</script>", Server="ddos-guard"),
        }
    )
    status, run = crawl(city.origin)
    assert status == 1
    assert run["stats"]["articles_new"] == 1
    assert run["stats"]["failed.maintenance"] == 2
    assert run["stats"]["failed.bot_wall"] == 1
    told = " ".join(run["warnings"])
    assert told.count("closed for maintenance") == 1
    assert told.count("a bot wall stands before the page") == 1
    assert [one.url for one in store.find_articles()] == [f"{city.origin}/news/1/"]
    kept = store.pages_with_problems("n")
    assert sorted(kept["maintenance"]) == [f"{city.origin}/news/2/", f"{city.origin}/news/3/"]

    # When the site is back, its articles are read and the marks go.
    city.answers["/news/4/"] = ARTICLE.replace("Новый", "Старый")
    city.answers["/news/2/"] = city.answers["/news/3/"] = ARTICLE.replace("Новый", "Большой")
    status, run = crawl(city.origin)
    assert status == 0, run
    assert store.pages_with_problems("n") == {}


@pytest.mark.parametrize(
    ("listing", "expected", "reason"),
    [
        (WORKS, 1, "maintenance"),
        (served(503, WORKS, Retry_After="600"), 3, "maintenance"),
        (served(451, "<p>Доступ из вашей страны ограничен</p>"), 1, "geo_block"),
        (LISTING_SHELL, 1, "javascript"),
        ("<h1>Страница не найдена</h1>", 1, "soft_404"),
        ("<h1>Новости</h1>", 1, "barren_listing"),
    ],
)
def test_listing_that_names_nothing_says_why(
    host: Callable[..., Host], crawl: Callable[..., Any], listing: Answer | str, expected: int, reason: str
) -> None:
    status, run = crawl(host({"/news/": listing}).origin)
    assert status == expected
    assert run["stats"][f"failed.{reason}"] == 1
    assert len(run["warnings"]) == 1


# --- scripts


@pytest.fixture
def scripted(host: Callable[..., Host]) -> Host:
    """A site whose list and articles are made by scripts."""
    told = [{"url": f"/news/{number}/", "title": f"Новость {number}"} for number in (1, 2)]
    answers: Answers = {
        "/robots.txt": served(body="User-agent: *\nDisallow: /private/\n", content_type="text/plain"),
        "/news/": LISTING_SHELL,
        "/bundle.js": served(body=BUNDLE, content_type="text/javascript; charset=utf-8"),
        "/style.css": served(body="#app {color: black}", content_type="text/css"),
        "/api/list.json": served(body=json.dumps(told), content_type="application/json"),
    }
    for number in (1, 2):
        answers[f"/news/{number}/"] = LISTING_SHELL
        article = {"title": f"Новость {number}", "text": PROSE}
        answers[f"/api/news/{number}/index.json"] = served(body=json.dumps(article), content_type="application/json")
    return host(answers)


def test_browser_is_here() -> None:
    """Without a Chromium the tests below would show nothing: this one fails, none is skipped."""
    assert shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def test_scripts_are_run_politely(scripted: Host, crawl: Callable[..., Any], store: Store) -> None:
    status, run = crawl(scripted.origin, "javascript = true")
    assert status == 0, run
    articles = {one.url: one for one in store.find_articles()}
    assert articles.keys() == {f"{scripted.origin}/news/{number}/" for number in (1, 2)}
    for article in articles.values():
        assert article.article_body == PROSE
        page = store.find_page(article.page_id)
        assert page is not None
        assert page.headers[RENDERED].startswith("Chromium ")
        assert PROSE in page.body.decode("utf-8")
    # What the pages wanted and robots.txt, the site's hosts or the kind of thing forbid was not asked for.
    wanted = {"/robots.txt", "/news/", "/bundle.js", "/style.css", "/api/list.json"}
    for number in (1, 2):
        wanted |= {f"/news/{number}/", f"/api/news/{number}/index.json"}
    assert set(scripted.asked) == wanted
    assert len(scripted.asked) == len(wanted), "files are fetched once"
    assert scripted.largest_at_once == 1
    assert all(agent.startswith("newscrawl/") for agent in scripted.agents)
    assert scripted.asked[0] == "/robots.txt"


def test_site_without_the_word_is_told_of_it(scripted: Host, crawl: Callable[..., Any]) -> None:
    status, run = crawl(scripted.origin)
    assert status == 1
    assert "javascript = true" in run["warnings"][0]


def test_page_whose_scripts_never_end_costs_itself_alone(
    scripted: Host, command: Callable[..., Any], store: Store
) -> None:
    """Requests without end, dialogs, windows and reloads are no harm; a loop or a leap elsewhere costs its own page."""
    told = [{"url": f"/news/{number}/", "title": f"Новость {number}"} for number in (3, 1, 2, 4)]
    scripted.answers["/api/list.json"] = served(body=json.dumps(told), content_type="application/json")
    tricks = {
        "/news/1/": "alert(1); open('/elsewhere/'); setInterval(() => fetch('/api/list.json?' + Math.random()), 5);",
        "/news/2/": "addEventListener('load', () => { document.cookie = 'a=b'; location.reload(); location.href = '/elsewhere/' })",
        "/news/4/": "location.href = '/elsewhere/'",
        "/news/3/": "setTimeout(() => { for (;;) {} }, 300)",
    }
    for path, script in tricks.items():
        scripted.answers[path] = LISTING_SHELL.replace("<body>", f"<body><script>{script}</script>")
    started = time.monotonic()
    _, run = command(scripted.origin, "javascript = true", env={"NEWSCRAWL_PAGE_TIMEOUT": "12"})
    assert time.monotonic() - started < 90
    assert {one.url for one in store.find_articles()} == {f"{scripted.origin}/news/{number}/" for number in (1, 2)}
    assert run["stats"]["failed.timeout"] == 1
    assert run["stats"]["failed.javascript"] == 1
    assert "/elsewhere/" not in scripted.asked


def test_packed_old_and_huge_pages(scripted: Host, crawl: Callable[..., Any], store: Store) -> None:
    """Bytes decide the encoding before the browser too; the size bound holds for what scripts have made."""
    old = LISTING_SHELL.replace("</body>", "<h2>Подвал страницы</h2></body>").encode("cp1251")
    scripted.answers["/news/1/"] = served(body=gzip.compress(old), Content_Encoding="gzip")
    huge = "<script>document.body.append('ж'.repeat(6e6))</script></body>"
    scripted.answers["/news/2/"] = LISTING_SHELL.replace("</body>", huge)
    status, run = crawl(scripted.origin, "javascript = true")
    assert status == 1
    (article,) = store.find_articles()
    page = store.find_page(article.page_id)
    assert page is not None
    assert "Подвал страницы" in page.body.decode("utf-8")
    assert article.article_body == PROSE
    assert run["stats"]["failed.too_large"] == 1


def test_what_is_no_page_goes_without_the_browser(scripted: Host, crawl: Callable[..., Any], store: Store) -> None:
    scripted.answers["/news/1/"] = served(302, Location="/news/2/")
    scripted.answers["/news/2/"] = served(500)
    status, run = crawl(scripted.origin, "javascript = true")
    assert status == 1
    assert run["stats"]["failed.http_500"] >= 1
    assert list(store.find_articles()) == []


def test_no_browser_is_one_sentence(scripted: Host, command: Callable[..., Any], tmp_path: Path) -> None:
    for setting, words in (("/nonexistent/chromium", "is no program"), ("", "there is no Chromium on PATH")):
        env = {"NEWSCRAWL_CHROMIUM": setting, "PATH": str(tmp_path)}
        done, _ = command(scripted.origin, "javascript = true", env=env)
        assert done.returncode == 2
        assert words in " ".join(done.stderr.split())
    assert scripted.asked == []


# --- certificates


def tls_server(authority: trustme.CA, **changes: Any) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(changes.pop("name", "127.0.0.1"), **changes).configure_cert(context)
    return context


@pytest.fixture
def authority(tmp_path: Path) -> trustme.CA:
    made = trustme.CA(organization_name="Н.")
    made.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    return made


SOUND: Answers = {"/news/": LISTING, "/news/1/": ARTICLE}
LONG_AGO = datetime.now(UTC) - timedelta(days=3)


def test_bundle_of_the_site_is_trusted(
    host: Callable[..., Host], crawl: Callable[..., Any], authority: trustme.CA, store: Store, tmp_path: Path
) -> None:
    city = host(SOUND, tls_server(authority))
    status, run = crawl(city.origin, 'ca_bundle = "../authority.pem"')
    assert status == 0, run
    assert run["warnings"] == []
    assert len(list(store.find_articles())) == 1
    site = load_site(tmp_path / "sites" / "n.toml")
    assert fetch_page(f"{city.origin}/news/1/", "newscrawl/test", site).body == ARTICLE.encode()


@pytest.mark.parametrize(
    ("line", "changes", "reason", "words"),
    [
        ("verify_tls = true", {}, "tls_untrusted", "name its certificates in `ca_bundle`"),
        ('ca_bundle = "../authority.pem"', {"not_after": LONG_AGO}, "tls_expired", "has expired"),
        ('ca_bundle = "../authority.pem"', {"name": "elsewhere.example"}, "tls_wrong_host", "made out to another name"),
    ],
)
def test_certificate_that_does_not_verify_ends_the_crawl_with_what_to_do(
    host: Callable[..., Host],
    crawl: Callable[..., Any],
    authority: trustme.CA,
    tmp_path: Path,
    line: str,
    changes: dict[str, Any],
    reason: str,
    words: str,
) -> None:
    city = host(SOUND, tls_server(authority, **changes))
    status, run = crawl(city.origin, line)
    assert status == 1
    assert run["stats"][f"failed.{reason}"] == 1
    assert words in run["warnings"][0]
    assert city.asked == []
    with pytest.raises(UnavailableError, match=words):
        fetch_page(f"{city.origin}/news/1/", "newscrawl/test", load_site(tmp_path / "sites" / "n.toml"))
    assert city.asked == []


def test_unverified_site_is_read_and_the_certificate_told_of_once(
    host: Callable[..., Host], crawl: Callable[..., Any], authority: trustme.CA, tmp_path: Path, store: Store
) -> None:
    city = host(SOUND, tls_server(authority))
    status, run = crawl(city.origin)
    assert status == 0
    assert len(list(store.find_articles())) == 1
    assert len(run["warnings"]) == 1
    assert "read all the same" in run["warnings"][0]
    site = load_site(tmp_path / "sites" / "n.toml")
    assert fetch_page(f"{city.origin}/news/1/", "newscrawl/test", site).status == 200
    # A page of no site's is verified: nobody has said that it need not be.
    with pytest.raises(UnavailableError, match="nobody that is trusted here"):
        fetch_page(f"{city.origin}/news/1/", "newscrawl/test")


def test_old_protocol_is_named(host: Callable[..., Host], crawl: Callable[..., Any], authority: trustme.CA) -> None:
    context = tls_server(authority)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
    status, run = crawl(host(SOUND, context).origin)
    assert status == 1
    assert run["stats"]["failed.tls_protocol"] == 1


def test_scripts_and_a_bundle_go_together(
    scripted: Host, host: Callable[..., Host], crawl: Callable[..., Any], authority: trustme.CA, store: Store
) -> None:
    city = host(scripted.answers, tls_server(authority))
    status, run = crawl(city.origin, "javascript = true", 'ca_bundle = "../authority.pem"')
    assert status == 0, run
    assert len(list(store.find_articles())) == 2


@pytest.mark.parametrize("bundle", ["nowhere.pem", "russian-trusted", "../sites", "n.toml"])
def test_bundle_that_is_none_is_refused_by_its_key(tmp_path: Path, bundle: str) -> None:
    path = write_site(tmp_path, "https://n.example", f'ca_bundle = "{bundle}"')
    with pytest.raises(SiteFileError, match="ca_bundle: expected a PEM file of certificates") as caught:
        load_site(path)
    assert caught.value.key == "ca_bundle"


# --- one page by hand


def test_refusal_of_a_single_page_says_why(host: Callable[..., Host]) -> None:
    city = host({"/a": served(403, "<h1>Доступ из вашей страны ограничен</h1>"), "/robots.txt": served(404)})
    with pytest.raises(UnavailableError, match="the server answered 403: the site refuses visitors"):
        fetch_page(f"{city.origin}/a", "newscrawl/test")


def test_scrapy_ends_with_2_too(config: Config, tmp_path: Path, scripted: Host) -> None:
    path = write_site(tmp_path, scripted.origin, "javascript = true")
    env = command_environment(config) | {
        "NEWSCRAWL_SITES": str(path.parent),
        "NEWSCRAWL_CHROMIUM": "/nonexistent",
        "SCRAPY_SETTINGS_MODULE": "newscrawl.settings",
    }
    command = [sys.executable, "-m", "scrapy", "crawl", "n"]
    done = subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "is no program" in done.stderr
    assert "Traceback" not in done.stderr
