"""Looks into S3: what lies under an address, and the first bytes of an object; always bounded."""

from __future__ import annotations

from typing import Any

from bot.aws.translate import aws_errors

LISTED = 1000


def split(uri: str) -> tuple[str, str]:
    """``s3://bucket/key`` as bucket and key."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


class S3:
    """Reads through the client that is handed in."""

    def __init__(self, client: Any) -> None:
        """``client`` is boto3's for S3."""
        self._client = client

    def objects(self, uri: str) -> list[tuple[str, int]]:
        """Key and size of the object, or of the first 1,000 objects in the folder; raises AwsGone if there is none."""
        bucket, key = split(uri)
        if key.endswith("/"):
            with aws_errors(f"list {uri}"):
                answer = self._client.list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=LISTED)
            return [(str(o["Key"]), int(o["Size"])) for o in answer.get("Contents") or []]
        with aws_errors(f"read {uri}"):
            answer = self._client.head_object(Bucket=bucket, Key=key)
        return [(key, int(answer["ContentLength"]))]

    def head(self, bucket: str, key: str, limit: int) -> bytes:
        """At most the first ``limit`` bytes of an object."""
        with aws_errors(f"read s3://{bucket}/{key}"):
            answer = self._client.get_object(Bucket=bucket, Key=key, Range=f"bytes=0-{limit - 1}")
            return bytes(answer["Body"].read(limit))
