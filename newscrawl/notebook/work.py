"""The two calls of a notebook that write: crawl sites, read stored pages anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from newscrawl.errors import ConfigError, NewscrawlError, UnavailableError
from newscrawl.items import Run, count_failures
from newscrawl.notebook import child
from newscrawl.notebook.connections import settings
from newscrawl.notebook.filters import Day, moment, number
from newscrawl.notebook.style import framed, line

_COUNTED = {
    "articles_new": "new",
    "articles_changed": "changed",
    "articles_refreshed": "read better",
    "articles_unchanged": "unchanged",
    "articles_gone": "gone",
}
_MOST_WARNINGS = 5


@dataclass(frozen=True)
class Ran:
    """What a job did."""

    job: str
    """`crawl` or `reprocess`."""
    runs: tuple[Run, ...]
    """One a site, as they are stored."""
    problems: tuple[str, ...] = ()
    """Why sites were left out, in a sentence each."""

    @property
    def stats(self) -> dict[str, int | float]:
        """The counters of all runs together."""
        added: dict[str, int | float] = {}
        for run in self.runs:
            for name, count in run.stats.items():
                added[name] = added.get(name, 0) + count
        return added

    def __repr__(self) -> str:
        lines = [f"{self.job} {run.site or 'all sites'}: {run.status}, {_counts(run)}" for run in self.runs]
        return "\n".join([*lines, *self.problems]) or f"{self.job}: there was nothing to do"

    def _repr_html_(self) -> str:
        if not self.runs and not self.problems:
            return framed(f"<div>{escape(self.job)}: there was nothing to do</div>")
        head = "".join(f"<th>{word}</th>" for word in ("site", "status", "seconds", *_COUNTED.values(), "failures"))
        rows = "".join(_row(run) for run in self.runs)
        table = f"<table><tr>{head}</tr>{rows}</table>" if self.runs else ""
        told = [line("bad", escape(one)) for one in self.problems]
        told += [line("bad", f"{escape(one.text)} {escape(one.advice)}") for run in self.runs for one in run.alarms]
        told += _warnings([one for run in self.runs for one in run.warnings])
        return framed(f"<h4>{escape(self.job)}</h4>", table, *told)


@dataclass(frozen=True)
class WouldChange:
    """What reading stored pages anew would change; nothing was written."""

    read: int
    """Pages that were read anew."""
    changed: int
    """Articles of which some field would be another one."""
    unchanged: int
    """Articles that would stay as they are."""
    new: int
    """Pages that give an article now and did not."""
    moved: int
    """Articles that would have another address."""
    lost: int
    """Pages that give no article any more, though the stored one was made of them; it would stay."""
    failed: dict[str, int] = field(default_factory=dict)
    """Reason -> pages that give no article."""
    fields: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Field -> `changed`, `filled`, `emptied` (numbers of articles) and `examples` (`url`, `old`, `new`)."""

    def __repr__(self) -> str:
        if not self.read:
            return "every article was made by today's code and site file: there is nothing to read anew"
        return (
            f"{self.changed:,} of {self.read:,} articles would change, {self.unchanged:,} stay the same, "
            f"{self.new:,} would be new; nothing was written"
        )

    def _repr_html_(self) -> str:
        rows = "".join(_field(name, told) for name, told in self.fields.items())
        head = "<tr><th>field</th><th>articles</th><th>for example</th></tr>"
        return framed(f"<div>{escape(repr(self))}</div>", f"<table>{head}{rows}</table>" if rows else "")


def crawl(
    site: str | Sequence[str],
    *,
    since: Day = None,
    limit: int | None = None,
    mongo_uri: str | None = None,
    database: str | None = None,
) -> Ran:
    """Crawl a site, or several, and store their news, as `newscrawl crawl` does; progress appears line by line.

    `since` leaves what is older than that day, `limit` bounds the articles of each site. It may be called any number of
    times, in a running asyncio loop too: it works in a process of its own. An interrupt ends it in order, a second one
    at once. Writes. Raises ConfigError, UnavailableError where no site of these or no store could be reached, and
    NewscrawlError; what went wrong with some of several sites is in `problems`.
    """
    names = _names(site)
    day = moment("since", since)
    arguments = ["--json", *(["--since", f"{day:%Y-%m-%d}"] if day is not None else [])]
    arguments += ["--limit", str(number("limit", limit, 1))] if limit is not None else []
    ended = child.run(settings(mongo_uri, database), "crawl", *arguments, "--", *names)
    refused = [one for one in ended.answer if one["error"] and one["run"] is None]
    if len(refused) == len(ended.answer):
        first = refused[0]
        kind = UnavailableError if ended.status == UnavailableError.exit_status else NewscrawlError
        raise kind(first["error"], advice=first["advice"] or "")
    runs = tuple(Run.model_validate(one["run"]) for one in ended.answer if one["run"] is not None)
    return Ran("crawl", runs, _sentences(one for one in ended.answer if one["error"]))


def reprocess(
    site: str | Sequence[str] | None = None,
    *,
    dry_run: bool = False,
    everything: bool = False,
    limit: int | None = None,
    mongo_uri: str | None = None,
    database: str | None = None,
) -> Ran | WouldChange:
    """Read stored pages anew, of a site, of several or of all, as `newscrawl reprocess` does.

    With `dry_run` nothing is written, and what would change is returned. `everything` also reads what today's code and
    site files have read already; `limit` bounds the articles. Else as `crawl`.
    """
    arguments = [part for name in _names(site) for part in ("--site", name)] if site is not None else []
    arguments += ["--dry-run"] if dry_run else []
    arguments += ["--all"] if everything else []
    arguments += ["--limit", str(number("limit", limit, 1))] if limit is not None else []
    ended = child.run(settings(mongo_uri, database), "reprocess", "--json", *arguments)
    if dry_run:
        told = {name: ended.answer[name] for name in WouldChange.__dataclass_fields__}
        return WouldChange(**told)
    runs = tuple(Run.model_validate(one) for one in ended.answer if "job" in one)
    return Ran("reprocess", runs, _sentences(one for one in ended.answer if "error" in one))


def _names(site: object) -> list[str]:
    names = [site] if isinstance(site, str) else list(site) if isinstance(site, Sequence) else []
    if not names or not all(isinstance(one, str) and one and not one.startswith("-") for one in names):
        raise ConfigError(
            f"site={site!r} is neither a name nor a list of names", advice="`newscrawl site list` shows the names."
        )
    return names


def _sentences(refused: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(f"{one['site']}: {one['error']}. {one.get('advice') or ''}".rstrip() for one in refused)


def _counts(run: Run) -> str:
    told = [f"{run.stats[name]:g} {word}" for name, word in _COUNTED.items() if run.stats.get(name)]
    return ", ".join(told) or "nothing new"


def _row(run: Run) -> str:
    seconds = (run.finished_at - run.started_at).total_seconds() if run.finished_at is not None else 0.0
    counts = [f"{run.stats.get(name, 0):g}" for name in _COUNTED]
    numbers = [f"{seconds:.1f}", *counts, f"{count_failures(run.stats):g}"]
    cells = "".join(f'<td class="number">{one}</td>' for one in numbers)
    return f"<tr><td>{escape(run.site or 'all sites')}</td><td>{escape(run.status)}</td>{cells}</tr>"


def _warnings(warnings: Sequence[str]) -> list[str]:
    shown = [line("soft", escape(one)) for one in warnings[:_MOST_WARNINGS]]
    left = len(warnings) - len(shown)
    return [*shown, line("soft", f"… and {left} warnings more: see runs[0].warnings")] if left else shown


def _field(name: str, told: Mapping[str, Any]) -> str:
    articles = f'<td class="number">{told["changed"]:,}</td>'
    return f"<tr><td>{escape(name)}</td>{articles}<td>{_example(told['examples'])}</td></tr>"


def _example(examples: Sequence[Mapping[str, str]]) -> str:
    if not examples:
        return ""
    first = examples[0]
    return f"<del>{escape(first['old'])}</del> <ins>{escape(first['new'])}</ins>"
