"""The files that pages load: read once, told apart by a digest of their bytes, kept by browsers for a year."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib import resources

from fastapi import APIRouter, HTTPException
from starlette.responses import Response

_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml; charset=utf-8",
    "png": "image/png",
    "ico": "image/x-icon",
    "txt": "text/plain; charset=utf-8",
}
"""By extension; no other file is served."""
_FOREVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "public, no-cache"


@dataclass(frozen=True)
class StaticFile:
    """One file."""

    body: bytes
    type: str
    digest: str


class Statics:
    """All files of `newscrawl/web/static`, by name."""

    def __init__(self, files: dict[str, StaticFile]) -> None:
        self._files = files

    @classmethod
    def load(cls) -> Statics:
        """Read them."""
        folder = resources.files("newscrawl.web") / "static"
        found = {}
        for one in folder.iterdir():
            type_ = _TYPES.get(one.name.rpartition(".")[2])
            if type_ is not None:
                body = one.read_bytes()
                found[one.name] = StaticFile(body, type_, hashlib.sha256(body).hexdigest()[:12])
        return cls(found)

    def find(self, name: str) -> StaticFile | None:
        """Return a file by its name."""
        return self._files.get(name)

    def url(self, name: str) -> str:
        """Return the address of a file, another one whenever its bytes are others. Raises KeyError for no such file."""
        return f"/static/{name}?v={self._files[name].digest}"


STATICS = Statics.load()
"""Those of this installation."""

router = APIRouter(include_in_schema=False)


@router.get("/static/{name}")
async def static(name: str, v: str = "") -> Response:
    """Return a file; for a year when it is asked for by its digest."""
    found = STATICS.find(name)
    if found is None:
        raise HTTPException(404)
    caching = _FOREVER if v == found.digest else _ASK_AGAIN
    return Response(found.body, headers={"Content-Type": found.type, "Cache-Control": caching})


@router.get("/robots.txt")
async def robots() -> Response:
    """Ask search engines to stay away: what is shown here is others' news."""
    return Response("User-agent: *\nDisallow: /\n", headers={"Content-Type": "text/plain; charset=utf-8"})
