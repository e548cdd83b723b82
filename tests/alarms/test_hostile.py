"""Whatever a payload holds, something readable and harmless is shown; nothing raises and nothing is dropped."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.alarms import kind_views, views
from bot.alarms.alarm import Alarm, Arrived, JobEvent, Notice, pack, unpack
from bot.alarms.episode import begin, observe
from bot.alarms.kinds import KINDS, arrive, understand

from .checks import check, check_line, texts
from .hostility import changed, hostile, places
from .samples import AT, EXPECTED, NAMES, sample, understood

TOPIC = "arn:aws:sns:us-east-1:111122223333:bedrock-batch-alarms"
JSON = [name for name in NAMES if name.endswith(".json")]
ONE_OF_EACH = sorted({EXPECTED[name]: name for name in reversed(JSON)}.values())
"""A sample of every kind that is JSON, since the exhaustive tables take seconds each."""

KEPT = {"detail-type", "source", "NewStateValue", "textType", "status", "batchJobArn"}
"""What decides of which kind a payload is."""

PAYLOADS = [json.loads(sample(name)) for name in JSON]

MARKUP = [
    "<!channel> <!here> <!everyone>",
    "<@U024BE7LH> and <!subteam^SAZ94GDB8>",
    "<#C024BE7LR|ops>",
    "<https://evil.example|AWS console>",
    "<https://console.aws.amazon.com.evil.example/|AWS console>",
    "https://evil.example/ mailto:a@evil.example",
    "`code` *bold* _it_ ~no~ ```fence",
    "> quoted\n# heading\n- list",
    "a|b>c<d&amp;&lt;!channel&gt;",
    "\u202eelosnoc\u2066\u200f\u061c",
    "e\u0301" * 500 + "\u200b\ufeff",
    "\U0001f600" * 3000,
    "𝕒" * 200 + "\ud800",
    ":fire: :+1: :a:b:",
    "<!date^0^{date}^https://evil.example|when>",
    "x" * 10_000,
    "<" * 10_000,
    "&" * 10_000,
    "`" * 10_000,
    "*_~" * 3_000,
]


def shown(found: Arrived) -> str:
    """Everything that is shown of it, after checking that it holds what every message must."""
    if isinstance(found, JobEvent):
        return ""
    if isinstance(found, Notice):
        return _checked(views.notice(found, topic=TOPIC))
    assert unpack(json.loads(json.dumps(pack(found), ensure_ascii=False).encode("utf-8"))) == found
    for line in [*kind_views.lines(found), *kind_views.facts(found), kind_views.among(found, [found] * 6) or "–"]:
        check_line(line)
    episode = begin(found)[0]
    over = observe(episode, changed_state(found))[0]
    return "".join(
        _checked(message)
        for message in (
            views.card(episode, now=AT),
            views.card(over, now=AT),
            views.recovered(episode),
            views.recovery_reply(episode),
        )
    )


def changed_state(alarm: Alarm) -> Alarm:
    """The same alarm as it recovers."""
    row = pack(alarm) | {"state": "OK", "at": (alarm.at + timedelta(minutes=9)).isoformat()}
    return unpack(row)


def _checked(message: Any) -> str:
    check(message)
    return str(message.text) + "".join(text["text"] for text in texts(message.blocks))


def strictly(message: str) -> Arrived:
    """As ``understand``, without its safety net: what a row cannot read is an error here."""
    arrival = arrive(message, None, AT)
    kind = next(kind for kind in KINDS if kind.matches(arrival))
    return kind.read(arrival, kind.name)


def leaves(data: Any) -> list[tuple[Any, ...]]:
    """Where text stands."""
    found = []
    for path in places(data):
        value = data
        for name in path:
            value = value[name]
        if isinstance(value, str):
            found.append(path)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_is_shown(name: str) -> None:
    assert shown(understood(name)) or EXPECTED[name] == "job"


@pytest.mark.parametrize("name", JSON)
def test_markup_in_every_text_at_once(name: str) -> None:
    original = json.loads(sample(name))
    paths = [path for path in leaves(original) if path[-1] not in KEPT]
    for markup in MARKUP:
        data = original
        for path in paths:
            data = changed(data, path, markup)
        shown(strictly(json.dumps(data)))


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_anything_anywhere_is_still_shown(name: str) -> None:
    data = json.loads(sample(name))
    values = list(hostile())
    for number, path in enumerate(places(data)):
        for value in values[number % 9 :: 9]:
            shown(strictly(json.dumps(changed(data, path, value))))


@pytest.mark.parametrize("name", JSON)
def test_any_field_may_be_missing(name: str) -> None:
    data = json.loads(sample(name))
    for place in places(data):
        if isinstance(place[-1], str) and len(place) <= 2:
            shown(strictly(json.dumps(without(data, place))))


def without(data: Any, path: tuple[Any, ...]) -> Any:
    """A copy of ``data`` without what stands at ``path``."""
    name, *rest = path
    if rest:
        return changed(data, (name,), without(data[name], tuple(rest)))
    return {key: value for key, value in data.items() if key != name} if isinstance(data, dict) else data


@pytest.mark.parametrize("name", JSON)
def test_every_text_may_be_something_else_at_once(name: str) -> None:
    original = json.loads(sample(name))
    for value in (None, {"a": [1, {"b": None}]}, [["x"]], 10**400, float("nan"), float("-inf"), True, 0):
        data = original
        for path in leaves(original):
            data = changed(data, path, value)
        shown(strictly(json.dumps(data)))


@pytest.mark.parametrize("name", [name for name in JSON if EXPECTED[name] != "job"])
def test_no_alarm_or_notice_is_dropped(name: str) -> None:
    """Its name or title is on the card, whatever else is broken."""
    data = json.loads(sample(name))
    for path in leaves(data):
        if path[-1] not in {"AlarmName", "alarmName", "detail-type", "source", "NewStateValue", "title", "description"}:
            data = changed(data, path, {"broken": [None]})
    found = strictly(json.dumps(data))
    titles = {entry for key in ("AlarmName",) if isinstance(entry := data.get(key), str)}
    titles |= {entry for entry in [data.get("detail", {}).get("alarmName")] if isinstance(entry, str)}
    text = shown(found)
    assert text
    assert all(title in text for title in titles)


@pytest.mark.parametrize(
    "message",
    [
        "",
        "null",
        "[]",
        "[1]",
        '"text"',
        "{",
        "{}",
        "NaN",
        '{"a": NaN}',
        '{"a": ' + "9" * 5000 + "}",
        "[" * 100_000,
        '{"a":' * 100_000,
        '{"a":' * 900 + "1" + "}" * 900,
        "\ud800",
        "\x00",
        "<!channel> <@U024BE7LH> <https://evil.com|x>",
        "AWS Budget Notification",
        "AWS Budget Notification\nhttps://evil.com/ https://console.aws.amazon.com.evil.com/\nBudget Name: <!here>",
        "x" * 300_000,
        "line\n" * 10_000,
        *MARKUP,
    ],
)
def test_no_text_is_too_strange(message: str) -> None:
    found = strictly(message)
    assert isinstance(found, Notice)
    assert shown(found)


@pytest.mark.parametrize("deep", [50, 400, 900])
@pytest.mark.parametrize("name", ["composite.json", "metric_math.json", "cost_anomaly.json", "guardduty_finding.json"])
def test_deep_nesting_anywhere(name: str, deep: int) -> None:
    data = json.loads(sample(name))
    nested = '{"a": [' * deep + "1" + "]}" * deep
    for path in data:
        message = json.dumps(data | {path: "NESTED"}).replace('"NESTED"', nested)
        shown(understand(message, None, AT))


def test_a_row_that_fails_does_not_lose_the_message(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> bool:
        raise ZeroDivisionError

    monkeypatch.setattr("bot.alarms.cloudwatch_payloads.is_alarm", fail)
    found = understand(sample("metric_alarm.json"), "ALARM", AT)
    assert isinstance(found, Notice)
    assert "bedrock-batch-input-tokens-high" in (found.body or "")


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=60)
    | st.sampled_from(list(hostile()))
    | st.sampled_from(MARKUP),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=20), inner, max_size=4),
    max_leaves=12,
)


@given(st.text() | ANYTHING.map(json.dumps), st.none() | st.text(max_size=200))
@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
def test_random_messages_are_shown(message: str, subject: str | None) -> None:
    strictly(message)
    shown(understand(message, subject, AT))


@given(st.data())
@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
def test_random_damage_is_shown(data: st.DataObject) -> None:
    payload = data.draw(st.sampled_from(PAYLOADS))
    for _ in range(3):
        path = data.draw(st.sampled_from(list(places(payload)) or [()]))
        payload = changed(payload, path, data.draw(ANYTHING))
    shown(strictly(json.dumps(payload)))
