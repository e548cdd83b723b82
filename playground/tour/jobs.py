"""Chapters on jobs: help, the form, a failure, a refusal, a stop, a job from elsewhere."""

from __future__ import annotations

import re

from playground import samples
from playground.slack import ClientRefused, Message
from playground.tour.scene import Scene

RECORDS, BAD = 3_000, 12


def helps(s: Scene) -> None:
    """Ask what there is; mistype a verb."""
    s.types(s.world.ana, "help")
    s.board.expect("help lists every verb, to ana alone", lambda: s.told(s.world.ana, "submit", "metrics", "stop"))
    s.types(s.world.ana, "sumbit")
    s.board.expect("a mistyped verb is answered with the nearest one", lambda: s.told(s.world.ana, "submit"))


def by_form(s: Scene) -> None:
    """Submit by the form, first wrongly; follow the card to its end."""
    ana = s.world.ana
    uri = s.records("reviews/november.jsonl", samples.with_bad(RECORDS, BAD))
    s.world.pace("Claude Haiku 4.5", RECORDS, 8)
    s.types(ana, "submit")
    view = s.board.expect("the form opens", lambda: ana.view)
    wrong = {"name": "november reviews!", "model": "Claude Haiku 4.5", "input": "s3://somebody-elses/reviews.jsonl"}
    s.fills(ana, view, wrong)
    s.board.expect("a name that Bedrock would refuse is marked at its field", lambda: view.errors.get("name"))
    s.board.expect("a bucket that is not allowed is marked at its field", lambda: view.errors.get("input"))
    s.fills(ana, view, {"name": "november-reviews", "input": uri})
    s.board.expect("the form closes when all is right", lambda: not view.open)
    card = s.board.expect("a card appears in #ml-jobs", lambda: s.card(s.world.jobs, "november-reviews"))
    s.board.expect("the card is edited in place as the job goes on", lambda: len(_steps(s, card)) > 1)
    s.board.expect(
        "the card ends as complete with a warning: 12 records failed",
        lambda: "12 records failed" in card.words and "3,000 of 3,000" in card.words,
    )
    end = s.board.expect("a reply in its thread says the result", lambda: s.reply(card, "2,988 of 3,000"))
    s.board.expect("the reply rings ana's bell", lambda: s.bells(ana, end))
    s.presses(ana, card, "job_details")
    s.board.expect("[Details] shows everything, to ana alone", lambda: s.told(ana, "november-reviews", "time limit"))


def fails(s: Scene) -> None:
    """Bedrock fails a job after the bot's own check passed."""
    ana, bedrock = s.world.ana, s.world.aws.bedrock
    uri = s.records("locked/letters.jsonl", samples.good(150))
    bedrock.unreadable.add(s.world.aws.in_bucket)
    s.types(ana, f"submit {uri} model=nova-lite name=letters")
    s.board.expect("the command is answered at once", lambda: s.told(ana, "letters"))
    card = s.board.expect("its card appears", lambda: s.card(s.world.jobs, "letters"))
    s.board.expect("the card gives Bedrock's own words", lambda: "Access denied when calling" in card.words)
    s.board.expect("and what they mean", lambda: "role may not read the input" in card.words)
    end = s.board.expect("a reply tells ana", lambda: s.reply(card, "letters", "failed"))
    s.board.expect("the reply rings her bell", lambda: s.bells(ana, end))
    bedrock.unreadable.clear()


def refused(s: Scene) -> None:
    """The quick check finds a fault that would have failed the job hours later."""
    ana, calls = s.world.ana, len(s.world.aws.bedrock.jobs)
    uri = s.records("drafts/questions.jsonl", samples.with_bad(200, BAD))
    s.types(ana, f"submit {uri} model=haiku-4-5 name=questions")
    s.board.expect("ana is told the line and the reason", lambda: s.told(ana, "questions", "line ", "was not started"))
    s.board.check("nothing of it is in the channel", s.card(s.world.jobs, "questions") is None)
    s.board.check("and Bedrock never heard of it", len(s.world.aws.bedrock.jobs) == calls)


def stops(s: Scene) -> None:
    """Only its owner may stop a job."""
    ana, ben = s.world.ana, s.world.ben
    uri = s.records("archive/letters.jsonl", samples.good(1_200))
    s.types(ana, f"submit {uri} model=sonnet-4-5 name=archive")
    s.at_bedrock("archive")
    s.world.aws.bedrock.advance("archive", "InProgress", processed=260)
    card = s.board.expect("the card shows how far it is", lambda: s.card(s.world.jobs, "archive", "260 of 1,200"))
    s.presses(ben, card, "job_stop")
    s.board.expect("ben, who does not own it, is told that he may not", lambda: s.told(ben, "Only the owner"))
    s.board.check("the job goes on", s.world.aws.bedrock.find("archive").status == "InProgress")
    s.presses(ana, card, "job_stop")
    s.board.expect("Bedrock is asked to stop it", lambda: s.world.aws.bedrock.find("archive").status == "Stopping")
    s.world.aws.bedrock.release()
    s.board.expect("the card ends as stopped", lambda: re.search(r"\bstopped\b", card.words) is not None)
    s.board.expect("a reply says what was done till then", lambda: s.reply(card, "was stopped", "of 1,200"))
    _may_not_press(s, card)


def elsewhere(s: Scene) -> None:
    """Somebody starts a job at the console; look at all of them."""
    ana = s.world.ana
    s.screen.act("somebody starts the job nightly-labels at the Bedrock console")
    s.world.pace("Nova Lite", 400, 5)
    s.world.aws.bedrock.start_elsewhere("nightly-labels", "amazon.nova-lite-v1:0", records=400)
    s.board.expect(
        "a card for it appears by itself", lambda: s.card(s.world.jobs, "nightly-labels", "started outside Slack")
    )
    card = s.card(s.world.jobs, "nightly-labels")
    s.types(ana, "status")
    s.board.expect("/batch status lists what is running", lambda: s.told(ana, "Running now", "nightly-labels"))
    s.types(ana, "list")
    s.board.expect(
        "/batch list shows them all", lambda: s.told(ana, "nightly-labels", "archive", "letters", "november-reviews")
    )
    s.board.expect("the job is followed to its end like any other", lambda: card and s.reply(card, "400 of 400"))


def _steps(s: Scene, card: Message) -> set[str]:
    """The percentages that the card has shown so far."""
    return {step for words in s.screen.versions[card.ts] for step in re.findall(r"(\d+) %", words)}


def _may_not_press(s: Scene, card: Message) -> None:
    try:
        s.world.ana.press(card, "job_stop")
    except ClientRefused:
        s.board.check("and has no Stop button any more", True)  # noqa: FBT003
    else:
        s.board.miss("and has no Stop button any more", "it was there to press")
