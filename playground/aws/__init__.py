"""A fake AWS account that stands on the wire: S3, STS, SQS, Bedrock batch, CloudWatch, EventBridge events and SNS.

    with AwsServer(speed=60) as aws:
        aws.put("batchbot-in", "docs.jsonl", samples.good(500))
        aws.cloudwatch.backfill(days=7)
        subprocess.Popen([...], env=os.environ | aws.env())

With `background=False` nothing moves but by `aws.tick()`. moto keeps one state per process: one account at a time.
"""

from playground.aws.account import AwsServer
from playground.aws.errors import AwsError, DroppedError
from playground.aws.faults import Call, Faults

__all__ = ["AwsError", "AwsServer", "Call", "DroppedError", "Faults"]
