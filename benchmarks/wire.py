"""Ready-made HTTP requests: signed slash commands and signed SNS notifications, as Slack and Amazon send them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from playground.aws.sns.envelope import headers_of, seal, stamp
from playground.aws.sns.signing import Signer, usual_signer
from playground.slack.courier import encode, sign

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
TOPIC = "arn:aws:sns:us-east-1:111122223333:bedrock-batch-alarms"
AMAZON = "https://sns.us-east-1.amazonaws.com"
FORM = {
    "token": "gIkuvaNzQIHg97ATvDxqgjtO",
    "team_id": "T0001",
    "team_domain": "example",
    "channel_id": "C2147483705",
    "channel_name": "ml-jobs",
    "user_id": "U0ANA00001",
    "user_name": "ana",
    "command": "/batch",
    "api_app_id": "A123456",
    "is_enterprise_install": "false",
}


def post(path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """One whole request."""
    all_headers = {"host": "127.0.0.1", "content-length": str(len(body)), "accept": "*/*"} | dict(headers)
    lines = "".join(f"{name}: {value}\r\n" for name, value in all_headers.items())
    return f"POST {path} HTTP/1.1\r\n{lines}\r\n".encode() + body


def slash(text: str, secret: str = SECRET) -> bytes:
    """One slash command with a trigger id of its own, signed now."""
    trigger = f"{uuid.uuid4().int % 10**13}.{uuid.uuid4().hex}"
    reply = {"response_url": "https://hooks.slack.com/commands/T0001/1/x", "trigger_id": trigger}
    body, headers = encode("slash_commands", FORM | {"text": text} | reply)
    return post("/slack/events", headers | sign(secret, body), body)


def submits(count: int, secret: str = SECRET) -> list[bytes]:
    """That many one-line submissions, each another job."""
    line = "submit s3://batchbot-in/docs.jsonl model=amazon.nova-lite-v1:0 name=job-{}"
    return [slash(line.format(uuid.uuid4().hex[:12]), secret) for _ in range(count)]


@dataclass(frozen=True)
class Notifications:
    """Distinct alarms, each signed by the playground's key; the address of the certificate is not signed."""

    signer: Signer
    envelopes: tuple[dict[str, Any], ...]

    def bodies(self) -> Iterator[bytes]:
        """As SNS writes them, with the certificate at Amazon's address."""
        for envelope in self.envelopes:
            yield json.dumps(envelope, ensure_ascii=False, indent=2).encode()

    def requests(self) -> list[bytes]:
        """As SNS posts them."""
        subscription = f"{TOPIC}:2bcfbf39-05c3-41de-beaa-fcfcc21c8f55"
        return [
            post("/sns", headers_of(envelope, subscription), body)
            for envelope, body in zip(self.envelopes, self.bodies(), strict=True)
        ]


def notifications(count: int) -> Notifications:
    """Sign that many; half a millisecond each."""
    return ringing({f"backlog-{number}-{uuid.uuid4().hex[:6]}": "ALARM" for number in range(count)})


def ringing(states: Mapping[str, str]) -> Notifications:
    """Alarms of these names that go to these states now."""
    signer = usual_signer()
    return Notifications(signer, tuple(_notification(signer, name, state) for name, state in states.items()))


def _notification(signer: Signer, name: str, state: str) -> dict[str, Any]:
    fields = {
        "Type": "Notification",
        "MessageId": str(uuid.uuid4()),
        "TopicArn": TOPIC,
        "Subject": f'{state}: "{name}" in US East (N. Virginia)',
        "Message": json.dumps(_alarm(name, state)),
        "Timestamp": stamp(datetime.now(UTC)),
        "SignatureVersion": "1",
        "SigningCertURL": AMAZON + signer.path,
        "UnsubscribeURL": f"{AMAZON}/?Action=Unsubscribe&SubscriptionArn={TOPIC}:2bcfbf39",
    }
    return seal(signer, fields)


def _alarm(name: str, state: str) -> dict[str, Any]:
    """What CloudWatch says of a metric alarm."""
    return {
        "AlarmName": name,
        "AlarmDescription": "Records wait longer than they should.",
        "AWSAccountId": "111122223333",
        "AlarmConfigurationUpdatedTimestamp": "2026-11-20T09:00:00.000+0000",
        "NewStateValue": state,
        "NewStateReason": "Threshold Crossed: 1 datapoint [1200.0 (20/11/26 09:00:00)] was greater than 1000.0.",
        "StateChangeTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
        "Region": "US East (N. Virginia)",
        "AlarmArn": f"arn:aws:cloudwatch:us-east-1:111122223333:alarm:{name}",
        "OldStateValue": "OK" if state == "ALARM" else "ALARM",
        "OKActions": [],
        "AlarmActions": [TOPIC],
        "InsufficientDataActions": [],
        "Trigger": {
            "MetricName": "NumberOfRecordsPendingProcessing",
            "Namespace": "AWS/Bedrock/Batch",
            "StatisticType": "Statistic",
            "Statistic": "MAXIMUM",
            "Unit": None,
            "Dimensions": [{"value": "amazon.nova-lite-v1:0", "name": "ModelId"}],
            "Period": 60,
            "EvaluationPeriods": 1,
            "DatapointsToAlarm": 1,
            "ComparisonOperator": "GreaterThanThreshold",
            "Threshold": 1000.0,
            "TreatMissingData": "missing",
            "EvaluateLowSampleCountPercentile": "",
        },
    }
