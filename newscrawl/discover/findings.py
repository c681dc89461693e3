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
        for heading, told in (("Seen:", self.sure), ("To check:", self.doubts)):
            lines += [heading, *(f"- {sentence}" for sentence in told)] if told else []
        return "\n".join(lines)
