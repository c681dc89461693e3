"""What Scrapy logs of an item: its address, not a page's bytes."""

from __future__ import annotations

import logging
from typing import Any

from scrapy import logformatter


class QuietLogFormatter(logformatter.LogFormatter):
    """Scrapy's formatter with items told by their address."""

    def scraped(self, item: Any, response: Any, spider: Any) -> logformatter.LogFormatterResult:
        """Return the line for an item that passed the pipelines."""
        return {"level": logging.DEBUG, "msg": "stored %(url)s", "args": {"url": getattr(item, "article_url", "?")}}
