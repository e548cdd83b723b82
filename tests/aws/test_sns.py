from __future__ import annotations

import json
from datetime import UTC, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.aws.sns import Envelope, Verifier
from bot.errors import Misconfigured, Refused, Unverifiable

from .signing import NOW, SAMPLES, TOPIC, URL, body, envelope, pem, sample

PEM = (SAMPLES / "test_signing_cert.pem").read_bytes()
EVENTS = "arn:aws:sns:us-east-1:111122223333:bedrock-batch-events"
ENVELOPES = sorted(path.name for path in SAMPLES.glob("*.json") if "Signature" in sample(path.name))
EVER = timedelta(0)


class Fetch:
    """A fetcher that remembers what it was asked for."""

    def __init__(self, answer: bytes | Exception = PEM) -> None:
        self.answer = answer
        self.urls: list[str] = []

    def __call__(self, url: str) -> bytes:
        self.urls.append(url)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def verifier(fetch: Fetch | None = None, **options: Any) -> Verifier:
    return Verifier([TOPIC, EVENTS], fetch or Fetch(pem()), **options)


def refused(data: dict[str, Any] | bytes, fetch: Fetch | None = None, **options: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        verifier(fetch, **options).verify(data if isinstance(data, bytes) else body(data), None, NOW)
    return caught.value


@pytest.mark.parametrize("name", ENVELOPES)
def test_every_signed_sample_is_believed(name: str) -> None:
    data = sample(name)
    found = Verifier([data["TopicArn"]], Fetch(), max_age=EVER).verify((SAMPLES / name).read_bytes(), None, NOW)
    assert found.type == data["Type"]
    assert found.message == data["Message"]
    assert found.subject == data.get("Subject")
    assert found.token == data.get("Token")
    assert found.timestamp.tzinfo is UTC


@pytest.mark.parametrize("name", ["notification.alarm_metric_alarm.json", "subscription_confirmation.v1.json"])
def test_no_signed_field_may_be_changed_or_missing(name: str) -> None:
    data = sample(name)
    keys = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type", "Token", "SubscribeURL", "Signature")
    values: tuple[object, ...]
    for key in (key for key in keys if key in data):
        values = (data[key] + "x", data[key][:-1], None, 7, {}, [], "")
        for value in values:
            if key == "Type" and not isinstance(value, str):
                continue
            refused(data | {key: value}, Fetch(), max_age=EVER)
        refused({name: value for name, value in data.items() if name != key}, Fetch(), max_age=EVER)


def test_a_confirmation_does_not_pass_as_the_other() -> None:
    refused(sample("subscription_confirmation.json") | {"Type": "UnsubscribeConfirmation"}, Fetch(), max_age=EVER)


@pytest.mark.parametrize("key", ["SignatureVersion", "Signature", "SigningCertURL"])
@pytest.mark.parametrize("value", [None, 1, "", "3", ["1"], "é", "\ud800"])
def test_the_proof_must_be_whole(key: str, value: object) -> None:
    fetch = Fetch(pem())
    refused(envelope() | {key: value}, fetch)
    assert not fetch.urls or key == "Signature"


@pytest.mark.parametrize("url", sample("bad_cert_urls.json")["urls"])
@pytest.mark.parametrize("origin", [None, "http://127.0.0.1:9000"])
def test_no_other_address_is_ever_asked(url: str, origin: str | None) -> None:
    fetch = Fetch(pem())
    refused(envelope() | {"SigningCertURL": url}, fetch, cert_origin=origin)
    refused(envelope() | {"SigningCertURL": url + "\n"}, fetch, cert_origin=origin)
    assert fetch.urls == []


@pytest.mark.parametrize(
    "url",
    [
        f"{URL}\n",
        f" {URL}",
        URL.replace("https", "HTTPS"),
        URL.replace("0123", "٠١٢٣"),
        URL.replace("amazonaws.com", "amazonaws.com.cn"),
        URL.replace("us-east-1", "us-east-2"),
        f"{URL}#.pem",
        f"{URL};x=.pem",
        URL.replace("SimpleNotificationService-0123", "SimpleNotificationService-%30123"),
    ],
)
def test_nearly_right_addresses_are_wrong(url: str) -> None:
    fetch = Fetch(pem())
    refused(envelope() | {"SigningCertURL": url}, fetch)
    assert fetch.urls == []


@pytest.mark.parametrize(
    ("partition", "region", "host"),
    [
        ("aws-cn", "cn-north-1", "sns.cn-north-1.amazonaws.com.cn"),
        ("aws-us-gov", "us-gov-west-1", "sns.us-gov-west-1.amazonaws.com"),
        ("aws-eusc", "eusc-de-east-1", "sns.eusc-de-east-1.amazonaws.eu"),
        ("aws-iso", "us-iso-east-1", "sns.us-iso-east-1.c2s.ic.gov"),
        ("aws", "ap-southeast-3", "sns.ap-southeast-3.amazonaws.com"),
    ],
)
def test_other_partitions_have_their_own_hosts(partition: str, region: str, host: str) -> None:
    topic = f"arn:{partition}:sns:{region}:111122223333:t.fifo"
    data = envelope(TopicArn=topic, SigningCertURL=URL.replace("sns.us-east-1.amazonaws.com", host))
    assert Verifier([topic], Fetch(pem())).verify(body(data), None, NOW).topic_arn == topic


@pytest.mark.parametrize(
    "topic",
    [
        "arn:aws:sns:us-east-1:111122223333:somebody-elses",
        f"{TOPIC}\n",
        "arn:aws:sqs:us-east-1:111122223333:bedrock-batch-alarms",
        "arn:aws-moon:sns:us-east-1:111122223333:t",
        "arn:aws:sns:us-east-1.evil.com/-1:111122223333:t",
        "arn:aws:sns:us-east-1:١١١١22223333:t",
    ],
)
def test_other_topics_are_refused_before_any_fetch(topic: str) -> None:
    fetch = Fetch(pem())
    refused(envelope(TopicArn=topic), fetch)
    assert fetch.urls == []


def test_a_listed_topic_must_still_be_a_topic() -> None:
    with pytest.raises(Refused):
        Verifier(["x"], Fetch(pem())).verify(body(envelope(TopicArn="x")), None, NOW)


def test_headers_must_agree_with_the_body() -> None:
    headers = sample("http_headers.json")
    good = body(envelope())
    assert verifier().verify(good, headers["notification"], NOW).type == "Notification"
    assert verifier().verify(good, {"X-Amz-Sns-Message-Type": "Notification"}, NOW).type == "Notification"
    with pytest.raises(Refused, match="type"):
        verifier().verify(good, headers["subscription_confirmation"], NOW)


def test_raw_delivery_is_refused_with_what_to_do() -> None:
    for data in (body(envelope()), b"{}", b"plain"):
        with pytest.raises(Refused, match="must be turned off"):
            verifier().verify(data, sample("http_headers.json")["raw_delivery_notification"], NOW)
    assert "raw message delivery" in refused(b"plain text").sentence
    assert "must be turned off" in refused(b'{"AlarmName": "x"}').sentence


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"7",
        b'"x"',
        b"\xff\xfe{",
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b'{"Type": NaN}',
        b'{"Type": ' + b"9" * 5000 + b"}",
        b'{"Type": "Notification", "Type": "Notification"}',
        b'{"Type": ["Notification"]}',
        b'{"Type": "Other"}',
        b" " * (1024 * 1024 + 1),
    ],
)
def test_bodies_that_are_no_envelope(data: bytes) -> None:
    assert type(refused(data)) is Refused


def test_the_cap_is_a_parameter() -> None:
    assert "larger" in refused(envelope(), max_bytes=100).sentence


def test_a_key_that_stands_twice_is_refused_though_the_signature_fits() -> None:
    good = body(envelope())
    refused(good[:-1] + b', "Message": "hello\\nthere"}')


def test_half_characters_are_refused() -> None:
    refused(body(envelope() | {"Message": "\ud800"}))


def test_age() -> None:
    data = envelope()
    check = verifier(max_age=timedelta(minutes=30))
    sent = NOW - timedelta(minutes=10)
    assert check.verify(body(data), None, sent + timedelta(minutes=30)).message_id
    for wrong in (sent + timedelta(minutes=31), sent - timedelta(minutes=16)):
        with pytest.raises(Refused):
            check.verify(body(data), None, wrong)
    later = Verifier([TOPIC], Fetch(pem()), max_age=EVER)
    assert later.verify(body(data), None, NOW + timedelta(days=20)).message_id


@pytest.mark.parametrize(
    "time", ["2026-11-22T05:20:00", "2026-02-30T05:20:00Z", "yesterday", "0000-01-01T00:00:00Z", ""]
)
def test_times_that_are_none(time: str) -> None:
    refused(envelope(Timestamp=time), max_age=EVER)


def test_sha1_is_taken_unless_forbidden() -> None:
    data = envelope(version="1")
    assert verifier().verify(body(data), None, NOW).message == "hello\nthere"
    fetch = Fetch(pem())
    assert "SignatureVersion" in refused(data, fetch, require_v2=True).sentence
    assert fetch.urls == []


def test_a_version_that_was_changed_does_not_fit() -> None:
    refused(envelope(version="1") | {"SignatureVersion": "2"})


def test_a_certificate_that_cannot_be_had_is_worth_another_try() -> None:
    for error in (OSError("down"), TimeoutError(), Unverifiable(), RuntimeError("x")):
        assert isinstance(refused(envelope(), Fetch(error)), Unverifiable)


def test_a_loopback_origin_stands_in_for_amazon() -> None:
    fetch = Fetch(pem(name="anything"))
    check = verifier(fetch, cert_origin="http://127.0.0.1:9000/")
    assert check.verify(body(envelope()), None, NOW).message_id
    own = "http://127.0.0.1:9000/certs/a.pem"
    assert check.verify(body(envelope(SigningCertURL=own)), None, NOW).message_id
    assert fetch.urls == [URL.replace("https://sns.us-east-1.amazonaws.com", "http://127.0.0.1:9000"), own]
    refused(envelope(SigningCertURL=own))


@pytest.mark.parametrize(
    "path", ["/a.pem?x=1", "/a", "/../a.pem", "//a.pem", "/a.pem#", ":80/a.pem", "@evil.com/a.pem", "/.pem"]
)
def test_the_loopback_origin_is_strict_too(path: str) -> None:
    fetch = Fetch(pem())
    refused(envelope(SigningCertURL=f"http://127.0.0.1:9000{path}"), fetch, cert_origin="http://127.0.0.1:9000")
    assert fetch.urls == []


@pytest.mark.parametrize(
    "origin", ["https://evil.com", "http://127.0.0.1.evil.com", "http://127.0.0.1:9@evil.com", "x"]
)
def test_no_other_origin_can_be_configured(origin: str) -> None:
    with pytest.raises(Misconfigured):
        verifier(cert_origin=origin)


def test_a_queue_holds_the_same_envelopes() -> None:
    text = json.dumps(envelope())
    assert verifier().unwrap_queue(text, NOW) == verifier().verify(text.encode(), None, NOW)
    for wrong in ("", "{}", "\ud800"):
        with pytest.raises(Refused):
            verifier().unwrap_queue(wrong, NOW)


def test_nothing_secret_is_printed() -> None:
    data = sample("subscription_confirmation.json")
    found = Verifier([TOPIC], Fetch(), max_age=EVER).verify(body(data), None, NOW)
    assert data["Token"] not in repr(found)
    assert data["Message"] not in repr(found)
    for change in ({"Signature": "AAAA"}, {"Timestamp": "x"}, {"SigningCertURL": "x"}, {"TopicArn": "x"}, {"Token": 1}):
        error = refused(data | change, Fetch(), max_age=EVER)
        assert data["Token"][:20] not in str(error) + repr(error)
        assert "http" not in str(error)


def test_an_envelope_is_a_value() -> None:
    assert isinstance(verifier().verify(body(envelope(Subject="s")), None, NOW), Envelope)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=8,
)


@given(st.binary(max_size=300) | JSON.map(json.dumps).map(str.encode))
@settings(deadline=None)
def test_random_bodies_are_refused(data: bytes) -> None:
    refused(data)


@given(st.sampled_from(sorted(envelope())), JSON)
@settings(deadline=None)
def test_random_fields_are_refused(key: str, value: object) -> None:
    if envelope()[key] != value:
        refused(envelope() | {key: value})
