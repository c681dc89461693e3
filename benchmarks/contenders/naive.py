"""Contender: the pipeline that one writes from the front pages of the libraries, everything inline on the reactor.

    python naive.py ORIGIN MONGO_URI DATABASE

BeautifulSoup with html.parser, `dateparser.search` on the body, natasha as its README shows it, one insert an item.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pymongo
import pymorphy3
import pymorphy3.analyzer
import scrapy
from bs4 import BeautifulSoup
from dateparser import parse as parse_date
from dateparser.search import search_dates
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response

# natasha 1.6 imports pymorphy2, which is abandoned and does not run on Python 3.11 (it wants pkg_resources and
# inspect.getargspec). Its successor has the same classes under the same names and stands in for it here.
sys.modules["pymorphy2"] = pymorphy3
sys.modules["pymorphy2.analyzer"] = pymorphy3.analyzer

from natasha import (  # type: ignore[import-untyped]  # noqa: E402
    Doc,
    MorphVocab,
    NewsEmbedding,
    NewsMorphTagger,
    NewsNERTagger,
    NewsSyntaxParser,
    Segmenter,
)


class NaiveSpider(scrapy.Spider):
    name = "naive"

    def __init__(self, origin: str, mongo_uri: str, database: str) -> None:
        super().__init__()
        self.start_urls = [f"{origin}/novosti/"]
        self.mongo_uri = mongo_uri
        self.database = database

    def parse(self, response: Response) -> Iterator[scrapy.Request]:
        soup = BeautifulSoup(response.text, "html.parser")
        for link in soup.select("#articles .records a.item"):
            yield response.follow(str(link["href"]), self.parse_article)
        following = soup.select_one(".pager a.next")
        if following is not None:
            yield response.follow(str(following["href"]), self.parse)

    def parse_article(self, response: Response) -> Iterator[dict[str, Any]]:
        soup = BeautifulSoup(response.text, "html.parser")
        headline = soup.select_one("#articles > h1")
        date = soup.select_one("#articles > .date")
        body = soup.select_one("#articles > .text")
        if headline is None or body is None:
            return
        yield {
            "url": response.url,
            "headline": headline.get_text(strip=True),
            "date": date.get_text(strip=True).removeprefix("Опубликовано: ") if date else None,
            "body": body.get_text("\n", strip=True),
        }


class DatesPipeline:
    def process_item(self, item: dict[str, Any]) -> dict[str, Any]:
        item["date_published"] = parse_date(item["date"], languages=["ru"]) if item["date"] else None
        found = search_dates(item["body"], languages=["ru"]) or []
        item["dates"] = [{"text": text, "date": date} for text, date in found]
        return item


class EntitiesPipeline:
    def open_spider(self) -> None:
        self.segmenter = Segmenter()
        self.morph_vocab = MorphVocab()
        embedding = NewsEmbedding()
        self.morph_tagger = NewsMorphTagger(embedding)
        self.syntax_parser = NewsSyntaxParser(embedding)
        self.ner_tagger = NewsNERTagger(embedding)

    def process_item(self, item: dict[str, Any]) -> dict[str, Any]:
        doc = Doc(item["body"])
        doc.segment(self.segmenter)
        doc.tag_morph(self.morph_tagger)
        doc.parse_syntax(self.syntax_parser)
        doc.tag_ner(self.ner_tagger)
        for span in doc.spans:
            span.normalize(self.morph_vocab)
        item["entities"] = [{"type": one.type, "text": one.text, "normal": one.normal} for one in doc.spans]
        return item


class MongoPipeline:
    def __init__(self, crawler: Any) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Any) -> MongoPipeline:
        return cls(crawler)

    def open_spider(self) -> None:
        spider: NaiveSpider = self._crawler.spider
        self.client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(spider.mongo_uri)
        self.articles = self.client[spider.database]["articles"]

    def close_spider(self) -> None:
        self.client.close()

    def process_item(self, item: dict[str, Any]) -> dict[str, Any]:
        self.articles.insert_one(item)
        return item


def main(origin: str, mongo_uri: str, database: str) -> None:
    process = AsyncCrawlerProcess(
        {
            "ROBOTSTXT_OBEY": True,
            "TELNETCONSOLE_ENABLED": False,
            "LOG_LEVEL": "ERROR",
            "ITEM_PIPELINES": {DatesPipeline: 100, EntitiesPipeline: 200, MongoPipeline: 300},
            "EXTENSIONS": {"probe.Probe": 0},
        }
    )
    process.crawl(NaiveSpider, origin=origin, mongo_uri=mongo_uri, database=database)
    process.start()


if __name__ == "__main__":
    main(*sys.argv[1:4])
