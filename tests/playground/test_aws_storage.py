"""S3, STS and SQS behind the fault layer, and the faults themselves, seen by real boto3 clients."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from playground import samples
from playground.aws import AwsServer, Call


@pytest.fixture(name="aws", scope="module")
def _aws() -> Iterator[AwsServer]:
    with AwsServer(background=False) as server:
        yield server


@pytest.fixture(autouse=True)
def _calm(aws: AwsServer) -> None:
    aws.faults.clear()
    aws.calls.clear()


def test_objects_go_through_boto3_and_through_the_helpers(aws: AwsServer) -> None:
    """The same bytes either way, and every call is in the log."""
    s3 = aws.client("s3")
    s3.put_object(Bucket="batchbot-in", Key="a/b.jsonl", Body=b"one")
    assert aws.get("batchbot-in", "a/b.jsonl") == b"one"
    assert aws.put("batchbot-in", "a/c.jsonl", b"two") == "s3://batchbot-in/a/c.jsonl"
    assert s3.get_object(Bucket="batchbot-in", Key="a/c.jsonl", Range="bytes=1-2")["Body"].read() == b"wo"
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket="batchbot-in", Prefix="a/")["Contents"]]
    assert keys == ["a/b.jsonl", "a/c.jsonl"]
    assert [call.name for call in aws.calls] == ["s3.PutObject", "s3.GetObject", "s3.ListObjectsV2"]
    assert aws.calls[1].params["Key"] == "a/c.jsonl"


def test_a_denied_operation_says_so_and_others_go_on(aws: AwsServer) -> None:
    """As a missing permission does."""
    s3 = aws.client("s3")
    aws.faults.deny("s3.PutObject", times=1)
    with pytest.raises(ClientError, match=r"AccessDenied.*not authorized to perform: s3:PutObject"):
        s3.put_object(Bucket="batchbot-in", Key="x", Body=b"y" * 500_000)
    s3.put_object(Bucket="batchbot-in", Key="x", Body=b"y")


def test_throttling_is_outlived_by_boto3s_own_retries(aws: AwsServer) -> None:
    """Two refusals, then the answer."""
    aws.faults.throttle("bedrock.ListModelInvocationJobs", times=1)
    aws.client("bedrock").list_model_invocation_jobs()
    assert [call.status for call in aws.calls] == [429, 200]


def test_a_hanging_call_goes_on_when_the_faults_are_cleared(aws: AwsServer) -> None:
    """Hang is not for ever."""
    aws.faults.hang("sts.*", 30)
    threading.Timer(0.2, aws.faults.clear).start()
    started = time.monotonic()
    assert aws.client("sts").get_caller_identity()["Account"] == "111122223333"
    assert 0.1 < time.monotonic() - started < 5


def test_hooks_see_the_call_before_and_after_its_effect(aws: AwsServer) -> None:
    """Before: nothing yet; after: it is there."""
    seen: list[tuple[str, bool]] = []

    def note(call: Call) -> None:
        seen.append((call.operation, "hooked" in aws.storage.keys("batchbot-in")))

    aws.faults.before("s3.PutObject", note)
    aws.faults.after("s3.PutObject", note)
    aws.client("s3").put_object(Bucket="batchbot-in", Key="hooked", Body=b"")
    assert seen == [("PutObject", False), ("PutObject", True)]


def test_a_failure_of_ones_own_making(aws: AwsServer) -> None:
    """Any code, any status."""
    aws.faults.fail("bedrock.*", "ExpiredTokenException", "The security token included in the request is expired", 403)
    with pytest.raises(ClientError, match="ExpiredTokenException"):
        aws.client("bedrock").list_foundation_models()


def test_another_process_sees_the_account_by_its_environment_alone(aws: AwsServer) -> None:
    """Nothing but URLs and keys."""
    code = (
        "import boto3; boto3.client('cloudwatch').list_metrics(); boto3.client('sns').list_topics();"
        "boto3.client('bedrock').list_foundation_models();"
        "print(sorted(b['Name'] for b in boto3.client('s3').list_buckets()['Buckets']),"
        "len(boto3.client('sqs').list_queues()['QueueUrls']))"
    )
    env = aws.env() | {"PATH": "/usr/bin:/bin"}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['batchbot-in', 'batchbot-out'] 1"


def test_the_samples_are_thousands_of_real_texts_and_always_the_same() -> None:
    """Bad ones are planted where they were asked for."""
    assert len(samples.texts()) > 2000
    assert samples.good(50) == samples.good(50)
    assert len(samples.with_bad(200, 7).splitlines()) == 200
    good, bad = samples.good(200).splitlines(), samples.with_bad(200, 7).splitlines()
    assert sum(a != b for a, b in zip(good, bad, strict=True)) == 7
    good, bad = (samples.good(200, api="Converse").splitlines(), samples.with_bad(200, 7, api="Converse").splitlines())
    assert sum(a != b for a, b in zip(good, bad, strict=True)) == 7


def test_a_service_that_is_not_played_is_refused_in_plain_words(aws: AwsServer) -> None:
    """Not a crash of the server."""
    with pytest.raises(ClientError, match="servicequotas is not played at this endpoint"):
        aws.client("service-quotas").list_service_quotas(ServiceCode="bedrock")
