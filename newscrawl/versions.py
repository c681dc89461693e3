"""What the code calls itself in what it writes: known to who only looks, without what reads pages."""

EXTRACT_VERSION = "3"
"""Grows whenever `newscrawl.extract` may read a page differently; part of `extracted_by`."""
