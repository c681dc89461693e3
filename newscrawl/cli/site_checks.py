"""What `newscrawl site check` shows: what was tested, then a sentence for each thing that broke and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from newscrawl.cli.door import out
from newscrawl.jobs.site_check import SiteCheck
from newscrawl.jobs.site_check_live import LiveCheck
from newscrawl.jobs.site_check_pages import PagesCheck, SelectorCheck
from newscrawl.jobs.site_check_saved import SavedCheck
from newscrawl.jobs.site_check_sources import SourceCheck


def print_check(check: SiteCheck, file: str) -> None:
    """Show one site in full."""
    out.print(f"[bold]{check.site}[/]: {_state(check)}", highlight=False)
    out.print(f"[dim]{escape(file)} is a valid site file[/]", highlight=False, soft_wrap=True)
    if check.live is not None:
        _print_live(check.live)
    _print_pages("stored pages", check.stored)
    _print_saved(check.saved)
    _print_findings(check)


def print_checks(checks: Sequence[SiteCheck]) -> None:
    """Show many sites, one a line, those that broke with what broke; those with nothing to test are counted."""
    tested = [check for check in checks if _says_something(check)]
    table = Table(box=None, pad_edge=False)
    for heading in ("site", "", "stored pages with an article", "saved pages as expected"):
        table.add_column(heading, overflow="fold")
    for check in tested:
        good = sum(not one.differences and not one.problem for one in check.saved)
        stored = _share(check.stored.articles, check.stored.pages) if check.stored.pages else "[dim]-[/]"
        saved = _share(good, len(check.saved)) if check.saved else "[dim]-[/]"
        table.add_row(check.site, _state(check), stored, saved)
    if tested:
        out.print(table)
    for check in tested:
        if check.findings or check.doubts or _is_unreached(check):
            out.print(f"\n[bold]{check.site}[/]", end="", highlight=False)
            _print_findings(check)
    bare = [check.site for check in checks if not _says_something(check)]
    if bare:
        out.print(
            f"\n{len(bare)} valid files without a page to test them on: [dim]{', '.join(bare)}[/]", highlight=False
        )


def _says_something(check: SiteCheck) -> bool:
    return check.tested or check.broken or check.live is not None


def _is_unreached(check: SiteCheck) -> bool:
    return check.live is not None and not check.live.reached


def _state(check: SiteCheck) -> str:
    if _is_unreached(check):
        return "[red]not reached[/]"
    if check.broken:
        return "[red]broken[/]"
    return "[green]fits[/]" if check.tested else "[yellow]nothing to test it on[/]"


# --- the parts


def _print_pages(title: str, check: PagesCheck) -> None:
    if not check.pages:
        out.print(f"\n{title}: none", highlight=False)
        return
    out.print(f"\n{title}: {_share(check.articles, check.pages)} give an article", highlight=False)
    rows = [("headline", check.headline), ("text", check.article_body), ("date", check.date_published)]
    parts = ", ".join(f"{name} {_share(number, check.articles)}" for name, number in rows) if check.articles else ""
    for name, value in (
        ("of these", parts),
        ("no article", _counts(check.failed)),
        ("read by", _counts(check.read_by)),
        ("date from", _counts(check.date_sources)),
    ):
        if value:
            _print_row(name, value)
    _print_selectors(check.selectors)


def _print_live(live: LiveCheck) -> None:
    out.print(f"\nlive: {live.requests} requests", highlight=False)
    for source in live.sources:
        _print_source(source)
    if live.articles is not None:
        _print_pages("live articles", live.articles)
    elif live.sources:
        out.print("\nlive articles: none was read", highlight=False)


def _print_source(source: SourceCheck) -> None:
    number = f"[green]{source.entries}[/]" if source.entries else "[red]no[/]"
    more = "" if source.new_on_second_page is None else f", {source.new_on_second_page} more on the second page"
    out.print(f"{source.type} {escape(source.url)}", highlight=False, soft_wrap=True)
    _print_row("names", f"{number} articles{more}")
    _print_selectors(source.selectors)


def _print_selectors(selectors: Iterable[SelectorCheck]) -> None:
    """Show the selectors of each key, the key once."""
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 1, 0, 0))
    table.add_column()
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold", style="dim")
    last = ""
    for one in selectors:
        colour = None if one.key.endswith(".remove") else "yellow"
        table.add_row(one.key if one.key != last else "", _share(one.found, one.of, colour), escape(one.selector))
        last = one.key
    if table.row_count:
        out.print(Padding(table, (0, 0, 0, 2)))


def _print_saved(saved: Sequence[SavedCheck]) -> None:
    if not saved:
        out.print("\nsaved pages: none", highlight=False)
        return
    good = sum(not one.differences and not one.problem for one in saved)
    out.print(f"\nsaved pages: {_share(good, len(saved))} give what is expected", highlight=False)
    for one in saved:
        if not one.differences:
            continue
        out.print(f"  {escape(one.file)}", highlight=False, soft_wrap=True)
        table = Table(box=None, pad_edge=False, show_header=False)
        for width in (18, 8, None):
            table.add_column(min_width=width, overflow="fold")
        for difference in one.differences:
            table.add_row(difference.field, "expected", f"[green]{escape(difference.expected)}[/]")
            table.add_row("", "found", f"[red]{escape(difference.found)}[/]")
        out.print(Padding(table, (0, 0, 0, 2)))


def _print_findings(check: SiteCheck) -> None:
    """Show what broke, each with what to do; advice that several share is said once, after the last of them."""
    if check.findings or check.doubts or _is_unreached(check):
        out.print()
    if check.live is not None and not check.live.reached:
        _print_sentence("live", "red", f"not reached: {check.live.unreached}")
    for number, one in enumerate(check.findings):
        where = f"{one.where}, {one.key}" if one.key else one.where
        _print_sentence("broken", "red", f"{where}: {one.sentence}")
        following = check.findings[number + 1].advice if number + 1 < len(check.findings) else ""
        if one.advice and one.advice != following:
            _print_sentence("", "red", f"→ {one.advice}")
    for sentence in check.doubts:
        _print_sentence("look", "yellow", sentence)


def _print_sentence(word: str, colour: str, sentence: str) -> None:
    _print_row(f"[{colour}]{word}[/]", escape(sentence), indent=0, width=7)


def _print_row(name: str, value: str, *, indent: int = 2, width: int = 10) -> None:
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 1, 0, 0))
    table.add_column(width=width)
    table.add_column(overflow="fold")
    table.add_row(name, value)
    out.print(Padding(table, (0, 0, 0, indent)))


def _counts(numbers: dict[str, int]) -> str:
    return ", ".join(f"{escape(name)} {number}" for name, number in numbers.items())


def _share(found: int, of: int, none: str | None = "red") -> str:
    colour = "green" if found == of and of else "yellow" if found else none
    return f"[{colour}]{found} of {of}[/]" if colour else f"{found} of {of}"
