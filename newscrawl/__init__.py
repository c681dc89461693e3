"""newscrawl: from the network to what a city's news page says, and the doors in and out."""

__version__ = "0.8.0"
