"""`newscrawl serve`: the web page and the JSON API, until it is told to end."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from newscrawl.cli.door import door
from newscrawl.config import Config, check_token
from newscrawl.errors import ConfigError
from newscrawl.secrecy import conceal
from newscrawl.sites.hosts import ascii_netloc
from newscrawl.store import open_store

_NEEDED = ("fastapi", "uvicorn", "jinja2")
_PATIENCE = 2.0
"""Seconds that a request waits for a MongoDB that went away: whoever asks can ask again."""
_ANSWER_WITHIN = 6.5
"""Seconds after which a MongoDB that says nothing counts as away; a question may take five."""
_ORIGIN = re.compile(r"https?://[^\s/@?#]+", re.IGNORECASE)
_NAME = re.compile(r"[\w-]+(\.[\w-]+)*")


def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="Address to listen on; others than loopback want a token.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8000,
    token: Annotated[
        str | None,
        typer.Option(help="What everybody must show; better set NEWSCRAWL_TOKEN, which no process list has."),
    ] = None,
    no_token: Annotated[bool, typer.Option("--no-token", help="Let everybody in who reaches the port.")] = False,
    allow_host: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A name that the server goes by, such as a proxy's.")
    ] = None,
    cors: Annotated[
        list[str] | None,
        typer.Option(metavar="ORIGIN", help="Pages from there may read the API in a browser; * for all."),
    ] = None,
) -> int:
    """Serve the web page and the JSON API, read-only, until it is told to end (SIGTERM, Ctrl-C)."""
    config = door(context).config
    _need_extra()
    from newscrawl.web.app import create_app
    from newscrawl.web.security import is_loopback
    from newscrawl.web.server import address_of, listen, run

    secret = _token(token, config, no_token=no_token)
    names, origins = _names(allow_host or ()), _origins(cors or ())
    with listen(host, port) as listener:
        address, url = address_of(listener)
        if secret is None and not no_token and not is_loopback(address):
            raise ConfigError(
                f"others than this machine would reach {host} without a token",
                advice="Set NEWSCRAWL_TOKEN to a secret of 16 characters or more, or let everybody in with --no-token.",
            )
        patient = config.model_copy(update={"patience": _PATIENCE})
        with open_store(patient, read_only=True, answer_within=_ANSWER_WITHIN) as store:
            open_to_all = secret is not None and not is_loopback(address)
            app = create_app(
                store, patient, token=secret, host=host, names=None if open_to_all else names, cors=origins
            )
            _say(f"newscrawl serves {url} ({'with a token' if secret else 'read-only'}; Ctrl-C ends it)")
            run(app, listener, logs_requests=context.obj.debug)
    _say("ended in order")
    return 0


def _need_extra() -> None:
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise ConfigError(
            f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not installed",
            advice="pip install 'newscrawl[web]'",
        )


def _token(given: str | None, config: Config, *, no_token: bool) -> str | None:
    """Return the token to ask for, if any. Raises ConfigError for one that is weak, or beside --no-token."""
    configured = config.token.get_secret_value() if config.token is not None else None
    if no_token:
        if given is not None:
            raise ConfigError("--token and --no-token exclude each other")
        return None
    if given is None:
        return configured
    conceal(given)
    try:
        return check_token(given)
    except ValueError as error:
        raise ConfigError(
            f"--token: {error}", advice="python3 -c 'import secrets; print(secrets.token_urlsafe())' makes one."
        ) from None


def _names(given: Sequence[str]) -> list[str]:
    names = []
    for one in given:
        try:
            name = ascii_netloc(one) if _NAME.fullmatch(one) else ""
        except ValueError:
            name = ""
        if not name:
            raise ConfigError(
                f"--allow-host {one}: expected a name without scheme and port", advice="Such as news.example.org."
            )
        names.append(name)
    return names


def _origins(given: Sequence[str]) -> list[str]:
    for one in given:
        if one != "*" and not _ORIGIN.fullmatch(one):
            raise ConfigError(f"--cors {one}: expected an origin", advice="Such as https://app.example.org, or *.")
    return [one.lower() for one in given]


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()
