"""The records that travel the road: Page -> RawArticle -> Article, with their mentions.

All are frozen pydantic models: validated when made, compared by value, picklable, and the source of MongoDB's
validators (`newscrawl.store.schema`) and of docs/record.md. Date-times are aware; spans are code points of the text
they point into, `stop` exclusive.
"""

from newscrawl.items.alarms import SiteAlarm, SiteTotals
from newscrawl.items.articles import (
    Article,
    ArticlePrecision,
    DateMention,
    EntityMention,
    EntityType,
    Identity,
    MentionPrecision,
    PersonName,
    Problem,
    StoredArticle,
    Uncertainty,
)
from newscrawl.items.captures import Archive, Capture, CaptureList, CaptureState
from newscrawl.items.duplicates import ArticleSignature, Due
from newscrawl.items.ledger import Chain, ListVisit, SourceVisit, Visit, VisitState
from newscrawl.items.pages import IMPORTED_TYPE, Attachment, Evidence, Image, Link, ListingEntry, Page, RawArticle
from newscrawl.items.record import Record
from newscrawl.items.registry import (
    Decision,
    DecisionKind,
    Entity,
    Kin,
    PostHeld,
    SeenIn,
)
from newscrawl.items.runs import Alarm, Monitor, Run, RunStatus, count_failures

__all__ = [
    "IMPORTED_TYPE",
    "Alarm",
    "Archive",
    "Article",
    "ArticlePrecision",
    "ArticleSignature",
    "Attachment",
    "Capture",
    "CaptureList",
    "CaptureState",
    "Chain",
    "DateMention",
    "Decision",
    "DecisionKind",
    "Due",
    "Entity",
    "EntityMention",
    "EntityType",
    "Evidence",
    "Identity",
    "Image",
    "Kin",
    "Link",
    "ListVisit",
    "ListingEntry",
    "MentionPrecision",
    "Monitor",
    "Page",
    "PersonName",
    "PostHeld",
    "Problem",
    "RawArticle",
    "Record",
    "Run",
    "RunStatus",
    "SeenIn",
    "SiteAlarm",
    "SiteTotals",
    "SourceVisit",
    "StoredArticle",
    "Uncertainty",
    "Visit",
    "VisitState",
    "count_failures",
]
