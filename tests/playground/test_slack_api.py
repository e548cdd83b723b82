"""The Web API of the fake Slack, asked by the real slack_sdk."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from playground.slack import Call, Channel, Message, SlackServer

SCOPES = [
    "chat:write",
    "files:write",
    "files:read",
    "channels:history",
    "channels:read",
    "users:read",
    "usergroups:read",
    "im:write",
    "reactions:write",
    "commands",
]
MANIFEST: dict[str, Any] = {
    "display_information": {"name": "Ticker"},
    "features": {"app_home": {"home_tab_enabled": True}},
    "oauth_config": {"scopes": {"bot": SCOPES, "bot_optional": ["chat:write.public"]}},
}
BUTTON = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}


@pytest.fixture(scope="module")
def aside() -> Iterator[Executor]:
    """Stops servers while the next test runs: a graceful stop takes a fifth of a second."""
    with ThreadPoolExecutor(2) as executor:
        yield executor


@pytest.fixture
def slack(aside: Executor) -> Iterator[SlackServer]:
    server = SlackServer(MANIFEST).start()
    yield server
    aside.submit(server.stop)


@pytest.fixture
def client(slack: SlackServer) -> WebClient:
    return WebClient(slack.bot_token, base_url=slack.api_url, retry_handlers=[])


@pytest.fixture
def jobs(slack: SlackServer) -> Channel:
    return slack.channel("ml-jobs")


def refused(call: Any, *args: Any, **kwargs: Any) -> Any:
    """The answer to a call that must be refused."""
    with pytest.raises(SlackApiError) as caught:
        call(*args, **kwargs)
    return caught.value.response


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def modal(title: str = "T", **more: Any) -> dict[str, Any]:
    return {"type": "modal", "title": {"type": "plain_text", "text": title}, "blocks": [section("x")], **more}


def test_a_message_lives_and_dies(client: WebClient, jobs: Channel) -> None:
    """Post, reply, edit and delete do what they do in Slack, blocks lost to a bare text included."""
    ts = client.chat_postMessage(channel=jobs.id, text="hello", blocks=[section("hi")])["ts"]
    reply = client.chat_postMessage(channel=jobs.id, text="done", thread_ts=ts)
    client.chat_postMessage(channel=jobs.id, text="more", thread_ts=reply["ts"])
    [message] = jobs.messages
    assert [r.text for r in message.replies] == ["done", "more"]
    client.chat_update(channel=jobs.id, ts=ts, text="bye")
    assert (message.text, message.blocks, message.edited, message.edits) == ("bye", [], True, 1)
    client.chat_delete(channel=jobs.id, ts=ts)
    assert message.text == "This message was deleted."
    assert refused(client.chat_update, channel=jobs.id, ts=ts, text="x")["error"] == "message_not_found"


def test_refusals_of_a_post(slack: SlackServer, client: WebClient, jobs: Channel) -> None:
    """Empty, unknown, hidden and archived are refused by Slack's codes."""
    post = client.chat_postMessage
    assert refused(client.api_call, "chat.postMessage", json={"channel": jobs.id})["error"] == "no_text"
    assert refused(post, channel="C0NOWHERE1", text="x")["error"] == "channel_not_found"
    assert refused(post, channel=slack.channel("leads").id, text="x")["error"] == "channel_not_found"
    slack.channel("random").is_archived = True
    assert refused(post, channel=slack.channel("random").id, text="x")["error"] == "is_archived"
    assert post(channel=slack.channel("general").id, text="uninvited")["ok"]


def test_without_the_public_scope_the_bot_must_be_in() -> None:
    """An optional scope that was not granted is missing."""
    with SlackServer(MANIFEST, grant_optional=False) as slack:
        client = WebClient(slack.bot_token, base_url=slack.api_url)
        answer = refused(client.chat_postMessage, channel=slack.channel("general").id, text="x")
        assert answer["error"] == "not_in_channel"


def test_blocks_are_refused_with_a_pointer(client: WebClient, jobs: Channel) -> None:
    """invalid_blocks says where and what, in both places in which Slack says it."""
    header = {"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}
    answer = refused(client.chat_postMessage, channel=jobs.id, text="x", blocks=[header])
    line = "must be less than 151 characters [json-pointer:/blocks/0/text/text]"
    assert (answer["error"], answer["errors"]) == ("invalid_blocks", [line])
    assert answer["response_metadata"]["messages"] == [f"[ERROR] {line}"]
    assert refused(client.chat_postMessage, channel=jobs.id, text="x", blocks="[{")["error"] == "invalid_blocks_format"
    table = {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]}
    answer = refused(client.chat_postMessage, channel=jobs.id, text="x", blocks=[table, table])
    assert (answer["error"], "only_one_table_allowed" in answer["errors"][0]) == ("invalid_attachments", True)
    long = [section("x" * 2700)] * 5
    assert refused(client.chat_postMessage, channel=jobs.id, text="x", blocks=long)["error"] == "msg_blocks_too_long"


def test_long_texts(client: WebClient, jobs: Channel) -> None:
    """A long text is split on posting, cut at 40,000 and refused on editing."""
    ts = client.chat_postMessage(channel=jobs.id, text="x" * 9000)["ts"]
    assert [len(m.text) for m in jobs.messages] == [4000, 4000, 1000]
    assert refused(client.chat_update, channel=jobs.id, ts=ts, text="x" * 4001)["error"] == "msg_too_long"
    cut = client.chat_postMessage(channel=jobs.id, text="y" * 50_000, blocks=[section("y")])
    assert cut["warning"] == "message_truncated"
    assert len(jobs.messages[-1].text) == 40_000


def test_only_own_messages_are_edited(slack: SlackServer, client: WebClient, jobs: Channel) -> None:
    """What a person wrote is not the bot's to edit or delete; old messages may be closed to edits."""
    ts = slack.person("ana").message("ml-jobs", "mine").ts
    assert refused(client.chat_update, channel=jobs.id, ts=ts, text="x")["error"] == "cant_update_message"
    assert refused(client.chat_delete, channel=jobs.id, ts=ts)["error"] == "cant_delete_message"
    own = client.chat_postMessage(channel=jobs.id, text="own")["ts"]
    slack.faults.edit_window = 0.0
    assert refused(client.chat_update, channel=jobs.id, ts=own, text="x")["error"] == "edit_window_closed"


def test_tokens_and_scopes(slack: SlackServer, client: WebClient) -> None:
    """Each fault of a token has its own code, and answers tell the granted scopes."""
    assert "chat:write" in str(client.auth_test().headers["x-oauth-scopes"])
    base = slack.api_url
    assert refused(WebClient(base_url=base).auth_test)["error"] == "not_authed"
    assert refused(WebClient("xoxb-1", base_url=base).auth_test)["error"] == "invalid_auth"
    assert refused(client.apps_connections_open, app_token=slack.bot_token)["error"] == "not_allowed_token_type"
    answer = refused(client.conversations_list, types="private_channel")
    assert (answer["error"], answer["needed"]) == ("missing_scope", "groups:read")
    assert "chat:write" in answer["provided"]
    assert refused(client.api_call, "chat.explode")["error"] == "unknown_method"


def test_posting_too_fast_is_refused(client: WebClient, jobs: Channel, slack: SlackServer) -> None:
    """A short burst passes, then the channel asks for patience; another channel does not."""
    for number in range(5):
        client.chat_postMessage(channel=jobs.id, text=str(number))
    answer = refused(client.chat_postMessage, channel=jobs.id, text="too fast")
    assert (answer.status_code, answer["error"], answer.headers["retry-after"]) == (429, "ratelimited", "1")
    assert client.chat_postMessage(channel=slack.channel("ml-alarms").id, text="other")["ok"]


def test_link_names_turn_words_into_pings(slack: SlackServer, client: WebClient, jobs: Channel) -> None:
    """A bare @here in the text pings only if the bot asks for names to be linked."""
    client.chat_postMessage(channel=jobs.id, text="@here")
    assert slack.workspace.notifications == []
    client.chat_postMessage(channel=jobs.id, text="@here", link_names=True)
    assert len(slack.workspace.notifications) == 3


def test_a_direct_message_by_user_id(slack: SlackServer, client: WebClient) -> None:
    """A person's id opens the direct conversation, and the person is told."""
    ana = slack.person("ana")
    channel = client.chat_postMessage(channel=ana.id, text="psst")["channel"]
    assert channel == ana.direct.id == client.conversations_open(users=ana.id)["channel"]["id"]
    assert [(n.user, n.why) for n in slack.workspace.notifications] == [(ana.id, "direct")]


def test_history_and_metadata(client: WebClient, jobs: Channel) -> None:
    """Metadata is kept if it is well formed and told only to those who ask for it."""
    good = {"event_type": "job", "event_payload": {"id": "1"}}
    ts = client.chat_postMessage(channel=jobs.id, text="a", metadata=good)["ts"]
    assert client.chat_postMessage(channel=jobs.id, text="b", metadata={"id": 1})["warning"]
    newest, oldest = client.conversations_history(channel=jobs.id, include_all_metadata=True)["messages"]
    assert (newest["text"], "metadata" in newest, oldest["metadata"]) == ("b", False, good)
    assert "metadata" not in client.conversations_history(channel=jobs.id, oldest=ts, inclusive=True)["messages"][1]
    assert client.conversations_replies(channel=jobs.id, ts=ts)["messages"][0]["text"] == "a"


def test_a_lost_thread(slack: SlackServer, client: WebClient, jobs: Channel) -> None:
    """A reply to a message that is gone lands in the channel, or is refused if one sets it so."""
    gone: Any = {"channel": jobs.id, "text": "reply", "thread_ts": "1000000000.000001"}
    client.chat_postMessage(**gone)
    assert [m.thread_ts for m in jobs.messages] == [None]
    slack.faults.lost_thread = "thread_not_found"
    assert refused(client.chat_postMessage, **gone)["error"] == "thread_not_found"


def test_people_and_groups(slack: SlackServer, client: WebClient) -> None:
    """Users and groups can be looked up, emails only with the scope for them."""
    user = client.users_info(user=slack.person("ben").id)["user"]
    assert (user["name"], user["tz"], "email" in user["profile"]) == ("ben", "Europe/Amsterdam", False)
    [group] = client.usergroups_list()["usergroups"]
    assert user["id"] in client.usergroups_users_list(usergroup=group["id"])["users"]
    assert refused(client.users_info, user="U0NOBODY01")["error"] == "user_not_found"


def test_an_image_is_usable_when_it_is_ready(slack: SlackServer, client: WebClient, jobs: Channel) -> None:
    """A picture posted before Slack has scanned it is refused; files.info tells when it may be used."""
    slack.faults.upload_not_ready(0.2)
    file_id = client.files_upload_v2(file=b"\x89PNG", filename="chart.png", alt_txt="failed records")["file"]["id"]
    image = {"type": "image", "slack_file": {"id": file_id}, "alt_text": "failed records"}
    answer = refused(client.chat_postMessage, channel=jobs.id, text="x", blocks=[image])
    assert answer["errors"] == ["invalid slack file [json-pointer:/blocks/0/slack_file]"]
    assert client.files_info(file=file_id)["file"]["mimetype"] == ""
    time.sleep(0.2)
    assert client.files_info(file=file_id)["file"]["mimetype"] == "image/png"
    assert client.chat_postMessage(channel=jobs.id, text="x", blocks=[image])["ok"]


def test_sharing_a_file_needs_membership(slack: SlackServer, client: WebClient, jobs: Channel) -> None:
    """chat:write.public does not help uploads, and a shared file arrives as a message."""
    client.files_upload_v2(file=b"1", filename="a.csv", channel=jobs.id, initial_comment="rows")
    assert [(m.text, m.files[0].content) for m in jobs.messages] == [("rows", b"1")]
    general = slack.channel("general").id
    answer = refused(client.files_upload_v2, file=b"1", filename="a.csv", channel=general)
    assert answer["error"] == "channel_not_found"


def test_ephemerals_reactions_and_links(slack: SlackServer, client: WebClient, jobs: Channel) -> None:
    """An ephemeral is seen by one person and is in no history; reactions stick once."""
    ana = slack.person("ana")
    client.chat_postEphemeral(channel=jobs.id, user=ana.id, text="only you")
    assert ([m.text for m in ana.ephemerals], slack.person("ben").ephemerals, jobs.messages) == (["only you"], [], [])
    ts = client.chat_postMessage(channel=jobs.id, text="a")["ts"]
    client.reactions_add(channel=jobs.id, timestamp=ts, name="eyes")
    again = refused(client.reactions_add, channel=jobs.id, timestamp=ts, name="eyes")
    assert again["error"] == "already_reacted"
    assert ts.replace(".", "") in client.chat_getPermalink(channel=jobs.id, message_ts=ts)["permalink"]


def trigger(slack: SlackServer, name: str = "ana") -> str:
    return slack._backend.triggers.issue(slack.person(name).id)


def test_a_trigger_opens_one_view_in_time(slack: SlackServer, client: WebClient) -> None:
    """A trigger is spent by its use and by three seconds."""
    now = [time.time()]
    with SlackServer(MANIFEST, clock=lambda: now[0]) as later:
        other = WebClient(later.bot_token, base_url=later.api_url)
        late = trigger(later)
        now[0] += 3.1
        assert refused(other.views_open, trigger_id=late, view=modal())["error"] == "expired_trigger_id"
    first = trigger(slack)
    client.views_open(trigger_id=first, view=modal())
    assert refused(client.views_open, trigger_id=first, view=modal())["error"] == "exchanged_trigger_id"
    assert refused(client.views_open, trigger_id="1.2.3", view=modal())["error"] == "invalid_trigger_id"
    answer = refused(client.views_open, trigger_id=trigger(slack), view=modal("x" * 25))
    assert answer["error"] == "invalid_arguments"
    assert "[json-pointer:/view/title/text]" in answer["response_metadata"]["messages"][0]


def test_views_are_pushed_updated_and_published(slack: SlackServer, client: WebClient) -> None:
    """The stack holds three; a stale hash and an unknown view are refused; Home is per person."""
    ana = slack.person("ana")
    view = client.views_open(trigger_id=trigger(slack), view=modal("one", external_id="e1"))["view"]
    client.views_push(trigger_id=trigger(slack), view=modal("two"))
    client.views_push(trigger_id=trigger(slack), view=modal("three"))
    assert refused(client.views_push, trigger_id=trigger(slack), view=modal("4"))["error"] == "push_limit_reached"
    assert ana.view is not None
    assert ana.view.title == "three"
    client.views_update(external_id="e1", view=modal("uno"), hash=view["hash"])
    assert refused(client.views_update, view_id=view["id"], view=modal(), hash=view["hash"])["error"] == "hash_conflict"
    assert refused(client.views_update, view_id="V0NONE0001", view=modal())["error"] == "not_found"
    client.views_publish(user_id=ana.id, view={"type": "home", "blocks": [section("mine")]})
    assert ana.home is not None
    assert "mine" in ana.home.words


def reply_url(slack: SlackServer, original: Message | None = None) -> WebhookClient:
    channel, ana = slack.channel("leads"), slack.person("ana")
    key = slack._backend.replies.issue(channel, ana.id, original)
    return WebhookClient(f"{slack.url}/actions/T/{key}")


def test_a_response_url_works_where_the_bot_is_not(slack: SlackServer) -> None:
    """Five answers, ephemeral unless said otherwise, in any channel; then it is used up."""
    ana, hook = slack.person("ana"), reply_url(slack)
    assert hook.send(text="one").status_code == 200
    hook.send(text="two", response_type="in_channel")
    assert [m.text for m in ana.ephemerals] == ["one"]
    assert [m.text for m in slack.channel("leads").messages] == ["two"]
    hook = reply_url(slack, ana.ephemerals[0])
    hook.send(text="edited", replace_original=True)
    assert ana.ephemerals[0].text == "edited"
    hook.send(delete_original=True)
    assert ana.ephemerals == []
    assert hook.send(text="x", blocks=[section("")]).status_code == 404
    assert [hook.send(text="x").status_code for _ in range(3)] == [200, 200, 404]
    slack.faults.fail("response_url", "expired_url")
    assert "expired_url" in reply_url(slack).send(text="x").body
    assert slack.calls[-1].method == "response_url"
    assert "used_url" in hook.send(text="x").body


def test_faults_come_when_they_are_asked_for(slack: SlackServer, client: WebClient, jobs: Channel) -> None:
    """Each knob works so many times and then Slack is well again."""

    def post() -> Any:
        return client.chat_postMessage(channel=jobs.id, text="x")

    slack.faults.rate_limit("chat.postMessage", retry_after=7)
    assert refused(post).headers["retry-after"] == "7"
    slack.faults.fail("chat.postMessage", "fatal_error")
    assert refused(post)["error"] == "fatal_error"
    slack.faults.outage("chat.postMessage", 503)
    assert refused(post).status_code == 503
    slack.faults.refuse_connection()
    with pytest.raises(http.client.RemoteDisconnected):
        post()
    assert jobs.messages == []
    slack.faults.drop_response("chat.postMessage")
    with pytest.raises(http.client.RemoteDisconnected):
        post()
    assert len(jobs.messages) == 1
    slack.faults.hang("chat.postMessage", 0.2)
    post()
    assert [call.status for call in slack.calls] == [429, 200, 503, -1, -1, 200]
    assert slack.calls[-1].seconds >= 0.2


def test_hooks_stand_on_both_sides_of_the_effect(slack: SlackServer, client: WebClient, jobs: Channel) -> None:
    """`before` sees the channel without the message, `after` with it."""
    seen: list[tuple[str, int]] = []

    def look(name: str) -> Any:
        def hook(call: Call) -> None:
            seen.append((f"{name} {call.args['text']}", len(jobs.messages)))

        return hook

    slack.faults.before("chat.postMessage", look("before"))
    slack.faults.after("chat.postMessage", look("after"))
    client.chat_postMessage(channel=jobs.id, text="x")
    client.chat_postMessage(channel=jobs.id, text="y")
    assert seen == [("before x", 0), ("after x", 1)]


def test_arguments_may_come_as_json_form_or_query(slack: SlackServer, client: WebClient, jobs: Channel) -> None:
    """The three encodings are read alike, and no token gets into the record."""
    client.api_call("chat.postMessage", json={"channel": jobs.id, "text": "é", "token": slack.bot_token})
    client.api_call("chat.postMessage", data={"channel": jobs.id, "blocks": '[{"type":"divider"}]', "text": "é"})
    client.api_call("chat.postMessage", http_verb="GET", params={"channel": jobs.id, "text": "é"})
    client.api_call("chat.postMessage", files={"file": __file__}, data={"channel": jobs.id, "text": "é"})
    assert [m.text for m in jobs.messages] == ["é"] * 4
    assert slack.bot_token not in repr([call.args for call in slack.calls])


def test_changes_can_be_followed(slack: SlackServer, client: WebClient, jobs: Channel) -> None:
    """Changes are numbered, can be waited for and are told to subscribers until they leave."""
    heard: list[str] = []
    leave = slack.workspace.subscribe(lambda change: heard.append(change.kind))
    last = slack.workspace.feed.last
    client.chat_postMessage(channel=jobs.id, text="x")
    assert slack.workspace.wait_for(lambda: jobs.find("x"))
    [posted, called] = slack.workspace.feed.since(last)
    assert (posted.kind, posted.what, called.kind) == ("message", jobs.messages[0], "call")
    leave()
    client.chat_postMessage(channel=jobs.id, text="y")
    assert heard == ["message", "call"]
    with pytest.raises(TimeoutError):
        slack.workspace.wait_for(lambda: jobs.find("z"), timeout=0.05)


def test_an_upload_url_takes_bytes_once(slack: SlackServer, client: WebClient) -> None:
    """A second upload to the same address is refused, as is completing what never arrived."""
    ticket = client.files_getUploadURLExternal(filename="a.png", length=1)
    answer = refused(client.files_completeUploadExternal, files=[{"id": ticket["file_id"]}])
    assert answer["error"] == "file_not_found"
    with urlopen(ticket["upload_url"], b"1") as response:
        assert response.read() == b"OK - 1"
    with pytest.raises(HTTPError) as caught:
        urlopen(ticket["upload_url"], b"1")
    caught.value.close()
