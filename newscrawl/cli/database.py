"""`newscrawl db`: the embedded MongoDB."""

from __future__ import annotations

from typing import Annotated

import typer

from newscrawl.cli.door import door, out, print_json
from newscrawl.errors import ConfigError
from newscrawl.store.embedded import EmbeddedServer

app = typer.Typer(no_args_is_help=True, help="The embedded MongoDB: started on demand, stopped by the last who leaves.")


def _server(context: typer.Context) -> EmbeddedServer:
    config = door(context).config
    if config.mongo_uri is not None:
        raise ConfigError(
            "NEWSCRAWL_MONGO_URI names a server of your own, so there is no embedded one to manage",
            advice="Unset it to work with the embedded server.",
        )
    return EmbeddedServer(config.home)


@app.command()
def start(context: typer.Context) -> int:
    """Start it and keep it running until `newscrawl db stop`."""
    with _server(context) as server:
        server.start()
        out.print(f"running: {server.status().uri}", soft_wrap=True, highlight=False)
    return 0


@app.command()
def stop(
    context: typer.Context, force: Annotated[bool, typer.Option(help="Even while other commands use it.")] = False
) -> int:
    """Stop it; refused while other commands use it."""
    _server(context).stop(force=force)
    out.print("stopped")
    return 0


@app.command()
def status(context: typer.Context, json_: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> int:
    """Tell whether it runs, where its data is and who uses it."""
    found = _server(context).status()
    if json_:
        print_json({name: getattr(found, name) for name in found.__dataclass_fields__})
        return 0
    for name in found.__dataclass_fields__:
        value = getattr(found, name)
        out.print(
            f"{name.replace('_', ' '):>12}  {'-' if value in (None, ()) else value}", soft_wrap=True, highlight=False
        )
    return 0


@app.command("shell-uri")
def shell_uri(context: typer.Context) -> int:
    """Start it, keep it running, and print the address for mongosh or any client."""
    with _server(context) as server:
        server.start()
        typer.echo(server.status().uri)
    return 0
