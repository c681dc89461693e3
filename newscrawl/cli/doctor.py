"""`newscrawl doctor`: how this installation is."""

from __future__ import annotations

from typing import Annotated

import typer

from newscrawl.cli.door import door, out, print_json
from newscrawl.jobs.doctor import Finding, examine


def doctor(context: typer.Context, json_: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> int:
    """Examine this installation: Python, MongoDB, disk, models, worker processes, site files."""
    findings: list[Finding] = []
    door(context)
    for finding in examine(context.obj.mongo_uri, context.obj.database):
        findings.append(finding)
        if not json_:
            mark = {"ok": "[green]ok[/]     ", "warning": "[yellow]warning[/]"}.get(finding.state, "[red]FAILED[/] ")
            out.print(f"{mark} [bold]{finding.what}[/]: ", end="", highlight=False)
            out.print(finding.found, markup=False, highlight=False)
            if finding.advice:
                out.print(f"        {finding.advice}", markup=False, highlight=False)
    if json_:
        print_json([vars(finding) for finding in findings])
    return max((finding.exit_status for finding in findings), default=0)
