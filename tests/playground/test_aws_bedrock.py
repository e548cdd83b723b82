"""The batch control plane, seen by real boto3 clients: what it accepts, refuses, walks and writes."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from playground import samples
from playground.aws import AwsServer
from tests.playground.accounts import Clock

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
HAIKU = "anthropic.claude-3-haiku-20240307-v1:0"
SONNET = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"


@pytest.fixture(name="bedrock")
def _bedrock(aws: AwsServer) -> Any:
    return aws.client("bedrock")


def request(**changes: Any) -> dict[str, Any]:
    """A request that is accepted, with changes."""
    usual = {
        "jobName": "nightly",
        "roleArn": "arn:aws:iam::111122223333:role/BedrockBatchRole",
        "modelId": HAIKU,
        "inputDataConfig": {"s3InputDataConfig": {"s3Uri": "s3://batchbot-in/docs.jsonl"}},
        "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": "s3://batchbot-out/results/"}},
    }
    return usual | changes


def pass_minutes(aws: AwsServer, clock: Clock, minutes: float) -> None:
    """Let time pass in steps of ten seconds."""
    for _ in range(int(minutes * 6)):
        clock.now += timedelta(seconds=10)
        aws.tick()


def refusal(call: Any, **params: Any) -> tuple[str, str]:
    """The code and message of the refusal."""
    with pytest.raises(ClientError) as caught:
        call(**params)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_job_walks_from_submitted_to_completed_and_writes_its_results(
    aws: AwsServer, clock: Clock, bedrock: Any
) -> None:
    """The whole life of one job."""
    aws.put("batchbot-in", "docs.jsonl", samples.with_bad(300, 9))
    arn = bedrock.create_model_invocation_job(**request())["jobArn"]
    seen, counts = [], []
    for _ in range(60):
        job = bedrock.get_model_invocation_job(jobIdentifier=arn)
        seen += [job["status"]] if job["status"] not in seen else []
        counts.append(job["processedRecordCount"])
        pass_minutes(aws, clock, 1 / 6)
    assert seen == ["Submitted", "Validating", "Scheduled", "InProgress", "Completed"]
    assert len(set(counts)) > 3
    assert counts == sorted(counts)
    assert (job["totalRecordCount"], job["successRecordCount"], job["errorRecordCount"]) == (300, 291, 9)
    assert job["modelId"] == f"arn:aws:bedrock:us-east-1::foundation-model/{HAIKU}"

    base = f"results/{arn.rpartition('/')[2]}"
    lines = [json.loads(line) for line in aws.get("batchbot-out", f"{base}/docs.jsonl.out").splitlines()]
    manifest = json.loads(aws.get("batchbot-out", f"{base}/manifest.json.out"))
    ids = [line["recordId"] for line in lines]
    assert ids != sorted(ids)
    assert len(set(ids)) == 300
    usage = [line["modelOutput"]["usage"] for line in lines if "modelOutput" in line]
    assert manifest["inputTokenCount"] == sum(one["input_tokens"] for one in usage)
    messages = {line["error"]["errorMessage"] for line in lines if "error" in line}
    assert {"max_tokens: Field required", "modelId: Extra inputs are not permitted"} <= messages


def test_converse_records_are_answered_with_the_first_sentence(aws: AwsServer, clock: Clock, bedrock: Any) -> None:
    """A folder of Converse records through a profile."""
    aws.put("batchbot-in", "folder/a.jsonl", samples.good(120, api="Converse"))
    aws.put("batchbot-in", "folder/b.jsonl", samples.good(30, api="Converse"))
    folder = {"s3InputDataConfig": {"s3Uri": "s3://batchbot-in/folder/"}}
    arn = bedrock.create_model_invocation_job(
        **request(modelId=SONNET, inputDataConfig=folder, modelInvocationType="Converse")
    )["jobArn"]
    pass_minutes(aws, clock, 8)
    job = bedrock.get_model_invocation_job(jobIdentifier=arn.rpartition("/")[2])
    assert (job["status"], job["totalRecordCount"]) == ("Completed", 150)
    assert job["modelId"].endswith(f":inference-profile/{SONNET}")
    first = aws.get("batchbot-out", f"results/{job['jobArn'][-12:]}/a.jsonl.out").splitlines()[0]
    record = json.loads(first)
    answer = record["modelOutput"]["output"]["message"]["content"][0]["text"]
    prompt = record["modelInput"]["messages"][0]["content"][0]["text"].partition("\n\n")[2]
    assert " ".join(prompt.split()).startswith(answer[:200])


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (samples.tiny(), "Batch job contains less records (12) than the required minimum of: 100"),
        (samples.broken(), "Invalid JSON in file s3://batchbot-in/docs.jsonl at line 21"),
        (None, "No .jsonl input files were found at s3://batchbot-in/docs.jsonl"),
    ],
    ids=["too few", "broken", "missing"],
)
def test_a_fault_in_the_input_fails_the_job_in_validation(
    aws: AwsServer, clock: Clock, bedrock: Any, body: bytes | None, expected: str
) -> None:
    """The message says which."""
    if body is not None:
        aws.put("batchbot-in", "docs.jsonl", body)
    arn = bedrock.create_model_invocation_job(**request())["jobArn"]
    pass_minutes(aws, clock, 3)
    job = bedrock.get_model_invocation_job(jobIdentifier=arn)
    assert (job["status"], job["message"]) == ("Failed", expected)
    assert job["totalRecordCount"] == 0


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"jobName": "no_underscores"}, "at 'jobName' failed to satisfy constraint"),
        ({"jobName": "a" * 64}, "Member must have length less than or equal to 63"),
        ({"roleArn": "BedrockBatchRole"}, "at 'roleArn'"),
        ({"timeoutDurationInHours": 169}, "less than or equal to 168"),
        ({"clientRequestToken": "slack.token"}, "at 'clientRequestToken'"),
        ({"modelId": "nobody.model-1"}, "The provided model identifier is invalid."),
        ({"modelId": SONNET.removeprefix("us.")}, "on-demand throughput isn't supported"),
        ({"modelInvocationType": "Chat"}, "enum value set: [InvokeModel, Converse]"),
        ({"inputDataConfig": {"s3InputDataConfig": {"s3Uri": "s3://batchbot-in/dt=1/"}}}, "s3InputDataConfig.s3Uri"),
        ({"tags": [{"key": "team", "value": "a,b"}]}, "tags.value"),
    ],
)
def test_a_faulty_request_is_refused_with_the_field(bedrock: Any, change: dict[str, Any], expected: str) -> None:
    """The wording is that of the services."""
    code, message = refusal(bedrock.create_model_invocation_job, **request(**change))
    assert code == "ValidationException"
    assert expected in message


def test_the_same_token_never_starts_a_second_job(aws: AwsServer, bedrock: Any) -> None:
    """Also when the answer to the first call is lost and boto3 itself repeats it."""
    aws.faults.drop_response("bedrock.CreateModelInvocationJob")
    first = bedrock.create_model_invocation_job(**request(clientRequestToken="token-1"))
    again = bedrock.create_model_invocation_job(**request(clientRequestToken="token-1"))
    assert first["jobArn"] == again["jobArn"]
    assert len(aws.bedrock.jobs) == 1
    assert [call.status for call in aws.calls if call.operation == "CreateModelInvocationJob"] == [0, 200, 200]


def test_the_quota_of_a_model_counts_its_profiles_too(aws: AwsServer, bedrock: Any) -> None:
    """One model, one queue."""
    aws.bedrock.max_jobs_per_model = 2
    bedrock.create_model_invocation_job(**request(modelId=SONNET))
    bedrock.create_model_invocation_job(**request(modelId=SONNET.replace("us.", "global.", 1)))
    code, message = refusal(bedrock.create_model_invocation_job, **request(modelId=SONNET))
    assert code == "ServiceQuotaExceededException"
    assert "Claude Sonnet 4.5" in message


def test_stop_leaves_partial_results_and_an_ended_job_cannot_be_stopped(
    aws: AwsServer, clock: Clock, bedrock: Any
) -> None:
    """Stopping, then Stopped, then a conflict."""
    aws.put("batchbot-in", "docs.jsonl", samples.good(2000))
    arn = bedrock.create_model_invocation_job(**request())["jobArn"]
    pass_minutes(aws, clock, 5)
    bedrock.stop_model_invocation_job(jobIdentifier=arn)
    assert bedrock.get_model_invocation_job(jobIdentifier=arn)["status"] == "Stopping"
    pass_minutes(aws, clock, 1)
    job = bedrock.get_model_invocation_job(jobIdentifier=arn)
    assert job["status"] == "Stopped"
    manifest = json.loads(aws.get("batchbot-out", f"results/{arn[-12:]}/manifest.json.out"))
    assert 0 < manifest["processedRecordCount"] == job["processedRecordCount"] < 2000
    assert refusal(bedrock.stop_model_invocation_job, jobIdentifier=arn)[0] == "ConflictException"
    assert refusal(bedrock.get_model_invocation_job, jobIdentifier="zzzzzzzzzzzz")[0] == "ResourceNotFoundException"
    assert refusal(bedrock.get_model_invocation_job, jobIdentifier="Nightly Job")[0] == "ValidationException"


def test_a_stalled_model_ends_partially_and_one_without_capacity_expires(
    aws: AwsServer, clock: Clock, bedrock: Any
) -> None:
    """Both ends by time."""
    aws.put("batchbot-in", "docs.jsonl", samples.good(200))
    stalled = bedrock.create_model_invocation_job(**request())["jobArn"]
    pass_minutes(aws, clock, 3)
    aws.bedrock.models[HAIKU].stalled = True
    aws.bedrock.world.no_capacity = True
    waiting = bedrock.create_model_invocation_job(**request())["jobArn"]
    pass_minutes(aws, clock, 3)
    clock.now += timedelta(hours=25)
    aws.tick()
    states = [bedrock.get_model_invocation_job(jobIdentifier=arn)["status"] for arn in (stalled, waiting)]
    assert states == ["PartiallyCompleted", "Expired"]


def test_list_filters_sorts_and_pages(aws: AwsServer, clock: Clock, bedrock: Any) -> None:
    """Newest first, one status at a time, pages by token."""
    start = clock.now
    for number in range(5):
        clock.now += timedelta(minutes=1)
        bedrock.create_model_invocation_job(**request(jobName=f"job-{number}", modelId=HAIKU))
    aws.bedrock.advance("job-2", "InProgress", processed=40, errors=2, total=120)
    pages = bedrock.get_paginator("list_model_invocation_jobs").paginate(maxResults=2)
    names = [job["jobName"] for page in pages for job in page["invocationJobSummaries"]]
    assert names == ["job-4", "job-3", "job-2", "job-1", "job-0"]

    def listed(**filters: Any) -> list[str]:
        found = bedrock.list_model_invocation_jobs(**filters)["invocationJobSummaries"]
        return [job["jobName"] for job in found]

    assert listed(statusEquals="InProgress") == ["job-2"]
    assert listed(nameContains="b-3") == ["job-3"]
    assert listed(submitTimeAfter=start + timedelta(minutes=3, seconds=30), sortOrder="Ascending") == ["job-3", "job-4"]
    assert refusal(bedrock.list_model_invocation_jobs, maxResults=1001)[0] == "ValidationException"


def test_a_scripted_job_moves_only_by_hand(aws: AwsServer, clock: Clock, bedrock: Any) -> None:
    """Exact counts for tests, real outputs where the records are there."""
    aws.put("batchbot-in", "docs.jsonl", samples.good(100))
    arn = bedrock.create_model_invocation_job(**request())["jobArn"]
    aws.bedrock.advance("nightly", "InProgress", processed=40, errors=2)
    pass_minutes(aws, clock, 10)
    job = bedrock.get_model_invocation_job(jobIdentifier=arn)
    assert (job["status"], job["processedRecordCount"], job["errorRecordCount"]) == ("InProgress", 40, 2)
    aws.bedrock.advance(arn, "Completed", errors=3)
    lines = aws.get("batchbot-out", f"results/{arn[-12:]}/docs.jsonl.out").splitlines()
    assert sum("error" in json.loads(line) for line in lines) == 3


def test_a_job_started_elsewhere_brings_its_own_input(aws: AwsServer, clock: Clock, bedrock: Any) -> None:
    """A colleague at the console."""
    job = aws.bedrock.start_elsewhere("colleague", HAIKU, records=110)
    pass_minutes(aws, clock, 6)
    shown = bedrock.get_model_invocation_job(jobIdentifier=job.arn)
    assert (shown["status"], shown["successRecordCount"]) == ("Completed", 110)


def test_a_fresh_job_counts_against_the_speed_of_the_world(clock: Clock) -> None:
    """Sixty times as fast."""
    with AwsServer(clock=clock, background=False, speed=60) as aws:
        job = aws.bedrock.start_elsewhere("quick", HAIKU, records=240)
        for _ in range(12):
            clock.now += timedelta(seconds=0.5)
            aws.tick()
        assert job.status == "Completed"


def test_profiles_models_and_tags_are_listed(bedrock: Any) -> None:
    """The catalogue."""
    profiles = bedrock.list_inference_profiles()["inferenceProfileSummaries"]
    assert SONNET in {one["inferenceProfileId"] for one in profiles}
    assert HAIKU in {one["modelId"] for one in bedrock.list_foundation_models()["modelSummaries"]}
    arn = bedrock.create_model_invocation_job(**request(tags=[{"key": "team", "value": "search"}]))["jobArn"]
    assert bedrock.list_tags_for_resource(resourceARN=arn)["tags"] == [{"key": "team", "value": "search"}]
