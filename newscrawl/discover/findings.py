"""What discovery tells a person: what it saw to work, and what somebody should check."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Findings:
    """Sentences, in the order in which they were found out."""

    sure: list[str] = field(default_factory=list)
    """What was seen to work."""
    doubts: list[str] = field(default_factory=list)
    """What a person should check."""

    def notes(self) -> str:
        """Return all of it as the `notes` of a site file."""
        lines = ["Drafted by `newscrawl site add`; nobody has reviewed it."]
        lines += [f"Seen: {'; '.join(self.sure)}."] if self.sure else []
        lines += [f"To check: {'; '.join(self.doubts)}."] if self.doubts else []
        return "\n".join(lines)
