"""The one writer to Slack: what it sends, and Slack's refusals as the bot's own errors."""

from __future__ import annotations

import time as clock
from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.errors import ChannelRefused, MessageGone, SlackError, SlackUnavailable
from bot.slack import blocks as b
from bot.slack.blocks import Message
from bot.slack.client import Place, Slack
from playground.slack import SlackServer
from tests.wire import NOW, Time, slack_of, slack_server

MESSAGE = Message("Hello.", [b.section("hello")])


@pytest.fixture
def jobs(server: SlackServer) -> str:
    return server.channel("ml-jobs").id


def refused(run: Callable[[], object]) -> SlackError:
    with pytest.raises(SlackError) as caught:
        run()
    return caught.value


def test_who_am_i(server: SlackServer, slack: Slack) -> None:
    """Team, user, bot, and the scopes that were granted."""
    me = slack.identity()
    assert (me.team_id, me.user_id) == (server.workspace.team_id, server.workspace.app.user_id)
    assert {"chat:write", "commands", "files:write"} <= me.scopes


def test_the_address_of_a_message(server: SlackServer, slack: Slack, jobs: str) -> None:
    """As Slack writes permalinks; who the bot is, is asked once."""
    place = slack.post(jobs, MESSAGE, key="k1")
    found = slack.link(place.channel, place.ts)
    permalink = slack.web.chat_getPermalink(channel=place.channel, message_ts=place.ts)["permalink"]
    assert found == permalink
    assert slack.link(jobs, "1700000000.000100").endswith(f"/archives/{jobs}/p1700000000000100")
    assert [call.method for call in server.calls].count("auth.test") == 1
    assert (slack.link("", ""), slack.link(jobs, "")) == ("", "")


def test_without_an_answer_there_is_no_address() -> None:
    """A card without links is better than none."""
    assert Slack("xoxb-1", "http://127.0.0.1:9/api/").link("C1", "1.1") == ""


def test_a_post_is_found_again_by_its_key(server: SlackServer, slack: Slack, jobs: str) -> None:
    """In the channel and in a thread; no link in it unfolds."""
    place = slack.post(jobs, MESSAGE, key="k1")
    answer = slack.post(jobs, MESSAGE, key="k1/end", thread=place.ts)
    assert slack.find(jobs, "k1", NOW) == place
    assert slack.find(jobs, "k1/end", NOW, thread=place.ts) == answer
    assert slack.find(jobs, "k2", NOW) is None
    assert slack.find(jobs, "k1", NOW + timedelta(minutes=1)) is None, "only back to the moment of the intent"
    assert all(not call.args.get("unfurl_links") for call in server.calls)


def test_without_the_scope_nothing_is_found_and_slack_not_asked_again() -> None:
    """channels:history is optional: one refusal, one line in the log."""
    with slack_server(Time(), grant_optional=False) as server:
        slack, jobs = slack_of(server), server.channel("ml-jobs").id
        slack.post(jobs, MESSAGE, key="k1")
        assert slack.find(jobs, "k1", NOW) is None
        assert slack.find(jobs, "k1", NOW) is None
        assert [call.method for call in server.calls].count("conversations.history") == 1


def test_slack_being_away_is_not_taken_for_not_found(server: SlackServer, slack: Slack, jobs: str) -> None:
    """Or a second card would be posted."""
    server.faults.outage("conversations.history")
    assert isinstance(refused(lambda: slack.find(jobs, "k", NOW)), SlackUnavailable)


KINDS: dict[type[SlackError], tuple[str, ...]] = {
    ChannelRefused: (
        "not_in_channel", "channel_not_found", "is_archived", "restricted_action", "user_not_found", "cannot_dm_bot",
        "user_not_in_channel", "restricted_action_read_only_channel", "messages_tab_disabled",
    ),
    MessageGone: ("message_not_found", "cant_update_message", "edit_window_closed", "thread_not_found"),
    SlackUnavailable: ("ratelimited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"),
    SlackError: ("invalid_auth", "missing_scope", "msg_too_long", "something_new"),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_each_code_is_an_error_of_its_kind(
    server: SlackServer, slack: Slack, jobs: str, kind: type[SlackError]
) -> None:
    """The kind says what to do next; the code is kept."""
    for code in KINDS[kind]:
        server.faults.fail("chat.postMessage", code)
        error = refused(lambda: slack.post(jobs, MESSAGE, key="k"))
        assert type(error) is kind, code
        assert error.code == code
        assert error.sentence.endswith((".", ")."))


def test_what_slack_dislikes_in_the_blocks_is_quoted(slack: Slack, jobs: str) -> None:
    """With the place, for whoever mends it."""
    bad = Message("x", [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}])
    error = refused(lambda: slack.post(jobs, bad, key="k"))
    assert (type(error), error.code) == (SlackError, "invalid_blocks")
    assert "/blocks/0/text/text" in error.sentence


def test_a_429_carries_slacks_own_wait(server: SlackServer, slack: Slack, jobs: str) -> None:
    """In seconds."""
    server.faults.rate_limit("chat.postMessage", retry_after=17)
    error = refused(lambda: slack.post(jobs, MESSAGE, key="k"))
    assert isinstance(error, SlackUnavailable)
    assert (error.code, error.retry_after) == ("ratelimited", 17)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_page_of_a_proxy_is_no_answer(server: SlackServer, slack: Slack, jobs: str, status: int) -> None:
    """HTML where JSON is expected."""
    server.faults.outage("chat.update", status=status)
    assert isinstance(refused(lambda: slack.update(Place(jobs, "1.1"), MESSAGE, key="k")), SlackUnavailable)


@pytest.mark.parametrize("where", ["before", "after"])
def test_a_broken_connection_is_never_repeated_here(server: SlackServer, slack: Slack, jobs: str, where: str) -> None:
    """Only whoever knows the card's row may try again: a post has no idempotency key."""
    (server.faults.refuse_connection if where == "before" else server.faults.drop_response)("chat.postMessage")
    assert isinstance(refused(lambda: slack.post(jobs, MESSAGE, key="k")), SlackUnavailable)
    assert len(server.calls) == 1


def test_a_slack_that_hangs_is_left_after_the_timeout(server: SlackServer, jobs: str) -> None:
    """Ten seconds in production, one here."""
    server.faults.hang("chat.postMessage", 3)
    begin = clock.monotonic()
    error = refused(lambda: slack_of(server, timeout=1).post(jobs, MESSAGE, key="k"))
    assert isinstance(error, SlackUnavailable)
    assert clock.monotonic() - begin < 2.5


def test_nobody_listening_is_slack_being_away() -> None:
    """A wrong port, a firewall, no name: never another error than SlackError."""
    for base in ("http://127.0.0.1:9/api/", "http://nowhere.invalid/api/"):
        assert isinstance(refused(lambda at=base: Slack("xoxb-1", at, timeout=2).identity()), SlackUnavailable)  # type: ignore[misc]


def test_a_form_is_opened_once_within_two_seconds(server: SlackServer, slack: Slack) -> None:
    """Its trigger lives three."""
    server.faults.hang("views.open", 4)
    begin = clock.monotonic()
    error = refused(lambda: slack.open_view("T1", {"type": "modal"}))
    assert isinstance(error, SlackUnavailable)
    assert 1.5 < clock.monotonic() - begin < 3
    assert [call.method for call in server.calls] == ["views.open"]


def test_an_expired_trigger_is_a_refusal(slack: Slack) -> None:
    """Not worth another try."""
    view = {"type": "modal", "title": b.plain_text("T"), "blocks": [b.section("x")]}
    assert type(refused(lambda: slack.open_view("1.2.none", view))) is SlackError


def test_a_picture_is_uploaded_without_a_channel(server: SlackServer, slack: Slack) -> None:
    """Its id is what blocks name."""
    file_id = slack.upload(b"png", "a.png", "It falls.")
    assert server.workspace.files[file_id].content == b"png"


@pytest.mark.parametrize("step", ["files.getUploadURLExternal", "files.completeUploadExternal"])
def test_an_upload_that_fails_is_an_error_of_the_same_kinds(server: SlackServer, slack: Slack, step: str) -> None:
    """At either end."""
    server.faults.fail(step, "internal_error")
    assert isinstance(refused(lambda: slack.upload(b"png", "a.png", "x")), SlackUnavailable)
    server.faults.fail(step, "missing_scope")
    assert refused(lambda: slack.upload(b"png", "a.png", "x")).code == "missing_scope"


def test_an_answer_to_a_command_by_its_own_address(server: SlackServer, slack: Slack) -> None:
    """Unknown, and in trouble: refused and unavailable."""
    assert refused(lambda: slack.answer(f"{server.url}/commands/T/none", MESSAGE)).code.strip()
    server.faults.outage("response_url", status=502)
    error = refused(lambda: slack.answer(f"{server.url}/commands/T/none", MESSAGE))
    assert (type(error), error.code) == (SlackUnavailable, "http_502")
    server.faults.rate_limit("response_url", retry_after=9)
    limited = refused(lambda: slack.answer(f"{server.url}/commands/T/none", MESSAGE))
    assert isinstance(limited, SlackUnavailable)
    assert limited.retry_after == 9


def test_whom_a_group_holds(server: SlackServer, slack: Slack) -> None:
    """User ids."""
    [group] = server.workspace.groups.values()
    assert slack.group_members(group.id) == group.members
