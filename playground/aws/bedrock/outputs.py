"""Writing a job's results to S3: one shuffled `.jsonl.out` per input file, and the manifest."""

import json
import random

from playground.aws.bedrock.input import split
from playground.aws.bedrock.job import Job
from playground.aws.storage import Storage


def write_outputs(storage: Storage, job: Job) -> None:
    """Write what the job has answered so far; a bucket that is gone leaves nothing."""
    bucket, prefix = split(job.output_uri)
    if not storage.has_bucket(bucket):
        return
    base = f"{prefix.rstrip('/')}/{job.id}" if prefix.strip("/") else job.id
    for file in job.files:
        lines = [json.dumps(answer.line, ensure_ascii=False) for answer in job.answers if answer.file == file.name]
        if not lines:
            continue
        random.Random(job.id + file.name).shuffle(lines)
        storage.put(bucket, f"{base}/{file.name}.out", ("\n".join(lines) + "\n").encode())
    storage.put(bucket, f"{base}/manifest.json.out", json.dumps(manifest(job)).encode())


def manifest(job: Job) -> dict[str, int]:
    """Sum up the job as its manifest does; the only place with token counts."""
    return {
        "totalRecordCount": job.counts.total,
        "processedRecordCount": job.counts.processed,
        "successRecordCount": job.counts.success,
        "errorRecordCount": job.counts.error,
        "inputTokenCount": job.tokens["input"],
        "outputTokenCount": job.tokens["output"],
    }
