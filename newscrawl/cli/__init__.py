"""The command line: Typer commands in the modules beside this one (`commands` says which), errors and exit status here.

Exit status: 0 done, 1 finished with failures worth a look, 2 bad usage or configuration, 3 the store or network could
not be reached.
"""

from __future__ import annotations

import errno
import io
import os
import sys
import traceback
from typing import Annotated

import typer
from rich.markup import escape
from typer.exceptions import TyperException

from newscrawl import __version__
from newscrawl.cli.commands import Commands
from newscrawl.cli.door import Door, errors
from newscrawl.errors import NewscrawlError
from newscrawl.secrecy import redact

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO})
"""What a disk says that takes nothing more."""

app = typer.Typer(
    name="newscrawl",
    cls=Commands,
    help="Crawls the news of Russian city administrations, normalises dates and entities, keeps it in MongoDB.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"newscrawl {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    mongo_uri: Annotated[str | None, typer.Option(help="A MongoDB server in place of the embedded one.")] = None,
    database: Annotated[str | None, typer.Option(help="Name of the database.")] = None,
    debug: Annotated[bool, typer.Option(help="Show the log and, for errors, the traceback.")] = False,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show it.")] = False,
) -> None:
    context.obj = Door(mongo_uri=mongo_uri, database=database, debug=debug)


def main() -> None:
    """Run the command line and exit with its status."""
    # Products of the language models' small matrices are slower on several threads, which spin. Read when numpy loads.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A locale without Cyrillic letters gets UTF-8; one with others shows ? for what it lacks.
            stream.reconfigure(encoding=None if _has_cyrillic(stream.encoding) else "utf-8", errors="replace")
    sys.exit(run(sys.argv[1:]))


def _has_cyrillic(encoding: str) -> bool:
    try:
        return bool("Я".encode(encoding))
    except (UnicodeEncodeError, LookupError):
        return False


def _print_traceback() -> None:
    """Show where the error that is being handled came from, without the values of variables or any secret."""
    errors.print(redact(traceback.format_exc()), markup=False, highlight=False, soft_wrap=True)


def run(arguments: list[str]) -> int:
    """Run one command and return its exit status; errors become a sentence on stderr."""
    debug = "--debug" in arguments
    try:
        result = app(arguments, standalone_mode=False)
    except NewscrawlError as error:
        errors.print(f"[bold red]newscrawl:[/] {escape(error.message)}", highlight=False, soft_wrap=True)
        if error.advice:
            errors.print(error.advice, highlight=False, markup=False, soft_wrap=True)
        if debug:
            _print_traceback()
        return error.exit_status
    except TyperException as error:
        errors.print(redact(error.format_message()), markup=False, highlight=False)
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        errors.print("Stopped.")
        return 130
    except BrokenPipeError:  # `newscrawl … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001 - shown, and the exit status tells of it
        if debug:
            _print_traceback()
            return 1
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            where = error.filename or "the output"
            errors.print(f"newscrawl: {where} cannot be written: {error.strerror}", markup=False, highlight=False)
            return 1
        errors.print(
            f"newscrawl: something that it did not expect: {type(error).__name__}: {redact(str(error))}\n"
            "Please report it with what `newscrawl --debug …` prints.",
            markup=False,
            highlight=False,
        )
        return 1
    return result if isinstance(result, int) else 0
