"""Shows client-markdown, Slack's markup as a stranger wrote it: its looks are kept, its powers are not; pure.

Bold, lists, code and emoji stay. Links stay only to Amazon's console; any other is its words with the address behind
them. Mentions are names without effect.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from bot.slack.blocks import code, entities, link, plain

_TOKEN = re.compile(r"<([^<>\n]{1,1500})>")
_MARKS = re.compile(r"[*~`]+|(?<![A-Za-z0-9_])_+|_+(?![A-Za-z0-9_])")
_INDENT = 8


def safe(text: str, limit: int) -> str:
    """The first ``limit`` characters of ``text`` as mrkdwn that pings nobody and links only to the console."""
    kept = text if len(text) <= limit else text[:limit] + "…"
    return "\n".join(_indent(line) + _line(plain(line, limit + 1)) for line in kept.splitlines())


def words(text: str) -> str:
    """The same as plain words without any markup, not escaped; for titles and notifications."""
    return _MARKS.sub("", _TOKEN.sub(lambda found: _named(found[1])[1], text))


def console_address(url: object) -> str | None:
    """The address if it is a page of Amazon's console, the only place that foreign text may link to."""
    if not isinstance(url, str) or len(url) > 1000 or not re.fullmatch(r"https://[!-~]+", url) or "\\" in url:
        return None
    try:
        host = urlsplit(url).netloc
    except ValueError:
        return None
    return url if re.fullmatch(r"(?:[a-z0-9-]{1,40}\.)?console\.aws\.amazon\.com", host) else None


def _line(line: str) -> str:
    shown, end = "", 0
    for found in _TOKEN.finditer(line):
        shown += entities(line[end : found.start()]) + _shown(found[1])
        end = found.end()
    return shown + entities(line[end:])


def _indent(line: str) -> str:
    """Nested lists live on their spaces, which ``plain`` takes away."""
    return " " * min(len(line) - len(line.lstrip(" ")), _INDENT)


def _shown(token: str) -> str:
    url, name = _named(token)
    if not url:
        return entities(name)
    if console_address(url):
        return link(url, name)
    return code(url) if name == url else f"{entities(name)} ({code(url)})"


def _named(token: str) -> tuple[str, str]:
    """Address and words of what stands between angle brackets; mentions, dates and the rest have no address."""
    target, _, label = token.partition("|")
    name = _MARKS.sub("", label).strip()
    if re.match(r"https?://|mailto:", target):
        return target, name or target
    if token.startswith("!date^"):
        return "", name
    if token[0] in "@#!":
        # The space of no width keeps the name from being taken for a mention once more.
        return "", f"{'#' if token[0] == '#' else '@'}\u200b{name or target[1:].split('^')[0]}"
    return "", f"<{token}>"
