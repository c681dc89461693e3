"""The site that every contender crawls: the sample city on loopback, in a process of its own.

    python city_server.py ARTICLES

Prints its address when all pages are made, so that making them costs no contender anything. Ends when its standard
input does, so that it cannot outlive whoever started it.
"""

from __future__ import annotations

import sys

from newscrawl.demo import SampleCity, serve


def main(articles: int) -> None:
    city = SampleCity(articles=articles)
    for number in range(city.listing_pages + 1):
        city.answer("/novosti/", f"PAGEN_1={number + 1}")
    for article in city.expected:
        city.answer(article.path)
    with serve(city) as server:
        print(server.origin, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(int(sys.argv[1]))
