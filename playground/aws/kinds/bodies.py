"""The messages that no CloudWatch alarm sends: budgets, cost anomalies, custom notifications, health, plain text; pure."""

import json
from datetime import datetime, timedelta
from uuid import uuid4


def budget(now: datetime, account: str) -> str:
    """Write what AWS Budgets mails."""
    return (
        f"AWS Budget Notification {now:%B %d, %Y}\nAWS Account {account}\n\nDear AWS Customer,\n\n"
        "You requested that we alert you when the FORECASTED Cost associated with your bedrock-batch budget is greater "
        "than $400.00 for the current month. The FORECASTED Cost associated with this budget is $462.80. You can find "
        "additional details below and by accessing the AWS Budgets dashboard [1].\n\nBudget Name: bedrock-batch\n"
        "Budget Type: Cost\nBudgeted Amount: $500.00\nAlert Type: FORECASTED\nAlert Threshold: > $400.00\n"
        "FORECASTED Amount: $462.80\n\n[1] https://console.aws.amazon.com/billing/home#/budgets\n"
    )


def cost_anomaly(now: datetime, account: str) -> str:
    """Write what Cost Anomaly Detection sends."""
    monitor, anomaly = str(uuid4()), str(uuid4())
    place = f"monitors/{monitor}/anomalies/{anomaly}"
    found = {
        "accountId": account,
        "anomalyDetailsLink": f"https://console.aws.amazon.com/cost-management/home#/anomaly-detection/{place}",
        "anomalyEndDate": None,
        "anomalyId": anomaly,
        "anomalyScore": {"currentScore": 0.61, "maxScore": 0.61},
        "anomalyStartDate": f"{now - timedelta(days=1):%Y-%m-%d}T00:00:00Z",
        "dimensionalValue": "Amazon Bedrock",
        "impact": {
            "maxImpact": 88.2,
            "totalImpact": 164.5,
            "totalActualSpend": 414.5,
            "totalExpectedSpend": 250.0,
            "totalImpactPercentage": 65.8,
        },
        "monitorArn": f"arn:aws:ce::{account}:anomalymonitor/{monitor}",
        "monitorName": "batch-spend",
        "monitorType": "DIMENSIONAL",
        "rootCauses": [
            {
                "linkedAccount": account,
                "linkedAccountName": "ml-prod",
                "region": "us-east-1",
                "service": "Amazon Bedrock",
                "usageType": "USE1-MP:USE1_OutputTokenCount_Batch-Units",
            }
        ],
        "subscriptionId": str(uuid4()),
        "subscriptionName": "at-once",
    }
    return json.dumps(found)


def custom(*, over: bool) -> str:
    """Write a custom notification of Amazon Q Developer; the second one of the thread says that it is over."""
    found = {
        "version": "1.0",
        "source": "custom",
        "id": f"c-{uuid4().hex[:12]}",
        "content": {
            "textType": "client-markdown",
            "title": ":white_check_mark: Batch prep is back" if over else ":warning: Batch prep is down",
            "description": "The input builder wrote *41,200 records* again."
            if over
            else "The input builder wrote *0 records* for tonight's run; it usually writes about 40,000.",
            "nextSteps": ["Nothing to do"]
            if over
            else ["Read the <https://example.com/runbook|*runbook*>", "Run the prep task again"],
            "keywords": ["BedrockBatch", "nightly-summaries"],
        },
        "metadata": {
            "threadId": "nightly-summaries",
            "summary": "Batch prep is back" if over else "Batch prep is down",
            "eventType": "BatchPrep",
            "additionalContext": {"priority": "normal" if over else "critical"},
            "enableCustomActions": True,
        },
    }
    return json.dumps(found)


def health(now: datetime, account: str, *, over: bool) -> str:
    """Write an event of AWS Health."""
    began, code = now - timedelta(minutes=25), "AWS_BEDROCK_OPERATIONAL_ISSUE"
    arn = f"arn:aws:health:us-east-1::event/BEDROCK/{code}/{code}_{began:%Y%m%d}"
    text = (
        "Batch inference jobs in the US-EAST-1 Region start without delay again."
        if over
        else "We are looking into longer waits before batch inference jobs start in the US-EAST-1 Region."
    )
    detail = {
        "eventArn": arn,
        "service": "BEDROCK",
        "eventTypeCode": code,
        "eventTypeCategory": "issue",
        "eventScopeCode": "PUBLIC",
        "communicationId": uuid4().hex,
        "startTime": f"{began:%a, %d %b %Y %H:%M:%S} GMT",
        "lastUpdatedTime": f"{now:%a, %d %b %Y %H:%M:%S} GMT",
        "statusCode": "closed" if over else "open",
        "eventRegion": "us-east-1",
        "eventDescription": [{"language": "en_US", "latestDescription": text}],
        "affectedAccount": account,
    }
    if over:
        detail["endTime"] = detail["lastUpdatedTime"]
    return json.dumps({
        "version": "0",
        "id": str(uuid4()),
        "detail-type": "AWS Health Event",
        "source": "aws.health",
        "account": account,
        "time": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "region": "us-east-1",
        "resources": [],
        "detail": detail,
    })  # fmt: skip


def plain(now: datetime) -> str:
    """Write what a script may publish by hand."""
    return f"Nightly copy of the batch results ended at {now:%H:%M} UTC with 2 warnings.\nSee the log of copy-results."
