"""All that pages say, key -> (Russian, English); see `newscrawl.web.language`."""

from newscrawl.web.texts import api, article, dashboard, entity, frame, login, meanings, search

PARTS = (
    frame.TEXTS,
    search.TEXTS,
    article.TEXTS,
    entity.TEXTS,
    meanings.TEXTS,
    dashboard.TEXTS,
    login.TEXTS,
    api.TEXTS,
)
TEXTS: dict[str, tuple[str, str]] = {key: text for part in PARTS for key, text in part.items()}
