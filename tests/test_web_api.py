"""The JSON API: what it answers, how lists go on, what it refuses."""

from __future__ import annotations

import gzip
import json
import re
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from starlette.testclient import TestClient

from newscrawl.config import Config
from newscrawl.items import Entity, Run, StoredArticle
from newscrawl.store import Store, open_store
from newscrawl.store.cursors import write_cursor
from newscrawl.web.api.records import LISTED, SiteAtAGlance
from newscrawl.web.app import create_app
from tests.conftest import ROOT
from tests.test_store import article as one_article  # noqa: F401
from tests.web_tools import REVISED, served


@pytest.fixture(scope="module")
def client(sample_store: Store, sample_config: Config) -> Iterator[TestClient]:
    app = create_app(sample_store, sample_config)
    with TestClient(app, base_url="http://localhost", follow_redirects=False) as client:
        yield client


def get(client: TestClient, address: str, **parameters: Any) -> Any:
    answer = client.get(address, params=parameters or None)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    return answer.json()


def refused(client: TestClient, address: str, status: int = 400) -> dict[str, Any]:
    answer = client.get(address)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == status
    assert problem["detail"]
    return problem


def all_of(client: TestClient, address: str, **parameters: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    answer = get(client, address, **parameters)
    while True:
        found += answer["items"]
        if answer["next"] is None:
            return found
        answer = get(client, address, **parameters | {"cursor": answer["next"]})


# --- articles


def test_articles_come_latest_first_page_by_page(client: TestClient, sample_store: Store) -> None:
    stored = [one.url for one in sample_store.find_articles(site="sample")]
    listed = all_of(client, "/api/articles", limit=7, include_duplicates="true")
    assert [one["url"] for one in listed] == stored
    assert set(listed[0]) == set(LISTED)
    days = [one["date_published"] for one in listed if one["date_published"]]
    assert days == sorted(days, reverse=True)
    assert all(day.endswith("Z") for day in days)
    assert listed[-1]["date_published"] is None


def test_a_list_has_the_fields_that_are_asked_for(client: TestClient) -> None:
    (found,) = get(client, "/api/articles", limit=1, fields="headline,date_published")["items"]
    assert set(found) == {"url", "headline", "date_published"}
    assert "«nothing»" in refused(client, "/api/articles?fields=headline,nothing")["detail"]
    assert "the article itself" in refused(client, "/api/articles?fields=entities")["advice"]


def test_the_next_page_is_linked(client: TestClient) -> None:
    answer = client.get("/api/articles", params={"limit": 3, "city": "Светлореченск"})
    (address,) = [part.strip("<>") for part in answer.headers["link"].split("; ") if part.startswith("<")]
    assert answer.headers["link"].endswith('rel="next"')
    following = get(client, address)["items"]
    assert len(following) == 3
    assert {one["url"] for one in following}.isdisjoint(one["url"] for one in answer.json()["items"])


def test_filters(client: TestClient, sample_store: Store) -> None:
    every = list(sample_store.find_articles(site="sample"))
    assert get(client, "/api/articles", site="ryazan")["items"] == []
    assert len(all_of(client, "/api/articles", region="RU-RYA", include_duplicates="true")) in {0, len(every)}
    day = next(one.date_published for one in every if one.date_published)
    later = all_of(client, "/api/articles", since=day.date().isoformat(), include_duplicates="true")
    earlier = all_of(client, "/api/articles", until=day.date().isoformat(), include_duplicates="true")
    undated = sum(one.date_published is None for one in every)
    assert later
    assert len(later) + len(earlier) + undated == len(every)
    exactly = get(client, "/api/articles", since=day.isoformat(), until=(day + timedelta(seconds=1)).isoformat())
    assert [one["date_published"] for one in exactly["items"]] == [day.strftime("%Y-%m-%dT%H:%M:%SZ")]


def test_words_are_found_in_any_form(client: TestClient) -> None:
    forms = [
        {one["url"] for one in all_of(client, "/api/articles", text=form)} for form in ("школа", "ШКОЛЫ", "школами")
    ]
    assert forms[0]
    assert forms[0] == forms[1] == forms[2]
    without = {one["url"] for one in all_of(client, "/api/articles", text="школа -дети")}
    assert without < forms[0]


def test_an_article_by_its_key_and_by_any_form_of_its_address(client: TestClient, sample_store: Store) -> None:
    stored = next(iter(sample_store.find_articles(site="sample")))
    by_key = get(client, f"/api/articles/{quote(stored.url, safe='')}")
    assert StoredArticle.model_validate(by_key) == stored
    assert get(client, "/api/article", url=stored.url) == by_key
    assert get(client, "/api/article", url=f"{stored.url}?utm_source=x#top") == by_key
    assert "no article" in refused(client, "/api/article?url=http://n.example/x", 404)["detail"]
    assert "no article" in refused(client, f"/api/articles/{quote('javascript:alert(1)', safe='')}", 404)["detail"]


def test_revisions(client: TestClient, sample_store: Store) -> None:
    (revised,) = [one for one in sample_store.find_articles(site="sample") if one.revision > 1]
    assert REVISED in revised.article_body
    (before,) = get(client, "/api/article/revisions", url=revised.url)["items"]
    assert before["revision"] == 1
    assert REVISED not in before["article_body"]
    refused(client, "/api/article/revisions?url=x", 404)


# --- entities


def test_entities_by_frequency_and_by_any_spelling(client: TestClient, sample_store: Store) -> None:
    persons = all_of(client, "/api/entities", type="PER", limit=9)
    assert len({one["id"] for one in persons}) == len(persons) > 9
    assert [one["articles"] for one in persons] == sorted((one["articles"] for one in persons), reverse=True)
    first = Entity.model_validate(persons[0])
    assert get(client, f"/api/entities/{quote(first.id, safe='')}") == persons[0]
    found = get(client, "/api/entities", text=first.normal)
    assert first.id in {one["id"] for one in found["items"]}
    mentioned = all_of(client, "/api/articles", entity=first.id, include_duplicates="true")
    assert len(mentioned) == first.articles
    refused(client, "/api/entities/per%3Aникто", 404)


def test_a_name_that_several_bear_leads_to_their_ids(store: Store, config: Config) -> None:
    entity = {
        "type": "PER", "normal": "Иван Петров", "uncertain": None, "aliases": [], "refs": [], "posts": [],
        "keys": ["per:иван петров"], "names": ["per:иван петров"], "cities": [], "articles": 1, "first_seen": None,
        "last_seen": None, "words": [],
    }  # fmt: skip
    ids = ["per:иван петров@RU-RYA/рязань", "per:иван петров@RU-TUL/тула"]
    store.entities.insert_many([{"_id": one} | entity for one in ids])
    with TestClient(create_app(store, config), base_url="http://localhost") as client:
        problem = refused(client, f"/api/entities/{quote('per:иван петров', safe='')}", 404)
        assert problem["candidates"] == ids
        assert get(client, f"/api/entities/{quote(ids[0], safe='')}")["id"] == ids[0]


# --- the crawl


def test_runs_and_sites(client: TestClient) -> None:
    (run,) = get(client, "/api/runs", site="sample", job="crawl", status="done")["items"]
    assert Run.model_validate(run).stats["articles_new"] == 60
    assert get(client, f"/api/runs/{run['id']}") == run
    refused(client, "/api/runs/none", 404)
    sites = get(client, "/api/sites")
    assert datetime.fromisoformat(sites["looked_at"]).tzinfo is not None
    sample = next(one for one in sites["items"] if one["site"] == "sample")
    assert sample["articles"] == 60
    assert sample["last_status"] == "done"


def test_sites_are_told_as_the_command_does(cli: Any, store: Store) -> None:
    told = json.loads(cli("status", "--json").stdout)
    assert told
    assert all(set(one) == set(SiteAtAGlance.model_fields) for one in told)


# --- parameters


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("site[$ne]=x", "site[$ne]"),
        ("site[]=x", "site[]"),
        ("site.name=x", "site.name"),
        ("$where=sleep(1000)", "$where"),
        ("Site=x", "Site"),
        ("site=a&site=b", "site"),
        ("site=", "site"),
        ("site=" + "x" * 101, "site"),
        ("site=a%00b", "site"),
        ("text=" + "слово" * 50, "text"),
        ("region=Рязань", "region"),
        ("since=yesterday", "since"),
        ("since=1700000000", "since"),
        ("since=2026-02-30", "since"),
        ("since=٢٠٢٦-01-01", "since"),
        ("until=0001-01-01T00:00:00%2B14:00", "until"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=many", "limit"),
        ("cursor=%24%7B7*7%7D", "cursor"),
        ("include_duplicates=perhaps", "include_duplicates"),
    ],
)
def test_what_cannot_be_asked_is_told_by_name(client: TestClient, query: str, parameter: str) -> None:
    problem = refused(client, f"/api/articles?{query}")
    assert parameter in [one["parameter"] for one in problem["errors"]]


def test_every_wrong_parameter_is_told(client: TestClient) -> None:
    problem = refused(client, "/api/articles?limit=0&since=x&region=y")
    assert {one["parameter"] for one in problem["errors"]} == {"limit", "since", "region"}


@pytest.mark.parametrize("address", ["/api/articles/x", "/api/entities/x", "/api/runs/x", "/api/sites", "/api/article"])
def test_no_endpoint_takes_a_parameter_that_it_has_not(client: TestClient, address: str) -> None:
    assert refused(client, f"{address}?pretty=1")["errors"] == [
        {"parameter": "pretty", "message": "there is no such parameter"}
    ]


def test_words_of_nothing_are_told(client: TestClient) -> None:
    assert "no word" in refused(client, "/api/articles?text=и или не")["detail"]


def test_nothing_is_written_and_other_addresses_are_told(client: TestClient) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        answer = client.request(method, "/api/articles")
        assert answer.status_code == 405
        assert answer.headers["allow"] == "GET, HEAD"
        assert answer.json()["status"] == 405
    refused(client, "/api/nothing", 404)
    refused(client, "/api/", 404)


# --- cursors

_LISTS = (
    "/api/articles?limit=3",
    "/api/articles?text=школа",
    "/api/entities?type=PER",
    "/api/runs?limit=3",
    "/api/changes?limit=3",
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    place=st.lists(
        st.one_of(st.none(), st.text(max_size=30), st.integers(), st.just("2026-01-01T00:00:00+00:00")), max_size=3
    ),
    address=st.sampled_from(_LISTS),
)
def test_a_cursor_that_was_made_up_is_refused_or_only_a_place(
    client: TestClient, place: list[Any], address: str
) -> None:
    try:
        made_up = write_cursor(*place)
    except UnicodeEncodeError:
        return
    answer = client.get(f"{address}&{'after' if 'changes' in address else 'cursor'}={made_up}")
    assert answer.status_code in {200, 400}, answer.text
    if answer.status_code == 400:
        assert "cursor" in answer.json()["detail"]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_tampered_cursor_is_refused_or_only_a_place(client: TestClient, data: st.DataObject) -> None:
    cursor = get(client, "/api/articles", limit=1)["next"]
    place = data.draw(st.integers(0, len(cursor) - 1))
    letter = data.draw(st.characters(exclude_categories=["Cs"]))
    answer = client.get("/api/articles", params={"cursor": cursor[:place] + letter + cursor[place + 1 :]})
    assert answer.status_code in {200, 400}, answer.text


# --- how answers travel


def test_an_answer_that_the_client_has_is_not_sent_again(client: TestClient) -> None:
    first = client.get("/api/articles", headers={"Accept-Encoding": "identity"})
    tag = first.headers["etag"]
    assert tag.startswith('"')
    assert first.headers["cache-control"] == "private, no-cache"
    for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        again = client.get("/api/articles", headers={"If-None-Match": known, "Accept-Encoding": "identity"})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert "content-type" not in again.headers
    assert client.get("/api/articles", headers={"If-None-Match": '"other"'}).status_code == 200
    assert client.get("/api/articles?limit=1").headers["etag"] != tag


def test_gzip_has_a_validator_of_its_own(client: TestClient) -> None:
    plain = client.get("/api/articles", headers={"Accept-Encoding": "identity"})
    with client.stream("GET", "/api/articles", headers={"Accept-Encoding": "gzip"}) as packed:
        raw = b"".join(packed.iter_raw())
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(raw) == plain.content
    assert len(raw) == int(packed.headers["content-length"]) < len(plain.content)
    assert packed.headers["etag"] == plain.headers["etag"][:-1] + '-gzip"'
    assert "Accept-Encoding" in plain.headers["vary"]
    again = client.get("/api/articles", headers={"If-None-Match": packed.headers["etag"], "Accept-Encoding": "gzip"})
    assert again.status_code == 304
    assert client.get("/api/articles", headers={"Accept-Encoding": "gzip;q=0"}).headers.get("content-encoding") is None


def test_head_tells_what_get_would(client: TestClient) -> None:
    told, asked = client.get("/api/articles"), client.head("/api/articles")
    assert asked.status_code == 200
    assert asked.content == b""
    assert {**asked.headers} == {**told.headers}
    assert client.head("/api/articles?limit=0").status_code == 400


def test_a_list_of_long_articles_ends_early_and_goes_on(store: Store, config: Config, one_article: Any) -> None:  # noqa: F811
    body = "Длинное слово и ещё одно. " * 40_000  # 1 million letters
    long = [one_article.model_copy(update={"url": f"http://n.example/{n}", "article_body": body}) for n in range(30)]
    store.write_articles(long, "test")
    with TestClient(create_app(store, config, held_back=timedelta()), base_url="http://localhost") as client:
        first = get(client, "/api/articles", limit=200, fields="url", include_duplicates="true")
        assert len(first["items"]) == 25
        assert len(all_of(client, "/api/articles", limit=200, fields="url", include_duplicates="true")) == 30


# --- the feed of changes


def followed(client: TestClient, after: str | None = None, **asked: Any) -> tuple[list[dict[str, Any]], str]:
    """Follow the feed until there is no more for now."""
    items: list[dict[str, Any]] = []
    while True:
        answer = get(client, "/api/changes", **asked | ({"after": after} if after else {}))
        items += answer["items"]
        after = answer["last"]
        if not answer["more"]:
            return items, str(after)


def test_the_feed_tells_every_article_and_then_what_changes(store: Store, config: Config, one_article: Any) -> None:  # noqa: F811
    articles = [one_article.model_copy(update={"url": f"http://n.example/{n}"}) for n in range(5)]
    store.write_articles(articles, "test")
    with TestClient(create_app(store, config, held_back=timedelta()), base_url="http://localhost") as client:
        items, last = followed(client, limit=2)
        assert [one["url"] for one in items] == [one.url for one in articles]
        moments = [datetime.fromisoformat(one["changed_at"]) for one in items]
        assert moments == sorted(moments)
        assert followed(client, last) == ([], last)
        store.touch_articles([articles[0].url])  # met again, unchanged: no change
        assert followed(client, last) == ([], last)
        store.write_articles([articles[3].model_copy(update={"article_body": "Другое."})], "test")
        store.mark_gone(articles[4].url, datetime.fromisoformat("2026-01-01T00:00:00Z"))
        (changed, gone), last = followed(client, last)
        assert (changed["url"], changed["revision"], changed["article_body"]) == (articles[3].url, 2, "Другое.")
        assert (gone["url"], gone["gone_at"]) == (articles[4].url, "2026-01-01T00:00:00Z")
        assert followed(client, last) == ([], last)
        assert followed(client, last, site="nowhere")[0] == []


def test_what_was_just_written_is_held_back(store: Store, config: Config, one_article: Any) -> None:  # noqa: F811
    store.write_articles([one_article], "test")
    with TestClient(create_app(store, config), base_url="http://localhost") as client:
        answer = get(client, "/api/changes")
        assert (answer["items"], answer["more"], answer["held_back_seconds"]) == ([], False, 60.0)


def test_no_change_is_lost_while_many_write(store: Store, config: Config, one_article: Any) -> None:  # noqa: F811
    """Four writers, each with a store of its own, revise the same articles while a reader follows, stops, goes on."""
    rounds, urls = 12, [f"http://n.example/{n}" for n in range(16)]
    margin = timedelta(
        milliseconds=50
    )  # less than an article rests between two revisions: else only its last one is told

    def write(writer: int) -> None:
        with open_store(config) as own:
            for turn in range(rounds):
                for url in urls[writer::2]:
                    body = f"Сообщение {turn}-{writer}. Подробности позже."
                    own.write_articles([one_article.model_copy(update={"url": url, "article_body": body})], "test")
                    time.sleep(0.02)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    with TestClient(create_app(store, config, held_back=margin), base_url="http://localhost") as client:
        for one in writers:
            one.start()
        seen: dict[str, dict[str, Any]] = {}
        last: str | None = None
        order: list[tuple[datetime, str]] = []
        steps = 0
        while True:
            alive = any(one.is_alive() for one in writers)
            items, last = followed(client, last, limit=3)
            steps += 1
            order += [(datetime.fromisoformat(one["changed_at"]), one["url"]) for one in items]
            seen |= {one["url"]: one for one in items}
            if not alive and all(
                seen.get(url, {}).get("article_body") == stored.article_body
                for url in urls
                if (stored := store.find_article(url)) is not None
            ):
                break
            assert steps < 2000, "the reader never caught up"
        for one in writers:
            one.join()
    assert order == sorted(order)
    assert len(order) > len(urls)


def test_the_follower_of_the_docs(store: Store, config: Config, one_article: Any, tmp_path: Path) -> None:  # noqa: F811
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    (code,) = re.findall(r'^```python title="follows the corpus"\n(.*?)^```', text, re.MULTILINE | re.DOTALL)
    known: dict[str, Any] = {}
    exec(compile(code, "docs/api.md", "exec"), known)
    urls = [f"http://n.example/{n}" for n in range(230)]
    store.write_articles([one_article.model_copy(update={"url": url}) for url in urls], "test")
    taken: list[str] = []
    with served(create_app(store, config, held_back=timedelta())) as origin:

        def follow() -> None:
            known["follow"](origin.rstrip("/"), tmp_path / "cursor", lambda article: taken.append(article["url"]))

        follow()
        assert sorted(taken) == sorted(urls)
        follow()
        assert len(taken) == len(urls)
        store.write_articles([one_article.model_copy(update={"url": urls[7], "article_body": "Другое."})], "test")
        follow()
        assert taken[len(urls) :] == [urls[7]]


# --- the description


def test_the_description_tells_every_field_and_parameter(client: TestClient) -> None:
    document = get(client, "/api/openapi.json")
    assert document["openapi"].startswith("3.")
    for path, item in document["paths"].items():
        operation = item["get"]
        assert operation["description"], path
        assert all(one["description"] for one in operation.get("parameters", ())), path
        assert "422" not in operation["responses"]
        assert operation["responses"]["400"]["content"].keys() == {"application/problem+json"}
    for name, schema in document["components"]["schemas"].items():
        for field, told in schema.get("properties", {}).items():
            assert told.get("description"), f"{name}.{field}"
    assert "http" not in json.dumps(document["paths"]).replace("https://", "").replace("http://", "")


def test_the_page_of_the_api(client: TestClient) -> None:
    page = client.get("/api", headers={"Accept-Language": "en"})
    assert page.status_code == 200
    for path in get(client, "/api/openapi.json")["paths"]:
        assert f"GET {path}" in page.text


@pytest.fixture
def api(sample_store: Store, sample_config: Config) -> Any:
    config = schemathesis.Config.from_dict(
        {
            "seed": 1,
            "checks": {
                "positive_data_acceptance": {"expected-statuses": ["2xx", "400", "404"]},
                "negative_data_rejection": {"expected-statuses": ["400", "404", "405", "414"]},
            },
        }
    )
    app = create_app(sample_store, sample_config, names=["testserver"])
    return schemathesis.openapi.from_asgi("/api/openapi.json", app, config=config)


_PATHS = (
    "/api/articles", "/api/articles/{id}", "/api/article", "/api/article/revisions", "/api/entities",
    "/api/entities/{id}", "/api/changes", "/api/runs", "/api/runs/{id}", "/api/sites",
)  # fmt: skip


def test_every_operation_is_fuzzed(api: Any) -> None:
    assert {operation.ok().path for operation in api.get_all_operations()} == set(_PATHS)


_ASKED = [
    (path, mode) for path in _PATHS for mode in GenerationMode if (path, mode.value) != ("/api/sites", "negative")
]
_NOT_BY_THE_SCHEMA = ("the cursor is none", "the search", "fields: there is no", "expected a day", "without NUL")
"""What is wrong with a request that the description allows: no schema tells a cursor that was given from another."""


@pytest.mark.parametrize(("path", "mode"), _ASKED)
def test_whatever_is_asked_the_answer_is_as_described(api: Any, path: str, mode: GenerationMode) -> None:
    """Schemathesis: no 5xx; status, type and fields are those of the description; what it forbids is refused."""

    @settings(max_examples=25, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(case=api[path]["GET"].as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        answer = case.call_and_validate()
        if mode is GenerationMode.POSITIVE and answer.status_code == 400:
            assert any(words in answer.json()["detail"] for words in _NOT_BY_THE_SCHEMA)

    ask()
