"""The scopes that the Slack app asks for, what each is for, and which of them a workspace may leave out; pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """``use`` is what people get by it; ``optional`` as in the manifest's ``bot_optional``."""

    name: str
    use: str
    optional: bool = False


SCOPES = (
    Scope("chat:write", "cards, replies and answers"),
    Scope("chat:write.public", "cards in public channels that nobody invited me to"),
    Scope("commands", "the slash command"),
    Scope("files:write", "charts"),
    Scope("channels:history", "no second card after a crash, in public channels", optional=True),
    Scope("groups:history", "no second card after a crash, in private channels", optional=True),
    Scope("im:history", "no second card after a crash, in direct messages", optional=True),
    Scope("usergroups:read", "user groups in the settings", optional=True),
    Scope("channels:read", "batchbot doctor: whether the public channels of the settings are there", optional=True),
    Scope("groups:read", "batchbot doctor: whether the private ones are", optional=True),
)
