"""What the bot may do in its account, one permission after another: tried where that does no harm, simulated elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.aws.modelids import normalise
from bot.aws.permissions import simulate
from bot.aws.translate import aws_errors
from bot.checks.finding import Finding, broken, good, unchecked, warning
from bot.checks.grants import BOT, FOLLOW, Grant, Where, grant_of, resources, statement
from bot.checks.runner import Check
from bot.errors import AwsDenied, AwsError, AwsUnavailable

AREA = "Permission"
NOBODY = "batchbot-doctor-looks"
"""The name of what is asked for and is not there: Amazon answers "not found" only to those who may ask."""

Client = Callable[[str], Any]
Call = Callable[[Any, Where], object]


@dataclass(frozen=True, slots=True)
class Try:
    """A call that changes nothing; ``absent`` where its "no such thing" is the good answer."""

    action: str
    call: Call
    absent: bool = False
    what: str = ""


TRIES = (
    Try("bedrock:ListModelInvocationJobs", lambda c, _: c.list_model_invocation_jobs(maxResults=1)),
    Try(
        "bedrock:GetModelInvocationJob",
        lambda c, w: c.get_model_invocation_job(jobIdentifier=w.arn("bedrock", "model-invocation-job/000000000000")),
        absent=True,
    ),
    Try("cloudwatch:ListMetrics", lambda c, _: c.list_metrics(Namespace="AWS/Bedrock/Batch")),
    Try("cloudwatch:DescribeAlarms", lambda c, _: c.describe_alarms(MaxRecords=1)),
    Try(
        "cloudwatch:DescribeAlarmContributors",
        lambda c, _: c.describe_alarm_contributors(AlarmName=NOBODY),
        absent=True,
    ),
    Try("cloudwatch:ListAlarmMuteRules", lambda c, _: c.list_alarm_mute_rules(MaxRecords=1)),
    Try("cloudwatch:GetAlarmMuteRule", lambda c, _: c.get_alarm_mute_rule(AlarmMuteRuleName=NOBODY), absent=True),
    Try("cloudwatch:GetDashboard", lambda c, _: c.get_dashboard(DashboardName=NOBODY), absent=True),
)


def tries(where: Where, now: datetime) -> list[Try]:
    """All of them, with those of each bucket."""
    found = [*TRIES, Try("cloudwatch:GetMetricData", _metric_data(now))]
    for bucket in where.buckets:
        found.append(Try("s3:ListBucket", _list(bucket), what=f" in {bucket}"))
        found.append(Try("s3:GetObject", _head(bucket), absent=True, what=f" in {bucket}"))
    return found


def _metric_data(now: datetime) -> Call:
    metric = {"Namespace": "AWS/Bedrock/Batch", "MetricName": "NumberOfRecordsPendingProcessing"}
    query = {"Id": "m1", "MetricStat": {"Metric": metric, "Period": 300, "Stat": "Average"}}
    hour = {"StartTime": now - timedelta(hours=1), "EndTime": now}
    return lambda c, _: c.get_metric_data(MetricDataQueries=[query], **hour)


def _list(bucket: str) -> Call:
    return lambda c, _: c.list_objects_v2(Bucket=bucket, MaxKeys=1)


def _head(bucket: str) -> Call:
    return lambda c, _: c.head_object(Bucket=bucket, Key=NOBODY)


def checks(client: Client, where: Where, now: datetime) -> list[Check]:
    """One check for each call, and one for all that is only asked about."""
    known = tries(where, now)
    made = [Check(f"{AREA} {one.action}{one.what}", _look(client, where, one)) for one in known]
    return [*made, Check(AREA, lambda: untried(client, where, {one.action for one in known}))]


def _look(client: Client, where: Where, one: Try) -> Callable[[], list[Finding]]:
    return lambda: [tried(client, where, one)]


def tried(client: Client, where: Where, one: Try) -> Finding:
    """Make the call and judge its answer."""
    grant = grant_of(one.action)
    fine = good(AREA, f"{one.action}{one.what} ({grant.purpose})")
    try:
        with aws_errors(f"{grant.purpose}{one.what}"):
            one.call(client(one.action.split(":")[0]), where)
    except AwsDenied:
        return _missing(grant, where, one.action, one.what)
    except AwsUnavailable as error:
        return broken(AREA, f"{one.action}{one.what}: {error.sentence}", "Look at the network and try again.")
    except AwsError as error:
        return fine if one.absent else broken(AREA, f"{one.action}{one.what}: {error.sentence}")
    return fine


def _missing(grant: Grant, where: Where, action: str, what: str = "") -> Finding:
    say = warning if grant.optional else broken
    lost = f" {grant.optional}" if grant.optional else ""
    sentence = f"{action}{what} is not allowed, so I cannot {grant.purpose}.{lost}"
    return say(AREA, sentence, "Add this statement to my policy:", statement(grant, where, [action]))


def untried(client: Client, where: Where, known: AbstractSet[str]) -> list[Finding]:
    """What can only be known by doing it: IAM is asked; where it does not answer, that is said."""
    asked = [
        (grant, [a for a in grant.actions if a not in known]) for grant in (*BOT, *FOLLOW) if _concerns(grant, where)
    ]
    found: list[Finding] = []
    for position, (grant, actions) in enumerate(asked):
        if not actions:
            continue
        try:
            verdicts = _simulated(client, where, grant, actions)
        except AwsError as error:
            rest = [a for _, more in asked[position:] for a in more]
            return [*found, _unknown(where, rest, error)]
        found += [_judged(grant, where, action, allowed) for action, allowed in verdicts.items()]
    return found


def _concerns(grant: Grant, where: Where) -> bool:
    """Whether anything of it is in use here; what the doctor itself needs is seen where it looks."""
    if grant.sid.startswith("LetTheDoctor"):
        return False
    return bool(resources(grant, where))


def _simulated(client: Client, where: Where, grant: Grant, actions: list[str]) -> Mapping[str, bool]:
    if not where.own:
        raise AwsError("my identity is neither a user nor a role")
    with aws_errors("reach IAM"):
        iam = client("iam")
    context = grant.condition.get("StringEquals", {})
    return simulate(iam, where.own, actions, samples(grant, where), context)


def samples(grant: Grant, where: Where) -> list[str]:
    """Resources that really occur, for the patterns of a grant."""
    found = []
    models = [m for m in where.models if not m.startswith("arn:")][:3]
    for arn in resources(grant, where):
        if "foundation-model/" in arn:
            found += [arn.replace("*::", f"{where.region}::").replace("/*", f"/{normalise(m)}") for m in models]
        elif "inference-profile/" in arn:
            found += [arn.replace("/*", f"/{m}") for m in models if normalise(m) != m]
        else:
            found.append(arn if arn == "*" else arn.replace("*", NOBODY))
    return found


def _judged(grant: Grant, where: Where, action: str, allowed: bool) -> Finding:
    if allowed:
        return good(AREA, f"{action} ({grant.purpose}), as IAM simulates it")
    return _missing(grant, where, action)


def _unknown(where: Where, actions: list[str], error: AwsError) -> Finding:
    grant = grant_of("iam:SimulatePrincipalPolicy")
    denied = isinstance(error, AwsDenied)
    sentence = f"Not checked, because only doing it would show it: {', '.join(actions)}. {error.sentence}"
    fix = "To have them checked, allow me to ask IAM about myself:" if denied else ""
    return unchecked(AREA, sentence, fix, statement(grant, where) if denied else None)
