"""Scrapy's side: the one spider, how Scrapy finds it under each site's name, and how crawls are run."""
