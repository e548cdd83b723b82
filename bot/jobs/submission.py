"""From typed words to a Submission: every rule of CreateModelInvocationJob is checked here, field by field; pure.

boto3 checks no pattern, enum or length (facts of the service model: jobName, s3Uri, timeoutDurationInHours), so Amazon would
be the first to say no. Each fault is a sentence for its own field.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from bot.aws.modelids import normalise
from bot.errors import BadInput
from bot.jobs.job import Submission

# Equivalent to the documented pattern, which backtracks exponentially.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9+.\-]{0,62}")
_URI = re.compile(r"s3://[a-z0-9][-.a-z0-9]{1,61}[a-z0-9](?:/[-!_*'().a-zA-Z0-9]+)*/?")
_TYPES = {"invokemodel": "InvokeModel", "invoke": "InvokeModel", "converse": "Converse"}
URI_LENGTH = 1024
HOURS = (24, 168)


@dataclass(frozen=True, slots=True)
class Rules:
    """What the settings allow: models as id to name, buckets, the default output prefix, whether a role is set."""

    models: Mapping[str, str]
    buckets: Sequence[str]
    output_uri: str
    has_role: bool = True


def read(fields: Mapping[str, str | None], rules: Rules, now: datetime) -> tuple[Submission | None, dict[str, str]]:
    """Check all fields (``name model input output type timeout``); either a Submission or a sentence per field at fault."""
    errors: dict[str, str] = {}
    values: dict[str, str] = {}
    text = {key: (value or "").strip() for key, value in fields.items()}
    for field, check in (
        ("input", _input),
        ("output", _output),
        ("model", _model),
        ("type", _type),
        ("timeout", _hours),
    ):
        try:
            values[field] = check(text.get(field, ""), rules)
        except BadInput as error:
            errors[field] = error.sentence
    try:
        values["name"] = _name(text.get("name", ""), text.get("input", ""), now)
    except BadInput as error:
        errors["name"] = error.sentence
    if errors:
        return None, errors
    submission = Submission(
        name=values["name"],
        model_id=values["model"],
        input_uri=values["input"],
        output_uri=values["output"],
        invocation_type=values["type"],
        timeout_hours=int(values["timeout"]),
    )
    return submission, {}


def _name(name: str, uri: str, now: datetime) -> str:
    if not name:
        stem = PurePosixPath(uri.rstrip("/").rpartition("/")[2]).stem
        base = re.sub(r"[^A-Za-z0-9.+-]+", "-", stem).strip("-.+") or "batch"
        name = f"{base[:46]}-{now:%Y%m%d-%H%M%S}"
    if len(name) > 63:
        raise BadInput(f"A job name has at most 63 characters; this one has {len(name)}.")
    bad = next((c for c in name if not re.fullmatch(r"[A-Za-z0-9+.\-]", c)), None)
    if bad is not None:
        shown = "a blank" if bad.isspace() else f"“{bad}”"
        raise BadInput(f"A job name takes letters, digits, - + and . only; {shown} is none of them.")
    if not _NAME.fullmatch(name):
        raise BadInput("A job name begins with a letter or a digit.")
    return name


def _input(uri: str, rules: Rules) -> str:
    if not uri:
        raise BadInput("Which input? Give the S3 address of a .jsonl file, such as s3://bucket/folder/records.jsonl.")
    _s3(uri, rules)
    if not uri.endswith((".jsonl", "/")):
        raise BadInput("The input is one file that ends in .jsonl, or a folder that ends in a slash.")
    if uri.count("/") < 3 or uri.split("/", 3)[3] == "":
        raise BadInput("The input names a file or folder in the bucket, not the whole bucket.")
    return uri


def _output(uri: str, rules: Rules) -> str:
    uri = uri or rules.output_uri
    if not uri:
        raise BadInput("Where should the results go? Give an S3 prefix such as s3://bucket/results/.")
    _s3(uri, rules)
    return uri if uri.endswith("/") else uri + "/"


def _s3(uri: str, rules: Rules) -> None:
    if not uri.startswith("s3://"):
        raise BadInput("An S3 address begins with s3://.")
    if len(uri) > URI_LENGTH:
        raise BadInput(f"An S3 address has at most {URI_LENGTH} characters; this one has {len(uri)}.")
    bucket = uri[5:].split("/", 1)[0]
    if not re.fullmatch(r"[a-z0-9][-.a-z0-9]{1,61}[a-z0-9]", bucket):
        raise BadInput("A bucket's name has 3 to 63 lower-case letters, digits, dots or hyphens.")
    if "//" in uri[5:]:
        raise BadInput("Batch inference takes no empty folder name (//) in an S3 address.")
    if not _URI.fullmatch(uri):
        bad = next((c for c in uri[5:] if not re.fullmatch(r"[-!_*'().a-zA-Z0-9/]", c)), "?")
        shown = "a blank" if bad.isspace() else f"“{bad}”"
        raise BadInput(f"Batch inference takes no {shown} in an S3 address (only letters, digits and -!_*'().).")
    if bucket not in rules.buckets:
        allowed = ", ".join(rules.buckets[:5]) or "none is set up"
        raise BadInput(f"I may not use the bucket {bucket}. Allowed: {allowed}.")


def _model(wanted: str, rules: Rules) -> str:
    if not rules.models:
        raise BadInput("No models are set up. Whoever runs me lists them in batchbot.toml.")
    if not wanted:
        raise BadInput("Which model? " + _choices(rules))
    exact = [
        i for i, name in rules.models.items() if wanted in {i, normalise(i)} or wanted.casefold() == name.casefold()
    ]
    if len(exact) == 1:
        return exact[0]
    words = wanted.casefold().split()
    found = [i for i, name in rules.models.items() if all(w in f"{i} {name}".casefold() for w in words)]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(rules.models[i] for i in found[:6])
        raise BadInput(f"“{wanted[:60]}” could be {names}. Say which.")
    raise BadInput(f"I do not know the model “{wanted[:60]}”. {_choices(rules)}")


def _choices(rules: Rules) -> str:
    names = list(rules.models.values())
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return f"I may use: {', '.join(names[:8])}{more}."


def _type(wanted: str, _: Rules) -> str:
    kind = _TYPES.get(wanted.casefold() or "invokemodel")
    if kind is None:
        raise BadInput("The type is InvokeModel or Converse.")
    return kind


def _hours(wanted: str, _: Rules) -> str:
    text = wanted.casefold().removesuffix("hours").removesuffix("h").strip() or str(HOURS[0])
    if not text.isascii() or not text.isdigit() or not HOURS[0] <= int(text) <= HOURS[1]:
        raise BadInput(f"The timeout is a whole number of hours from {HOURS[0]} to {HOURS[1]}.")
    return str(int(text))
