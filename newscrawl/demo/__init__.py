"""The bundled sample city: a fictional town's news site, generated from a seed and served on loopback.

`SampleCity` makes the pages and knows the truth about them, `serve` serves them, `sample_site` is their site file.
`reprints` is what two neighbouring cities print of its news.
"""

from newscrawl.demo.articles import Expected
from newscrawl.demo.city import Answer, SampleCity
from newscrawl.demo.neighbours import Reprint, neighbours, reprints
from newscrawl.demo.server import Fault, Server, serve
from newscrawl.demo.site import sample_site

__all__ = [
    "Answer",
    "Expected",
    "Fault",
    "Reprint",
    "SampleCity",
    "Server",
    "neighbours",
    "reprints",
    "sample_site",
    "serve",
]
