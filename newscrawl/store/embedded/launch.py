"""Starts a keeper, and turns what a failed one left behind into an error."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from pathlib import Path

from newscrawl.errors import EmbeddedServerError
from newscrawl.store.embedded.binary import find_mongod
from newscrawl.store.embedded.home import require_space, space_hint
from newscrawl.store.embedded.keeper.folder import Folder
from newscrawl.store.embedded.keeper.locks import open_lock, try_lock
from newscrawl.store.embedded.keeper.state import State, write_state
from newscrawl.store.embedded.symptoms import diagnose

# The last place of sys.path, so that no file of ours can stand before one of the standard library.
_KEEPER = "import sys; sys.path.append(sys.argv[1]); from keeper.process import main; main(*sys.argv[2:])"


def start_keeper(folder: Folder, grace: float, socket: str) -> bool:
    """Start a keeper if there is none; returns whether it did.

    `socket` is the path of last time, '' if there was none. The keeper inherits our lock on keeper.lock. Raises
    EmbeddedServerError, ConfigError, OSError.
    """
    fd = open_lock(folder.keeper_lock)
    try:
        if not try_lock(fd):
            return False
        binary = find_mongod()
        require_space(folder.data)
        write_state(folder, State(secrets.token_hex(8), "starting", socket, str(binary)))
        # -I -S: nothing of the user's environment can break it, and it starts in 50 ms.
        command = [sys.executable, "-I", "-S", "-c", _KEEPER, str(Path(__file__).parent)]
        with folder.keeper_log.open("ab") as log:
            # It forks, so that it is nobody's child; what `run` waits for is the moment of that.
            done = subprocess.run(
                [*command, str(folder.root), str(binary), str(grace), str(fd)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=folder.root,
                start_new_session=True,  # Ctrl-C in our terminal is not for it
                pass_fds=(fd,),
                check=False,
            )
    finally:
        os.close(fd)
    if done.returncode != 0:
        raise keeper_lost(folder, f"with status {done.returncode}")
    return True


def keeper_lost(folder: Folder, how: str) -> EmbeddedServerError:
    """The error for a keeper that ended without telling why."""
    return EmbeddedServerError(
        f"the process that looks after the embedded MongoDB ended {how}",
        advice=f"See {folder.keeper_log}.{space_hint(folder)}",
    )


def failure(folder: Folder, state: State) -> EmbeddedServerError:
    """The error for what a keeper reported."""
    if state.message or state.exit_status is None:
        return EmbeddedServerError(
            state.message or "the embedded MongoDB did not start",
            advice=state.advice or f"See {folder.keeper_log}.",
        )
    why = diagnose(
        exit_status=state.exit_status,
        output=folder.output,
        log=folder.log,
        data=folder.data,
        binary=state.binary,
    )
    tries = f", tried {state.tries} times in a row" if state.tries > 1 else ""
    return EmbeddedServerError(f"the embedded MongoDB did not start{tries}: {why.sentence}", advice=why.advice)
