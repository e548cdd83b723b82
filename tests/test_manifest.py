"""The Slack app's manifest: valid by Slack's schema, and true of the code."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot import settings
from bot.app import App
from bot.slack.scopes import SCOPES
from tests.conftest import SHARED

ROOT = Path(__file__).parent.parent
SCHEMA = SHARED / "slack-manifest.schema.json"

KNOWN = {
    "app_mentions:read", "channels:history", "channels:join", "channels:read", "chat:write", "chat:write.customize",
    "chat:write.public", "commands", "files:read", "files:write", "groups:history", "groups:read", "im:history",
    "im:read", "im:write", "incoming-webhook", "links:read", "links:write", "metadata.message:read", "mpim:history",
    "mpim:read", "mpim:write", "pins:write", "reactions:read", "reactions:write", "team:read", "usergroups:read",
    "users.profile:read", "users:read", "users:read.email",
}  # fmt: skip
"""Names of real bot scopes that a bot like this could want."""

USED_BY = {
    "chat:write": ("chat_postMessage", "chat_update", "chat_postEphemeral"),
    "chat:write.public": ("chat_postMessage",),
    "commands": (".command(",),
    "files:write": ("files_upload_v2",),
    "channels:history": ("conversations_history", "conversations_replies"),
    "groups:history": ("conversations_history", "conversations_replies"),
    "im:history": ("conversations_history", "conversations_replies"),
    "usergroups:read": ("usergroups_users_list",),
    "channels:read": ("conversations_info",),
    "groups:read": ("conversations_info",),
}
"""Which calls need a scope; one of them has to stand in bot/slack."""

FREE = {"auth_test", "views_open", "views_update", "api_test", "apps_connections_open"}
"""Methods that want no scope of their own."""

METHOD = re.compile(r"self\._(?:web|quick)\.(\w+)\(")


@pytest.fixture(scope="module")
def manifest() -> Any:
    return yaml.safe_load((ROOT / "manifest.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def code() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "bot" / "slack").glob("*.py")))


@pytest.fixture
def app(tmp_path: Path) -> App:
    found = settings.load(BATCHBOT_DATABASE_URL=f"sqlite:///{tmp_path / 'b.db'}")
    return App(found, settings.load_catalogue(tmp_path / "none.toml"))


def scopes(manifest: Any) -> list[str]:
    listed = manifest["oauth_config"]["scopes"]
    return [*listed["bot"], *listed.get("bot_optional", [])]


def test_slack_would_take_the_manifest(manifest: Any) -> None:
    """It holds Slack's own schema of app manifests."""
    if not SCHEMA.exists():
        pytest.skip(f"{SCHEMA} is not on this machine: the manifest was NOT checked against Slack's schema")
    from jsonschema import Draft7Validator

    errors = list(Draft7Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).iter_errors(manifest))
    # The copy of the schema is older than bot_optional (2025).
    errors = [e for e in errors if "bot_optional" not in e.message]
    assert not [f"{list(e.absolute_path)}: {e.message[:200]}" for e in errors]


def test_the_command_is_the_one_that_the_bot_listens_to(manifest: Any) -> None:
    """The default of BATCHBOT_COMMAND and the manifest's command are the same word."""
    [command] = manifest["features"]["slash_commands"]
    assert command["command"] == settings.load().command
    assert command["should_escape"] is True


def test_the_usage_hint_lists_the_verbs_that_there_are(manifest: Any, app: App) -> None:
    """What Slack shows while somebody types is the table that help and routing read."""
    hint = manifest["features"]["slash_commands"][0]["usage_hint"]
    hinted = [part.strip().split(" ", 1)[0] for part in hint.split("|")]
    verbs = [verb.name for part in app.parts for verb in part.verbs]
    assert sorted(hinted) == sorted([*verbs, "help"])


def test_interactions_come_to_the_same_door_as_commands(manifest: Any) -> None:
    """One public path, the one that the web process serves."""
    [command] = manifest["features"]["slash_commands"]
    assert manifest["settings"]["interactivity"] == {"is_enabled": True, "request_url": command["url"]}
    assert command["url"].endswith("/slack/events")


def test_every_scope_exists_and_is_asked_for_once(manifest: Any) -> None:
    """A misspelt scope makes the installation fail."""
    asked = scopes(manifest)
    assert set(asked) <= KNOWN
    assert len(asked) == len(set(asked))


def test_the_doctor_expects_the_scopes_of_the_manifest(manifest: Any) -> None:
    """By name, and which of them a workspace may leave out."""
    listed = manifest["oauth_config"]["scopes"]
    assert [s.name for s in SCOPES if not s.optional] == listed["bot"]
    assert [s.name for s in SCOPES if s.optional] == listed["bot_optional"]


def test_no_scope_is_asked_for_in_vain(manifest: Any, code: str) -> None:
    """Behind every scope stands a call that needs it."""
    for scope in scopes(manifest):
        assert any(call in code for call in USED_BY[scope]), scope


def test_no_method_is_called_without_its_scope(manifest: Any, code: str) -> None:
    """Behind every call stands a scope that the manifest asks for."""
    granted = {call for scope in scopes(manifest) for call in USED_BY[scope]}
    called = set(METHOD.findall(code))
    assert {"chat_postMessage", "views_open"} <= called, "the pattern finds the calls no more"
    assert called <= granted | FREE
