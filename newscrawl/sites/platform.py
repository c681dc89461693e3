"""The shape of a platform's file in `platforms/`: what the sites of one content management system have in common."""

from __future__ import annotations

from pydantic import model_validator

from newscrawl.sites.model import ArticleAddress, Layout, Pagination, Selector, Selectors, SitePart, check_names


class ListingIdiom(SitePart):
    """One way in which sites of a platform mark up a listing; the selectors mean what they mean in a source."""

    name: str
    item: Selector
    """One entry."""
    link: Selector = "a"
    headline: Selector | None = None
    date: Selector | None = None
    lead: Selector | None = None


class Platform(SitePart):
    """What the sites of one platform have in common. Idioms are candidates: a site file decides."""

    name: str
    """The file's name without `.toml`; what a site file writes after `platform =`."""
    title: str
    """What the platform calls itself."""
    notes: str = ""
    """For people: what the selectors rest on."""
    listings: tuple[ListingIdiom, ...] = ()
    """Ways of listing articles, the commonest first."""
    pagination: tuple[Pagination, ...] = ()
    """Ways of getting to older entries. Where a parameter counts entries, `step` is only the usual page size."""
    addresses: tuple[ArticleAddress, ...] = ()
    """Forms that an article's address takes."""
    feeds: tuple[str, ...] = ()
    """Where a feed often is, as a reference to resolve against the news section: `rss/`, or from the root: `/feed/`."""
    remove: Selectors = ()
    """What stands inside articles on these sites without belonging to them; goes with every layout's own `remove`."""
    layouts: tuple[Layout, ...] = ()
    """How its articles are read; tried in this order, after the site's own."""

    @model_validator(mode="after")
    def _distinct(self) -> Platform:
        check_names(self.layouts)
        return self

    @property
    def layouts_for_sites(self) -> tuple[Layout, ...]:
        """The layouts as a site has them: named after the platform too, so that no name meets one of the site's own."""
        return tuple(
            layout.model_copy(
                update={
                    "name": f"{self.name}-{layout.name}",
                    "platform": self.name,
                    "remove": layout.remove + self.remove,
                }
            )
            for layout in self.layouts
        )
