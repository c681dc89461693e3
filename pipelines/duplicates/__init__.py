"""Near-duplicates of Russian news: which articles are one text, and which only look like it.

    signatures(texts)      what an index keeps of each text
    candidate_pairs(...)   pairs that are worth comparing, linear in the number of documents
    compare(a, b)          whether two documents are one text, and why
    group(...)             groups with their originals

All of it is pure: no clock, network or store, and no order of arrival in any result. docs/duplicates.md tells how it
decides.

A store can look up the candidates of one document: it keeps the hashes of signatures in a multikey index, beside the
order of documents. The *posting* of a hash is the documents that have it, in their `order`. In a posting, a document
meets the earlier ones while it is among the first `WIDE`, and else the first `NARROW`; two documents that meet in
`LEAST_SHARED` postings are candidates.
"""

from pipelines.duplicates.candidates import (
    LEAST_SHARED,
    NARROW,
    WIDE,
    Meetings,
    candidate_pairs,
    candidates_of,
    meetings,
    meetings_of,
)
from pipelines.duplicates.compare import Verdict, compare, compare_many
from pipelines.duplicates.documents import Document, order
from pipelines.duplicates.figures import Figures, Side
from pipelines.duplicates.grouping import CAP, Groups, Membership, components, group
from pipelines.duplicates.signatures import LIMIT, SCHEME, Signature, signatures

__all__ = [
    "CAP",
    "LEAST_SHARED",
    "LIMIT",
    "NARROW",
    "SCHEME",
    "WIDE",
    "Document",
    "Figures",
    "Groups",
    "Meetings",
    "Membership",
    "Side",
    "Signature",
    "Verdict",
    "candidate_pairs",
    "candidates_of",
    "compare",
    "compare_many",
    "components",
    "group",
    "meetings",
    "meetings_of",
    "order",
    "signatures",
]
