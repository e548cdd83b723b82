"""Reading a job's input from S3 as Validating does: names, JSON, counts; a fault is the job's failure message."""

import json
from collections.abc import Collection
from typing import Any

from playground.aws.bedrock.records import InputFile
from playground.aws.storage import Storage


class InputError(Exception):
    """The job fails in validation with this message."""


def split(uri: str) -> tuple[str, str]:
    """Take an S3 URI apart into bucket and key."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


def read_input(storage: Storage, uri: str, minimum: int, unreadable: Collection[str]) -> list[InputFile]:
    """Read the file, or every `.jsonl` file of the folder."""
    bucket, key = split(uri)
    if bucket in unreadable:
        raise InputError(f"Access denied when calling s3:GetObject on {uri}. Check the permissions of the service role")
    if not storage.has_bucket(bucket):
        raise InputError(f"The specified bucket does not exist: {bucket}")
    files = [_read_file(storage, bucket, name, key) for name in _names(storage, bucket, key, uri)]
    total = sum(len(file.records) for file in files)
    if total < minimum:
        raise InputError(f"Batch job contains less records ({total}) than the required minimum of: {minimum}")
    return files


def _names(storage: Storage, bucket: str, key: str, uri: str) -> list[str]:
    if key and storage.get(bucket, key) is not None and not key.endswith("/"):
        if not key.endswith(".jsonl"):
            raise InputError(f"Input file {uri} is not supported. The file name must end with .jsonl")
        return [key]
    folder = key.rstrip("/") + "/" if key else ""
    names = [name for name in storage.keys(bucket, folder) if name.endswith(".jsonl")]
    if not names:
        raise InputError(f"No .jsonl input files were found at {uri}")
    return names


def _read_file(storage: Storage, bucket: str, name: str, key: str) -> InputFile:
    records: list[dict[str, Any]] = []
    for number, line in enumerate((storage.get(bucket, name) or b"").splitlines(), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError:
            raise InputError(f"Invalid JSON in file s3://{bucket}/{name} at line {number}") from None
        if not isinstance(record, dict):
            raise InputError(f"Invalid record in file s3://{bucket}/{name} at line {number}: expected a JSON object")
        records.append(record)
    folder = key.rstrip("/") + "/"
    short = name.removeprefix(folder) if name.startswith(folder) else name.rpartition("/")[2]
    return InputFile(short, records)
