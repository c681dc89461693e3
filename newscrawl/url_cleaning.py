"""What in an address does not tell one article from another: sessions, tracking, print versions, a CMS's own switches.

Works on the path and on the query alone, both percent-encoded; who may lose what is for `newscrawl.urls` to say.
Every function gives its own output back unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple
from urllib.parse import quote, unquote, unquote_plus

_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_NOT_UNRESERVED = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9._~-]")
_IN_A_PATH = _UNRESERVED | frozenset("!$&'()*+,;=:@/")

# --- parameters

_TRACKING = re.compile(
    r"(?:utm|mtm|pk|hsa)_\w+|roistat\w*|y?m?clid|ysclid|yadclid|yqrid|gclsrc|[gdwt]clid|[gw]braid|fbclid|msclkid|igshid"
    r"|mc_[ce]id|_?openstat|etext|rb_clickid|_g[al]|_"
    r"|rnd|nocache",
    re.IGNORECASE,
)
_SESSION = re.compile(
    r"phpsessid|jsessionid|aspsessionid\w*|sessid|session_?id|cfid|cftoken",
    re.IGNORECASE,
)
_SWITCH = re.compile(
    # 1C-Bitrix
    r"sphrase_id|clear_cache(?:_session)?|back_url\w*|bitrix_\w+|(?:PAGEN|SHOWALL|SIZEN)_\d+|arrFilter\S*|(?:set|del)_filter"
    r"|bx_\w+|bxajaxid|AJAX_CALL|forgot_password|change_password|auth_form|logout|cmd_version"
    # Joomla, WordPress, Drupal
    r"|tmpl|highlight|searchword|replytocom|preview(?:_id|_nonce)?|amp|destination",
    re.IGNORECASE,
)
_YES = r"|y|yes|on|1|true"
_SWITCH_BY_VALUE = {
    name: re.compile(values, re.IGNORECASE)
    for names, values in {
        "print printable print_version for_print": f"{_YES}|print",
        "special special_version login register auth": _YES,
        "version ver mode view_mode": r"|print\w*|mobile|pda|full|desktop|special|blind|text|lite|amp",
        "layout format": r"default|print|html|amp",
        "share": r"|[a-z][\w.-]*",
        "ref referer referrer": r"|.*\D.*",
        "s sid ssid sess session": r"(?=.*\d)(?=.*[a-z])(?:[0-9a-f]{16,}|[\w,-]{24,})",
    }.items()
    for name in names.split()
}
_FOR_PRINT = re.compile(r"print(?:able|er|version|_version|-version)?|forprint", re.IGNORECASE)
_PAGER = re.compile(
    r"page|p(?:age)?num|pageno|paged|pg|start|limitstart|limit|offset|curpos|comments?_page|cpage", re.IGNORECASE
)
_BITRIX_PAGER = re.compile(r"(?:PAGEN|SHOWALL|SIZEN)_\d+", re.IGNORECASE)
_IDENTITY = re.compile(
    r"(?:\w+_)?(?:id|code)|id_?\w+|[nst]id|newsid|docid|article\w*|news|p|post|item|doc|n|material|story", re.IGNORECASE
)
_DATE_LIKE = re.compile(r"\d{1,4}([-._/])\d{1,2}(?:\1\d{1,4})?.*|\d{6,14}")

# --- path

_SESSION_SEGMENT = re.compile(
    r"\((?:[A-Z]\([^/()]*\))+\)|(?:phpsessid|jsessionid|sessionid|sid)=[^/]*|(?:sid|session)-[0-9a-f]{16,}",
    re.IGNORECASE,
)
_SESSION_SUFFIX = re.compile(r";(?:jsessionid|phpsessid|sessionid|sid)\w*=[^/;]*", re.IGNORECASE)
_INDEX_FILE = re.compile(r"(?:index|default)\.(?:php\d?|phtml|s?html?|aspx?|jsp|cfm)", re.IGNORECASE)
_PRINT_FILE = re.compile(r"(?:for)?print\.(?:php\d?|phtml|aspx?|jsp)", re.IGNORECASE)
_PRINT_PREFIX = re.compile(r"print:page,\d+,")
_TAIL = re.compile(r"amp|trackback|comment-page-\d+", re.IGNORECASE)
_FEED_TAIL = ("feed", "feed/rss", "feed/rss2", "feed/atom", "feed/rdf")
_OTHER_VERSION = re.compile(r"print|printable|print-version|printversion|forprint|pda|mobile|amp", re.IGNORECASE)


class Parameter(NamedTuple):
    """One `name=value` of a query."""

    raw: str
    """Percent-encoded in one form."""
    name: str
    value: str


def normal_path(path: str) -> str:
    """Return a path in one percent-encoding (upper-case hex, nothing encoded without need), dot segments resolved."""
    encoded = _normal_encoding(path, _IN_A_PATH) or "/"
    kept: list[str] = []
    segments = encoded.removeprefix("/").split("/")
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in {".", ".."}:
        kept.append("")
    return "/" + "/".join(kept)


def without_session(path: str) -> str:
    """Return a normal path without session ids: `/n;jsessionid=1A` and `/(S(x1))/n` are `/n`."""
    segments = _SESSION_SUFFIX.sub("", path).split("/")
    return "/".join(one for one in segments if not _SESSION_SEGMENT.fullmatch(one)) or "/"


def clean_path(path: str) -> str:
    """Return a normal path without what never tells articles apart; a last slash stays, for others to judge.

    Session ids, doubled slashes, `index.php`, and where an article's name stands beside them `/print/`, `/amp/`,
    `/pda/`, `/feed/`, `/trackback/` and pages of comments.
    """
    while True:
        shorter = _shorter(path)
        if shorter == path:
            return path
        path = shorter


def _shorter(path: str) -> str:
    path = re.sub(r"(?<!:)/{2,}", "/", without_session(path))
    slash = "/" if path.endswith("/") else ""
    segments = [_PRINT_PREFIX.sub("", one) for one in path.strip("/").split("/")]
    if segments and _INDEX_FILE.fullmatch(segments[-1]):
        segments, slash = segments[:-1], "/"
    elif len(segments) > 1 and segments[0].lower() == "index.php":  # no rewriting: /index.php/novosti/12-slug
        del segments[0]
    segments = _without_other_version(_without_tail(segments))
    return "/" + "/".join(segments) + slash if segments else "/"


def _without_tail(segments: list[str]) -> list[str]:
    for length in (1, 2):
        if len(segments) > length and "/".join(segments[-length:]).lower() in _FEED_TAIL:
            return segments[:-length]
    return segments[:-1] if len(segments) > 1 and _TAIL.fullmatch(segments[-1]) else segments


def _without_other_version(segments: list[str]) -> list[str]:
    """Drop the first segment that means "for print", if what is left still ends in an article's name."""
    for number, segment in enumerate(segments):
        rest = segments[:number] + segments[number + 1 :]
        if _OTHER_VERSION.fullmatch(segment) and rest and names_article(rest[-1]):
            return rest
    return segments


def names_article(segment: str) -> bool:
    """Tell whether a segment of a path is more than a section's name: a number in it, or three words at least."""
    name = unquote(segment)
    return any(letter.isdecimal() for letter in name) or len(re.findall(r"[-_]", name)) >= 2


def parameters(query: str) -> list[Parameter]:
    """Return the parameters of a query, in order; `&amp;` left from HTML is read as `&`."""
    found = []
    for piece in re.sub(r"&(?:amp;)+", "&", query).split("&"):
        if piece:
            name, equals, value = piece.partition("=")
            raw = _normal_parameter(name) + ("=" + _normal_parameter(value) if equals else "")
            found.append(Parameter(raw, unquote_plus(name), unquote_plus(value)))
    return found


def query_of(kept: Collection[Parameter]) -> str:
    """Return parameters as a query: sorted, each once."""
    ordered = sorted(kept, key=lambda one: (one.name, one.value, one.raw))
    return "&".join(dict.fromkeys(one.raw if "=" in one.raw else f"{one.raw}=" for one in ordered))


def is_tracking(parameter: Parameter) -> bool:
    """Tell whether a parameter tells who came from where and nothing of the page."""
    name, value = parameter.name, parameter.value
    if _TRACKING.fullmatch(name) or _SESSION.fullmatch(name):
        return True
    return name.lower() in {"s", "sid", "ssid", "sess", "session"} and _means_the_switch(name, value)


def is_pager(parameter: Parameter) -> bool:
    """Tell whether a parameter counts the pages of a list, or its entries."""
    is_numbered = bool(_PAGER.fullmatch(parameter.name)) and (parameter.value.isdecimal() or not parameter.value)
    return is_numbered or bool(_BITRIX_PAGER.fullmatch(parameter.name))


def clean_query(query: str, path: str) -> str:
    """Return the query of an article at `path` without junk; what may name the article stays."""
    kept = [one for one in parameters(query) if not (is_tracking(one) or _is_switch(one))]
    names = {one.name.lower() for one in kept}
    if not names & {"to", "till", "until", "date_to"}:
        kept = [one for one in kept if one.name.lower() != "from" or _DATE_LIKE.fullmatch(one.value)]
    kept = _without_menu(kept)
    if names_article(path.rstrip("/").rsplit("/", 1)[-1]) or any(_IDENTITY.fullmatch(one.name) for one in kept):
        kept = [one for one in kept if not is_pager(one)]
    return query_of(kept)


def _is_switch(parameter: Parameter) -> bool:
    name, value = parameter.name, parameter.value
    return bool(_SWITCH.fullmatch(name) or _FOR_PRINT.fullmatch(value) or _means_the_switch(name, value))


def _means_the_switch(name: str, value: str) -> bool:
    """Tell whether a name that can be an article's (`?print=12`, `?sid=345`) is a switch here, by its value."""
    pattern = _SWITCH_BY_VALUE.get(name.lower())
    return bool(pattern and pattern.fullmatch(value))


def _without_menu(kept: list[Parameter]) -> list[Parameter]:
    """Joomla: an article is its number; the menu entry and the category that led to it are not."""
    by_name = {one.name.lower(): one.value.lower() for one in kept}
    if "option" not in by_name:
        return [one for one in kept if one.name.lower() != "itemid"]
    number = re.match(r"\d+", by_name.get("id", ""))
    shows_article = by_name.get("view") in {"article", "item"} or by_name.get("task") == "view"
    if number is None or not shows_article:
        return kept
    told = [one for one in kept if one.name.lower() in {"option", "view", "task", "lang"}]
    return [*told, Parameter(f"id={number[0]}", "id", number[0])]


def _normal_parameter(text: str) -> str:
    return _normal_encoding(text.replace("%20", "+"), _UNRESERVED | {"+"})


def _normal_encoding(text: str, plain: Collection[str]) -> str:
    """Percent-encode all but `plain`, which is decoded; a % that begins nothing becomes %25."""

    def one(match: re.Match[str]) -> str:
        piece = match[0]
        if len(piece) == 3:
            letter = chr(int(piece[1:], 16))
            return letter if letter in plain and letter not in "/+" else piece.upper()
        return piece if piece in plain else quote(piece, safe="")

    return _NOT_UNRESERVED.sub(one, text)
