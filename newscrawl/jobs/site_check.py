"""Whether a site's file still fits: its stored pages, its saved pages and, when asked, the live site."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from newscrawl.jobs.site_check_live import LiveCheck
from newscrawl.jobs.site_check_pages import Finding, PagesCheck, check_pages
from newscrawl.jobs.site_check_saved import SavedCheck, check_saved_pages, findings_of, saved_folder
from newscrawl.sites import Site
from newscrawl.store import Store


@dataclass(frozen=True)
class SiteCheck:
    """What was tested of one site, and what broke."""

    site: str
    stored: PagesCheck
    """The latest stored pages, read anew."""
    saved: tuple[SavedCheck, ...]
    live: LiveCheck | None = None
    """None where the site was not visited."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything that broke."""
        live = self.live.findings if self.live is not None else []
        return (*live, *self.stored.findings, *findings_of(self.saved))

    @property
    def doubts(self) -> tuple[str, ...]:
        """What a person should look at, each said once."""
        live = self.live.doubts if self.live is not None else []
        return tuple(dict.fromkeys((*live, *self.stored.doubts)))

    @property
    def broken(self) -> bool:
        """True when anything broke."""
        return bool(self.findings)

    @property
    def tested(self) -> bool:
        """True when there was anything to test the file on."""
        return bool(self.stored.pages or self.saved or (self.live is not None and self.live.reached))

    def as_json(self) -> dict[str, object]:
        """Return it as plain values."""
        told = asdict(self)
        for part in (told["stored"], told["live"] or {}):
            part.pop("findings", None)
            part.pop("doubts", None)
        if told["live"] and told["live"]["articles"]:
            told["live"]["articles"].pop("findings")
            told["live"]["articles"].pop("doubts")
        findings = [asdict(one) for one in self.findings]
        return {"site": self.site, "broken": self.broken, "findings": findings, "doubts": list(self.doubts)} | told


def check_site(store: Store, site: Site, site_file: Path, most: int, live: LiveCheck | None = None) -> SiteCheck:
    """Test a site file on its latest `most` stored pages and on its saved pages; nothing is fetched or written."""
    stored = check_pages(store.find_latest_pages(site.name, most), site, "stored")
    return SiteCheck(site.name, stored, check_saved_pages(site, saved_folder(site_file)), live)
