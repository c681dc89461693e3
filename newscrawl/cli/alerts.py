"""`newscrawl alert`: test the channels, tell what is due, accept what an alarm tells."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from newscrawl.alerts import Outcome
from newscrawl.cli.door import door, out, print_json
from newscrawl.clock import now
from newscrawl.errors import ConfigError
from newscrawl.jobs.alerting import send_due_alerts, send_test
from newscrawl.store import open_store

app = typer.Typer(help="Alerts: tell people of alarms.", no_args_is_help=True)
_Json = Annotated[bool, typer.Option("--json", help="As JSON.")]


@app.command("test")
def send_test_message(context: typer.Context, json_: _Json = False) -> int:
    """Send a test message to every channel of NEWSCRAWL_ALERTS and say what each did."""
    config = door(context).config
    if not config.alerts:
        raise ConfigError(
            "no channel is configured: alarms are told in the log only",
            advice="Set NEWSCRAWL_ALERTS, or `alerts` in newscrawl.toml; docs/monitoring.md has examples.",
        )
    return _report(send_test(config), json_)


@app.command()
def send(context: typer.Context, json_: _Json = False) -> int:
    """Look for sites that cannot be crawled, and tell every channel what is due; for cron."""
    config = door(context).config
    with open_store(config) as store:
        return _report(send_due_alerts(store, config), json_)


@app.command()
def accept(
    context: typer.Context,
    site: Annotated[str, typer.Argument(help="The site's name.")],
    monitor: Annotated[str | None, typer.Option(help="This monitor's alarms only: coverage, listing, …")] = None,
    subject: Annotated[str | None, typer.Option(help="This field's or source's only.")] = None,
    json_: _Json = False,
) -> int:
    """Take what a site's alarms tell as its new state: they end, and later runs are compared with runs from now on."""
    with open_store(door(context).config) as store:
        accepted = store.alarms.accept(site, monitor, subject, now())
    if json_:
        print_json([one.model_dump(mode="json") for one in accepted])
    for one in accepted if not json_ else ():
        out.print(f"accepted: {one.monitor} {one.text}", markup=False, highlight=False)
    if not accepted:
        raise ConfigError(f"{site} has no such alarm", advice="`newscrawl status` lists the alarms that last.")
    return 0


def _report(outcomes: list[Outcome], json_: bool) -> int:
    if json_:
        print_json([vars(one) for one in outcomes])
    else:
        for one in outcomes:
            told = "[green]told[/]" if one.error is None else f"[red]failed[/]: {escape(one.error)}"
            out.print(f"{one.channel}: {told}", highlight=False, soft_wrap=True)
        if not outcomes:
            out.print("Nothing to tell.")
    return 1 if any(one.error for one in outcomes) else 0
