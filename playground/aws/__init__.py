"""A fake AWS account that stands on the wire: S3, STS, SQS, Bedrock batch, CloudWatch, SNS, EventBridge, Step Functions.

    with AwsServer(speed=60) as aws:
        aws.put("batchbot-in", "docs.jsonl", samples.good(500))
        aws.cloudwatch.backfill(days=7)
        subprocess.Popen([...], env=os.environ | aws.env())

`aws.send_kind("metric")` sends one message of a kind of `KINDS` by the topic of alarms, `aws.recover_kind` its end.
With `background=False` nothing moves but by `aws.tick()`. moto keeps one state per process: one account at a time.
"""

from playground.aws.account import AwsServer
from playground.aws.errors import AwsError, DroppedError
from playground.aws.faults import Call, Faults
from playground.aws.kinds import KINDS, Kind

__all__ = ["KINDS", "AwsError", "AwsServer", "Call", "DroppedError", "Faults", "Kind"]
