"""What Bedrock's own words about a job usually mean, and what to do; one row per kind of message; pure.

The patterns come from messages seen in public issue trackers and from the service's error names; the first match wins.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Meaning:
    """A pattern in Bedrock's message and the plain sentence for it."""

    pattern: str
    sentence: str


MEANINGS = (
    Meaning(
        r"less records|fewer records|minimum of",
        "The input is too small for a batch job. Add records, or run these on demand.",
    ),
    Meaning(
        r"more records|maximum|exceed.*record|too many records",
        "The input is over a quota. Split it, or ask AWS for a higher quota.",
    ),
    Meaning(
        r"file size|job size|too large",
        "The input is too big. Split it into files of at most 1 GB.",
    ),
    Meaning(
        r"iam:PassRole|PassRole",
        "The bot may not pass the Bedrock role on. Its policy needs iam:PassRole for exactly that role.",
    ),
    Meaning(
        r"assume|trust",
        "Bedrock cannot use the service role. Its trust policy has to name bedrock.amazonaws.com.",
    ),
    Meaning(
        r"access denied|accessdenied|not authorized|forbidden|permission",
        "The Bedrock role may not read the input or write the results. Check its permissions and the buckets' policies.",
    ),
    Meaning(
        r"on-demand throughput|inference profile",
        "This model is used through an inference profile: put the profile's id (us., eu., global.) into batchbot.toml.",
    ),
    Meaning(
        r"not support.*batch|batch.*not support",
        "This model cannot be used in batch jobs.",
    ),
    Meaning(
        r"json|malformed|parse",
        "A line of the input is not valid JSONL. Every line has to be one JSON object.",
    ),
    Meaning(
        r"no such key|not found|does not exist|nosuch",
        "The input was not there when Bedrock looked. Check the S3 address.",
    ),
    Meaning(
        r"region",
        "Bucket and job have to be in the same region.",
    ),
    Meaning(
        r"timed? ?out|timeout|expired",
        "The time limit came first. Submit it again with a longer timeout.",
    ),
    Meaning(
        r"throttl|capacity|too many requests",
        "Bedrock was short of capacity. Submitting it again later usually helps.",
    ),
    Meaning(
        r"internal",
        "Something broke inside Bedrock. Submitting it again usually helps.",
    ),
)

EXPIRED = "It waited for capacity until its time limit and never began. Submit it again with a longer timeout."
PARTIAL = (
    "The time limit came before the last record. What was done is in the results; the rest has to be submitted again."
)


def meaning(message: str, status: str) -> str:
    """The plain sentence for a message, or an empty string where nothing is known."""
    if status == "Expired":
        return EXPIRED
    if status == "PartiallyCompleted":
        return PARTIAL
    return next((m.sentence for m in MEANINGS if re.search(m.pattern, message, re.IGNORECASE)), "")
