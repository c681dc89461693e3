"""From what a page says to what we mean: Russian dates, entities, normalised articles."""
