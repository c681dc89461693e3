"""When a site is to be crawled: what its file says, and what follows from its last runs. Pure."""

from newscrawl.schedules.due import Past, next_due, spread
from newscrawl.schedules.parse import Auto, Cron, Every, Never, Schedule, parse_schedule

__all__ = ["Auto", "Cron", "Every", "Never", "Past", "Schedule", "next_due", "parse_schedule", "spread"]
