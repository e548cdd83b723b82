"""What Slack tells the bot when a person does something."""

from __future__ import annotations

import secrets
import time
from typing import Any

from playground.slack.backend import Backend
from playground.slack.forms import elements, state_values
from playground.slack.manifest import Command
from playground.slack.model import Channel, Json, Message, User, View
from playground.slack.typed import typed
from playground.slack.wire import message_json, view_json


class Payloads:
    """Builds the payloads, with fresh trigger ids and response_urls in them."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def slash(self, user: User, command: Command, text: str, channel: Channel) -> Json:
        """A command that was typed."""
        workspace = self._backend.workspace
        return {
            "token": self._backend.tokens.verification,
            "team_id": workspace.team_id,
            "team_domain": workspace.team_domain,
            "channel_id": channel.id,
            "channel_name": shown_name(channel),
            "user_id": user.id,
            "user_name": user.name,
            "command": command.name,
            "text": typed(workspace, text) if command.should_escape else text,
            "api_app_id": workspace.app.id,
            "is_enterprise_install": "false",
            "response_url": self._reply_url("commands", channel, user, None),
            "trigger_id": self._backend.triggers.issue(user.id),
        }

    def on_message(self, user: User, message: Message, action: Json) -> Json:
        """An action in a message."""
        channel = self._backend.workspace.channels[message.channel]
        hidden = message.ephemeral_to is not None
        container: Json = {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": channel.id,
            "is_ephemeral": hidden,
        }
        if message.thread_ts:
            container["thread_ts"] = message.thread_ts
        payload = self._common("block_actions", user) | {
            "container": container,
            "channel": {"id": channel.id, "name": shown_name(channel)},
            "state": {"values": state_values(message.every_block, message.filled(user.id))},
            "actions": [action],
            "response_url": self._reply_url("actions", channel, user, message),
            "trigger_id": self._backend.triggers.issue(user.id),
        }
        if not hidden:
            payload["message"] = message_json(self._backend.workspace, message)
        return payload

    def on_view(self, user: User, view: View, action: Json) -> Json:
        """An action in a modal or Home tab."""
        return self._common("block_actions", user) | {
            "container": {"type": "view", "view_id": view.id},
            "view": self._view(view),
            "actions": [action],
            "trigger_id": self._backend.triggers.issue(user.id, view.id),
        }

    def submission(self, user: User, view: View) -> Json:
        """A modal that was submitted."""
        return self._common("view_submission", user) | {
            "view": self._view(view),
            "response_urls": self._reply_urls(user, view),
            "trigger_id": self._backend.triggers.issue(user.id, view.id),
        }

    def closed(self, user: User, view: View, *, cleared: bool) -> Json:
        """A modal that was closed."""
        return self._common("view_closed", user) | {"view": self._view(view), "is_cleared": cleared}

    def shortcut(self, user: User, callback_id: str, message: Message | None) -> Json:
        """A shortcut, taken from the global menu or from a message's."""
        payload = {
            "callback_id": callback_id,
            "action_ts": f"{time.time():.6f}",
            "trigger_id": self._backend.triggers.issue(user.id),
        }
        if message is None:
            return self._common("shortcut", user) | payload
        channel = self._backend.workspace.channels[message.channel]
        return (
            self._common("message_action", user)
            | payload
            | {
                "message_ts": message.ts,
                "message": message_json(self._backend.workspace, message),
                "channel": {"id": channel.id, "name": shown_name(channel)},
                "response_url": self._reply_url("actions", channel, user, None),
            }
        )

    def suggestion(self, user: User, target: Message | View, block_id: str, action_id: str, query: str) -> Json:
        """A question for the options of an external select."""
        payload = self._common("block_suggestion", user) | {
            "action_id": action_id,
            "block_id": block_id,
            "value": query,
        }
        if isinstance(target, View):
            return payload | {"container": {"type": "view", "view_id": target.id}, "view": self._view(target)}
        channel = self._backend.workspace.channels[target.channel]
        return payload | {
            "container": {
                "type": "message",
                "message_ts": target.ts,
                "channel_id": channel.id,
                "is_ephemeral": target.ephemeral_to is not None,
            },
            "channel": {"id": channel.id, "name": shown_name(channel)},
            "message": message_json(self._backend.workspace, target),
        }

    def event(self, event: Json) -> Json:
        """An event of the Events API."""
        workspace = self._backend.workspace
        return {
            "type": "event_callback",
            "token": self._backend.tokens.verification,
            "team_id": workspace.team_id,
            "api_app_id": workspace.app.id,
            "event": {"event_ts": workspace.stamps.new(), **event},
            "event_id": f"Ev{secrets.token_hex(5).upper()}",
            "event_time": int(time.time()),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": workspace.team_id,
                    "is_bot": True,
                    "user_id": workspace.app.user_id,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": False,
        }

    def _common(self, kind: str, user: User) -> Json:
        workspace = self._backend.workspace
        return {
            "type": kind,
            "token": self._backend.tokens.verification,
            "api_app_id": workspace.app.id,
            "team": {"id": workspace.team_id, "domain": workspace.team_domain},
            "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": workspace.team_id},
            "enterprise": None,
            "is_enterprise_install": False,
        }

    def _view(self, view: View) -> Json:
        told = view_json(self._backend.workspace, view)
        told["state"] = {"values": state_values(view.blocks, view.values)}
        return told

    def _reply_urls(self, user: User, view: View) -> list[Json]:
        """A response_url for each conversation chosen where the bot asked for one."""
        found: list[Json] = []
        for block, element in elements(view.blocks):
            state = view.values.get(block["block_id"], {}).get(element["action_id"], {})
            chosen = state.get("selected_conversation") or state.get("selected_channel")
            channel = self._backend.workspace.channels.get(str(chosen))
            if element.get("response_url_enabled") and channel is not None:
                found.append(
                    {
                        "block_id": block["block_id"],
                        "action_id": element["action_id"],
                        "channel_id": channel.id,
                        "response_url": self._reply_url("app", channel, user, None),
                    }
                )
        return found

    def _reply_url(self, kind: str, channel: Channel, user: User, original: Message | None) -> str:
        return f"{self._backend.url}/{kind}/T/{self._backend.replies.issue(channel, user.id, original)}"


def shown_name(channel: Channel) -> Any:
    """The name that payloads give a channel."""
    return "directmessage" if channel.is_im else "privategroup" if channel.is_private else channel.name
