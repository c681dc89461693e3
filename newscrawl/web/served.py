"""What an application serves, for its endpoints: the store and the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from newscrawl.config import Config
from newscrawl.store import Store


@dataclass(frozen=True)
class Serving:
    """The store and the configuration that an application was made with."""

    store: Store
    config: Config


async def serving(request: Request) -> Serving:
    """Return what the application serves that a request is made to."""
    return Serving(request.app.state.store, request.app.state.config)


Served = Annotated[Serving, Depends(serving)]
"""A parameter of an endpoint: `def page(served: Served, …)`; then `served.store`, `served.config`."""
