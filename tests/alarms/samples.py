"""The sample payloads of this folder, by name."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from bot.alarms.alarm import Alarm, Arrived
from bot.alarms.kinds import understand

FOLDER = Path(__file__).parent / "samples"
AT = datetime(2026, 11, 22, 5, 12, 30, tzinfo=UTC)
NAMES = sorted(path.name for path in FOLDER.iterdir())

EXPECTED = {
    "anomaly.json": "anomaly",
    "anomaly_both_sides.json": "anomaly",
    "composite.json": "composite",
    "composite_ok.json": "composite",
    "insights_contributor.json": "insights",
    "insights_contributor_ok.json": "insights",
    "log_alarm.json": "log",
    "metric_alarm.json": "metric",
    "metric_alarm_old_shape.json": "metric",
    "metric_alarm_with_tags.json": "metric",
    "metric_insufficient_data.json": "metric",
    "metric_math.json": "math",
    "metric_missing_data.json": "metric",
    "metric_ok.json": "metric",
    "promql_contributor.json": "promql",
    "composite_suppressed_event.json": "event",
    "eventbridge_alarm_contributor.json": "event",
    "eventbridge_alarm_state_change.json": "event",
    "alarm_configuration_change.json": "configuration",
    "batch_job_state_change.completed.json": "job",
    "batch_job_state_change.completed_docs_time_format.json": "job",
    "batch_job_state_change.expired.json": "job",
    "batch_job_state_change.failed.json": "job",
    "batch_job_state_change.inprogress.json": "job",
    "batch_job_state_change.partiallycompleted.json": "job",
    "budgets_text.txt": "budget",
    "cost_anomaly.json": "cost-anomaly",
    "custom_notification_full.json": "custom",
    "custom_notification_markdown.json": "custom",
    "custom_notification_min.json": "custom",
    "auto_scaling_event.json": "eventbridge",
    "aws_health_event.json": "eventbridge",
    "guardduty_finding.json": "eventbridge",
    "rule_pattern.json": "eventbridge",
    "auto_scaling_sns.json": "json",
    "sns_topic_policy_statement.json": "json",
    "plain_text.txt": "text",
}
"""The row of ``bot.alarms.kinds`` that reads each sample."""


def sample(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def understood(name: str) -> Arrived:
    return understand(sample(name), None, AT)


def alarm(name: str) -> Alarm:
    found = understood(name)
    assert isinstance(found, Alarm)
    return found
