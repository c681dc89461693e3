"""The embedded MongoDB: one real mongod for a home folder, shared by every command that needs it.

`EmbeddedServer(home).connect()` joins the users of the server, starting it if need be; the last to leave stops it.
A detached process, the keeper, owns the mongod. Clients, keeper and mongod may each be killed at any time: all
exclusion is by locks that the kernel drops with their process, and the next `connect` finds or starts a whole server.

server.py     `EmbeddedServer` and `ServerStatus`: what the rest of newscrawl uses
users.py      who uses the server
launch.py     starts a keeper, and turns what a failed one left behind into an error
home.py       the folders that must be ours, and the room on their disk
binary.py     where a mongod comes from
symptoms.py   why a mongod ended, in a sentence
keeper/       the detached process, and the files and locks that both sides know

Runs on Linux. macOS has all that this needs except PDEATHSIG (a mongod whose keeper was killed lives on until the
next start ends it), but was not tried. Windows has no flock: there `NEWSCRAWL_MONGO_URI` names a server.
"""

from newscrawl.store.embedded.binary import find_mongod
from newscrawl.store.embedded.server import EmbeddedServer, ServerStatus

__all__ = ["EmbeddedServer", "ServerStatus", "find_mongod"]
