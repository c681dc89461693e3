"""Show what is read and which rule read it: python -m pipelines.dates "текст" --base 2018-12-13T12:00+03:00."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime

from newscrawl.errors import NewscrawlError

from . import find, read
from .fold import fold
from .named_days import named_days
from .tokens import tokenize


def main(argv: list[str] | None = None) -> int:
    """Print the signature, the reading of the whole string and every mention in it; 2 for a wrong base or zone."""
    options = argparse.ArgumentParser(prog="python -m pipelines.dates", description=__doc__)
    options.add_argument("text")
    options.add_argument("--base", required=True, help="ISO date-time with an offset: when the text was published")
    options.add_argument("--timezone", default="Europe/Moscow", help="IANA name")
    args = options.parse_args(argv)
    out = sys.stdout
    try:
        base = datetime.fromisoformat(args.base)
        reading = read(args.text, base=base, timezone=args.timezone)
        mentions = find(args.text, base=base, timezone=args.timezone)
    except (NewscrawlError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    out.write(f"signature  {tokenize(fold(args.text), named_days()).sig}\n")
    span = reading.span
    out.write(f"parse      {f'{span.value}  {span.precision}  [{span.rule}]' if span else f'- {reading.reason}'}\n")
    for mention in mentions:
        place = f"{mention.start}..{mention.stop}"
        out.write(f"find       {place:<9} {mention.text!r} = {mention.value}  {mention.precision}  [{mention.rule}]\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
