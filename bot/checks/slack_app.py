"""The Slack side: the token, the scopes beside what the manifest asks for, Socket Mode, and the channels."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from bot.checks.finding import Finding, broken, good, unchecked, warning
from bot.errors import SlackError, SlackUnavailable
from bot.slack.client import Identity, Slack
from bot.slack.look import Channel, Look
from bot.slack.scopes import SCOPES

AREA = "Slack"
APP_PAGE = "api.slack.com/apps"


def identity(slack: Slack, needed: AbstractSet[str]) -> tuple[Identity | None, list[Finding]]:
    """Who the token is, or None and why not; ``needed`` are optional scopes that the settings rely on."""
    try:
        who = slack.identity()
    except SlackUnavailable as error:
        fix = "Look at the network: HTTPS to slack.com, proxies, SLACK_API_URL."
        return None, [broken(AREA, f"Slack does not answer ({error.code}).", fix)]
    except SlackError as error:
        fix = f"Reinstall the app at {APP_PAGE} (Install App) and copy the Bot User OAuth Token again."
        return None, [broken(AREA, f"Slack refuses SLACK_BOT_TOKEN ({error.code}).", fix)]
    fine = good(AREA, f"The token is good (workspace {who.team_id}, bot user {who.user_id}).")
    return who, [fine, *scopes(who.scopes, needed)]


def scopes(granted: AbstractSet[str], needed: AbstractSet[str]) -> list[Finding]:
    """What is missing, what it costs, and what is there in vain."""
    if not granted:
        return [unchecked("Scopes", "Slack did not say which scopes the token has.")]
    found: list[Finding] = []
    add = f"Add it at {APP_PAGE} (OAuth & Permissions), as manifest.yaml does, then reinstall the app."
    for scope in SCOPES:
        if scope.name not in granted:
            must = not scope.optional or scope.name in needed
            say = broken if must else unchecked if scope.name.endswith(":read") else warning
            found.append(say("Scopes", f"{scope.name} is missing; it is for: {scope.use}.", add))
    needless = sorted(granted - {scope.name for scope in SCOPES})
    if needless:
        fix = f"Take it away at {APP_PAGE} (OAuth & Permissions): a token should open no more than it has to."
        found.append(warning("Scopes", f"Nothing uses {', '.join(needless)}.", fix))
    missing = sum(scope.name not in granted for scope in SCOPES)
    return [*found, good("Scopes", f"{len(SCOPES) - missing} of the {len(SCOPES)} scopes of the manifest are granted.")]


def socket_mode(look: Look, app_token: str) -> list[Finding]:
    """Whether Slack lets the app-level token connect."""
    refusal = look.socket_refusal(app_token)
    if refusal:
        fix = f"Make an app-level token with the scope connections:write at {APP_PAGE} (Basic Information)."
        return [broken("Socket Mode", f"Slack refuses SLACK_APP_TOKEN ({refusal}).", fix)]
    return [good("Socket Mode", "Slack lets me connect.")]


def channel(look: Look, channel_id: str, used_by: str, granted: AbstractSet[str]) -> list[Finding]:
    """Whether the bot can post in the channel."""
    area = f"Channel {channel_id}"
    seen = look.channel(channel_id)
    if seen.refusal:
        return [_refused(area, seen.refusal, used_by)]
    if seen.archived:
        fix = f"Unarchive #{seen.name}, or change {used_by}."
        return [broken(area, f"#{seen.name} is archived: nobody can post there.", fix)]
    return [_posts(area, seen, granted)]


def _posts(area: str, seen: Channel, granted: AbstractSet[str]) -> Finding:
    if seen.member:
        return good(area, f"I am in #{seen.name}.")
    if not seen.private and "chat:write.public" in granted:
        return good(area, f"I can post in #{seen.name} without being in it.")
    return broken(
        area, f"I am not in #{seen.name}, so I cannot post there.", f"Type in #{seen.name}: /invite @batchbot"
    )


def _refused(area: str, refusal: str, used_by: str) -> Finding:
    if refusal == "missing_scope":
        fix = "The optional scopes channels:read and groups:read would let me look; or see whether /batch alarm test answers."
        return unchecked(area, f"I may not look at it, so I cannot say whether I can post there ({used_by}).", fix)
    if refusal == "channel_not_found":
        fix = f"Correct {used_by}; if it is a private channel, type there: /invite @batchbot"
        return broken(area, "There is no such channel, or it is private and I am not in it.", fix)
    return broken(area, f"Slack does not show it ({refusal}).", f"Correct {used_by}.")
