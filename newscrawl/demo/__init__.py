"""The bundled sample city: a fictional town's news site, generated from a seed and served on loopback.

`SampleCity` makes the pages and knows the truth about them, `serve` serves them, `sample_site` is their site file.
"""

from newscrawl.demo.articles import Expected
from newscrawl.demo.city import Answer, SampleCity
from newscrawl.demo.server import Fault, Server, serve
from newscrawl.demo.site import sample_site

__all__ = ["Answer", "Expected", "Fault", "SampleCity", "Server", "sample_site", "serve"]
