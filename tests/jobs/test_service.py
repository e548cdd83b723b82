"""Jobs from the request to their end, on both stores, against Bedrock and S3 on the wire; crashes at every step."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot import clocks
from bot.aws.s3 import S3
from bot.db import Database
from bot.errors import AwsUnavailable
from bot.jobs import following, store
from bot.jobs.bedrock import Bedrock
from bot.jobs.board import Where
from bot.jobs.following import REFRESH
from bot.jobs.job import Job
from bot.jobs.service import KEEP_TRYING, Jobs
from bot.slack.cards import Picture, cards, replies
from bot.slack.whispers import whispers
from playground import samples
from playground.aws import AwsServer
from tests.jobs.samples import MODEL
from tests.wire import NOW, Time, aws_client, one_store, opened, rows

POLL = timedelta(seconds=30)
ANA = "U0ANA00001"
ROLE = "arn:aws:iam::111122223333:role/BedrockBatchRole"


class Crash(BaseException):
    """The process dies here: nothing that comes after it in the code happens."""


@pytest.fixture
def jobs(db: Database, aws: AwsServer) -> Jobs:
    return make(db, aws)


def make(db: Database, aws: AwsServer, *, channel: str = "C0JOBS", adopt: bool = True) -> Jobs:
    bedrock, s3 = Bedrock(aws_client(aws, "bedrock"), ROLE), S3(aws_client(aws, "s3"))
    return Jobs(
        db, lambda: bedrock, lambda: s3, Where(channel, adopt), names=lambda m: "Haiku", min_records=100, poll=POLL
    )


def request(name: str = "day-1", key: str = "day.jsonl") -> dict[str, Any]:
    asked = {
        "name": name, "model_id": MODEL, "input_uri": f"s3://batchbot-in/{key}",
        "output_uri": "s3://batchbot-out/results/", "invocation_type": "InvokeModel", "timeout_hours": 24,
    }  # fmt: skip
    return {"submission": asked, "user": ANA, "channel": "C0GENERAL", "response_url": "https://hooks/1"}


@pytest.fixture(autouse=True)
def _input(aws: AwsServer) -> None:
    """A good input of 120 records lies in the bucket."""
    aws.put("batchbot-in", "day.jsonl", samples.good(120))


def one(db: Database) -> Job:
    with db.read() as tx:
        [found] = store.recent(tx)
    return found


def card_of(db: Database) -> Any:
    [found] = rows(db, cards)
    return found


def said(db: Database) -> dict[str, str]:
    """Whispers by the last word of their key."""
    return {w.id.rsplit(":", 1)[-1]: json.loads(w.message)["text"] for w in rows(db, whispers)}


def asked(aws: AwsServer, operation: str) -> int:
    return sum(call.operation == operation for call in aws.calls)


# --- submitting -------------------------------------------------------------------------------------------------------


@one_store
def test_a_good_job_is_handed_to_bedrock_with_a_card(db: Database, aws: AwsServer, jobs: Jobs) -> None:
    """Its row, its card in the jobs channel, and Bedrock's own id."""
    jobs.submit("T1", request(), NOW, NOW)
    job = one(db)
    [there] = aws.bedrock.jobs.values()
    assert (job.status, job.arn, job.owner) == ("Submitted", there.arn, ANA)
    assert there.request["clientRequestToken"] == job.token
    assert there.request["roleArn"] == ROLE
    card = card_of(db)
    assert (card.key, json.loads(card.channels)) == (f"job:{job.id}", ["C0JOBS", "C0GENERAL", ANA])
    message = jobs.render(card.key, Picture(), NOW)
    assert message is not None
    assert "day-1" in message.text
    assert said(db) == {}


def test_a_repeated_request_starts_one_job(db: Database, aws: AwsServer, jobs: Jobs) -> None:
    """The durable queue may run an attempt again."""
    for _ in range(3):
        jobs.submit("T1", request(), NOW, NOW)
    assert len(aws.bedrock.jobs) == 1
    assert asked(aws, "CreateModelInvocationJob") == 1
    assert len(rows(db, cards)) == 1


def test_the_same_attempt_twice_at_once_starts_one_job(db: Database, aws: AwsServer, jobs: Jobs) -> None:
    """Two workers that both think it is theirs: the token makes it one."""
    gate = threading.Barrier(4)

    def run(_: int) -> None:
        gate.wait()
        jobs.submit("T1", request(), NOW, NOW)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(run, range(4)))
    assert len(aws.bedrock.jobs) == 1
    assert one(db).status == "Submitted"


def dying(jobs: object, name: str) -> None:
    """Make the service die when it comes to this step, once."""
    real = getattr(jobs, name)
    left = [1]

    def step(*args: Any, **how: Any) -> Any:
        if left.pop() if left else False:
            raise Crash
        return real(*args, **how)

    setattr(jobs, name, step)


@pytest.mark.parametrize("step", ["_check", "_advance", "_send", "show"])
def test_whoever_dies_at_any_step_goes_on_where_he_was(db: Database, aws: AwsServer, jobs: Jobs, step: str) -> None:
    """The process ends in the middle; the attempt that follows makes one job of it, with one card."""
    dying(jobs.board if step == "show" else jobs, step)
    with pytest.raises(Crash):
        jobs.submit("T1", request(), NOW, NOW)
    jobs.submit("T1", request(), NOW, NOW + timedelta(seconds=5))
    assert one(db).status == "Submitted"
    assert one(db).arn
    assert len(aws.bedrock.jobs) == 1
    assert len(rows(db, cards)) == 1


@one_store
def test_a_lost_answer_never_makes_a_second_job(db: Database, aws: AwsServer, jobs: Jobs) -> None:
    """Bedrock took it, the answer was lost: the same token asks again and gets the same job."""
    aws.faults.drop_response("bedrock.CreateModelInvocationJob")
    with pytest.raises(AwsUnavailable):
        jobs.submit("T1", request(), NOW, NOW)
    assert (one(db).status, one(db).arn) == ("Sending", "")
    jobs.submit("T1", request(), NOW, NOW + timedelta(seconds=2))
    assert len(aws.bedrock.jobs) == 1
    assert one(db).arn in {job.arn for job in aws.bedrock.jobs.values()}


def test_a_job_whose_answer_was_lost_is_found_by_its_token(db: Database, aws: AwsServer, jobs: Jobs) -> None:
    """The listing shows it before the attempt is repeated: it is ours, not a stranger's."""
    aws.faults.drop_response("bedrock.CreateModelInvocationJob")
    with pytest.raises(AwsUnavailable):
        jobs.submit("T1", request(), NOW, NOW)
    jobs.track(NOW)
    assert (one(db).status, one(db).owner) == ("Submitted", ANA)
    jobs.submit("T1", request(), NOW, NOW)
    assert (len(aws.bedrock.jobs), len(rows(db, cards))) == (1, 1)


def test_without_the_permission_the_person_and_the_card_say_so(db: Database, aws: AwsServer, jobs: Jobs) -> None:
    """The missing permission is named; nothing is tried again."""
    aws.faults.deny("bedrock.CreateModelInvocationJob")
    jobs.submit("T1", request(), NOW, NOW)
    job = one(db)
    assert (job.status, job.ended_at) == ("Refused", NOW)
    assert "the permission bedrock:CreateModelInvocationJob" in job.message
    assert "bedrock:CreateModelInvocationJob" in said(db)["refused"]
    message = jobs.render(f"job:{job.id}", Picture(), NOW)
    assert message is not None
    assert "not started" in message.text
    jobs.submit("T1", request(), NOW, NOW)
    assert asked(aws, "CreateModelInvocationJob") == 1


@one_store
def test_a_throttled_call_is_tried_again_and_the_person_told_once(db: Database, aws: AwsServer, jobs: Jobs) -> None:
    """He need not submit it again, and he reads that once."""
    aws.faults.throttle("bedrock.CreateModelInvocationJob", times=2)
    for seconds in (0, 1):
        with pytest.raises(AwsUnavailable):
            jobs.submit("T1", request(), NOW, NOW + timedelta(seconds=seconds))
    assert list(said(db)) == ["waiting"]
    jobs.submit("T1", request(), NOW, NOW + timedelta(seconds=3))
    assert one(db).status == "Submitted"
    assert list(said(db)) == ["waiting"]


@one_store
def test_after_half_an_hour_without_amazon_it_is_given_up(db: Database, aws: AwsServer, jobs: Jobs) -> None:
    """And said so, with the reason."""
    aws.faults.throttle("s3.*")
    with pytest.raises(AwsUnavailable):
        jobs.submit("T1", request(), NOW, NOW + KEEP_TRYING - timedelta(seconds=1))
    jobs.submit("T1", request(), NOW, NOW + KEEP_TRYING)
    assert one(db).status == "Refused"
    assert "was not started" in said(db)["refused"]


@one_store
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (samples.tiny(), "The input has 12 records; Bedrock wants at least 100 in a job."),
        (samples.broken(), "line 21: not JSON"),
        (samples.with_bad(120, 12), "line 6: `modelInput.max_tokens` is missing"),
        (b'{"recordId": "\\ud800\\u0000", "modelInput": {"anthropic_version": "x", "max_tokens": 1, "messages": []}}\n' * 2,
         "was already used at line 1"),
    ],
)  # fmt: skip
def test_a_bad_input_never_reaches_bedrock(db: Database, aws: AwsServer, jobs: Jobs, body: bytes, reason: str) -> None:
    """The person reads the line and the reason, privately; no card appears."""
    aws.put("batchbot-in", "day.jsonl", body)
    jobs.submit("T1", request(), NOW, NOW)
    assert reason in one(db).message
    assert reason.replace("`", "") in said(db)["refused"].replace("`", "")
    assert asked(aws, "CreateModelInvocationJob") == 0
    assert rows(db, cards) == []


@one_store
def test_an_input_that_is_not_there_is_said_so(db: Database, jobs: Jobs) -> None:
    """With its address."""
    jobs.submit("T1", request(key="none.jsonl"), NOW, NOW)
    assert "s3://batchbot-in/none.jsonl" in said(db)["refused"]


@one_store
def test_a_folder_is_read_as_its_files(db: Database, aws: AwsServer, jobs: Jobs) -> None:
    """Small files are counted together."""
    for n in range(3):
        lines = samples.good(120).splitlines(keepends=True)[n * 40 : (n + 1) * 40]
        aws.put("batchbot-in", f"many/{n}.jsonl", b"".join(lines))
    jobs.submit("T1", request(key="many/"), NOW, NOW)
    assert one(db).status == "Submitted"


def test_no_network_call_stands_inside_a_transaction(db: Database, aws: AwsServer, jobs: Jobs) -> None:
    """While Amazon is asked, others may write: a slow Amazon would stop the doors otherwise."""
    wrote: list[str] = []

    def write(call: Any) -> None:
        with db.write() as tx:
            clocks.claim(tx, call.name, NOW, POLL)
        wrote.append(call.name)

    aws.faults.before("*", write)
    jobs.submit("T1", request(), NOW, NOW)
    jobs.stop({"job": one(db).id, "user": ANA}, NOW)
    jobs.track(NOW)
    assert {"s3.GetObject", "bedrock.CreateModelInvocationJob", "bedrock.StopModelInvocationJob",
            "bedrock.ListModelInvocationJobs"} <= set(wrote)  # fmt: skip


# --- stopping ---------------------------------------------------------------------------------------------------------


def stop(jobs: Jobs, job: Job, now: datetime = NOW) -> None:
    jobs.stop({"job": job.id, "user": ANA, "response_url": ""}, now)


@one_store
def test_a_stop_reaches_bedrock_and_the_card_at_once(db: Database, aws: AwsServer, jobs: Jobs) -> None:
    """Repeated, it changes nothing."""
    jobs.submit("T1", request(), NOW, NOW)
    aws.bedrock.advance("day-1", "InProgress", processed=10)
    stop(jobs, one(db))
    stop(jobs, one(db))
    assert aws.bedrock.find("day-1").status in {"Stopping", "Stopped"}
    assert (one(db).stop_by, one(db).stop_at) == (ANA, NOW)
    aws.bedrock.advance("day-1", "Stopped")
    jobs.track(NOW)
    assert one(db).status == "Stopped"
    assert [r.name for r in rows(db, replies)] == ["end"]


@one_store
def test_a_stop_before_the_handing_over_starts_nothing(db: Database, aws: AwsServer, jobs: Jobs) -> None:
    """While the input is still checked."""

    def impatient(_: Any) -> None:
        stop(jobs, one(db))

    aws.faults.before("s3.GetObject", impatient, 1)
    jobs.submit("T1", request(), NOW, NOW)
    assert asked(aws, "CreateModelInvocationJob") == 0
    assert (one(db).status, one(db).message) == ("Refused", "It was stopped before it was handed to Bedrock.")


def test_a_stop_during_the_handing_over_is_not_lost(db: Database, aws: AwsServer, jobs: Jobs) -> None:
    """Bedrock has no id to stop yet: the request waits and stops it then."""
    met: list[Exception] = []

    def impatient(_: Any) -> None:
        try:
            stop(jobs, one(db))
        except AwsUnavailable as error:
            met.append(error)

    aws.faults.before("bedrock.CreateModelInvocationJob", impatient, 1)
    jobs.submit("T1", request(), NOW, NOW)
    assert len(met) == 1, "the request stays in the inbox"
    assert one(db).stop_at == NOW
    stop(jobs, one(db))
    assert asked(aws, "StopModelInvocationJob") == 1


@one_store
def test_a_stop_after_a_lost_answer_does_not_forget_the_job(db: Database, aws: AwsServer, jobs: Jobs) -> None:
    """Bedrock may have it: it must not be called "not started" while it runs and costs."""
    aws.faults.drop_response("bedrock.CreateModelInvocationJob")
    with pytest.raises(AwsUnavailable):
        jobs.submit("T1", request(), NOW, NOW)
    with pytest.raises(AwsUnavailable):
        stop(jobs, one(db))
    jobs.submit("T1", request(), NOW, NOW)
    assert one(db).status == "Submitted"
    stop(jobs, one(db))
    assert aws.bedrock.find("day-1").status in {"Stopping", "Stopped"}


@one_store
def test_a_stop_that_amazon_refuses_is_taken_back_and_told(db: Database, aws: AwsServer, jobs: Jobs) -> None:
    """The button comes back, and the person reads the missing permission."""
    jobs.submit("T1", request(), NOW, NOW)
    aws.faults.deny("bedrock.StopModelInvocationJob")
    stop(jobs, one(db))
    assert (one(db).stop_by, one(db).stop_at) == ("", None)
    [text] = [json.loads(w.message)["text"] for w in rows(db, whispers)]
    assert text.startswith("day-1 goes on: ")
    assert "bedrock:StopModelInvocationJob" in text


@one_store
def test_a_stop_that_comes_too_late_is_no_error(db: Database, aws: AwsServer, jobs: Jobs) -> None:
    """The job ended in the same moment; the next look shows how."""
    jobs.submit("T1", request(), NOW, NOW)
    aws.bedrock.advance("day-1", "Completed", total=120)
    stop(jobs, one(db))
    jobs.track(NOW)
    assert one(db).status == "Completed"
    assert rows(db, whispers) == []
    stop(jobs, one(db))
    stop(jobs, Job("none", "n", "m", "i", "o", "t", NOW))
    assert asked(aws, "StopModelInvocationJob") == 1


# --- following --------------------------------------------------------------------------------------------------------


def test_a_job_is_followed_to_its_end(db: Database, aws: AwsServer, jobs: Jobs, time: Time) -> None:
    """Each look brings what changed; the end is a reply of its own, once."""
    jobs.submit("T1", request(), NOW, NOW)
    for status, processed in (("Validating", None), ("InProgress", 30), ("InProgress", 80)):
        aws.bedrock.advance("day-1", status, processed=processed)
        jobs.track(time.after(30))
        assert (one(db).status, one(db).counts.processed) == (status, processed or 0)
    aws.bedrock.advance("day-1", "Completed", errors=3)
    for _ in range(3):
        jobs.track(time.after(30))
    job = one(db)
    assert (job.status, job.counts.processed, job.counts.errors) == ("Completed", 120, 3)
    [reply] = rows(db, replies)
    assert f"<@{ANA}>" in json.loads(reply.message)["text"]
    wanted = card_of(db).wanted
    jobs.track(time.after(30))
    assert card_of(db).wanted == wanted, "a job that is over is not shown again"


@one_store
def test_a_state_is_shown_at_once_and_progress_waits(db: Database, aws: AwsServer, jobs: Jobs) -> None:
    """Urgent changes skip the edit limit of the card."""
    jobs.submit("T1", request(), NOW, NOW)
    later = NOW + timedelta(hours=1)
    with db.write() as tx:
        tx.execute(sa.update(cards).values(not_before=later))
    aws.bedrock.advance("day-1", "InProgress", processed=10)
    jobs.track(NOW)
    assert card_of(db).not_before == NOW
    with db.write() as tx:
        tx.execute(sa.update(cards).values(not_before=later))
    aws.bedrock.advance("day-1", "InProgress", processed=20)
    wanted = card_of(db).wanted
    jobs.track(NOW)
    assert (card_of(db).not_before, card_of(db).wanted) == (later, wanted + 1)


def test_one_call_a_page_follows_all_jobs(tmp_path: Path, aws: AwsServer, time: Time) -> None:
    """1,500 jobs: two List calls and no Get."""
    with opened(f"sqlite:///{tmp_path / 'b.db'}") as db:
        _follow_1500(db, aws, time)


def _follow_1500(db: Database, aws: AwsServer, time: Time) -> None:
    jobs = make(db, aws, adopt=False)
    jobs.submit("T1", request(), NOW, NOW)
    aws.bedrock.max_jobs_per_model, aws.bedrock.events = 10**6, False
    for n in range(1499):
        aws.bedrock.start_elsewhere(f"other-{n}", input_uri="s3://batchbot-in/day.jsonl")
    aws.bedrock.advance("day-1", "InProgress", processed=7)
    del aws.calls[:]
    jobs.track(time.after(60))
    assert (asked(aws, "ListModelInvocationJobs"), asked(aws, "GetModelInvocationJob")) == (2, 0)
    assert one(db).counts.processed == 7


@one_store
def test_a_job_that_the_listing_leaves_out_is_looked_at_by_itself(db: Database, aws: AwsServer, jobs: Jobs) -> None:
    """And where Bedrock has forgotten it, that is its end."""
    jobs.submit("T1", request(), NOW, NOW)
    there = aws.bedrock.find("day-1")
    del aws.bedrock.jobs[there.arn if there.arn in aws.bedrock.jobs else there.id]
    jobs.track(NOW)
    assert asked(aws, "GetModelInvocationJob") == 1
    assert (one(db).status, one(db).message) == ("Failed", "Bedrock no longer knows this job.")
    assert [r.name for r in rows(db, replies)] == ["end"]


def test_the_clock_looks_once_a_period_whoever_ticks(db: Database, aws: AwsServer, jobs: Jobs) -> None:
    """Eight workers tick at once: one look. A nudge brings the next one sooner."""
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: jobs.tick(NOW), range(8)))
    assert asked(aws, "ListModelInvocationJobs") == 1
    jobs.tick(NOW + POLL - timedelta(seconds=1))
    assert asked(aws, "ListModelInvocationJobs") == 1
    jobs.tick(NOW + POLL)
    assert asked(aws, "ListModelInvocationJobs") == 2
    jobs.nudge(NOW + POLL + timedelta(seconds=3))
    jobs.tick(NOW + POLL + timedelta(seconds=3))
    assert asked(aws, "ListModelInvocationJobs") == 3


@one_store
def test_with_nothing_to_follow_amazon_is_not_asked(db: Database, aws: AwsServer) -> None:
    """Where strangers' jobs are not shown and none of ours is open."""
    make(db, aws, adopt=False).track(NOW)
    assert aws.calls == []


@one_store
def test_amazon_away_and_back(db: Database, aws: AwsServer, jobs: Jobs, time: Time) -> None:
    """A look that fails changes nothing; what happened meanwhile is found by the next one."""
    jobs.submit("T1", request(), NOW, NOW)
    jobs.tick(NOW)
    aws.faults.throttle("bedrock.ListModelInvocationJobs", times=1)
    aws.bedrock.start_elsewhere("theirs", input_uri="s3://batchbot-in/day.jsonl")
    aws.bedrock.advance("theirs", "Completed", total=120)
    with pytest.raises(AwsUnavailable):
        jobs.tick(time.after(600))
    jobs.tick(time.after(600))
    with db.read() as tx:
        assert {j.name for j in store.recent(tx)} == {"day-1", "theirs"}


def test_the_cards_of_unfinished_jobs_grow_no_older_than_ten_minutes(db: Database, aws: AwsServer, jobs: Jobs) -> None:
    """Ages and times to expiry are brought up to date, once however many tick, and not of jobs that are over."""
    jobs.submit("T1", request(), NOW, NOW)
    before = card_of(db).wanted
    for _ in range(3):
        assert jobs.refresh(NOW) < REFRESH.total_seconds()
    assert card_of(db).wanted == before + 1
    jobs.refresh(NOW + REFRESH)
    assert card_of(db).wanted == before + 2
    aws.bedrock.advance("day-1", "Failed")
    jobs.track(NOW)
    ended = card_of(db).wanted
    jobs.refresh(NOW + 2 * REFRESH)
    assert card_of(db).wanted == ended


@one_store
def test_running_jobs_are_counted_by_their_bare_model(db: Database, aws: AwsServer, jobs: Jobs) -> None:
    """The metrics ask how many jobs a silent model has."""
    jobs.submit("T1", request(), NOW, NOW)
    aws.bedrock.start_elsewhere("theirs", input_uri="s3://batchbot-in/day.jsonl")
    jobs.track(NOW)
    assert dict(jobs.board.running()) == {MODEL: 2}
    aws.bedrock.advance("theirs", "Completed", total=120)
    jobs.track(NOW)
    assert dict(jobs.board.running()) == {MODEL: 1}


# --- strangers --------------------------------------------------------------------------------------------------------


def elsewhere(aws: AwsServer, name: str, status: str = "Submitted", at: datetime | None = None) -> None:
    aws.bedrock.start_elsewhere(name, input_uri="s3://batchbot-in/day.jsonl", submitted_at=at)
    if status != "Submitted":
        aws.bedrock.advance(name, status, total=120)


def names(db: Database) -> set[str]:
    with db.read() as tx:
        return {j.name for j in store.recent(tx)}


def test_at_the_first_start_only_unfinished_strangers_are_shown(db: Database, aws: AwsServer, jobs: Jobs) -> None:
    """A week of old jobs does not flood the channel."""
    elsewhere(aws, "old", "Completed", NOW - timedelta(days=2))
    elsewhere(aws, "running", "InProgress", NOW - timedelta(days=1))
    jobs.track(NOW)
    assert names(db) == {"running"}
    job, card = one(db), card_of(db)
    assert (job.owner, job.channel) == ("", "C0JOBS")
    assert (card.key, json.loads(card.channels)) == (f"job:{job.id}", ["C0JOBS"])


@one_store
def test_a_stranger_that_came_and_went_between_two_looks_is_told(
    db: Database, aws: AwsServer, jobs: Jobs, time: Time
) -> None:
    """With its end in the thread."""
    jobs.tick(NOW)
    time.after(10)
    elsewhere(aws, "quick", "Failed", time())
    jobs.tick(time.after(20))
    assert names(db) == {"quick"}
    assert [r.name for r in rows(db, replies)] == ["end"]


def test_a_stranger_is_adopted_once(db: Database, aws: AwsServer, jobs: Jobs) -> None:
    """However often it is seen, and however many see it at once."""
    elsewhere(aws, "theirs", "InProgress")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: jobs.track(NOW), range(4)))
    jobs.track(NOW)
    assert names(db) == {"theirs"}
    assert (len(rows(db, cards)), card_of(db).wanted) == (1, 1)


@one_store
def test_strangers_stay_strangers_where_the_setting_says_so(db: Database, aws: AwsServer) -> None:
    """BATCHBOT_ADOPT=false."""
    jobs = make(db, aws, adopt=False)
    jobs.submit("T1", request(), NOW, NOW)
    elsewhere(aws, "theirs", "InProgress")
    jobs.track(NOW)
    assert names(db) == {"day-1"}


@one_store
def test_without_a_channel_a_stranger_has_a_row_and_no_card(db: Database, aws: AwsServer) -> None:
    """There is nobody to show it to; the list has it."""
    make_no_channel = make(db, aws, channel="")
    elsewhere(aws, "theirs", "InProgress")
    make_no_channel.track(NOW)
    assert names(db) == {"theirs"}
    assert rows(db, cards) == []


@one_store
def test_a_card_of_a_job_that_is_gone_is_nothing(jobs: Jobs) -> None:
    """Rendering never raises for a row that was deleted."""
    assert jobs.render("job:none", Picture(), NOW) is None
    assert following.CLOCK != following.REFRESH_CLOCK


@one_store
def test_bodies_of_older_versions_are_taken(db: Database, jobs: Jobs) -> None:
    """A request that waited through an update has no response_url."""
    body: Mapping[str, Any] = {k: v for k, v in request().items() if k != "response_url"}
    jobs.submit("T1", body, NOW, NOW)
    assert one(db).status == "Submitted"
