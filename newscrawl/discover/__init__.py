"""Find out how an unknown site lists its news, and draft its site file. `newscrawl site add` is the door."""

from newscrawl.discover.probe import Discovery, discover
from newscrawl.discover.visitor import Visitor

__all__ = ["Discovery", "Visitor", "discover"]
