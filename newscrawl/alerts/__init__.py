"""Telling people: what to say of alarms, and the channels that carry it; `newscrawl.jobs.alerting` knows when."""

from newscrawl.alerts.channels import LOG, Channel, Outcome, channels, deliver
from newscrawl.alerts.digest import Due, Message, due, message

__all__ = ["LOG", "Channel", "Due", "Message", "Outcome", "channels", "deliver", "due", "message"]
