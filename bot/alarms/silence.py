"""Snoozing in the worker: a real mute rule in CloudWatch, or the bot's own quiet, and how both are taken back.

The request is a row in the inbox before Amazon is asked, and the rule's name is made from that row: however often it is
repeated there is one rule. A rule that stands for nothing any more is deleted by a request of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import structlog

from bot.alarms import control_views, store
from bot.alarms.board import Board, card_of, told
from bot.alarms.episode import Episode, Snooze
from bot.alarms.snooze import Window, window
from bot.aws.mutes import Mutes
from bot.db import Database, Tx
from bot.errors import AwsError, AwsUnavailable, BadInput
from bot.slack.blocks import Message
from bot.slack.whispers import whisper

log = structlog.get_logger(__name__)

WAITING = "CloudWatch does not answer at the moment. I go on trying; the card shows when it is done."

Ask = Callable[[Tx, str, Mapping[str, Any], datetime], None]
"""Puts a request to delete a rule into the inbox within a transaction: id, body, now."""


class Silence:
    """Handles ``alarm-snooze``, ``alarm-unsnooze`` and ``alarm-unmute``; each may be repeated from its beginning."""

    def __init__(self, db: Database, board: Board, mutes: Callable[[], Mutes], ask: Ask) -> None:
        """``mutes`` is made when it is first needed."""
        self._db = db
        self._board = board
        self._mutes = mutes
        self._ask = ask

    def snooze(self, inbox_id: str, body: Mapping[str, Any], now: datetime) -> None:
        """Make an alarm quiet until ``body["until"]``; with ``here_only`` CloudWatch is not asked."""
        until, name = datetime.fromisoformat(str(body["until"])), _name(inbox_id)
        with self._db.read() as tx:
            episode = store.get(tx, str(body["episode"]))
            if episode is None or told(tx, card_of(episode), name):
                return
        rule = "" if body.get("here_only") else f"batchbot-{episode.id}-{name[-8:]}"
        try:
            quiet = window(now, until)
            if rule:
                self._mute(episode, rule, quiet, str(body["user"]))
        except AwsUnavailable:
            self._say(inbox_id, "waiting", control_views.told(WAITING), body, now)
            raise
        except AwsError as error:
            log.warning("alarm.not_snoozed", alarm=episode.alarm.name[:100], reason=error.sentence)
            self._say(inbox_id, "offer", control_views.here_only(episode, until, error.sentence), body, now)
        except BadInput as error:
            self._say(inbox_id, "late", control_views.told(error.sentence), body, now)
        else:
            self._snoozed(episode.id, name, Snooze(until, str(body["user"]), rule), now)

    def _mute(self, episode: Episode, rule: str, quiet: Window, user: str) -> None:
        alarm, mutes = episode.alarm, self._mutes()
        mutes.check(alarm.name, alarm.arn)
        why = f"Snoozed from Slack by {user} until {quiet.end.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        mutes.mute(rule, alarm.name, (quiet.start, quiet.minutes), why)

    def _snoozed(self, episode_id: str, name: str, quiet: Snooze, now: datetime) -> None:
        with self._db.write() as tx:
            episode = store.lock(tx, episode_id)
            if episode is None or told(tx, card_of(episode), name):
                return
            self._forget_rule(tx, episode, now)
            later = replace(episode, snooze=quiet)
            store.save(tx, later)
            message = control_views.snoozed_reply(quiet.by, quiet.until, rule=bool(quiet.rule))
            self._board.reply(tx, later, name, message, now)
            # The act itself is shown at once; it is what follows that has time.
            self._board.show(tx, later, now, at_once=True)
        log.info(
            "alarm.snoozed", alarm=episode.alarm.name[:100], by=quiet.by, until=quiet.until.isoformat(), rule=quiet.rule
        )

    def unsnooze(self, inbox_id: str, body: Mapping[str, Any], now: datetime) -> None:
        """End the quiet, in CloudWatch first."""
        with self._db.read() as tx:
            episode = store.get(tx, str(body["episode"]))
        if episode is None or episode.snooze is None:
            return
        rule = episode.snooze.rule
        try:
            if rule:
                self._mutes().unmute(rule)
        except AwsUnavailable:
            self._say(inbox_id, "waiting", control_views.told(WAITING), body, now)
            raise
        except AwsError as error:
            log.warning("alarm.not_unsnoozed", alarm=episode.alarm.name[:100], reason=error.sentence)
            self._say(inbox_id, "refused", control_views.told(error.sentence), body, now)
            return
        self._unsnoozed(episode, _name(inbox_id), str(body["user"]), now)

    def _unsnoozed(self, seen: Episode, name: str, user: str, now: datetime) -> None:
        with self._db.write() as tx:
            episode = store.lock(tx, seen.id)
            if episode is None or episode.snooze != seen.snooze:
                return
            later = replace(episode, snooze=None)
            store.save(tx, later)
            self._board.reply(tx, later, name, control_views.unsnoozed_reply(user), now)
            self._board.show(tx, later, now)
        log.info("alarm.unsnoozed", alarm=seen.alarm.name[:100], by=user)

    def over(self, episode_id: str, now: datetime) -> None:
        """End a quiet whose time has come; what is still in alarm says so in its thread and is shown as it is."""
        with self._db.write() as tx:
            episode = store.lock(tx, episode_id)
            if episode is None or episode.snooze is None or episode.quiet(now):
                return
            self._forget_rule(tx, episode, now)
            later = replace(episode, snooze=None)
            store.save(tx, later)
            if later.open:
                name = f"over-{episode.snooze.until.timestamp():.0f}"
                self._board.reply(tx, later, name, control_views.snooze_over_reply(episode), now)
            self._board.show(tx, later, now)
        log.info("alarm.snooze_over", alarm=episode.alarm.name[:100], open=episode.open)

    def _forget_rule(self, tx: Tx, episode: Episode, now: datetime) -> None:
        """CloudWatch keeps rules that are over, and takes 2,000 in all."""
        rule = episode.snooze.rule if episode.snooze else ""
        if rule:
            self._ask(tx, f"unmute:{rule}", {"rule": rule}, now)

    def unmute(self, body: Mapping[str, Any], _now: datetime) -> None:
        """Delete a rule that stands for nothing any more; one that may not be deleted ends by itself."""
        try:
            self._mutes().unmute(str(body["rule"]))
        except AwsUnavailable:
            raise
        except AwsError as error:
            log.warning("mute_rule.left", rule=str(body["rule"]), reason=error.sentence)

    def _say(self, inbox_id: str, what: str, message: Message, body: Mapping[str, Any], now: datetime) -> None:
        url, channel = str(body.get("response_url") or ""), str(body.get("channel") or "")
        with self._db.write() as tx:
            key = f"{_name(inbox_id)}:{what}"
            whisper(tx, key, message, now, user=str(body["user"]), channel=channel, response_url=url)


def _name(inbox_id: str) -> str:
    """The act's own name, under which its reply stands in the thread."""
    return f"act-{hashlib.sha256(inbox_id.encode()).hexdigest()[:24]}"
