"""The registry against a real mongod: made of articles and decisions alone, in any order, over crashes."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import UTC, datetime
from itertools import permutations

import pytest
from pymongo.errors import WriteError

from newscrawl.config import Config
from newscrawl.errors import ConfigError
from newscrawl.store import Store, leases, open_store
from newscrawl.store import decisions as laws
from newscrawl.store.migrations import add_fields, add_identities
from newscrawl.store.schema import SCHEMA_VERSION

from .conftest import command_environment
from .registry_tools import KALUGA, RYAZAN, TULA, article, counts, person, put, thing, urls

IVAN = "per:иван петров"
AT_RYAZAN, AT_TULA = f"{IVAN}@RU-RYA/рязань", f"{IVAN}@RU-TUL/тула"
HEAD = article(1, RYAZAN, person("Иван Петров", "глава города"), day=1)
PLAIN = article(2, RYAZAN, person("Иван Петров", text="Ивана Петрова"), day=2)
MASTER = article(1, TULA, person("Иван Петров", "директор школы № 3"), day=3)
ABROAD = article(1, KALUGA, person("Иван Петров"), day=4)
ALL = (HEAD, PLAIN, MASTER, ABROAD)


def state(store: Store) -> dict[str, object]:
    """All that must not depend on the order of events."""
    return {
        "entities": list(store.entities.find().sort("_id", 1)),
        "articles": {one["_id"]: one["identities"] for one in store.articles.find()},
        "due": store.articles.count_documents({"unsettled": {"$exists": True}}),
    }


# --- made of articles


def test_an_entity_tells_all_that_articles_say(store: Store) -> None:
    put(store, [HEAD, PLAIN, article(3, RYAZAN, person("Иван Петров", "глава города"), day=9)])
    (one,) = store.registry.find(IVAN)
    assert (one.normal, one.type, one.articles) == ("Иван Петров", "PER", 3)
    assert one.aliases == ("Иван Петров", "Ивана Петрова")
    assert [(post.post, post.articles) for post in one.posts] == [("глава города", 2)]
    assert (one.posts[0].first, one.posts[0].last) == (
        datetime(2025, 5, 1, 9, tzinfo=UTC),
        datetime(2025, 5, 9, 9, tzinfo=UTC),
    )
    assert (one.first_seen, one.last_seen) == (one.posts[0].first, one.posts[0].last)
    assert [(seen.city, seen.articles) for seen in one.cities] == [("Рязань", 3)]


def test_namesakes_in_two_cities_stay_two(store: Store) -> None:
    put(store, ALL)
    assert counts(store) == {AT_RYAZAN: 2, AT_TULA: 1, IVAN: 1}
    assert urls(store, AT_RYAZAN) == ["ryazan/1", "ryazan/2"]
    assert [one.id for one in store.registry.namesakes(store.registry.find(AT_TULA)[0])] == [AT_RYAZAN, IVAN]
    stored = store.find_article(MASTER.url)
    assert stored is not None
    assert [(one.key, one.id) for one in stored.identities] == [(IVAN, AT_TULA)]
    assert stored.entities == MASTER.entities  # what the text says stays what it was


def test_the_order_of_arrival_does_not_matter(store: Store) -> None:
    seen = []
    for order in permutations(ALL):
        store.articles.delete_many({})
        store.entities.delete_many({})
        for one in order:
            put(store, [one])
        seen.append(state(store))
    assert all(one == seen[0] for one in seen)


def test_the_key_of_a_divided_name_still_leads_to_all_its_articles(store: Store) -> None:
    put(store, [HEAD, MASTER])
    assert {one.id for one in store.registry.find(IVAN)} == {AT_RYAZAN, AT_TULA}
    assert urls(store, IVAN) == ["ryazan/1", "tula/1"]


def test_a_surname_is_somebody_in_each_city_and_a_candidate_for_the_full_name(store: Store) -> None:
    put(store, [HEAD, article(5, RYAZAN, person("Петров")), article(5, TULA, person("Петров")), article(6, TULA)])
    assert counts(store) == {IVAN: 1, "per:петров@RU-RYA/рязань": 1, "per:петров@RU-TUL/тула": 1}
    near = [one.id for one in store.registry.namesakes(store.registry.find(IVAN)[0])]
    assert near == ["per:петров@RU-RYA/рязань"]  # the one of his city


def test_a_patronymic_joins_and_two_divide(store: Store) -> None:
    full = person("Иван Ильич Петров")
    put(store, [PLAIN, article(7, RYAZAN, full)])
    assert counts(store) == {"per:иван ильич петров": 2}
    assert urls(store, IVAN) == ["ryazan/2", "ryazan/7"]
    put(store, [article(7, TULA, person("Иван Львович Петров")), ABROAD])
    assert counts(store) == {"per:иван ильич петров": 2, "per:иван львович петров": 1, IVAN: 1}


def test_one_article_with_two_spellings_counts_once(store: Store) -> None:
    put(store, [article(1, RYAZAN, person("Иван Петров"), person("Иван Ильич Петров")), PLAIN])
    assert counts(store) == {"per:иван ильич петров": 2}
    (one,) = store.registry.find(IVAN)
    assert [(seen.city, seen.articles) for seen in one.cities] == [("Рязань", 2)]


def test_a_changed_article_leaves_what_it_no_longer_mentions(store: Store) -> None:
    put(store, ALL)
    put(store, [MASTER.model_copy(update={"entities": (), "headline": "Другое"})], "run2")
    assert counts(store) == {IVAN: 3}
    assert urls(store, AT_RYAZAN) == urls(store, IVAN) == ["kaluga/1", "ryazan/1", "ryazan/2"]  # an old id leads on
    put(store, [one.model_copy(update={"entities": ()}) for one in ALL], "run3")
    assert counts(store) == {}


def test_the_same_again_changes_nothing(store: Store) -> None:
    put(store, ALL)
    before = state(store)
    assert store.write_articles(ALL, "run2").by_outcome() == {"unchanged": 4}
    assert store.refresh_entities() == 0
    assert state(store) == before


def test_the_most_frequent(store: Store) -> None:
    town = thing("Рязань", "loc:рязань")
    put(store, [HEAD, article(2, RYAZAN, town, person("Иван Петров")), article(3, RYAZAN, town), MASTER])
    assert store.top_entities("PER") == [("Иван Петров", 2), ("Иван Петров", 1)]
    assert store.top_entities("PER", site="ryazan") == [("Иван Петров", 2)]
    assert store.top_entities("LOC", site="ryazan", limit=1) == [("Рязань", 2)]


# --- search


def test_search_by_any_spelling(store: Store) -> None:
    council = thing("Рязанская городская Дума", "org:рязанская городская дума")
    put(
        store,
        [
            article(1, RYAZAN, person("Елена Сорокина"), person("Пётр Орёл"), person("Максим Ли")),
            article(2, RYAZAN, person("Елена Сорокина"), council),
            article(3, RYAZAN, person("Елена Соколова"), thing("Польша", "loc:iso3166:PL", "iso3166:PL")),
        ],
    )  # fmt: skip

    def found(text: str, **more: str) -> list[str]:
        return [one.normal for one in store.registry.search(text, type_=more.get("type_"))]

    for text in ("Сорокина", "Сорокиной", "сорок", "Еленой Сорокиной", "СОРОКИНУ", "сорокина елен"):
        assert found(text) == ["Елена Сорокина"], text
    assert found("елена") == ["Елена Сорокина", "Елена Соколова"]  # the frequent first
    assert found("Орла") == found("Орёл") == found("орлом") == ["Пётр Орёл"]
    assert found("Максима") == ["Максим Ли"]
    assert found("городской думе") == ["Рязанская городская Дума"]
    assert found("рязанс", type_="PER") == []
    assert found(".*") == found("(") == found("") == found("нетникого") == []


# --- decisions


def test_a_merge_is_followed_and_taken_back(store: Store) -> None:
    put(store, ALL)
    before = state(store)
    whole = store.registry.merge(AT_TULA, AT_RYAZAN, reason="переехал")
    assert (whole.id, whole.articles) == (AT_RYAZAN, 3)
    assert counts(store) == {AT_RYAZAN: 3, IVAN: 1}
    assert urls(store, AT_TULA) == urls(store, AT_RYAZAN) == ["ryazan/1", "ryazan/2", "tula/1"]
    assert [one.id for one in store.registry.find(AT_TULA)] == [AT_RYAZAN]
    (decision,) = store.registry.decisions(whole)
    assert (decision.entity, decision.into, decision.reason, decision.applied) == (AT_TULA, AT_RYAZAN, "переехал", True)
    store.registry.undo("merge", AT_TULA)
    assert state(store) == before


def test_bodies_and_places_merge_across_names(store: Store) -> None:
    short, long = thing("Гордума", "org:гордума"), thing("Рязанская городская Дума", "org:рязанская городская дума")
    put(store, [article(1, RYAZAN, short), article(2, RYAZAN, long), article(3, RYAZAN, short, long)])
    whole = store.registry.merge("org:гордума", "org:рязанская городская дума")
    assert (whole.articles, whole.aliases) == (3, ("Гордума", "Рязанская городская Дума"))
    assert whole.normal == "Рязанская городская Дума"
    put(store, [article(4, RYAZAN, short)])
    assert counts(store) == {"org:рязанская городская дума": 4}


@pytest.mark.parametrize("condition", [{"site": "tula"}, {"post": "Директор"}, {"articles": (MASTER.url,)}])
def test_a_split_is_followed_and_taken_back(store: Store, condition: dict[str, str]) -> None:
    local = MASTER.model_copy(update={"entities": (person("Иван Петров", "директор музыкального театра"),)})
    put(store, [PLAIN, local.model_copy(update={"entities": (person("Иван Петров", "Директор Музея"),)}), ABROAD])
    (one,) = store.registry.find(IVAN)
    assert one.articles == 3
    before = state(store)
    new = store.registry.split(IVAN, normal="Иван Петров (Тула)", **condition)  # type: ignore[arg-type]
    assert (new.id, new.normal, new.articles) == (f"{IVAN}#2", "Иван Петров (Тула)", 1)
    assert counts(store) == {IVAN: 2, f"{IVAN}#2": 1}
    assert urls(store, f"{IVAN}#2") == ["tula/1"]
    store.registry.undo("split", f"{IVAN}#2")
    assert state(store) == before


def test_decisions_build_upon_each_other(store: Store) -> None:
    put(store, [PLAIN, ABROAD, article(9, TULA, person("Иван Петров")), article(1, RYAZAN, person("Ваня Петров"))])
    store.registry.split(IVAN, site="tula")
    store.registry.split(IVAN, site="kaluga")
    assert counts(store) == {IVAN: 1, f"{IVAN}#2": 1, f"{IVAN}#3": 1, "per:ваня петров": 1}
    store.registry.merge(f"{IVAN}#3", "per:ваня петров")
    store.registry.merge("per:ваня петров", f"{IVAN}#2")
    assert counts(store) == {IVAN: 1, f"{IVAN}#2": 3}
    assert urls(store, f"{IVAN}#3") == ["kaluga/1", "ryazan/1", "tula/9"]
    store.registry.undo("split", f"{IVAN}#3")  # what was to be merged is no more: its articles are where they were
    assert counts(store) == {IVAN: 2, f"{IVAN}#2": 2}


def test_decisions_outlive_new_articles_and_rewritten_ones(store: Store) -> None:
    put(store, ALL)
    store.registry.merge(AT_TULA, AT_RYAZAN)
    again = [one.model_copy(update={"pipeline_version": "2", "headline": "Иначе"}) for one in ALL]
    put(store, [*again, article(8, TULA, person("Иван Петров", "директор школы № 3"))], "run2")
    assert counts(store) == {AT_RYAZAN: 4, IVAN: 1}
    store.articles.delete_many({})
    put(store, [*again], "run3")
    assert counts(store) == {AT_RYAZAN: 3, IVAN: 1}


def test_a_merge_still_finds_its_people_when_the_name_is_divided_later(store: Store) -> None:
    """«И. Петров» is the head of Ryazan, it was decided; then a namesake turns up in Tula."""
    put(store, [HEAD, article(4, RYAZAN, person("И. Петров"))])
    initials = "per:и. петров@RU-RYA/рязань"
    store.registry.merge(initials, IVAN)
    assert counts(store) == {IVAN: 2}
    put(store, [MASTER])
    assert counts(store) == {AT_RYAZAN: 2, AT_TULA: 1}
    assert urls(store, initials) == urls(store, AT_RYAZAN) == ["ryazan/1", "ryazan/4"]
    store.registry.undo("merge", initials)
    assert counts(store) == {AT_RYAZAN: 1, AT_TULA: 1, initials: 1}


def test_who_was_merged_away_is_found_when_the_name_is_divided_later(store: Store) -> None:
    put(store, [HEAD, article(4, RYAZAN, person("Ваня Петров"))])
    store.registry.merge(IVAN, "per:ваня петров")
    put(store, [MASTER])
    assert counts(store) == {"per:ваня петров": 2, AT_TULA: 1}  # Tula's was not known when it was decided


@pytest.mark.parametrize(
    ("one", "other", "says"),
    [
        ("per:никто", IVAN, "no entity has the id per:никто"),
        (IVAN, "per:никто", "no entity has the id per:никто"),
        (IVAN, IVAN, "cannot be merged into itself"),
        (IVAN, "loc:рязань", "is a PER, loc:рязань a LOC"),
        ("per:иван", "loc:рязань", "no entity has the id"),
    ],
)
def test_wrong_merges_are_refused(store: Store, one: str, other: str, says: str) -> None:
    put(store, [PLAIN, article(3, RYAZAN, thing("Рязань", "loc:рязань"))])
    with pytest.raises(ConfigError, match=says):
        store.registry.merge(one, other)
    assert store.decisions.count_documents({}) == 0


def test_merging_twice_or_in_a_circle_is_refused(store: Store) -> None:
    put(store, [HEAD, PLAIN, MASTER])
    with pytest.raises(ConfigError, match="is a name that several entities bear"):
        store.registry.merge(IVAN, AT_TULA)
    store.registry.merge(AT_TULA, AT_RYAZAN)
    with pytest.raises(ConfigError, match="already"):
        store.registry.merge(AT_TULA, AT_RYAZAN)
    with pytest.raises(ConfigError, match=f"{AT_TULA} was merged into {AT_RYAZAN} already"):
        store.registry.merge(AT_RYAZAN, AT_TULA)
    with pytest.raises(ConfigError, match="no entity that was merged"):
        store.registry.undo("merge", AT_RYAZAN)
    assert store.decisions.count_documents({}) == 1


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        ({"site": "nowhere"}, "no article on the site nowhere"),
        ({"post": "космонавт"}, "no article with a post like 'космонавт'"),
        ({"articles": ("http://x.example/1",)}, "no stored article that mentions"),
        ({"site": "ryazan"}, "nothing would be left"),
    ],
)
def test_wrong_splits_are_refused(store: Store, condition: dict[str, str], says: str) -> None:
    put(store, [HEAD, PLAIN])
    with pytest.raises(ConfigError, match=says):
        store.registry.split(IVAN, **condition)  # type: ignore[arg-type]
    assert store.decisions.count_documents({}) == 0


def test_a_dry_run_tells_the_same_and_does_nothing(store: Store) -> None:
    put(store, ALL)
    before = state(store)
    foreseen = store.registry.merge(AT_TULA, AT_RYAZAN, dry_run=True)
    split = store.registry.split(AT_RYAZAN, articles=[PLAIN.url], dry_run=True)
    assert (state(store), store.decisions.count_documents({})) == (before, 0)
    assert store.registry.split(AT_RYAZAN, articles=[PLAIN.url]) == split
    store.registry.undo("split", split.id)
    assert store.registry.merge(AT_TULA, AT_RYAZAN) == foreseen


# --- crashes and company


def test_a_crash_before_settling_leaves_marks_that_the_next_command_works_off(store: Store, config: Config) -> None:
    store.write_articles(ALL, "run1")  # and the crawl is killed
    assert counts(store) == {}
    assert urls(store, IVAN) == ["kaluga/1", "ryazan/1", "ryazan/2", "tula/1"]  # found all the same
    with open_store(config) as another:
        another.registry.refresh()
    assert counts(store) == {AT_RYAZAN: 2, AT_TULA: 1, IVAN: 1}


KILLED = """
import os, sys
from newscrawl.config import load_config
from newscrawl.store import open_store, settling
steps = int(sys.argv[1])
def dying(method):
    def call(*arguments, **more):
        global steps
        if steps == 0:
            os._exit(9)
        steps -= 1
        return method(*arguments, **more)
    return call
with open_store(load_config()) as store:
    for collection, names in ((store.articles, ["bulk_write"]), (store.entities, ["bulk_write"]),
                              (store.decisions, ["insert_one", "update_many"])):
        for name in names:
            setattr(collection, name, dying(getattr(collection, name)))
    store.registry.merge(sys.argv[2], sys.argv[3])
print("done")
"""


@pytest.mark.parametrize("steps", range(5))
def test_a_merge_killed_at_any_step_is_whole_or_nothing_after_the_next_command(
    store: Store, config: Config, steps: int
) -> None:
    put(store, ALL)
    before = state(store)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(steps), AT_TULA, AT_RYAZAN],
        env=command_environment(config) | {"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        check=False,
    )
    # Written down, articles renamed, entities counted, marked as followed: four steps to die before.
    assert killed.returncode == (9 if steps < 4 else 0), killed.stderr.decode()
    assert store.decisions.count_documents({}) == (steps > 0)
    store.registry.refresh()
    assert not store.decisions.count_documents({"applied": False})
    if steps:
        assert counts(store) == {AT_RYAZAN: 3, IVAN: 1}
        store.registry.undo("merge", AT_TULA)
    assert state(store) == before


def test_two_processes_write_at_once(store: Store, config: Config) -> None:
    """Both crawl other cities and settle again and again; nothing is lost and nothing is counted twice."""
    failed: list[str] = []

    def crawl(place: tuple[str, str, str]) -> None:
        failed.append(place[0])
        with open_store(config) as mine:
            for number in range(15):
                put(mine, [article(number, place, person("Анна Белова"), person("Белова"))], place[0])
        failed.remove(place[0])

    threads = [threading.Thread(target=crawl, args=[place]) for place in (RYAZAN, TULA, KALUGA)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    store.registry.refresh()
    local = {f"per:белова@{home}": 15 for home in ("RU-RYA/рязань", "RU-TUL/тула", "RU-KLU/калуга")}
    assert counts(store) == {"per:анна белова": 45} | local
    assert state(store)["due"] == 0


def test_an_article_written_while_it_is_settled_stays_marked(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    from newscrawl.store import settling

    store.write_articles([HEAD], "run1")
    count = settling.count
    calls = []

    def late(*arguments: object, **more: object) -> object:
        found = list(count(*arguments, **more))  # type: ignore[arg-type]
        if not calls:
            calls.append(1)
            changed = HEAD.model_copy(update={"entities": (person("Анна Белова"),), "headline": "Другое"})
            store.write_articles([changed], "run2")
        return found

    monkeypatch.setattr(settling, "count", late)
    store.registry.refresh()
    assert state(store)["due"] == 1
    store.registry.refresh()
    assert counts(store) == {"per:анна белова": 1}


def test_readers_do_not_wait_for_a_writer_and_writers_say_who_it_is(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, ALL)
    store.write_articles([article(9, RYAZAN, person("Анна Белова"))], "run2")
    leases.acquire(store.leases, "(registry)", "another run")
    assert store.registry.refresh(patience=0) == 0
    monkeypatch.setattr("newscrawl.store.registry._PATIENCE", 0.0)
    with pytest.raises(Exception, match="the registry is being brought up to date by process"):
        store.registry.merge(AT_TULA, AT_RYAZAN)
    leases.release(store.leases, "(registry)", "another run")
    assert store.registry.refresh() > 0


def test_an_emptied_registry_is_made_anew_from_articles_and_decisions(store: Store) -> None:
    put(store, ALL)
    store.registry.merge(AT_TULA, AT_RYAZAN)
    before = state(store)
    store.entities.delete_many({})
    store.registry.refresh()
    assert state(store) == before


# --- the schema


def test_a_database_of_the_first_version_is_migrated(store: Store, config: Config) -> None:
    put(store, ALL)
    wanted = state(store)
    store.database.command("collMod", "articles", validator={})
    store.database.command("collMod", "entities", validator={})
    store.articles.update_many({}, {"$unset": {"identities": "", "unsettled": "", "entities.$[].name": ""}})
    store.entities.delete_many({})
    store.entities.insert_one({"_id": IVAN, "type": "PER", "normal": "Иван Петров", "articles": 4})
    store.database["meta"].update_one({"_id": "schema"}, {"$set": {"version": 1}})
    with open_store(config) as migrated:
        assert urls(migrated, IVAN) == ["kaluga/1", "ryazan/1", "ryazan/2", "tula/1"]
        migrated.registry.refresh()
        assert state(migrated) == wanted
        add_identities(migrated.database)  # broken off and run again: nothing more to do
        assert state(migrated) == wanted
    meta = store.database["meta"].find_one({"_id": "schema"})
    assert meta is not None
    assert meta["version"] == SCHEMA_VERSION


def test_a_database_of_the_second_version_is_migrated(store: Store, config: Config) -> None:
    put(store, ALL)
    wanted = state(store)
    for name in ("articles", "entities"):
        store.database.command("collMod", name, validator={})
    store.articles.update_many({}, {"$unset": {"entities.$[].uncertain": ""}})
    store.entities.update_many({}, {"$unset": {"uncertain": ""}})
    assert [one.entities[0].uncertain for one in store.find_articles()] == [None] * 4
    store.database["meta"].update_one({"_id": "schema"}, {"$set": {"version": 2}})
    with open_store(config) as migrated:
        assert state(migrated) == wanted
        assert migrated.articles.count_documents({"entities.uncertain": {"$exists": True}}) == 4
        migrated.articles.update_many({}, {"$set": {"cluster": "x"}})  # they pass the validator
        add_fields(migrated.database)
        assert state(migrated) == wanted


def test_a_certain_form_is_shown_before_a_longer_that_may_be_wrong(store: Store) -> None:
    doubtful = person("Ивана Петровича Петрова", key=IVAN, uncertain="ambiguous")
    put(store, [article(1, RYAZAN, doubtful)])
    (one,) = store.registry.find(IVAN)
    assert (one.normal, one.uncertain) == ("Ивана Петровича Петрова", "ambiguous")
    put(store, [article(2, TULA, doubtful, person("Иван Петров"))])
    (one,) = store.registry.find(IVAN)
    assert (one.normal, one.uncertain) == ("Иван Петров", None)


def test_the_validator_refuses_a_decision_that_says_nothing(store: Store) -> None:
    with pytest.raises(WriteError, match="Document failed validation"):
        store.decisions.insert_one({"_id": 1, "kind": "merge", "entity": "a", "into": "b"})


def test_queries_of_the_registry_use_indexes(store: Store) -> None:
    put(store, ALL)
    store.registry.merge(AT_TULA, AT_RYAZAN)
    seen: list[tuple[str, object]] = []
    store.database.command("profile", 2)
    try:
        store.write_articles([article(30, TULA, person("Иван Петров"))], "run2")
        store.registry.refresh()
        whole = store.registry.search("Петрову ив", type_="PER")[0]
        store.registry.find("per:никто")
        store.registry.namesakes(whole)
        store.registry.recent(whole, 5)
        store.top_entities("PER")
        list(store.find_articles(entity=AT_TULA))
        store.registry.undo("merge", AT_TULA)
    finally:
        store.database.command("profile", 0)
    for one in store.database["system.profile"].find({"op": {"$in": ["query", "command", "update", "remove"]}}):
        name = one["ns"].partition(".")[2]
        if name in {"articles", "entities"}:
            seen.append((one.get("planSummary", ""), one.get("command")))
    assert len(seen) > 10
    assert [one for one in seen if "COLLSCAN" in str(one[0])] == []


def test_numbers_of_decisions_go_on(store: Store) -> None:
    put(store, ALL)
    store.registry.merge(AT_TULA, AT_RYAZAN)
    store.registry.undo("merge", AT_TULA)
    store.registry.merge(AT_TULA, AT_RYAZAN)
    known = laws.all_decisions(store)
    assert [(one.id, one.undone_at is None) for one in known] == [(1, False), (2, True)]
