"""What a user may set: the environment (`NEWSCRAWL_…`) first, then `newscrawl.toml` in the current folder."""

from __future__ import annotations

import ipaddress
import os
import re
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import platformdirs
from pydantic import AfterValidator, DirectoryPath, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from newscrawl import __version__, network, secrecy
from newscrawl.errors import ConfigError
from newscrawl.schedules.parse import is_too_often, parse_schedule

CONFIG_FILE = "newscrawl.toml"


def _check_schedule(value: str) -> str:
    if is_too_often(parse_schedule(value)):
        raise ValueError("expected an interval of at least 1m")
    return value


ARCHIVE_ADDRESSES = ("wayback_cdx", "wayback_replay", "commoncrawl_index", "commoncrawl_data")
"""The settings that name archives."""


def _is_loopback(url: str) -> bool:
    host = network.host_of(url)
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _check_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or secrecy.has_credentials(value):
        raise ValueError("expected an absolute http(s) address without a user and password")
    return value


_TOKEN = re.compile(r"[!-~]{16,200}")


def check_token(value: str) -> str:
    """Return a token that nobody guesses by trying. Raises ValueError for a shorter one, or one with blanks."""
    if not _TOKEN.fullmatch(value):
        raise ValueError("expected 16 to 200 letters, digits and signs of ASCII without blanks")
    return value


class Config(BaseSettings):
    """Settings of an installation. Read once by a door (command line, notebook, Scrapy) and handed down."""

    model_config = SettingsConfigDict(
        env_prefix="NEWSCRAWL_",
        toml_file=CONFIG_FILE,
        extra="forbid",
        frozen=True,
        env_ignore_empty=True,
        use_attribute_docstrings=True,
    )

    mongo_uri: str | None = Field(default=None, repr=False)
    """A MongoDB server; without it the embedded one is used."""
    database: Annotated[str, Field(pattern=r'^[^/\\. "$*<>:|?\x00]{1,63}$')] = "newscrawl"
    """Name of the database."""
    home: Path = Field(default_factory=lambda: Path(platformdirs.user_data_dir("newscrawl")))
    """Folder of the embedded server's data."""
    sites: Path | None = None
    """A folder of your own site files, `sites` in `home` when not given; they take the place of bundled ones with the
    same name."""
    gazetteer: DirectoryPath | None = None
    """A folder of CSV files with names of your own; see docs/entities.md."""
    contact: Annotated[str, Field(pattern=r"^[ -~]*$")] = ""
    """An address or URL that site owners can reach you at; part of the user agent, so in ASCII."""
    workers: Annotated[int, Field(ge=1, le=64)] = max(1, min(4, os.cpu_count() or 1))
    """Worker processes that extract and normalise."""
    page_timeout: Annotated[float, Field(gt=0)] = 60.0
    """Seconds that one page may take to extract and normalise; then its worker is replaced and the page is marked.
    So long its scripts may run, too, where they are run."""
    chromium: Path | None = None
    """A Chromium for sites that need their scripts run; found on PATH when not given."""
    patience: Annotated[float, Field(ge=0)] = 60.0
    """Seconds that a running job waits for a MongoDB that went away, and for a site's host in trouble."""
    concurrent_sites: Annotated[int, Field(ge=1, le=500)] = 32
    """Sites that one process crawls at the same time; the others wait their turn."""
    schedule: Annotated[str, AfterValidator(_check_schedule)] = "auto"
    """When sites are crawled by themselves whose file has no `schedule`; see docs/scheduling.md."""

    wayback_cdx: Annotated[str, AfterValidator(_check_address)] = "https://web.archive.org/cdx/search/cdx"
    """The index of the Wayback Machine, or of an archive that speaks as it does; see docs/backfill.md."""
    wayback_replay: Annotated[str, AfterValidator(_check_address)] = "https://web.archive.org/web/"
    """What stands before `TIMESTAMPid_/ADDRESS` of its captures."""
    commoncrawl_index: Annotated[str, AfterValidator(_check_address)] = "https://index.commoncrawl.org/"
    """Where Common Crawl's `collinfo.json` and the indexes of its crawls are."""
    commoncrawl_data: Annotated[str, AfterValidator(_check_address)] = "https://data.commoncrawl.org/"
    """Where its WARC files are, those of CC-NEWS too."""
    archive_delay: Annotated[float, Field(ge=0)] = 1.5
    """Seconds between two requests to a host of an archive."""

    keep_runs: Annotated[int, Field(ge=1)] = 365
    """Days after which the record of a run is forgotten; its sums stay in `totals`."""
    alerts: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    """Where alarms are told beside the log: addresses as apprise takes them, in the environment with blanks between."""
    alerts_repeat: Annotated[float, Field(ge=1)] = 24.0
    """Hours after which an alarm that lasts is told again."""
    alerts_an_hour: Annotated[int, Field(ge=1)] = 6
    """Messages that a channel gets in an hour at most; what waits comes with the next one."""

    token: SecretStr | None = None
    """What everybody must show who asks `newscrawl serve`; see docs/serve.md."""

    @field_validator("token")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            check_token(value.get_secret_value())
        return value

    @field_validator("alerts", mode="before")
    @classmethod
    def _split_addresses(cls, value: object) -> object:
        return value.split() if isinstance(value, str) else value

    @field_validator("archive_delay")
    @classmethod
    def _polite(cls, value: float, others: ValidationInfo) -> float:
        if value < 0.5 and not all(_is_loopback(others.data.get(name, "")) for name in ARCHIVE_ADDRESSES):
            raise ValueError("expected at least 0.5 s (less is for archives on loopback)")
        return value

    @property
    def own_sites_folder(self) -> Path:
        """Where your own site files are, or will be once there are some."""
        return self.sites or self.home / "sites"

    @property
    def own_sites(self) -> Path | None:
        """The folder of your own site files, None while nobody named one and none was made."""
        return self.sites if self.sites or not self.own_sites_folder.is_dir() else self.own_sites_folder

    @property
    def user_agent(self) -> str:
        """What every request says it comes from."""
        return f"newscrawl/{__version__} ({f'contact: {self.contact}' if self.contact else 'contact not configured'})"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over the environment, which wins over the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_config(**overrides: object) -> Config:
    """Read the configuration; `overrides` that are None do not count. Raises ConfigError naming the setting.

    What is secret in it is told by nobody in this process from then on; see `newscrawl.secrecy`.
    """
    secrecy.guard_log()
    config = _read(**overrides)
    secrecy.conceal_address(config.mongo_uri)
    for one in config.alerts:
        address = one.get_secret_value()
        secrecy.conceal_address(address.partition("?")[0])  # behind it are addresses of people, with an @ of their own
        secrecy.conceal(address.partition("://")[2])
    if config.token is not None:
        secrecy.conceal(config.token.get_secret_value())
    return config


def environment(config: Config) -> dict[str, str]:
    """Return the variables under which another process has these settings; without its secrets: alerts, token."""
    given = {name: value for name, value in config if value is not None and name not in {"alerts", "token"}}
    absolute = {name: value.absolute() if isinstance(value, Path) else value for name, value in given.items()}
    return {f"NEWSCRAWL_{name.upper()}": str(value) for name, value in absolute.items()}


def _read(**overrides: object) -> Config:
    given = {key: value for key, value in overrides.items() if value is not None}
    try:
        return Config(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else ""
        what = first["msg"].removeprefix("Value error, ")
        raise ConfigError(
            f"the setting {name} (NEWSCRAWL_{name.upper()} or {CONFIG_FILE}): {what}",
            advice="docs/configuration.md lists the settings.",
        ) from None
    except ValueError as error:  # the TOML file itself
        raise ConfigError(f"{CONFIG_FILE} is not TOML: {error}") from None
