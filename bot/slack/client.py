"""The one writer to Slack: post, update, reply, whisper, open a view, upload; Slack's error codes become ours.

No call is repeated here: a post has no idempotency key, so only whoever knows the card's row may try again.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException
from typing import Any
from urllib.error import URLError

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.webhook import WebhookClient

from bot.errors import ChannelRefused, MessageGone, SlackError, SlackUnavailable
from bot.slack.blocks import Message

log = structlog.get_logger(__name__)

FORMS_AT_ONCE = 32
"""A slow Slack may hold up that many threads of the door with forms, and no more."""
EVENT_TYPE = "batchbot_card"
CANNOT_POST = frozenset(
    {
        "not_in_channel", "channel_not_found", "is_archived", "restricted_action", "user_not_found", "cannot_dm_bot",
        "posting_to_general_channel_denied", "restricted_action_read_only_channel", "user_not_in_channel",
        "restricted_action_non_threadable_channel", "messages_tab_disabled", "is_inactive", "invalid_channel",
    }
)  # fmt: skip
GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "thread_not_found"})
TEMPORARY = frozenset(
    {"ratelimited", "internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"}
)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the bot is and the address of its workspace (ends in a slash), from ``auth.test``."""

    team_id: str
    user_id: str
    bot_id: str
    scopes: frozenset[str]
    url: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message stands: channel id (as Slack answered it) and ``ts``."""

    channel: str
    ts: str


@dataclass(frozen=True, slots=True)
class OpenView:
    """A modal that stands open: its id, and the hash of what it shows."""

    id: str
    hash: str


class Slack:
    """Calls the Web API; every method raises SlackError or one of its kinds, nothing else."""

    def __init__(self, token: str, base_url: str, *, timeout: int = 10) -> None:
        """Connect to nothing yet; ``base_url`` ends in a slash; ``timeout`` in seconds for each call."""
        self._web = WebClient(token=token, base_url=base_url, timeout=timeout, retry_handlers=[])
        self._quick = WebClient(token=token, base_url=base_url, timeout=2, retry_handlers=[])
        self._timeout = timeout
        self._may_read = True
        self._url = ""
        self._opening = threading.BoundedSemaphore(FORMS_AT_ONCE)

    @property
    def web(self) -> WebClient:
        """The SDK's client, for Bolt and Socket Mode."""
        return self._web

    def identity(self) -> Identity:
        """Ask Slack who this token is."""
        with _translated("auth.test"):
            answer = self._quick.auth_test()
        scopes = str(answer.headers.get("x-oauth-scopes") or answer.headers.get("X-OAuth-Scopes") or "")
        self._url = str(answer.get("url") or "")
        return Identity(
            team_id=str(answer.get("team_id") or ""),
            user_id=str(answer.get("user_id") or ""),
            bot_id=str(answer.get("bot_id") or ""),
            scopes=frozenset(s.strip() for s in scopes.split(",") if s.strip()),
            url=self._url,
        )

    def link(self, channel: str, ts: str) -> str:
        """The address of a message (the archive's, as Slack writes permalinks); empty where it is not known.

        Slack is asked for the workspace once; while it does not answer there are no links.
        """
        if not (channel and ts):
            return ""
        if not self._url:
            try:
                self.identity()
            except SlackError:
                return ""
        return f"{self._url.rstrip('/')}/archives/{channel}/p{ts.replace('.', '')}" if self._url else ""

    def post(self, channel: str, message: Message, *, key: str, thread: str | None = None) -> Place:
        """Post a message that carries ``key`` in its metadata; a user's id as ``channel`` opens the direct message."""
        with _translated("chat.postMessage"):
            answer = self._web.chat_postMessage(
                channel=channel,
                text=message.text,
                blocks=message.blocks or None,
                thread_ts=thread,
                metadata={"event_type": EVENT_TYPE, "event_payload": {"key": key}},
                unfurl_links=False,
                unfurl_media=False,
            )
        return Place(str(answer.get("channel") or channel), str(answer["ts"]))

    def update(self, place: Place, message: Message, *, key: str) -> None:
        """Edit a message in place."""
        with _translated("chat.update"):
            self._web.chat_update(
                channel=place.channel,
                ts=place.ts,
                text=message.text,
                blocks=message.blocks,
                metadata={"event_type": EVENT_TYPE, "event_payload": {"key": key}},
            )

    def find(self, channel: str, key: str, since: datetime, *, thread: str | None = None) -> Place | None:
        """Look for the message that carries ``key``; None if it is not there or may not be looked for."""
        if not self._may_read:
            return None
        oldest = f"{since.timestamp() - 5:.6f}"
        try:
            with _translated("conversations.history"):
                if thread:
                    found = self._web.conversations_replies(
                        channel=channel, ts=thread, oldest=oldest, limit=200, include_all_metadata=True
                    )
                else:
                    found = self._web.conversations_history(
                        channel=channel, oldest=oldest, limit=200, include_all_metadata=True
                    )
        except SlackUnavailable:
            raise
        except SlackError as error:
            if error.code == "missing_scope":
                self._may_read = False
                log.warning(
                    "slack.cannot_look_back", scope="channels:history", effect="a crash may leave a second card"
                )
            return None
        for message in found.get("messages") or []:
            metadata: Mapping[str, Any] = message.get("metadata") or {}
            if metadata.get("event_type") == EVENT_TYPE and (metadata.get("event_payload") or {}).get("key") == key:
                return Place(channel, str(message["ts"]))
        return None

    def whisper(self, channel: str, user: str, message: Message) -> None:
        """Show a message to one person only, in a channel that both are in."""
        with _translated("chat.postEphemeral"):
            self._web.chat_postEphemeral(channel=channel, user=user, text=message.text, blocks=message.blocks or None)

    def answer(self, response_url: str, message: Message) -> None:
        """Answer a command or button where it was used, for its user only (5 times within 30 minutes)."""
        with _translated("response_url"):
            answer = WebhookClient(response_url, timeout=self._timeout, retry_handlers=[]).send(
                text=message.text, blocks=message.blocks or None, response_type="ephemeral", replace_original=False
            )
        if answer.status_code == 429:
            raise SlackUnavailable(code="ratelimited", retry_after=_seconds(answer.headers.get("Retry-After")))
        if answer.status_code >= 500:
            raise SlackUnavailable(code=f"http_{answer.status_code}")
        if answer.status_code != 200:
            raise SlackError(code=str(answer.body)[:80])

    def open_view(self, trigger_id: str, view: Mapping[str, Any]) -> None:
        """Open a modal now: the trigger lives three seconds, so there is one attempt of two seconds."""
        self.show_view(trigger_id, view)

    def show_view(self, trigger_id: str, view: Mapping[str, Any]) -> OpenView:
        """Open a modal as ``open_view`` does, and tell by what it can be updated."""
        if not self._opening.acquire(timeout=0.5):
            raise SlackUnavailable("Slack is slow to open forms just now.", code="busy")
        try:
            with _translated("views.open"):
                answer = self._quick.views_open(trigger_id=trigger_id, view=dict(view))
        finally:
            self._opening.release()
        return _open_view(answer.get("view"))

    def update_view(self, view_id: str, view: Mapping[str, Any], hash_: str = "") -> OpenView:
        """Replace what an open modal shows; with a ``hash_`` only while it shows that (SlackError ``hash_conflict``).

        Fields keep what was typed while their block id and action id stay the same.
        """
        with _translated("views.update"):
            answer = self._quick.views_update(view_id=view_id, view=dict(view), hash=hash_ or None)
        return _open_view(answer.get("view"))

    def upload(self, data: bytes, filename: str, alt_text: str) -> str:
        """Upload a picture that no channel has yet; returns the file's id for ``slack_file``."""
        with _translated("files.upload"):
            answer = self._web.files_upload_v2(content=data, filename=filename, title=filename, alt_txt=alt_text[:1000])
        files = answer.get("files") or [answer.get("file") or {}]
        return str(files[0]["id"])

    def group_members(self, group: str) -> frozenset[str]:
        """The people in a user group."""
        with _translated("usergroups.users.list"):
            answer = self._web.usergroups_users_list(usergroup=group)
        return frozenset(str(u) for u in answer.get("users") or [])


@contextmanager
def _translated(method: str) -> Iterator[None]:
    try:
        yield
    except SlackApiError as error:
        raise _by_code(method, error) from None
    except (SlackClientError, HTTPException, URLError, TimeoutError, OSError) as error:
        reason = type(error).__name__
        raise SlackUnavailable(f"Slack did not answer ({method}). I keep trying.", code=reason) from None


def _by_code(method: str, error: SlackApiError) -> SlackError:
    response = error.response
    code, status = str(response.get("error") or "unknown"), getattr(response, "status_code", 200)
    if status == 429 or code == "ratelimited":
        wait = _seconds((getattr(response, "headers", None) or {}).get("Retry-After"))
        return SlackUnavailable("Slack asks me to slow down. I keep trying.", code="ratelimited", retry_after=wait)
    if status >= 500 or code in TEMPORARY:
        return SlackUnavailable(code=code)
    if code in CANNOT_POST:
        return ChannelRefused(
            f"I cannot post there ({code}). Invite me with /invite, or choose another channel.", code=code
        )
    if code in GONE:
        return MessageGone(code=code)
    hints = (response.get("response_metadata") or {}).get("messages") or []
    detail = "; ".join(str(h) for h in hints)[:300]
    log.error("slack.refused", method=method, code=code, detail=detail, needed=response.get("needed"))
    return SlackError(f"Slack refused the message ({code}). {detail}".strip(), code=code)


def _open_view(view: object) -> OpenView:
    shown = view if isinstance(view, Mapping) else {}
    return OpenView(str(shown.get("id") or ""), str(shown.get("hash") or ""))


def _seconds(value: object) -> float:
    try:
        return float(str(value))
    except ValueError:
        return 1.0
