"""Processing records of a running job, up to a number of them."""

from playground.aws.bedrock.job import Job
from playground.aws.bedrock.records import Answer, answer, prompt_of, tokens_of


def begin(job: Job) -> None:
    """Set the totals once the input is read; what is answered already is no longer pending."""
    job.places = [(file.name, record) for file in job.files for record in file.records]
    job.counts.total = max(job.counts.total, len(job.places))
    waiting = job.places[len(job.answers) :]
    job.pending_tokens = sum(tokens_of(prompt_of(record.get("modelInput"))) for _, record in waiting)


def process(job: Job, upto: int, force_errors: int = 0) -> None:
    """Answer records in order until `upto` are done, at least `force_errors` of them as errors."""
    model = job.reach.model
    for name, record in job.places[len(job.answers) : upto]:
        done = answer(name, record, model.family, job.api, flaky=model.flaky, salt=job.id)
        left = min(upto, len(job.places)) - len(job.answers)
        if not done.failed and job.counts.error + left <= force_errors:
            done = _broken(done)
        _count(job, done)
        job.pending_tokens = max(0, job.pending_tokens - tokens_of(prompt_of(record.get("modelInput"))))


def pretend(job: Job, processed: int, errors: int) -> None:
    """Set the counts of a scripted job whose records are not there."""
    job.counts.total = max(job.counts.total, processed)
    job.counts.processed, job.counts.error = processed, errors
    job.counts.success = processed - errors


def _broken(done: Answer) -> Answer:
    line = {key: value for key, value in done.line.items() if key != "modelOutput"}
    return Answer(done.file, line | {"error": {"errorCode": 500, "errorMessage": "Internal server error"}})


def _count(job: Job, done: Answer) -> None:
    job.answers.append(done)
    job.counts.processed += 1
    job.counts.error += done.failed
    job.counts.success += not done.failed
    job.tokens["input"] += done.input_tokens
    job.tokens["output"] += done.output_tokens
