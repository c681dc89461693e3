"""Contender: bare Scrapy. It fetches the same pages, links and nothing else read, with Scrapy's own concurrency.

python bare.py ORIGIN
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import scrapy
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import TextResponse


class BareSpider(scrapy.Spider):
    """Follows the listing and leaves every article as it is."""

    name = "bare"

    def __init__(self, origin: str) -> None:
        super().__init__()
        self.start_urls = [f"{origin}/novosti/"]

    def parse(self, response: TextResponse) -> Iterator[scrapy.Request]:
        yield from response.follow_all(css="#articles .records a.item", callback=self.parse_article)
        yield from response.follow_all(css=".pager a.next", callback=self.parse)

    def parse_article(self, response: TextResponse) -> None:
        """Take nothing of it."""


def main(origin: str) -> None:
    process = AsyncCrawlerProcess(
        {
            "ROBOTSTXT_OBEY": True,
            "TELNETCONSOLE_ENABLED": False,
            "LOG_LEVEL": "ERROR",
            "EXTENSIONS": {"probe.Probe": 0},
        }
    )
    process.crawl(BareSpider, origin=origin)
    process.start()


if __name__ == "__main__":
    main(sys.argv[1])
