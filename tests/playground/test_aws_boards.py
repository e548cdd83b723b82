"""Dashboards, seen by a real boto3 client: what is stored, read, refused."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from playground.aws import AwsServer
from tests.playground.accounts import Clock


@pytest.fixture(name="cloudwatch")
def _cloudwatch(aws: AwsServer) -> Any:
    return aws.client("cloudwatch")


def body(*widgets: dict[str, Any]) -> str:
    """A board of these widgets."""
    return json.dumps({"widgets": list(widgets)})


def graph(**properties: Any) -> dict[str, Any]:
    """A widget with one metric."""
    usual = {
        "region": "us-east-1",
        "metrics": [["AWS/Bedrock/Batch", "NumberOfRecordsPendingProcessing", "ModelId", "m"]],
    }
    return {"type": "metric", "x": 0, "y": 0, "width": 12, "height": 6, "properties": usual | properties}


def test_a_board_is_stored_read_listed_and_deleted(aws: AwsServer, cloudwatch: Any, clock: Clock) -> None:
    """The body comes back as it was given."""
    text = body(graph(), {"type": "text", "properties": {"markdown": "# Batch"}})
    assert cloudwatch.put_dashboard(DashboardName="batch", DashboardBody=text)["DashboardValidationMessages"] == []
    found = cloudwatch.get_dashboard(DashboardName="batch")
    assert (found["DashboardBody"], found["DashboardArn"]) == (text, "arn:aws:cloudwatch::111122223333:dashboard/batch")
    entry = cloudwatch.list_dashboards(DashboardNamePrefix="ba")["DashboardEntries"][0]
    assert (entry["DashboardName"], entry["Size"], entry["LastModified"]) == ("batch", len(text), clock.now)
    assert cloudwatch.list_dashboards(DashboardNamePrefix="x")["DashboardEntries"] == []
    with pytest.raises(ClientError, match="ResourceNotFound"):
        cloudwatch.delete_dashboards(DashboardNames=["batch", "other"])
    cloudwatch.delete_dashboards(DashboardNames=["batch"])
    with pytest.raises(ClientError, match=r"ResourceNotFound.*Dashboard batch does not exist"):
        cloudwatch.get_dashboard(DashboardName="batch")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "must be a valid JSON object"),
        ("[]", "Should be object"),
        ("{}", "required property 'widgets'"),
        (body({"type": "clock", "properties": {}}), "/widgets/0/type"),
        (body(graph(region="")), "required property 'region'"),
        (body(graph(metrics=[["AWS/Bedrock/Batch"]])), "less than 2 items"),
        (body(graph(metrics=[["AWS/Bedrock/Batch", "m", "ModelId"]])), "each dimension"),
        (body(graph(view="cloud")), "/widgets/0/properties/view"),
        (body(graph() | {"width": 25}), "/widgets/0/width"),
        (body({"type": "text", "properties": {}}), "required property 'markdown'"),
        (body({"type": "alarm", "properties": {"alarms": ["backlog"]}}), "ARN of an alarm"),
        (body(*[graph()] * 501), "more than 500 items"),
    ],
)
def test_a_body_that_cannot_be_drawn_is_refused(aws: AwsServer, cloudwatch: Any, text: str, words: str) -> None:
    """With the place in the body."""
    with pytest.raises(ClientError, match=rf"InvalidParameterInput.*{words}"):
        cloudwatch.put_dashboard(DashboardName="batch", DashboardBody=text)
    assert not aws.cloudwatch.dashboards


def test_a_doubt_is_told_and_the_board_is_stored(aws: AwsServer, cloudwatch: Any) -> None:
    """An unknown property does no harm."""
    text = json.dumps({"widgets": [], "colour": "red"})
    found = cloudwatch.put_dashboard(DashboardName="batch", DashboardBody=text)["DashboardValidationMessages"]
    assert found == [{"DataPath": "/colour", "Message": "Unexpected property"}]
    assert "batch" in aws.cloudwatch.dashboards


def test_a_name_is_checked(cloudwatch: Any) -> None:
    """Letters, digits, dash and underscore."""
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        cloudwatch.put_dashboard(DashboardName="my board", DashboardBody=body())
