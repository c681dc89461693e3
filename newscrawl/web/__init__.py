"""The read-only web page and JSON API over the store: `newscrawl serve`."""
