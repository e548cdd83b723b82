"""The models that an alarm may watch: those that have metrics, as CloudWatch spells them, and those of the settings; pure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

from bot.alarms.making.plan import Choice
from bot.aws.modelids import geography, normalise, release


def choices(measured: Iterable[str], allowed: Iterable[str], names: Callable[[str], str]) -> list[Choice]:
    """Measured models first, each by its own ``ModelId``; an allowed one without metrics by its bare id.

    Amazon does not say which form of a profile's id the metrics carry, so what is measured is taken as it stands.
    """
    known = {normalise(model_id) for model_id in measured}
    found = [(model_id, True) for model_id in measured]
    found += [(bare, False) for bare in dict.fromkeys(normalise(one) for one in allowed) if bare not in known]
    named = [Choice(_key(model_id), model_id, names(model_id), has) for model_id, has in found]
    return [
        _told_apart(one, named) for one in sorted(named, key=lambda one: (not one.measured, one.name, one.model_id))
    ]


def _told_apart(choice: Choice, others: Sequence[Choice]) -> Choice:
    """Two of one name are told apart by geography and release."""
    if sum(one.name == choice.name for one in others) < 2:
        return choice
    more = " ".join(filter(None, (geography(choice.model_id), release(choice.model_id)))) or choice.model_id[:30]
    return Choice(choice.key, choice.model_id, f"{choice.name} ({more})"[:70], choice.measured)


def _key(model_id: str) -> str:
    return hashlib.sha256(model_id.encode()).hexdigest()[:12]
