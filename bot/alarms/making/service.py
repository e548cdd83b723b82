"""What happens to an alarm in the making: its form filled in from history, its draft shown, an existing one read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
import structlog

from bot import charts
from bot.alarms import graph
from bot.alarms.making import definition, definition_views, editing, plan
from bot.alarms.making import form as making_form
from bot.alarms.making import store as drafts
from bot.alarms.making.form import State
from bot.alarms.making.model_choices import choices
from bot.alarms.making.past import Past
from bot.alarms.making.plan import Choice
from bot.alarms.making.proposal import Proposed
from bot.alarms.making.store import DRAFT, OPEN, READING, Draft
from bot.alarms.making.writing import show
from bot.aws.alarms import AlarmApi
from bot.db import Database
from bot.errors import AwsError, AwsUnavailable, BadInput, SlackError
from bot.slack import blocks
from bot.slack.blocks import Message
from bot.slack.cards import Picture
from bot.slack.pictures import Drawing
from bot.slack.whispers import whisper

log = structlog.get_logger(__name__)

KEEP_TRYING = timedelta(minutes=10)

UpdateView = Callable[[str, Mapping[str, Any], str], object]
"""Replaces what a modal shows: its id, the view, the hash that it must still have (or an empty string)."""


@dataclass(frozen=True, slots=True)
class Here:
    """What this bot is set up with: topics that it hears, allowed model ids, the time zone of pictures, the command."""

    topics: Sequence[str]
    models: Sequence[str]
    zone: str
    command: str


class Making:
    """Works in the worker, but for ``models`` and ``notes``, which the door asks too."""

    def __init__(
        self,
        db: Database,
        api: Callable[[], AlarmApi],
        measured: Callable[[], Sequence[str]],
        here: Here,
        *,
        names: Callable[[str], str],
        channel_of: Callable[[str], str],
        update_view: UpdateView,
    ) -> None:
        """``measured`` lists the ModelIds that have metrics; ``channel_of`` is where an alarm of this name is shown."""
        self._db = db
        self._api = api
        self._measured = measured
        self._here = here
        self._names = names
        self._channel_of = channel_of
        self._update_view = update_view
        self._past = Past(api, names)

    # --- what may be watched ----------------------------------------------------------------------------------------

    def models(self, now: datetime) -> list[Choice]:
        """From rows: what had metrics when it was last looked, and what the settings allow."""
        with self._db.read() as tx:
            return choices(drafts.measured(tx, now), self._here.models, self._names)

    def _look_for_models(self, now: datetime) -> list[Choice]:
        found = self._measured()
        with self._db.write() as tx:
            drafts.seen(tx, found, now)
        return self.models(now)

    def _topics(self) -> list[str]:
        """The topic that alarms tell: the first of the settings that lies in their region."""
        region = self._api().region
        return [one for one in self._here.topics if one.split(":")[3] == region][:1]

    def notes(self, name: str) -> list[str]:
        """Safe lines below a form: where the alarm will be heard."""
        if not self._here.topics:
            return ["⚠️ It would tell nobody: no topic is set up. Whoever runs me has to set BATCHBOT_TOPIC_ARNS."]
        channel = self._channel_of(name)
        return [
            f"Its messages go to <#{channel}>."
            if channel
            else "Its messages have no channel: set BATCHBOT_ALARMS_CHANNEL."
        ]

    # --- the form for a new one ---------------------------------------------------------------------------------------

    def fill_form(self, body: Mapping[str, Any], now: datetime) -> None:
        """Bring the models and the proposal from the chosen one's history into an open form; nothing typed is lost."""
        old, state = dict(body["fields"]), making_form.unpack(str(body["state"]))
        try:
            models = self._look_for_models(now)
            fields, said = making_form.filled(old, state.said, models)
            proposed = self._proposed(fields, models, now)
        except AwsError as error:
            models, proposed, notes = self.models(now), None, [blocks.esc(error.sentence)]
            fields, said = making_form.filled(old, state.said, models)
        else:
            notes = [f"The threshold is {blocks.esc(proposed.why)}."] if proposed else []
        if proposed:
            fields, said = making_form.filled(fields, said, models, proposed.threshold)
        ids = making_form.renamed(dict(body["ids"]), old, fields)
        lines = [*notes, *self.notes(fields["name"])]
        view = making_form.create(fields, models, replace(state, said=said), ids, lines)
        self._into(str(body["view"]), view, str(body.get("hash") or ""))

    def _proposed(self, fields: Mapping[str, str], models: Sequence[Choice], now: datetime) -> Proposed | None:
        wanted, _ = plan.read(fields, models)
        return self._past.propose(wanted, _ids(models), now) if wanted else None

    def _into(self, view_id: str, view: Mapping[str, Any], hash_: str = "") -> None:
        """A form that was closed or that shows something newer by now is left alone."""
        try:
            self._update_view(view_id, view, hash_)
        except SlackError as error:
            log.info("form.not_updated", code=error.code)

    # --- a draft ----------------------------------------------------------------------------------------------------

    def draft(self, inbox_id: str, body: Mapping[str, Any], at: datetime, now: datetime) -> None:
        """Make a draft of what was asked for (or change one) and show it; raises AwsUnavailable to be tried again."""
        made = self._begun(inbox_id, body)
        if made.state not in {READING, *OPEN}:
            late = definition_views.said("⚠️", "That draft is being written or over already. Look at its card.")
            self._whisper(f"draft-late:{inbox_id}", late, body, now)
            return
        made.problem, made.error = "", ""
        try:
            self._compose(made, now)
        except AwsUnavailable as error:
            if now - at < KEEP_TRYING:
                raise
            made.problem = error.sentence
        except (AwsError, BadInput) as error:
            made.problem = error.sentence
        made.state, made.revision = DRAFT, made.revision + 1
        with self._db.write() as tx:
            drafts.save(tx, made, now)
            show(tx, made, now, picture=bool(made.definition.get("EvaluationPeriods")))

    def _begun(self, inbox_id: str, body: Mapping[str, Any]) -> Draft:
        draft_id = str(body.get("draft") or drafts.key_of(inbox_id))
        with self._db.read() as tx:
            made = drafts.get(tx, draft_id)
        made = made or Draft(draft_id, str(body["user"]), str(body.get("channel") or ""))
        made.fields = {str(key): str(value) for key, value in dict(body["fields"]).items()}
        return made

    def _compose(self, made: Draft, now: datetime) -> None:
        """The definition, what it would have done, and whether it may be written."""
        api, topics = self._api(), self._topics()
        made.region, made.week, made.definition = (
            api.region,
            None,
            {"AlarmName": made.name or made.fields.get("name", "?")},
        )
        models = self._look_for_models(now)
        if made.before is None:
            self._compose_new(made, models, topics, now)
        else:
            made.definition, errors = editing.edited(made.before, made.fields, topics)
            made.problem = " ".join(errors.values())
        made.models = len(_ids(models))
        made.week = self._past.week(made.definition, _ids(models), now)
        if made.before is None and api.find(made.name) is not None:
            change = f"{self._here.command} alarm edit {made.name}"
            made.problem = f"There is an alarm of that name already. Choose another name, or change that one: {change}"

    def _compose_new(self, made: Draft, models: Sequence[Choice], topics: Sequence[str], now: datetime) -> None:
        wanted, errors = plan.read(made.fields, models)
        if wanted is None:
            raise BadInput(" ".join(errors.values()))
        made.why = ""
        if wanted.threshold is None:
            found = self._past.propose_or_default(wanted, _ids(models), now)
            wanted, made.why = replace(wanted, threshold=found.threshold), found.why
            made.fields["threshold"] = editing.shown(found.threshold)
        made.definition = definition.request(wanted, topics, made.user)

    def render(self, key: str, picture: Picture, _now: datetime) -> Message | None:
        """The card of ``draft:<id>``."""
        with self._db.read() as tx:
            made = drafts.get(tx, key.split(":", 1)[1])
        if made is None or made.state == READING:
            return None
        image = blocks.image(picture.file_id, picture.alt_text) if picture.file_id else None
        sheet = sheet_of(made, self._channel_of(made.name))
        return definition_views.draft(sheet, self._names, picture=image, picture_note=picture.note)

    def draw(self, key: str, now: datetime) -> Drawing | None:
        """The picture of ``draft:<id>``: its last week, with the times at which it would have rung."""
        with self._db.read() as tx:
            made = drafts.get(tx, key.split(":", 1)[1])
        if made is None or not made.definition.get("EvaluationPeriods"):
            return None
        shown = self._past.graph(made.definition, _ids(self.models(now)), now, self._here.zone)
        if shown is None:
            return None
        return Drawing(charts.png(graph.spec(shown)), graph.alt_text(shown), f"alarm-{made.id[:8]}.png")

    # --- changing one that exists -----------------------------------------------------------------------------------

    def edit(self, body: Mapping[str, Any], now: datetime) -> None:
        """Read an alarm and put its values into the form that stands open; refuse what could not be kept."""
        name, view_id = str(body["name"]), str(body["view"])
        try:
            found, topics = self._api().find(name), self._topics()
        except AwsError as error:
            self._into(view_id, making_form.refused(error.sentence))
            return
        if found is None:
            self._into(
                view_id, making_form.refused(f"I know no alarm “{name[:100]}”. {self._here.command} alarms lists all.")
            )
            return
        if why := editing.refusal(found):
            self._into(view_id, making_form.refused(why))
            return
        made = Draft(drafts.key_of(view_id), str(body["user"]), str(body.get("channel") or ""))
        made.before = msgspec.to_builtins(found)
        made.fields = editing.fields_of(found, topics)
        with self._db.write() as tx:
            drafts.save(tx, made, now)
        self._into(view_id, making_form.edit(name, made.fields, State(made.channel, made.id)))

    # --- the rest ---------------------------------------------------------------------------------------------------

    def _whisper(self, key: str, message: Message, body: Mapping[str, Any], now: datetime) -> None:
        url, channel = str(body.get("response_url") or ""), str(body.get("channel") or "")
        with self._db.write() as tx:
            whisper(tx, key, message, now, user=str(body["user"]), channel=channel, response_url=url)

    def purge(self, before: datetime) -> int:
        """Forget old drafts; returns how many rows."""
        with self._db.write() as tx:
            return drafts.purge(tx, before)


def _ids(models: Sequence[Choice]) -> list[str]:
    return [one.model_id for one in models if one.measured]


def sheet_of(made: Draft, channel: str) -> definition_views.Sheet:
    """What the card says of a draft; its messages will go to ``channel``."""
    return definition_views.Sheet(
        state=made.state,
        value=f"{made.id}:{made.revision}",
        definition=made.definition,
        before=made.before,
        models=made.models,
        week=made.week,
        why=made.why,
        region=made.region,
        problem=made.problem,
        error=made.error,
        differences=made.differences,
        asked_by=made.user,
        written_by=made.written_by,
        channel=channel,
    )
