"""The application: who is let in, where a request goes, how its answer travels."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from newscrawl import __version__
from newscrawl.config import Config
from newscrawl.store import Store
from newscrawl.store.feed import MARGIN
from newscrawl.web import api, failures, frame, pages, statics
from newscrawl.web.delivery import Delivery
from newscrawl.web.health import Health
from newscrawl.web.login import Login
from newscrawl.web.security import API, Guard, own_names
from newscrawl.web.served import Serving

_CORS_AGE = 3600


def create_app(
    store: Store,
    config: Config,
    *,
    token: str | None = None,
    host: str = "127.0.0.1",
    names: Sequence[str] | None = (),
    cors: Sequence[str] = (),
    held_back: timedelta = MARGIN,
) -> FastAPI:
    """Return the web application over a store, which it only reads.

    `token`: what everybody must show; None lets everybody in. `host`: where it will listen. `names`: further names that
    it goes by, beside `localhost`, `host`, this machine's name and IP addresses; None: any. `cors`: origins whose pages
    may read the API in a browser, `*` for all. `held_back`: how long the feed of changes waits for what is being
    written. The store should have a short patience: requests wait for it.
    """
    app = FastAPI(
        title="newscrawl", version=__version__, openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False
    )
    app.state.has_token = token is not None
    app.state.serving = Serving(store, config, Health(store, config), held_back)
    for router in (*page_routers(), frame.router, statics.router):
        app.include_router(router, include_in_schema=False)
    app.include_router(api.router)
    app.openapi = lambda: api.describe(app)  # type: ignore[method-assign]
    api.describe(app)  # reads every endpoint now: at the first request several threads might
    failures.add_handlers(app)
    # The last one added is the first that a request meets.
    app.add_middleware(failures.Failures)
    app.add_middleware(Delivery)
    if token is not None:
        app.add_middleware(Login, token=token, refuse=failures.refuse)
    if cors:
        app.add_middleware(
            ApiCors, allow_origins=list(cors), allow_methods=["GET", "HEAD"], max_age=_CORS_AGE,
            allow_headers=["Authorization", "If-None-Match"], expose_headers=["ETag", "Retry-After"],
        )  # fmt: skip
    known = None if names is None else own_names(host, names)
    app.add_middleware(Guard, hosts=known, origins=cors, refuse=failures.refuse)
    return app


class ApiCors:
    """ASGI middleware: other origins may read the API, and no page."""

    def __init__(self, app: ASGIApp, /, **options: Any) -> None:
        self._app = app
        self._for_others = CORSMiddleware(app, **options)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        is_api = scope["type"] == "http" and scope["path"].startswith(API)
        await (self._for_others if is_api else self._app)(scope, receive, send)


def page_routers() -> list[APIRouter]:
    """Return the routers of the pages: a page is found by being in `newscrawl/web/pages`, no list to edit."""
    names = sorted(one.name for one in pkgutil.iter_modules(pages.__path__))
    modules = [importlib.import_module(f"{pages.__name__}.{name}") for name in names]
    return [module.router for module in modules if isinstance(getattr(module, "router", None), APIRouter)]
