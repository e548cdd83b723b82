"""Topics, subscriptions and deliveries: confirmed before use, truly signed, tried again, dropped for good."""

import base64
import json
import threading
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from playground.aws import AwsServer
from playground.aws.policy import service_policy
from tests.playground.accounts import Clock

NOW = datetime.now(UTC)


@dataclass
class Endpoint:
    """An HTTP endpoint that keeps what it gets and answers what it is told."""

    url: str = ""
    got: list[tuple[dict[str, str], str]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def envelope(self, place: int = -1) -> dict[str, Any]:
        """One body as JSON."""
        found: dict[str, Any] = json.loads(self.got[place][1])
        return found


@pytest.fixture(name="sns")
def _sns(aws: AwsServer) -> Any:
    return aws.client("sns")


@pytest.fixture(name="endpoint")
def _endpoint() -> Iterator[Endpoint]:
    kept = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            kept.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(kept.answers.pop(0) if kept.answers else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_request(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    kept.url = f"http://127.0.0.1:{server.server_port}/sns"
    yield kept
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(name="subscribe")
def _subscribe(aws: AwsServer, sns: Any, endpoint: Endpoint) -> Callable[[], str]:
    def run() -> str:
        aws.sns.subscribe_http(aws.sns.default_topic, endpoint.url)
        aws.tick()
        token = endpoint.envelope()["Token"]
        arn: str = sns.confirm_subscription(TopicArn=aws.sns.default_topic, Token=token)["SubscriptionArn"]
        endpoint.got.clear()
        return arn

    return run


def verify(envelope: dict[str, Any]) -> x509.Certificate:
    """Check the signature by the published rules alone, with the certificate from its URL."""
    with urllib.request.urlopen(envelope["SigningCertURL"]) as answer:
        certificate = x509.load_pem_x509_certificate(answer.read())
    keys = ["Message", "MessageId"]
    if envelope["Type"] == "Notification":
        keys += ["Subject"] if "Subject" in envelope else []
        keys += ["Timestamp", "TopicArn", "Type"]
    else:
        keys += ["SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    text = "".join(f"{key}\n{envelope[key]}\n" for key in keys)
    digest = {"1": hashes.SHA1, "2": hashes.SHA256}[envelope["SignatureVersion"]]()
    key = certificate.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    key.verify(base64.b64decode(envelope["Signature"]), text.encode(), padding.PKCS1v15(), digest)
    return certificate


def test_nothing_is_delivered_before_the_subscription_is_confirmed(
    aws: AwsServer, sns: Any, endpoint: Endpoint
) -> None:
    """The confirmation itself is signed and carries no subscription header."""
    made = sns.subscribe(TopicArn=aws.sns.default_topic, Protocol="http", Endpoint=endpoint.url)
    assert made["SubscriptionArn"] == "pending confirmation"
    aws.sns.publish(aws.sns.default_topic, "too early")
    aws.tick()
    (headers, body), *more = endpoint.got
    assert not more
    assert headers["x-amz-sns-message-type"] == "SubscriptionConfirmation"
    assert headers["content-type"] == "text/plain; charset=UTF-8"
    assert "x-amz-sns-subscription-arn" not in headers
    certificate = verify(json.loads(body))
    assert certificate.subject.rfc4514_string() == "CN=sns.amazonaws.com"
    assert json.loads(body)["SigningCertURL"].startswith(aws.env()["BATCHBOT_SNS_CERT_ORIGIN"] + "/SimpleNotification")

    with pytest.raises(ClientError, match="Invalid parameter: Token"):
        sns.confirm_subscription(TopicArn=aws.sns.default_topic, Token="wrong")
    urllib.request.urlopen(json.loads(body)["SubscribeURL"]).close()
    sns.publish(TopicArn=aws.sns.default_topic, Message="in time")
    aws.tick()
    assert endpoint.envelope()["Message"] == "in time"


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("subject", [None, "ALARM: über alles"])
def test_deliveries_are_truly_signed_in_both_versions(
    aws: AwsServer, endpoint: Endpoint, subscribe: Callable[[], str], version: str, subject: str | None
) -> None:
    """With and without a subject; one changed letter breaks it."""
    arn = subscribe()
    topic = aws.sns.default_topic
    aws.client("sns").set_topic_attributes(TopicArn=topic, AttributeName="SignatureVersion", AttributeValue=version)
    aws.sns.publish(aws.sns.default_topic, "Grüße\nzwei Zeilen", subject)
    aws.tick()
    headers, _ = endpoint.got[0]
    envelope = endpoint.envelope()
    assert headers["x-amz-sns-subscription-arn"] == arn
    assert headers["x-amz-sns-message-id"] == envelope["MessageId"]
    assert envelope["SignatureVersion"] == version
    assert ("Subject" in envelope) == (subject is not None)
    verify(envelope)
    with pytest.raises(InvalidSignature):
        verify(envelope | {"Message": "Gruesse"})


def test_a_busy_endpoint_is_tried_again_and_then_given_up(
    aws: AwsServer, clock: Clock, endpoint: Endpoint, subscribe: Callable[[], str]
) -> None:
    """Same MessageId and Timestamp each time; 5xx and 429 are for a while."""
    subscribe()
    endpoint.answers = [503, 429, 200]
    aws.sns.publish(aws.sns.default_topic, "patience")
    for _ in range(3):
        aws.tick()
        clock.now += timedelta(seconds=20)
    assert len({body for _, body in endpoint.got}) == 1
    assert [one.status for one in aws.sns.deliveries][-3:] == [503, 429, 200]
    assert not aws.sns.dropped

    endpoint.answers = [500] * 9
    aws.sns.publish(aws.sns.default_topic, "in vain")
    for _ in range(9):
        aws.tick()
        clock.now += timedelta(seconds=20)
    assert [(one.status, one.attempt) for one in aws.sns.dropped] == [(500, 4)]


def test_a_refusal_is_final_and_goes_to_the_dead_letters(
    aws: AwsServer, sns: Any, endpoint: Endpoint, subscribe: Callable[[], str]
) -> None:
    """403 is not tried again."""
    policy = json.dumps({"deadLetterTargetArn": f"arn:aws:sqs:us-east-1:111122223333:{aws.queue}"})
    sns.set_subscription_attributes(SubscriptionArn=subscribe(), AttributeName="RedrivePolicy", AttributeValue=policy)
    endpoint.answers = [403]
    aws.sns.publish(aws.sns.default_topic, "refused")
    aws.tick()
    aws.tick()
    assert [one.status for one in aws.sns.dropped] == [403]
    sqs = aws.client("sqs")
    url = sqs.get_queue_url(QueueName=aws.queue)["QueueUrl"]
    dead = sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"]
    assert json.loads(dead)["Message"] == "refused"


def test_topics_and_subscriptions_are_listed_described_and_removed(
    aws: AwsServer, sns: Any, endpoint: Endpoint, subscribe: Callable[[], str]
) -> None:
    """And what is not there is refused."""
    arn = subscribe()
    topic = sns.create_topic(Name="other", Attributes={"SignatureVersion": "2"})["TopicArn"]
    assert [one["TopicArn"] for one in sns.list_topics()["Topics"]] == [aws.sns.default_topic, topic]
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["SignatureVersion"] == "2"
    listed = sns.list_subscriptions_by_topic(TopicArn=aws.sns.default_topic)["Subscriptions"]
    assert [(one["SubscriptionArn"], one["Endpoint"]) for one in listed] == [(arn, endpoint.url)]
    assert sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["PendingConfirmation"] == "false"
    sns.unsubscribe(SubscriptionArn=arn)
    aws.tick()
    assert endpoint.envelope()["Type"] == "UnsubscribeConfirmation"
    verify(endpoint.envelope())
    with pytest.raises(ClientError, match="NotFound"):
        sns.get_topic_attributes(TopicArn=topic + "x")
    with pytest.raises(ClientError, match="Endpoint must match"):
        sns.subscribe(TopicArn=topic, Protocol="https", Endpoint="http://example.com")


def test_a_raw_subscription_gets_the_bare_message(
    aws: AwsServer, sns: Any, endpoint: Endpoint, subscribe: Callable[[], str]
) -> None:
    """Without a signature, and marked so."""
    sns.set_subscription_attributes(
        SubscriptionArn=subscribe(), AttributeName="RawMessageDelivery", AttributeValue="true"
    )
    aws.sns.publish(aws.sns.default_topic, "bare")
    aws.tick()
    assert endpoint.got[0][1] == "bare"
    assert endpoint.got[0][0]["x-amz-sns-rawdelivery"] == "true"


def test_any_envelope_can_be_forged_for_a_test(aws: AwsServer) -> None:
    """Overrides are signed; an own signature is left alone; None takes a field out."""
    envelope = aws.sns.envelope("hello", "subject", TopicArn="arn:aws:sns:us-east-1:999999999999:evil")
    verify(envelope)
    assert envelope["TopicArn"].endswith("evil")
    assert aws.sns.envelope("x", Signature="AAAA")["Signature"] == "AAAA"
    assert "UnsubscribeURL" not in aws.sns.envelope("x", UnsubscribeURL=None)
    verify(aws.sns.envelope("confirm", type="SubscriptionConfirmation", version="1"))


def test_each_state_of_a_job_is_an_event_without_a_subject(
    aws: AwsServer, endpoint: Endpoint, subscribe: Callable[[], str]
) -> None:
    """As EventBridge sends it through SNS; a switch turns it off."""
    subscribe()
    job = aws.bedrock.start_elsewhere("events")
    aws.bedrock.advance("events", "Failed", message="no such luck")
    aws.tick()
    aws.bedrock.events = False
    aws.bedrock.start_elsewhere("silent")
    aws.tick()
    assert all("Subject" not in endpoint.envelope(place) for place in range(len(endpoint.got)))
    events = [json.loads(endpoint.envelope(place)["Message"]) for place in range(len(endpoint.got))]
    assert [one["detail"]["status"] for one in events] == ["Submitted", "Failed"]
    assert events[1]["detail"]["failureMessage"] == "no such luck"
    assert events[1]["resources"] == [job.arn]
    assert datetime.fromisoformat(events[1]["time"]).tzinfo is not None


def test_the_world_goes_on_by_itself_in_the_background(endpoint: Endpoint) -> None:
    """Jobs walk, events arrive, nobody ticks."""
    with AwsServer(speed=3000) as aws:
        aws.sns.subscribe_http(aws.sns.default_topic, endpoint.url)
        pause = threading.Event()
        for _ in range(100):
            if endpoint.got:
                break
            pause.wait(0.02)
        aws.client("sns").confirm_subscription(
            TopicArn=aws.sns.default_topic, Token=endpoint.envelope(0)["Token"], AuthenticateOnUnsubscribe="true"
        )
        aws.bedrock.start_elsewhere("alone", records=100)
        for _ in range(200):
            statuses = [json.loads(json.loads(body)["Message"])["detail"]["status"] for _, body in endpoint.got[1:]]
            if "Completed" in statuses:
                break
            pause.wait(0.02)
    assert set(statuses) == {"Submitted", "Validating", "Scheduled", "InProgress", "Completed"}


def test_a_patient_policy_outlasts_an_outage(
    aws: AwsServer, sns: Any, endpoint: Endpoint, clock: Clock, subscribe: Callable[[], str]
) -> None:
    """Each phase with its own delays, and what is in force can be read back."""
    arn = subscribe()
    retries = {
        "minDelayTarget": 10,
        "maxDelayTarget": 60,
        "numRetries": 6,
        "numNoDelayRetries": 1,
        "numMinDelayRetries": 1,
        "numMaxDelayRetries": 2,
        "backoffFunction": "linear",
    }
    policy = json.dumps({"healthyRetryPolicy": retries})
    sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName="DeliveryPolicy", AttributeValue=policy)
    shown = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert json.loads(shown["EffectiveDeliveryPolicy"])["healthyRetryPolicy"] == retries
    endpoint.answers[:] = [503] * 6 + [200]
    aws.sns.publish(aws.sns.default_topic, "patience")
    began = clock.now
    while endpoint.answers:
        aws.tick()
        clock.on(seconds=10)
    assert [round((one.at - began).total_seconds()) for one in aws.sns.deliveries[-7:]] == [0, 0, 10, 20, 80, 140, 200]
    assert not aws.sns.dropped


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("DeliveryPolicy", "{", "failed to parse JSON"),
        ("DeliveryPolicy", '{"healthyRetryPolicy": {"numRetries": 101}}', "less than or equal to 100"),
        ("DeliveryPolicy", '{"healthyRetryPolicy": {"maxDelayTarget": 10}}', "minDelayTarget"),
        (
            "DeliveryPolicy",
            '{"healthyRetryPolicy": {"numRetries": 100, "minDelayTarget": 60, "maxDelayTarget": 60}}',
            "3600",
        ),
        ("DeliveryPolicy", '{"healthyRetryPolicy": {"retries": 3}}', "Unexpected JSON member: retries"),
        ("RedrivePolicy", '{"deadLetterTargetArn": "batchbot-alarms"}', "invalid arn"),
        ("RedrivePolicy", '{"deadLetterTargetArn": "arn:aws:sqs:eu-west-1:111122223333:q"}', "same account and region"),
        ("RawMessageDelivery", "yes", "Must be true or false"),
        ("Colour", "red", "AttributeName"),
    ],
)
def test_a_faulty_attribute_of_a_subscription_is_refused(
    sns: Any, subscribe: Callable[[], str], name: str, value: str, words: str
) -> None:
    """In SNS's words."""
    with pytest.raises(ClientError, match=f"InvalidParameter.*{words}"):
        sns.set_subscription_attributes(SubscriptionArn=subscribe(), AttributeName=name, AttributeValue=value)


def test_a_dead_letter_queue_needs_a_policy_that_lets_the_topic_in(
    aws: AwsServer, sns: Any, endpoint: Endpoint, subscribe: Callable[[], str]
) -> None:
    """Without it the message is lost in silence, as in life."""
    arn, sqs = subscribe(), aws.client("sqs")
    url = sqs.create_queue(QueueName="dead")["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": queue})
    sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName="RedrivePolicy", AttributeValue=redrive)
    endpoint.answers[:] = [403, 403]
    aws.sns.publish(aws.sns.default_topic, "lost")
    aws.tick()
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    policy = service_policy(queue, "sqs:SendMessage", {"sns.amazonaws.com": aws.sns.default_topic})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    aws.sns.publish(aws.sns.default_topic, "kept")
    aws.tick()
    assert json.loads(sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"])["Message"] == "kept"


def test_a_topic_lets_in_whom_its_policy_names(aws: AwsServer, sns: Any) -> None:
    """A policy without CloudWatch keeps its alarms out, and the history says so."""
    topic = sns.create_topic(Name="narrow")["TopicArn"]
    aws.send_kind("metric")
    alarm = "bedrock-batch-backlog-high"
    aws.cloudwatch.find(alarm).config |= {"AlarmActions": [topic], "OKActions": [topic]}

    def last() -> str:
        items = aws.client("cloudwatch").describe_alarm_history(AlarmName=alarm, HistoryItemType="Action")
        return str(items["AlarmHistoryItems"][0]["HistorySummary"])

    aws.recover_kind("metric")
    assert last() == f"Successfully executed action {topic}"
    policy = service_policy(topic, "sns:Publish", {"events.amazonaws.com": "arn:aws:events:*"})
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    aws.cloudwatch.ring(alarm, 99_999)
    assert last() == f"Failed to execute action {topic}"
    for wrong in ("{", "[]", '{"Statement": []}'):
        with pytest.raises(ClientError, match=r"InvalidParameter.*Policy"):
            sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=wrong)


def test_setting_up_again_gives_the_same_unless_it_differs(sns: Any, endpoint: Endpoint) -> None:
    """A topic by its name, a subscription by its endpoint."""
    first = sns.create_topic(Name="again", Attributes={"SignatureVersion": "2"})["TopicArn"]
    assert sns.create_topic(Name="again")["TopicArn"] == first
    with pytest.raises(ClientError, match="Topic already exists with different attributes"):
        sns.create_topic(Name="again", Attributes={"SignatureVersion": "1"})
    how = {"TopicArn": first, "Protocol": "http", "Endpoint": endpoint.url, "ReturnSubscriptionArn": True}
    made = sns.subscribe(**how)["SubscriptionArn"]
    assert sns.subscribe(**how)["SubscriptionArn"] == made
    with pytest.raises(ClientError, match="Subscription already exists with different attributes"):
        sns.subscribe(**how, Attributes={"RawMessageDelivery": "true"})
