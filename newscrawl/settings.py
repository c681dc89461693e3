"""Scrapy's settings: polite and bounded by default. What a user may set stands in `newscrawl.config`."""

from newscrawl.config import load_config

BOT_NAME = "newscrawl"
SPIDER_MODULES = ["newscrawl.spiders"]
SPIDER_LOADER_CLASS = "newscrawl.spiders.loader.SiteSpiderLoader"
ITEM_PIPELINES = {
    "pipelines.normalise.NormalisePipeline": 300,
    "pipelines.mongo.MongoPipeline": 500,
}

# Politeness. A site's own `delay` sets DOWNLOAD_DELAY.
_config = load_config()
USER_AGENT = _config.user_agent
ROBOTSTXT_OBEY = True
ROBOTSTXT_USER_AGENT = "newscrawl"
CONCURRENT_REQUESTS_PER_DOMAIN = 1
# Every site has a crawler of its own: one request under way, one ready behind it. More would have to be waited for
# when the crawl is stopped.
CONCURRENT_REQUESTS = 2
DOWNLOAD_DELAY = 1.0
DOWNLOAD_DELAY_JITTER = 0.0  # a site's `delay`, like a Crawl-delay, is the least, not the mean
AUTOTHROTTLE_ENABLED = True
AUTOTHROTTLE_TARGET_CONCURRENCY = 1.0
AUTOTHROTTLE_MAX_DELAY = 60.0
EXTENSIONS = {"scrapy.extensions.throttle.AutoThrottle": None, "newscrawl.spiders.pace.Pace": 0}
COOKIES_ENABLED = False
# Where requests go, and what robots.txt lets them: before anything else has a hand in them.
DOWNLOADER_MIDDLEWARES = {
    "newscrawl.spiders.own_hosts.OwnHostsMiddleware": 50,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "newscrawl.spiders.robots.RobotsMiddleware": 100,
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
    "newscrawl.spiders.patience.PatienceMiddleware": 550,
    "newscrawl.spiders.backpressure.BackpressureMiddleware": 950,
}
TWISTED_DNS_RESOLVER = "newscrawl.spiders.resolver.PublicResolver"
DNS_TIMEOUT = 10
# Certificates as the site's file asks; where pages are made by scripts, the spider puts the browser's in their place.
DOWNLOAD_HANDLERS = {
    "http": "newscrawl.spiders.tls.SiteDownloadHandler",
    "https": "newscrawl.spiders.tls.SiteDownloadHandler",
}

# Bounds: a page of a city site is about 60 KB, an archive of listings a few thousand pages deep.
DOWNLOAD_MAXSIZE = 10 * 1024 * 1024
DOWNLOAD_WARNSIZE = 2 * 1024 * 1024
# Of each site: pages of so many bytes wait for a worker; then nothing is asked for until some of them are read.
SCRAPER_SLOT_MAX_ACTIVE_SIZE = 2 * 1024 * 1024
# Scrapy makes as many tasks for every answer, before it knows what comes of it: here one item, or some requests.
CONCURRENT_ITEMS = 2
DOWNLOAD_TIMEOUT = 30  # of a whole answer, from the look-up of the name to the last byte

# Hosts in trouble: tried again with pauses for so many seconds; after so many pages in a row in vain the site is left.
HOST_PATIENCE = _config.patience
HOST_MOST_FAILURES = 5
RETRY_TIMES = 10
RETRY_PRIORITY_ADJUST = 10  # what has waited goes first, so that trouble is over, or known, soon
REDIRECT_MAX_TIMES = 5
DEPTH_LIMIT = 10_000

TELNETCONSOLE_ENABLED = False
LOG_LEVEL = "INFO"
# Items are whole pages and articles: what a spider logs of them is an address, at most.
LOG_FORMATTER = "newscrawl.spiders.log.QuietLogFormatter"
FEED_EXPORT_ENCODING = "utf-8"
