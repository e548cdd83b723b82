"""The account in a box: starts the servers, wires the services together, and lets time pass."""

import json
import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from types import TracebackType
from typing import Any, Self

from playground.aws.bedrock import door as bedrock_door
from playground.aws.bedrock.control import Bedrock
from playground.aws.bedrock.events import event_of
from playground.aws.bedrock.gauges import Gauges
from playground.aws.bedrock.job import Job
from playground.aws.cloudwatch import door as cloudwatch_door
from playground.aws.cloudwatch.backfill import Past
from playground.aws.cloudwatch.service import NAMESPACE, CloudWatch
from playground.aws.cloudwatch.store import Metric
from playground.aws.errors import AwsError
from playground.aws.events import door as events_door
from playground.aws.events.bus import EventBus, Rule
from playground.aws.faults import Call, Faults, Ledger
from playground.aws.kinds import KINDS
from playground.aws.policy import merged, service_policy, topic_policy
from playground.aws.sns import door as sns_door
from playground.aws.sns.service import Sns
from playground.aws.states import door as states_door
from playground.aws.states.machines import States
from playground.aws.storage import Storage
from playground.aws.wire import Request, Response, WireServer

_KEY, _SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
# Sessions are not thread-safe; one for all accounts reads the service models only once.
_making = threading.Lock()


@lru_cache(maxsize=1)
def _session() -> Any:
    import boto3

    return boto3.Session(aws_access_key_id=_KEY, aws_secret_access_key=_SECRET)


def _now() -> datetime:
    return datetime.now(UTC)


class AwsServer:
    """An AWS account on loopback; use it as a context manager."""

    in_bucket = "batchbot-in"
    out_bucket = "batchbot-out"
    queue = "batchbot-alarms"
    jobs_rule = "batchbot-jobs"

    def __init__(
        self,
        *,
        speed: float = 1.0,
        clock: Callable[[], datetime] = _now,
        account: str = "111122223333",
        region: str = "us-east-1",
        background: bool = True,
    ) -> None:
        self.account: str = account
        self.region: str = region
        self.speed: float = speed
        self.clock: Callable[[], datetime] = clock
        self._background = background
        self._ledger = Ledger(clock)
        self._wire = WireServer(self._handle)
        self.storage = Storage(self._ledger, account, region, self._handle)
        self.bedrock = Bedrock(self.storage, clock, speed, account, region)
        self.sns = Sns(clock, speed, account, region, self.storage.send)
        self.sns.origin = self._wire.url
        self.events = EventBus(account, region, self._deliver)
        self.states = States(clock, account, region)
        self.cloudwatch = CloudWatch(clock, account, region, self._publish_alarm, self.events.put)
        self.cloudwatch.pasts = self._pasts
        self._gauges = Gauges(speed, self._measure)
        self._doors = [
            cloudwatch_door.door(self.cloudwatch),
            events_door.door(self.events, clock),
            states_door.door(self.states),
        ]
        self._job_events()
        self.bedrock.on_change.append(self._tell)
        self._clients: dict[str, Any] = {}
        self._done = threading.Event()
        self._threads: list[threading.Thread] = []

    @property
    def faults(self) -> Faults:
        """Order what goes wrong."""
        return self._ledger.faults

    @property
    def calls(self) -> list[Call]:
        """Every call that arrived so far."""
        return self._ledger.calls

    def start(self) -> Self:
        """Open the ports, make the buckets, and let time pass."""
        self.storage.start()
        self._wire.start()
        for bucket in (self.in_bucket, self.out_bucket):
            self.storage.make_bucket(bucket)
        self.storage.make_queue(self.queue)
        if self._background:
            self.sns.post.start()
            self._spawn(self._live, "aws-world")
        return self

    def stop(self) -> None:
        """Stop time and close the ports."""
        self._done.set()
        self.faults.clear()
        self.sns.post.stop()
        for thread in self._threads:
            thread.join()
        self._wire.stop()
        self.storage.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def env(self) -> dict[str, str]:
        """Tell the environment with which a process sees this account and no other."""
        url = self._wire.url
        return {
            "AWS_ACCESS_KEY_ID": _KEY,
            "AWS_SECRET_ACCESS_KEY": _SECRET,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "NO_PROXY": "127.0.0.1,localhost",
            "AWS_ENDPOINT_URL": self.storage.url,
            "AWS_ENDPOINT_URL_BEDROCK": url,
            "AWS_ENDPOINT_URL_CLOUDWATCH": url,
            "AWS_ENDPOINT_URL_SNS": url,
            "BATCHBOT_SNS_CERT_ORIGIN": url,
            "BATCHBOT_ROLE_ARN": f"arn:aws:iam::{self.account}:role/BedrockBatchRole",
            "BATCHBOT_OUTPUT_URI": f"s3://{self.out_bucket}/results/",
            "BATCHBOT_BUCKETS": f"{self.in_bucket},{self.out_bucket}",
            "BATCHBOT_TOPIC_ARNS": f"arn:aws:sns:{self.region}:{self.account}:bedrock-batch-alarms",
        }

    def client(self, service: str) -> Any:
        """Give a real boto3 client that speaks to this account."""
        env = self.env()
        url = env.get(f"AWS_ENDPOINT_URL_{service.upper()}", env["AWS_ENDPOINT_URL"])
        with _making:
            if service not in self._clients:
                self._clients[service] = _session().client(service, region_name=self.region, endpoint_url=url)
        return self._clients[service]

    def put(self, bucket: str, key: str, body: bytes) -> str:
        """Store an object and tell its URI."""
        self.storage.put(bucket, key, body)
        return f"s3://{bucket}/{key}"

    def get(self, bucket: str, key: str) -> bytes:
        """Read an object."""
        body = self.storage.get(bucket, key)
        if body is None:
            raise KeyError(f"s3://{bucket}/{key}")
        return body

    def send_kind(self, name: str) -> None:
        """Ring one of the kinds of messages (see `KINDS`), signed and by the topic of alarms."""
        KINDS[name].ring(self)

    def recover_kind(self, name: str) -> None:
        """End what `send_kind` began; a kind without an end stays as it is."""
        recover = KINDS[name].recover
        if recover:
            recover(self)

    def tick(self, now: datetime | None = None) -> None:
        """Let the world go on by one step."""
        at = now or self.clock()
        self.bedrock.tick(at)
        with self.bedrock.lock:
            self._gauges.read(self.bedrock.jobs.values(), self.bedrock.models.values(), at)
        self.cloudwatch.tick(at, always=not self._background)
        if not self._background:
            self.sns.post.deliver_due(at)

    def _live(self) -> None:
        while not self._done.wait(0.1):
            self.tick()

    def _spawn(self, target: Callable[[], None], name: str) -> None:
        thread = threading.Thread(target=target, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _job_events(self) -> None:
        """Hand the events of jobs to the topic of alarms from the start, as an account does that was set up."""
        topic = self.sns.default_topic
        rule = self.events.arn("default", self.jobs_rule)
        let_in = service_policy(topic, "sns:Publish", {"events.amazonaws.com": rule})
        self.sns.topic(topic).attributes["Policy"] = merged(topic_policy(topic), let_in)
        pattern = {"source": ["aws.bedrock"], "detail-type": ["Batch Inference Job State Change"]}
        made = Rule(rule, self.jobs_rule, "default", {"EventPattern": json.dumps(pattern)}, pattern)
        made.targets["alarms"] = {"Id": "alarms", "Arn": topic}
        self.events.rules["default", self.jobs_rule] = made

    def _publish_alarm(self, topic: str, message: str, subject: str, alarm: str) -> None:
        self.sns.publish_for("cloudwatch.amazonaws.com", alarm, topic, message, subject)

    def _deliver(self, target: str, text: str, rule: str) -> None:
        service, name = target.split(":")[2], target.rpartition(":")[2]
        if service == "sns":
            self.sns.publish_for("events.amazonaws.com", rule, target, text)
        elif service == "sqs":
            self.storage.send(name, text)
        elif service == "states":
            self.states.start({"stateMachineArn": target, "input": text})

    def _tell(self, job: Job, at: datetime) -> None:
        if self.bedrock.events:
            self.events.put(event_of(job, at, self.account, self.region))

    def _pasts(self) -> list[Past]:
        models = self.bedrock.models.values()
        return [Past(one.id, one.records_per_minute, claude=one.family == "claude") for one in models]

    def _measure(self, model: str, metric: str, at: datetime, value: float) -> None:
        self.cloudwatch.store.add(Metric(NAMESPACE, metric, (("ModelId", model),)), at.timestamp(), value)

    def _handle(self, request: Request) -> Response:
        answer = bedrock_door.serve(self.bedrock, self._ledger, request)
        for door in self._doors:
            answer = answer or door.serve(self._ledger, request)
        answer = answer or sns_door.serve(self.sns, self._ledger, request)
        if answer is None:
            error = AwsError("UnknownOperationException", f"{request.method} {request.path} is not known here", 404)
            return Response(404, f'{{"message": "{error.message}"}}'.encode())
        self._ledger.answered(answer.body)
        return answer
