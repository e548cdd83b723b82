"""What Slack's client makes of the text that a person types."""

from __future__ import annotations

import re

from playground.slack.mrkdwn import escape
from playground.slack.workspace import Workspace

LINK = r"https?://[^\s<>|]+"


def typed(workspace: Workspace, text: str) -> str:
    """Names and links as Slack's tokens, and the rest without its control characters."""
    tokens = _tokens(workspace)
    names = "|".join(re.escape(name) for name in sorted(tokens, key=len, reverse=True))
    pieces, end = [], 0
    for match in re.finditer(rf"(?<!\w)(?:{names})(?![\w-])|{LINK}", text):
        hit = match.group()
        pieces += [escape(text[end : match.start()]), tokens.get(hit) or f"<{escape(hit)}>"]
        end = match.end()
    return "".join([*pieces, escape(text[end:])])


def _tokens(workspace: Workspace) -> dict[str, str]:
    found = {f"@{user.name}": f"<@{user.id}|{user.name}>" for user in workspace.users.values()}
    found |= {f"@{group.handle}": f"<!subteam^{group.id}|@{group.handle}>" for group in workspace.groups.values()}
    for channel in workspace.channels.values():
        if not channel.is_im:
            found[f"#{channel.name}"] = f"<#{channel.id}|{'' if channel.is_private else channel.name}>"
    return found
