"""The web page and JSON API over the store, both read-only: `newscrawl serve`."""
