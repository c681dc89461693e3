"""What an application serves, for its endpoints: the store and the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Request

from newscrawl.config import Config
from newscrawl.store import Store
from newscrawl.web.health import Health


@dataclass(frozen=True)
class Serving:
    """What an application was made with."""

    store: Store
    config: Config
    health: Health
    """How the sites are."""
    held_back: timedelta
    """How long the feed of changes waits for what is being written."""


async def serving(request: Request) -> Serving:
    """Return what the application serves that a request is made to."""
    found: Serving = request.app.state.serving
    return found


Served = Annotated[Serving, Depends(serving)]
"""A parameter of an endpoint: `def page(served: Served, …)`; then `served.store`, `served.config`."""
