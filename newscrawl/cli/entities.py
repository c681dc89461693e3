"""`newscrawl entity`: the registry of persons, bodies and places across all articles."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, TypeVar, get_args

import typer

from newscrawl.cli import entity_view as view
from newscrawl.cli.door import door, print_json
from newscrawl.config import Config
from newscrawl.errors import ConfigError
from newscrawl.items import Decision, Entity, EntityType
from newscrawl.sites import site_for_url
from newscrawl.store import Store, open_store
from newscrawl.urls import canonical_url

Result = TypeVar("Result")

app = typer.Typer(no_args_is_help=True, help="Who and what the articles speak of, across all of them.")

_RECENT = 5
_SHORT_WAIT = 5.0
"""Seconds that a reader waits for a writer of the registry."""
_ID = "The entity's id."
_Json = Annotated[bool, typer.Option("--json", help="As JSON.")]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Only tell what would become of it.")]
_Reason = Annotated[str | None, typer.Option(help="Why; kept with the decision.")]


def _not_empty(given: str | list[str] | None) -> str | list[str] | None:
    """Pass an argument on. Raises ConfigError where there is nothing in it to look for."""
    for one in [given] if isinstance(given, str) else given or ():
        if not one.strip():
            raise ConfigError(
                "an id, a name or a condition is empty",
                advice="`newscrawl entity search TEXT` finds ids by any spelling.",
            )
    return given


@app.command()
def search(
    context: typer.Context,
    text: Annotated[
        str, typer.Argument(metavar="TEXT", callback=_not_empty, help="A name in any case, its beginning, or an id.")
    ],
    type_: Annotated[str | None, typer.Option("--type", help=f"{', '.join(get_args(EntityType))}.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="So many at most.")] = 20,
    json_: _Json = False,
) -> int:
    """Find entities by any spelling, inflected or unfinished."""
    kind = _type(type_)
    with _registry(door(context).config) as store:
        exact = _read(store, lambda: store.registry.find(text))
        found = [one for one in exact if kind in {None, one.type}]
        found += _read(store, lambda: store.registry.search(text, type_=kind, limit=limit))
    found = list({one.id: one for one in found}.values())[:limit]
    if json_:
        print_json([one.model_dump(mode="json") for one in found])
    else:
        view.print_list(found, f"Nothing in the registry has the words «{text}».")
    return 0


@app.command()
def show(
    context: typer.Context,
    asked: Annotated[
        str, typer.Argument(metavar="ID|NAME", callback=_not_empty, help="An id, or a name that one entity bears.")
    ],
    json_: _Json = False,
) -> int:
    """Show one entity: spellings, posts, articles, who else it could be, what people decided."""
    with _registry(door(context).config) as store:
        entity = _one(store, asked)
        found = view.Portrait(
            entity,
            _read(store, lambda: store.registry.recent(entity, _RECENT)),
            _read(store, lambda: store.registry.namesakes(entity)),
            store.registry.doubts(entity),
            _read(store, lambda: store.registry.decisions(entity)),
        )
    if json_:
        print_json(found.as_json())
    else:
        view.print_portrait(found, asked)
    return 0


@app.command()
def merge(
    context: typer.Context,
    entity: Annotated[
        str, typer.Argument(metavar="ID", callback=_not_empty, help="The entity that is to become part of another.")
    ],
    into: Annotated[
        str | None, typer.Argument(metavar="INTO_ID", callback=_not_empty, help="The other one; it keeps its id.")
    ] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Take the merge of ID back.")] = False,
    reason: _Reason = None,
    dry_run: _DryRun = False,
    json_: _Json = False,
) -> int:
    """Say that two entities are one. Survives every crawl and reprocessing; --undo takes it back."""
    if undo == (into is not None):
        raise ConfigError("name two entities, ID and INTO_ID; or one with --undo")
    with _registry(door(context).config) as store:
        if into is None:
            _report_undone(_write(store, lambda: store.registry.undo("merge", entity, dry_run=dry_run)), dry_run, json_)
            return 0
        target = into
        whole = _write(store, lambda: store.registry.merge(entity, target, reason=reason, dry_run=dry_run))
    _report(whole, f"{entity} {'would be' if dry_run else 'is now'} part of", dry_run, json_)
    if not dry_run and not json_:
        view.print_hint(f"newscrawl entity merge --undo '{entity}'")
    return 0


@app.command()
def split(
    context: typer.Context,
    entity: Annotated[str, typer.Argument(metavar="ID", callback=_not_empty, help=_ID)],
    more: Annotated[
        list[str] | None, typer.Argument(metavar="[URL ...]", callback=_not_empty, help="Further --articles.")
    ] = None,
    articles: Annotated[
        list[str] | None, typer.Option(callback=_not_empty, help="These articles are about someone else.")
    ] = None,
    site: Annotated[str | None, typer.Option(callback=_not_empty, help="All articles of this site are.")] = None,
    post: Annotated[str | None, typer.Option(callback=_not_empty, help="Those that give such a post are.")] = None,
    as_: Annotated[
        str | None, typer.Option("--as", metavar="NAME", callback=_not_empty, help="What to call the new one.")
    ] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Take back the split that made ID.")] = False,
    reason: _Reason = None,
    dry_run: _DryRun = False,
    json_: _Json = False,
) -> int:
    """Say that an entity is two. Survives every crawl and reprocessing; --undo takes it back."""
    config = door(context).config
    _refuse_conditions(undo, bool(articles), site is not None, post is not None, bool(more))
    urls = [_canonical(url, config) for url in (*(articles or ()), *(more or ()))]
    with _registry(config) as store:
        if undo:
            _report_undone(_write(store, lambda: store.registry.undo("split", entity, dry_run=dry_run)), dry_run, json_)
            return 0
        new = _write(
            store,
            lambda: store.registry.split(
                entity, articles=urls, site=site, post=post, normal=as_, reason=reason, dry_run=dry_run
            ),
        )
    _report(new, f"{entity} {'would be' if dry_run else 'is'} split; the new one is", dry_run, json_)
    if not dry_run and not json_:
        view.print_hint(f"newscrawl entity split --undo '{new.id}'")
    return 0


def _refuse_conditions(undo: bool, articles: bool, site: bool, post: bool, more: bool) -> None:
    if undo and (articles or site or post or more):
        raise ConfigError("--undo takes the id of the entity that the split made, and nothing else")
    if not undo and (articles + site + post != 1 or (more and not articles)):
        raise ConfigError("say which articles go: one of --articles URL, --site SITE, --post TEXT")


def _canonical(url: str, config: Config) -> str:
    return canonical_url(url, site_for_url(url, config.own_sites))


def _type(given: str | None) -> str | None:
    known = get_args(EntityType)
    if given is not None and given.upper() not in known:
        raise ConfigError(f"{given} is no type of entity", advice=f"Types are {', '.join(known)}.")
    return given.upper() if given else None


def _one(store: Store, asked: str) -> Entity:
    """Return the entity with an id or of a name. Raises ConfigError when there is none or it is one of several."""
    found = _read(store, lambda: store.registry.find(asked))
    if not found:
        near = _read(store, lambda: store.registry.search(asked))
        found = [one for one in near if one.normal.casefold() == asked.casefold()] or near
    if not found:
        raise ConfigError(
            f"the registry knows no {asked}", advice="`newscrawl entity search TEXT` finds any spelling of a name."
        )
    if len(found) > 1:
        ids = "\n".join(f"  newscrawl entity show '{one.id}'    {view.summary(one)}" for one in found[:10])
        raise ConfigError(f"{asked} could be several entities", advice=f"Name one of them:\n{ids}")
    return found[0]


def _report(entity: Entity, words: str, dry_run: bool, json_: bool) -> None:
    if json_:
        print_json({"entity": entity.model_dump(mode="json"), "dry_run": dry_run})
    else:
        view.print_list([entity], "", heading=words)


def _report_undone(decision: Decision, dry_run: bool, json_: bool) -> None:
    if json_:
        print_json({"decision": decision.model_dump(mode="json"), "dry_run": dry_run})
    else:
        view.print_undone(decision, dry_run)


@contextmanager
def _registry(config: Config) -> Iterator[Store]:
    """Open the store with its registry up to date, whatever an earlier process left undone."""
    with open_store(config) as store:
        _read(store, lambda: store.registry.refresh(patience=_SHORT_WAIT))
        try:
            yield store
        except UnicodeEncodeError:  # bytes of the command line that are no UTF-8
            raise ConfigError("an argument is not valid UTF-8", advice="Ids and names are text.") from None


def _read(store: Store, operation: Callable[[], Result]) -> Result:
    return store.call(operation)


def _write(store: Store, operation: Callable[[], Result]) -> Result:
    """Run what must not be repeated: what was written of it is followed by the next command."""
    return store.call(operation, patience=0)
