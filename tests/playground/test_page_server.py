"""The server of the page without a browser: what it tells, what it does, and whom it refuses."""

from __future__ import annotations

import http.client
import json
import time
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from playground.aws.kinds import KINDS
from playground.page.ringing import Ringing
from playground.page.run import Playground
from playground.page.server import SAFE, PageServer
from playground.tour.world import World

BUTTON = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}
JSON = {"Content-Type": "application/json"}


class Client:
    """Speaks plain HTTP to the page."""

    def __init__(self, url: str) -> None:
        self.netloc = urlsplit(url).netloc

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any, dict[str, str]]:
        connection = http.client.HTTPConnection(self.netloc, timeout=10)
        sent = {key.replace("_", "-"): value for key, value in headers.items()}
        raw = body if isinstance(body, str | None) else json.dumps(body)
        connection.request(method, path, raw, (JSON if not isinstance(body, str | None) else {}) | sent)
        answer = connection.getresponse()
        data, kind = answer.read(), answer.headers.get_content_type()
        connection.close()
        return answer.status, json.loads(data) if kind == "application/json" else data, dict(answer.headers)

    def state(self, me: str = "ana") -> Any:
        return self.ask("GET", f"/api/state?me={me}")[1]

    def act(self, name: str, **body: Any) -> Any:
        return self.ask("POST", f"/api/act/{name}", body)[1]


@pytest.fixture
def opened(quiet: tuple[World, Playground, str]) -> tuple[World, Client]:
    """The world and a client of its page."""
    return quiet[0], Client(quiet[2])


def test_the_state_is_what_one_person_sees(opened: tuple[World, Client]) -> None:
    world, client = opened
    place = world.slack.channel("general")
    world.slack.workspace.whisper(place, world.ana.id, "for ana only")

    ana, ben = client.state("ana"), client.state("ben")

    assert [c["title"] for c in ana["channels"]][:3] == ["ml-jobs", "ml-alarms", "ml-summary"]
    assert {c["title"] for c in ana["channels"]} - {c["title"] for c in ben["channels"]} == {"leads"}
    assert "for ana only" in [m["text"] for m in ana["messages"][place.id] if m["ephemeral"]]
    assert [m["text"] for m in ben["messages"][place.id] if m["ephemeral"]] == []
    assert ana["commands"][0]["command"] == "/batch"
    assert client.state("mallory")["me"]["name"] == "ana"


def test_a_message_is_said_answered_in_a_thread_and_refused_where_one_is_not(opened: tuple[World, Client]) -> None:
    world, client = opened
    assert client.act("message", me="ben", channel="random", text="<b>hi</b> @ana") == {}
    said = client.state()["messages"][world.slack.channel("random").id][-1]
    assert said["text"] == f"&lt;b&gt;hi&lt;/b&gt; <@{world.ana.id}|ana>"
    assert said["mentions"] is True
    assert client.act("message", me="ana", channel="random", text="yes?", thread_ts=said["ts"]) == {}
    assert client.state()["messages"][world.slack.channel("random").id][-1]["replies"][0]["text"] == "yes?"
    assert "not in leads" in client.act("message", me="ben", channel="leads", text="let me in")["error"]


def test_what_the_bot_does_not_take_is_told_in_slacks_words(opened: tuple[World, Client]) -> None:
    world, client = opened
    assert "dispatch_failed" in client.act("slash", channel="ml-jobs", text="/batch help")["error"]
    assert "not a valid command" in client.act("slash", channel="ml-jobs", text="/nothing")["error"]
    posted = world.slack.workspace.post(
        world.jobs, "U0BOT00001", "x", bot_id="B", blocks=[{"type": "actions", "elements": [BUTTON]}]
    )
    assert "dispatch_failed" in client.act("press", channel=world.jobs.id, ts=posted.ts, action_id="go")["error"]
    assert "not there any more" in client.act("press", channel=world.jobs.id, ts="1.0", action_id="go")["error"]
    assert client.ask("POST", "/api/act/nonsense", {})[0] == 404
    assert client.ask("POST", "/api/act/message", {"me": "cy"})[0] == 400


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 400),
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Type": "application/x-www-form-urlencoded"}, 415),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_other_sites_cannot_act(opened: tuple[World, Client], headers: dict[str, str], status: int) -> None:
    body = {"channel": "general", "text": "from elsewhere"}
    for path in ("/api/act/message", "/api/world"):
        assert opened[1].ask("POST", path, body, **headers)[0] == status
    assert opened[0].slack.channel("general").find("from elsewhere") is None


def test_what_is_no_json_object_is_refused(opened: tuple[World, Client]) -> None:
    for body in ("[]", "{", ""):
        assert opened[1].ask("POST", "/api/act/message", body, Content_Type="application/json")[0] == 400


def test_pictures_are_pictures_and_nothing_else_runs(opened: tuple[World, Client]) -> None:
    world, client = opened
    from playground.slack.model import File

    png, html = b"\x89PNG\r\n\x1a\n...", b"<script>alert(1)</script>"
    world.slack.workspace.files |= {k: File(k, k, 1, content=c) for k, c in {"FPNG": png, "FHTM": html}.items()}

    assert client.ask("GET", "/file/FPNG")[1:2] == (png,)
    kinds = {name: client.ask("GET", f"/file/{name}")[2]["content-type"] for name in ("FPNG", "FHTM")}
    assert kinds == {"FPNG": "image/png", "FHTM": "application/octet-stream"}
    assert client.ask("GET", "/file/FNONE")[0] == 404
    for path in ("/", "/static/app.js", "/api/state", "/file/FHTM"):
        headers = client.ask("GET", path)[2]
        assert {key: headers[key] for key in SAFE} == SAFE
    assert client.ask("GET", "/static/../server.py")[0] == 404


def test_events_tell_at_once_that_something_changed(opened: tuple[World, Client]) -> None:
    world, client = opened
    connection = http.client.HTTPConnection(client.netloc, timeout=5)
    connection.request("GET", "/api/events")
    stream = connection.getresponse()
    assert stream.headers.get_content_type() == "text/event-stream"
    first = [stream.readline() for _ in range(3)]
    assert first[1] == b'data: ["state", "wire"]\n'
    began = time.monotonic()
    for number in range(20):
        world.slack.workspace.post(world.jobs, world.ana.id, f"burst {number}")
    assert stream.readline() == b'data: ["state"]\n'
    assert time.monotonic() - began < 2
    connection.close()


def test_knobs_turn_and_turn_back(opened: tuple[World, Client]) -> None:
    world, client = opened

    def knobs() -> dict[str, Any]:
        sections = client.ask("GET", "/api/world")[1]["sections"]
        return {k["id"]: k for s in sections for r in s["rows"] for k in r["controls"]}

    assert client.ask("POST", "/api/world", {"id": "slack-down"})[1] == {}
    assert knobs()["slack-down"]["on"] is True
    assert _call(world) == 503
    client.ask("POST", "/api/world", {"id": "slack-limit"})
    assert knobs()["slack-down"]["on"] is False
    client.ask("POST", "/api/world", {"id": "slack-limit"})
    assert _call(world) == 200
    assert "no such knob" in client.ask("POST", "/api/world", {"id": "bot-kill"})[1]["error"]
    assert [k for k in knobs() if k.startswith("bot-")] == []


def test_alarms_ring_while_aws_refuses_the_bot_everything(opened: tuple[World, Client]) -> None:
    world, _ = opened
    ringing = Ringing(world)

    def knobs() -> dict[str, Any]:
        return {knob.id: knob for section in ringing.sections() for line in section.lines for knob in line.knobs}

    world.aws.faults.deny("*")
    try:
        assert {f"kind:{name}" for name in KINDS} | {"storm", "ring"} <= set(knobs())
        knobs()["storm"].turn()
        assert sum(a.state == "ALARM" for a in world.aws.cloudwatch.alarms.values()) == 60
        assert "storm" not in knobs()
        knobs()["calm"].turn()
        knobs()["kind:composite"].turn()
        assert [a.name for a in world.aws.cloudwatch.alarms.values() if a.state == "ALARM"][-1:] == [
            "bedrock-batch-attention"
        ]
        assert knobs()["kind:composite"].on is True
        knobs()["kind:composite"].turn()
        assert world.aws.cloudwatch.alarms["bedrock-batch-attention"].state == "OK"
        assert knobs()["kind:plain"].on is None
    finally:
        world.aws.faults.clear()


def test_only_what_one_sees_alone_is_dismissed_and_only_known_shortcuts_are_taken(opened: tuple[World, Client]) -> None:
    world, client = opened
    place = world.slack.channel("random")
    said = world.slack.workspace.post(place, world.ben.id, "for all")
    told = world.slack.workspace.whisper(place, world.ana.id, "for ana")

    assert "can be dismissed" in client.act("dismiss", channel=place.id, ts=said.ts)["error"]
    assert "not there any more" in client.act("dismiss", me="ben", channel=place.id, ts=told.ts)["error"]
    assert client.act("dismiss", channel=place.id, ts=told.ts) == {}
    assert "for ana" not in [m["text"] for m in client.state()["messages"][place.id]]
    assert "no message shortcut" in client.act("shortcut", channel=place.id, ts=said.ts, callback_id="x")["error"]
    assert "no global shortcut" in client.act("shortcut", callback_id="x")["error"]


def test_the_wire_shows_signed_requests_calls_and_their_answers(opened: tuple[World, Client]) -> None:
    world, client = opened
    client.act("slash", channel="ml-jobs", text="/batch wire")
    _call(world)
    world.aws.client("bedrock").list_model_invocation_jobs()
    world.aws.client("s3").list_buckets()
    with pytest.raises(ClientError):
        world.aws.client("cloudwatch").set_alarm_state(AlarmName="none", StateValue="OK", StateReason="x")

    found = client.ask("GET", "/api/traffic")[1]
    rows = found["rows"]

    slash = next(row for row in rows if row["side"] == "to the bot" and '"wire"' in row["sent"])
    assert "x-slack-signature: v0=" in slash["sent"]
    assert (slash["good"], slash["outcome"]) == (False, "dispatch_failed")
    calls = [row for row in rows if row["what"] == "api.test"]
    assert (calls[-1]["side"], calls[-1]["good"], calls[-1]["outcome"]) == ("Slack API", True, "ok")
    listing = next(row for row in rows if row["what"] == "bedrock.ListModelInvocationJobs")
    assert (listing["outcome"], listing["ms"] >= 0) == ("200", True)
    assert '"invocationJobSummaries"' in listing["answered"]
    told = {row["what"]: row["answered"] for row in rows if row["side"] == "AWS"}
    assert "batchbot-in" in told["s3.ListBuckets"]
    assert "ResourceNotFound" in told["cloudwatch.SetAlarmState"]
    assert client.ask("GET", f"/api/traffic?after={found['last']}")[1]["rows"] == []
    assert len(client.ask("GET", "/api/traffic?after=999999")[1]["rows"]) == len(rows)


def test_a_port_that_is_taken_is_said_and_the_usual_one_gives_way(opened: tuple[World, Client]) -> None:
    port = int(opened[1].netloc.rpartition(":")[2])
    with pytest.raises(SystemExit, match=f"Port {port} is taken"):
        PageServer(_nothing()).start(port)
    second = PageServer(_nothing())
    assert second.start(port, fall_back=True) != f"http://127.0.0.1:{port}/"
    second.stop()


def _nothing() -> Any:
    from starlette.applications import Starlette

    return Starlette()


def _call(world: World) -> int:
    netloc = urlsplit(world.slack.url).netloc
    connection = http.client.HTTPConnection(netloc, timeout=5)
    connection.request("POST", "/api/api.test")
    status = connection.getresponse().status
    connection.close()
    return status
