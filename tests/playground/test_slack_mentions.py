"""Who is pinged by what, so that a bot can be held to pinging nobody by accident."""

from __future__ import annotations

from typing import Any

import pytest

from playground.slack import SlackServer, mentions


@pytest.fixture(scope="module")
def slack() -> SlackServer:
    return SlackServer({"display_information": {"name": "Quiet"}})


@pytest.mark.parametrize(
    ("text", "pinged"),
    [
        ("hi <@U0ANA00001>", ["U0ANA00001"]),
        ("hi <@U0ANA00001|ana> and <!subteam^S0MLTEAM01|@ml>", ["U0ANA00001", "S0MLTEAM01"]),
        ("<!channel> <!here|here> <!everyone>", ["channel", "here", "everyone"]),
        ("&lt;!channel&gt; @channel <#C0GENERAL1|general> <https://a.b|@here>", []),
        ("<!date^1795395089^{date}|today>", []),
    ],
)
def test_mentions_in_text(text: str, pinged: list[str]) -> None:
    """Only Slack's own tokens ping, and escaped ones do not."""
    assert mentions(text) == pinged


def test_a_plain_at_channel_pings_from_mrkdwn() -> None:
    """A mrkdwn object turns a bare @channel into a ping, as `bare` says."""
    assert mentions("an @channel, an a@here.com", bare=True) == ["channel"]


def block(kind: str, text: str, **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": {"type": kind, "text": text, **more}}


@pytest.mark.parametrize(
    ("content", "pinged"),
    [
        ({"blocks": [block("mrkdwn", "@channel")]}, {"ana", "ben", "cy"}),
        ({"blocks": [block("mrkdwn", "@channel", verbatim=True)]}, set()),
        ({"blocks": [block("plain_text", "<@U0BEN00001> <!channel>")]}, set()),
        ({"blocks": [block("mrkdwn", "<@U0BEN00001>")]}, {"ben"}),
        (
            {
                "blocks": [
                    {
                        "type": "rich_text",
                        "elements": [
                            {
                                "type": "rich_text_section",
                                "elements": [
                                    {"type": "user", "user_id": "U0CY00001"},
                                    {"type": "text", "text": "<!here>"},
                                ],
                            }
                        ],
                    }
                ]
            },
            {"cy"},
        ),
        ({"attachments": [{"blocks": [block("mrkdwn", "<!here>")]}]}, {"ana", "ben", "cy"}),
        ({"blocks": [{"type": "table", "rows": [[{"type": "raw_text", "text": "<!channel>"}]]}]}, set()),
    ],
)
def test_who_is_notified(slack: SlackServer, content: dict[str, Any], pinged: set[str]) -> None:
    """Notifications follow what Slack reads as mentions in each kind of text."""
    workspace = slack.workspace
    workspace.notifications.clear()
    message = workspace.post(slack.channel("ml-jobs"), workspace.app.user_id, "news", **content)
    assert {workspace.users[n.user].name for n in workspace.notifications} == pinged
    workspace.edit(message, text="<!channel>")
    assert len(workspace.notifications) == len(pinged)


def test_a_group_means_its_members(slack: SlackServer) -> None:
    """A mentioned user group pings each of its members once."""
    workspace = slack.workspace
    workspace.notifications.clear()
    [group] = workspace.groups.values()
    workspace.post(slack.channel("ml-jobs"), workspace.app.user_id, f"<!subteam^{group.id}> <@U0ANA00001>")
    assert sorted(n.user for n in workspace.notifications) == sorted(group.members)
