"""The application: who is let in, where a request goes, how its answer travels."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from newscrawl import __version__
from newscrawl.config import Config
from newscrawl.store import Store
from newscrawl.web import api, failures, frame, statics
from newscrawl.web.delivery import Delivery
from newscrawl.web.login import Login
from newscrawl.web.pages import ROUTERS
from newscrawl.web.security import Guard, own_names

_CORS_AGE = 3600


def create_app(
    store: Store,
    config: Config,
    *,
    token: str | None = None,
    host: str = "127.0.0.1",
    names: Sequence[str] | None = (),
    cors: Sequence[str] = (),
) -> FastAPI:
    """Return the web application over a store, which it only reads.

    `token`: what everybody must show; None lets everybody in. `host`: where it will listen. `names`: further names that
    it goes by, beside `localhost`, `host`, this machine's name and IP addresses; None: any. `cors`: origins whose pages
    may read the API in a browser, `*` for all. The store should have a short patience: requests wait for it.
    """
    app = FastAPI(title="newscrawl", version=__version__, openapi_url=None, docs_url=None, redoc_url=None)
    app.state.store, app.state.config, app.state.has_token = store, config, token is not None
    for router in (*ROUTERS, frame.router, statics.router, api.router):
        app.include_router(router)
    app.openapi = lambda: api.describe(app)  # type: ignore[method-assign]
    failures.add_handlers(app)
    # The last one added is the first that a request meets.
    app.add_middleware(failures.Failures)
    app.add_middleware(Delivery)
    if token is not None:
        app.add_middleware(Login, token=token, refuse=failures.refuse)
    if cors:
        app.add_middleware(
            CORSMiddleware, allow_origins=list(cors), allow_methods=["GET", "HEAD"], max_age=_CORS_AGE,
            allow_headers=["Authorization", "If-None-Match"], expose_headers=["ETag", "Retry-After"],
        )  # fmt: skip
    known = None if names is None else own_names(host, names)
    app.add_middleware(Guard, hosts=known, origins=cors, refuse=failures.refuse)
    return app
