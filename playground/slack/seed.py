"""The people and channels that every playground workspace starts with."""

from __future__ import annotations

from playground.slack.model import User
from playground.slack.workspace import Workspace

PEOPLE = {"ana": "Ana Lopes", "ben": "Ben Okafor", "cy": "Cy Tanaka"}


def seed(workspace: Workspace) -> None:
    """Ana, Ben and Cy; channels with the bot in it, without it, and a private one without it."""
    app = workspace.app
    workspace.add_user(User(app.user_id, app.display_name, app.name, is_bot=True))
    for name, real_name in PEOPLE.items():
        workspace.add_user(User(f"U0{name.upper()}00001", name, real_name))
    people = [user.id for user in workspace.users.values() if not user.is_bot]
    for name in ("ml-jobs", "ml-alarms", "ml-summary"):
        workspace.add_channel(name, *people, app.user_id)
    for name in ("general", "random"):
        workspace.add_channel(name, *people)
    workspace.add_channel("leads", people[0], private=True)
    workspace.add_group("ml-team", people[0], people[1])
