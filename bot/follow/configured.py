"""One follow-up as ``batchbot.toml`` has it, checked field by field while it is read."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.errors import Misconfigured
from bot.follow.addresses import read_address
from bot.follow.rule import DRAINED, Rule, Target

ENDS = ("Completed", "PartiallyCompleted")
KINDS = ("topic", "event_bus", "state_machine", "hook")

End = Literal["Completed", "PartiallyCompleted", "Failed", "Stopped", "Expired"]

_ACCOUNT = r"[a-z0-9-]+:[0-9]{12}"
_TOPIC = rf"^(arn:aws[a-z-]*:sns:{_ACCOUNT}:[A-Za-z0-9_-]{{1,256}}(\.fifo)?)?$"
_BUS = rf"^([A-Za-z0-9._/-]{{1,256}}|arn:aws[a-z-]*:events:{_ACCOUNT}:event-bus/[A-Za-z0-9._/-]{{1,256}})?$"
_MACHINE = rf"^(arn:aws[a-z-]*:states:{_ACCOUNT}:stateMachine:[A-Za-z0-9_-]{{1,80}}(:[A-Za-z0-9_-]{{1,80}})?)?$"


class Followup(BaseModel):
    """What runs when something is over, from ``[[followups]]``: a condition and exactly one target."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,59}$")
    when: Literal["job-ended", "backlog-drained"]
    model: str = Field(default="", max_length=2048)
    job: str = Field(default="", max_length=200)
    status: tuple[End, ...] = Field(default=(), max_length=5)
    topic: str = Field(default="", pattern=_TOPIC)
    event_bus: str = Field(default="", pattern=_BUS)
    state_machine: str = Field(default="", pattern=_MACHINE)
    hook: str = Field(default="", max_length=2000)

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        given = [kind for kind in KINDS if getattr(self, kind)]
        if len(given) != 1:
            told = f"not {' and '.join(given)}" if given else "none is given"
            raise ValueError(f"exactly one of {', '.join(KINDS)} says where it goes ({told})")
        if self.when == DRAINED and (self.job or self.status):
            field = "job" if self.job else "status"
            raise ValueError(f"{field} has no meaning for {DRAINED}; leave it out")
        return self

    def rule(self) -> Rule:
        """The same as the feature takes it."""
        [kind] = [kind for kind in KINDS if getattr(self, kind)]
        target = Target(kind, str(getattr(self, kind)))
        return Rule(self.name, self.when, target, self.model, self.job, self.status or ENDS)


def rules_of(followups: Sequence[Followup], hosts: Collection[str], topics: Collection[str]) -> list[Rule]:
    """The rules, each target checked against the other settings; Misconfigured names the entry and its field.

    ``hosts`` are those that hooks may lead to, ``topics`` those that the bot itself listens to.
    """
    for number, followup in enumerate(followups):
        if followup.topic and followup.topic in topics:
            raise Misconfigured(
                f"batchbot.toml: followups.{number}.topic: is one of BATCHBOT_TOPIC_ARNS, so I would be told by myself."
            )
        if followup.hook:
            try:
                read_address(followup.hook, hosts)
            except Misconfigured as error:
                raise Misconfigured(f"batchbot.toml: followups.{number}.hook: {error.sentence}.") from None
    return [followup.rule() for followup in followups]
