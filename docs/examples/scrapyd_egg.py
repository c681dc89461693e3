"""Write the egg by which scrapyd knows newscrawl: `python scrapyd_egg.py newscrawl.egg`.

It holds no code: scrapyd imports an egg as the archive that it is, and site files and gazetteers have to be real files.
So newscrawl is installed beside scrapyd with pip, and the egg says where its settings are and which version it is.
"""

import sys
import zipfile
from pathlib import Path

from newscrawl import __version__

FILES = {
    "PKG-INFO": f"Metadata-Version: 2.1\nName: newscrawl-project\nVersion: {__version__}\n",
    "entry_points.txt": "[scrapy]\nsettings = newscrawl.settings\n",
    "zip-safe": "\n",
}


def write(path: Path) -> None:
    """Write the egg."""
    with zipfile.ZipFile(path, "w") as egg:
        for name, text in FILES.items():
            egg.writestr(f"EGG-INFO/{name}", text)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
