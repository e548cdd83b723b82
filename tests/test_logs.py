"""Logs: JSON lines on standard error, and no secret in them, by its name or by its shape."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

import tests.wire  # noqa: F401  (no deadline for hypothesis)
from bot import logs

SHAPES = {
    "bot token": "xoxb-1234-ABCDef-99",
    "app token": "xapp-1-A012-345-abcdef",
    "command response_url": "https://hooks.slack.com/commands/T012/345/abc",
    "action response_url": "https://hooks.slack.com/actions/T012/345/abc",
    "confirmation": "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&Token=2336412f37",
    "access key": "AKIAIOSFODNN7EXAMPLE",
    "temporary key": "ASIAIOSFODNN7EXAMPLE",
    "database password": "postgresql://batchbot:hunter2@db/batchbot",
}
NAMES = ["token", "slack_bot_token", "signing_secret", "password", "SubscribeURL", "subscribe_url", "response_url",
         "Authorization", "x_slack_signature"]  # fmt: skip


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    """Logging is global: put back what the test changed."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def redacted(**event: Any) -> dict[str, Any]:
    return dict(logs.redact(None, "info", event))


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


@pytest.mark.parametrize("secret", SHAPES.values(), ids=SHAPES)
def test_what_looks_like_a_secret_is_hidden_wherever_it_stands(secret: str) -> None:
    """In the event, in a value, inside a list, a mapping or an exception's text."""
    piece = {"postgresql://batchbot:hunter2@db/batchbot": "hunter2"}.get(secret, secret)
    for event in (
        {"event": f"it said {secret}, twice {secret}"},
        {"event": "x", "reason": f"({secret})"},
        {"event": "x", "body": {"a": ["b", secret]}},
        {"event": "x", "error": ValueError(secret)},
        {"event": "x", "raw": secret.encode()},
    ):
        assert piece not in repr(redacted(**event))
        assert "[hidden]" in repr(redacted(**event))


@pytest.mark.parametrize("name", NAMES)
def test_what_is_named_like_a_secret_is_hidden_whatever_it_looks_like(name: str) -> None:
    """Signing secrets have no shape."""
    assert redacted(**{"event": "x", name: "0123456789abcdef"})[name] == "[hidden]"


def test_everything_else_is_left_readable() -> None:
    """Ids, ARNs, addresses without a secret and numbers are what logs are for."""
    event = {
        "event": "job.ended", "job": "a1b2c3", "arn": "arn:aws:bedrock:us-east-1:111122223333:model-invocation-job/x",
        "url": "https://console.aws.amazon.com/x", "seconds": 1.5, "rows": 3, "good": True, "nothing": None,
    }  # fmt: skip
    assert redacted(**event) == event


@given(st.dictionaries(st.text(min_size=1), st.text() | st.integers() | st.binary() | st.lists(st.text()), max_size=4))
def test_no_event_breaks_the_log(event: dict[str, Any]) -> None:
    """Whatever somebody logs, a line comes out."""
    json.dumps(redacted(**event), default=str)


def test_every_line_is_json_with_time_and_level(capsys: pytest.CaptureFixture[str]) -> None:
    """Those of the bot and those of libraries, one object a line, line breaks inside escaped."""
    logs.configure("json", "INFO")
    structlog.get_logger("bot.x").info("job.ended", job="a\nb")
    logging.getLogger("somebody").warning("from %s", "a library")
    logging.getLogger("somebody").info("token is %s", SHAPES["bot token"])
    mine, library, hidden = lines(capsys)
    assert (mine["event"], mine["job"], mine["level"]) == ("job.ended", "a\nb", "info")
    assert mine["timestamp"].endswith("Z")
    assert (library["event"], library["level"]) == ("from a library", "warning")
    assert hidden["event"] == "token is [hidden]"


def test_an_exception_is_told_without_its_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    """The traceback is there, the token in it is not."""
    logs.configure("json", "INFO")
    try:
        raise ValueError(f"bad url {SHAPES['command response_url']}")
    except ValueError:
        structlog.get_logger("bot.x").exception("door.failed")
    [line] = lines(capsys)
    assert "Traceback" in line["exception"]
    assert "hooks.slack.com" not in json.dumps(line)


@pytest.mark.parametrize(
    "name", ["slack_sdk", "botocore.endpoint", "urllib3.connectionpool", "sqlalchemy.engine", "dbos"]
)
def test_libraries_speak_from_warning_on(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """At DEBUG they print bodies, and bodies hold tokens and prompts."""
    logs.configure("json", "DEBUG")
    logging.getLogger(name).debug("body: prompt")
    logging.getLogger(name).info("body: prompt")
    assert lines(capsys) == []
    logging.getLogger(name).warning("trouble")
    assert len(lines(capsys)) == 1


def test_the_level_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    """WARNING leaves out what is only information."""
    logs.configure("json", "WARNING")
    structlog.get_logger("bot.x").info("quiet")
    structlog.get_logger("bot.x").warning("loud")
    assert [line["event"] for line in lines(capsys)] == ["loud"]


def test_text_for_a_desk_has_no_colours_and_no_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    """The readable form goes through the same redaction."""
    logs.configure("text", "INFO")
    structlog.get_logger("bot.x").info("job.ended", note=SHAPES["bot token"], job="j1")
    said = capsys.readouterr().err
    assert "job.ended" in said
    assert "job=j1" in said
    assert "xoxb" not in said
    assert "\x1b[" not in said
