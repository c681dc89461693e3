"""What the pages on the health of the crawl say."""

TEXTS: dict[str, tuple[str, str]] = {}
