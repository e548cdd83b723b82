"""Reads what a bot's manifest asks for: name, scopes, commands, interactivity, events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True)
class Command:
    """A slash command as the manifest declares it."""

    name: str
    description: str = ""
    usage_hint: str = ""
    should_escape: bool = False


@dataclass(frozen=True)
class Shortcut:
    """An entry of the app in a menu: `kind` is global or message."""

    id: str
    name: str
    kind: str
    description: str = ""


@dataclass(frozen=True)
class App:
    """The installed app: who it is and what it was granted."""

    name: str
    display_name: str
    scopes: frozenset[str]
    commands: Mapping[str, Command] = field(default_factory=dict)
    shortcuts: Mapping[str, Shortcut] = field(default_factory=dict)
    events: frozenset[str] = frozenset()
    interactive: bool = True
    socket_mode: bool = False
    home_tab: bool = False
    id: str = "A0BOTAPP01"
    bot_id: str = "B0BOT00001"
    user_id: str = "U0BOT00001"


def read_app(manifest: Mapping[str, Any] | Path, *, grant_optional: bool = True) -> App:
    """The app that installing this manifest would give."""
    data = load(manifest)
    features, settings = _dict(data, "features"), _dict(data, "settings")
    scopes = _dict(_dict(data, "oauth_config"), "scopes")
    granted = set(scopes.get("bot") or [])
    if grant_optional:
        granted |= set(scopes.get("bot_optional") or [])
    name = str(_dict(data, "display_information").get("name") or "bot")
    return App(
        name=name,
        display_name=str(_dict(features, "bot_user").get("display_name") or name),
        scopes=frozenset(granted),
        commands={c.name: c for c in map(_command, features.get("slash_commands") or [])},
        shortcuts={s.id: s for s in map(_shortcut, features.get("shortcuts") or [])},
        events=frozenset(_dict(settings, "event_subscriptions").get("bot_events") or []),
        interactive=bool(_dict(settings, "interactivity").get("is_enabled", False)),
        socket_mode=bool(settings.get("socket_mode_enabled", False)),
        home_tab=bool(_dict(features, "app_home").get("home_tab_enabled", False)),
    )


def load(manifest: Mapping[str, Any] | Path) -> Mapping[str, Any]:
    """The manifest as data, read from YAML if it is a file."""
    if not isinstance(manifest, Path):
        return manifest
    data = yaml.safe_load(manifest.read_text(encoding="utf-8"))
    if not isinstance(data, dict):
        raise ValueError(f"{manifest} is no manifest: a mapping was expected")
    return data


def _command(entry: Mapping[str, Any]) -> Command:
    return Command(
        name=str(entry["command"]),
        description=str(entry.get("description") or ""),
        usage_hint=str(entry.get("usage_hint") or ""),
        should_escape=bool(entry.get("should_escape", False)),
    )


def _shortcut(entry: Mapping[str, Any]) -> Shortcut:
    return Shortcut(
        id=str(entry["callback_id"]),
        name=str(entry.get("name") or entry["callback_id"]),
        kind=str(entry["type"]),
        description=str(entry.get("description") or ""),
    )


def _dict(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    return data.get(key) or {}
