"""The alarms behind the kinds, as their Put operations take them; pure."""

from typing import Any

Config = dict[str, Any]
SPACE = "AWS/Bedrock/Batch"
PENDING = "NumberOfRecordsPendingProcessing"
INPUT, OUTPUT = "NumberOfInputTokensProcessedPerMinute", "NumberOfOutputTokensProcessedPerMinute"
HAIKU, SONNET = "anthropic.claude-haiku-4-5-20251001-v1:0", "anthropic.claude-sonnet-4-5-20250929-v1:0"
NOVA, OSS = "amazon.nova-lite-v1:0", "openai.gpt-oss-120b-1:0"


def told(config: Config, topic: str) -> Config:
    """Add the actions that tell a topic of trouble and of its end."""
    return config | {"AlarmActions": [topic], "OKActions": [topic]}


def metric(name: str, description: str, metric_name: str, model: str, threshold: float) -> Config:
    """Describe an alarm on one metric of one model."""
    return {
        "AlarmName": name,
        "AlarmDescription": description,
        "Namespace": SPACE,
        "MetricName": metric_name,
        "Dimensions": [{"Name": "ModelId", "Value": model}],
        "Statistic": "Average",
        "Period": 300,
        "EvaluationPeriods": 3,
        "DatapointsToAlarm": 2,
        "Threshold": threshold,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
    }


def math(name: str) -> Config:
    """Describe an alarm on work that waits while nothing is read."""
    return {
        "AlarmName": name,
        "AlarmDescription": "Records wait, but no input token was read for half an hour.",
        "EvaluationPeriods": 6,
        "DatapointsToAlarm": 6,
        "Threshold": 0.0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        "Metrics": [
            {"Id": "e1", "Expression": "IF(FILL(m1,0) > 0 AND FILL(m2,0) == 0, 1, 0)", "Label": "stalled"},
            _query("m1", PENDING, SONNET) | {"ReturnData": False},
            _query("m2", INPUT, SONNET) | {"ReturnData": False},
        ],
    }


def anomaly(name: str) -> Config:
    """Describe an alarm on a throughput that leaves its usual band."""
    band = {"Id": "ad1", "Expression": "ANOMALY_DETECTION_BAND(m1, 2)", "Label": f"{INPUT} (expected)"}
    return {
        "AlarmName": name,
        "AlarmDescription": "Throughput is outside what is usual at this hour.",
        "EvaluationPeriods": 3,
        "DatapointsToAlarm": 2,
        "ThresholdMetricId": "ad1",
        "ComparisonOperator": "LessThanLowerOrGreaterThanUpperThreshold",
        "TreatMissingData": "missing",
        "Metrics": [_query("m1", INPUT, NOVA) | {"ReturnData": True}, band | {"ReturnData": True}],
    }


def insights(name: str) -> Config:
    """Describe one alarm for the backlog of all models."""
    text = f'SELECT MAX({PENDING}) FROM SCHEMA("{SPACE}", ModelId) GROUP BY ModelId ORDER BY MAX() DESC'
    return {
        "AlarmName": name,
        "AlarmDescription": "A model has more records waiting than a night can work off.",
        "EvaluationPeriods": 3,
        "DatapointsToAlarm": 3,
        "Threshold": 50_000.0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        "Metrics": [{"Id": "q1", "Expression": text, "Period": 300, "ReturnData": True}],
    }


def promql(name: str) -> Config:
    """Describe an alarm in PromQL."""
    query = "sum by (team) (rate(batch_prep_failures_total[10m])) > 0.2"
    return {
        "AlarmName": name,
        "EvaluationCriteria": {"PromQLCriteria": {"Query": query, "PendingPeriod": 300, "RecoveryPeriod": 300}},
        "EvaluationInterval": 60,
    }


def composite(name: str, children: tuple[str, ...]) -> Config:
    """Describe an alarm over others, which tell nobody themselves."""
    return {
        "AlarmName": name,
        "AlarmDescription": "Anything about the nightly batches that needs a person.",
        "AlarmRule": " OR ".join(f'ALARM("{child}")' for child in children),
    }


def log(name: str, account: str, region: str) -> Config:
    """Describe an alarm on a scheduled query over a log group."""
    group = f"arn:aws:logs:{region}:{account}:log-group:/aws/lambda/batch-prep"
    return {
        "AlarmName": name,
        "AlarmDescription": "The function that prepares the input writes errors.",
        "ScheduledQueryConfiguration": {
            "QueryString": "fields @timestamp, @message | filter @message like /ERROR/",
            "LogGroupIdentifiers": [group],
            "ScheduledQueryRoleARN": f"arn:aws:iam::{account}:role/scheduled-queries",
            "ScheduleConfiguration": {"ScheduleExpression": "rate(5 minutes)", "StartTimeOffset": 300},
            "AggregationExpression": "count(*)",
        },
        "QueryResultsToEvaluate": 5,
        "QueryResultsToAlarm": 3,
        "Threshold": 100.0,
        "ComparisonOperator": "GreaterThanThreshold",
        "Tags": [{"Key": "team", "Value": "data-platform"}],
        "ActionConfiguration": {"AlarmTagsPropagation": {"Enabled": True}},
    }


def _query(name: str, metric_name: str, model: str) -> Config:
    dimensions = [{"Name": "ModelId", "Value": model}]
    inner = {"Namespace": SPACE, "MetricName": metric_name, "Dimensions": dimensions}
    return {"Id": name, "MetricStat": {"Metric": inner, "Period": 300, "Stat": "Average"}}
