"""What `batchbot doctor` asks Slack: a channel by its id, and whether Socket Mode may connect."""

from __future__ import annotations

from dataclasses import dataclass
from http.client import HTTPException
from urllib.error import URLError

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.errors import SlackUnavailable


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel, or ``refusal``: Slack's code for why it is not shown."""

    name: str = ""
    member: bool = False
    private: bool = False
    archived: bool = False
    refusal: str = ""


class Look:
    """Reads through the one Slack client; raises SlackUnavailable where there is no answer."""

    def __init__(self, web: WebClient) -> None:
        """``web`` is the SDK's client with the bot's token."""
        self._web = web

    def channel(self, channel: str) -> Channel:
        """One channel as the bot sees it."""
        try:
            found = self._web.conversations_info(channel=channel).get("channel") or {}
        except SlackApiError as error:
            return Channel(refusal=str(error.response.get("error") or "unknown"))
        except (SlackClientError, HTTPException, URLError, TimeoutError, OSError) as error:
            raise SlackUnavailable(f"Slack did not answer ({type(error).__name__}).") from None
        return Channel(
            name=str(found.get("name") or channel),
            member=bool(found.get("is_member")),
            private=bool(found.get("is_private")),
            archived=bool(found.get("is_archived")),
        )

    def socket_refusal(self, app_token: str) -> str:
        """Slack's code for why Socket Mode may not connect with this token, empty where it may; nothing is opened."""
        try:
            self._web.apps_connections_open(app_token=app_token)
        except SlackApiError as error:
            return str(error.response.get("error") or "unknown")
        except (SlackClientError, HTTPException, URLError, TimeoutError, OSError) as error:
            raise SlackUnavailable(f"Slack did not answer ({type(error).__name__}).") from None
        return ""
