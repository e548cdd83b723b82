"""Pictures: drawn and uploaded after the text stands, tried again, and missed with a line."""

# ruff: noqa: PLR0917  (fixtures are asked for by name)

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from bot.db import Database
from bot.errors import AwsUnavailable
from bot.slack import cards
from bot.slack.cards import NO_PICTURE, PICTURE_FAILED, PICTURE_READY, PICTURE_WANTED
from bot.slack.client import Slack
from bot.slack.pictures import TRIES, Drawing, Pictures
from playground.slack import SlackServer
from tests.wire import NOW, Time, rows

KEY = "thing:1"


class Maker:
    """Draws what it is told to; does something in between where the test wants that."""

    def __init__(self) -> None:
        self.drawing: Drawing | None = Drawing(b"\x89PNG one", "It falls.", "one.png")
        self.errors: list[Exception] = []
        self.meanwhile: Any = None

    def __call__(self, _key: str, _now: datetime) -> Drawing | None:
        if self.errors:
            raise self.errors.pop(0)
        drawn = self.drawing
        if self.meanwhile:
            done, self.meanwhile = self.meanwhile, None
            done()
        return drawn


@pytest.fixture
def maker() -> Maker:
    return Maker()


@pytest.fixture
def pictures(db: Database, slack: Slack, maker: Maker) -> Pictures:
    return Pictures(db, slack, {"thing": maker})


def stand(db: Database, *, ts: str | None = "1.1") -> None:
    """A card that is shown already."""
    with db.write() as tx:
        cards.want(tx, KEY, ["C1"], NOW)
        tx.execute(cards.cards.update().values(ts=ts, shown=1))


def wish(db: Database, time: Time) -> None:
    with db.write() as tx:
        cards.want_picture(tx, KEY, time())


def work(pictures: Pictures, time: Time) -> list[str]:
    due = pictures.due(time())
    for one in due:
        assert pictures.make(one.key, time()) == 0.0
    return [one.id for one in due]


def row(db: Database) -> Any:
    [found] = rows(db, cards.cards)
    return found


def test_a_picture_is_uploaded_and_the_card_is_behind(
    db: Database, time: Time, server: SlackServer, maker: Maker, pictures: Pictures
) -> None:
    """With its alternative text; no channel sees the file by itself."""
    stand(db)
    assert row(db).picture == NO_PICTURE
    wish(db, time)
    assert len(work(pictures, time)) == 1
    [file] = server.workspace.files.values()
    assert (file.content, file.name, file.alt_text) == (b"\x89PNG one", "one.png", "It falls.")
    assert file.channels == set()
    card = row(db)
    assert (card.picture, card.picture_file, card.picture_alt) == (PICTURE_READY, file.id, "It falls.")
    assert (card.wanted, card.shown) == (2, 1)
    assert work(pictures, time) == []


def test_the_text_is_posted_before_the_picture_is_drawn(
    db: Database, time: Time, server: SlackServer, pictures: Pictures
) -> None:
    """A card that does not stand yet wants no picture yet."""
    stand(db, ts=None)
    wish(db, time)
    assert work(pictures, time) == []


def test_where_there_is_nothing_to_draw_the_card_has_none(
    db: Database, time: Time, server: SlackServer, maker: Maker, pictures: Pictures
) -> None:
    """And no line about it."""
    maker.drawing = None
    stand(db)
    wish(db, time)
    work(pictures, time)
    assert (row(db).picture_file, row(db).picture_note, server.workspace.files) == (None, "", {})


@pytest.mark.parametrize("what", ["amazon", "slack"])
def test_a_failure_is_tried_again(
    db: Database, time: Time, server: SlackServer, maker: Maker, pictures: Pictures, what: str
) -> None:
    """Each attempt under a name of its own, later and later."""
    if what == "amazon":
        maker.errors = [AwsUnavailable()] * 2
    else:
        server.faults.outage("files.getUploadURLExternal", times=2)
    stand(db)
    wish(db, time)
    seen: list[str] = []
    for _ in range(20):
        seen += work(pictures, time)
        time.after(1)
    assert len(set(seen)) == len(seen) == 3
    assert row(db).picture == PICTURE_READY


def test_after_some_tries_a_line_says_why_there_is_none(
    db: Database, time: Time, maker: Maker, pictures: Pictures
) -> None:
    """The card stays as it is."""
    maker.errors = [AwsUnavailable("Amazon was too busy.")] * 99
    stand(db)
    wish(db, time)
    for _ in range(TRIES):
        work(pictures, time)
        time.after(60)
    card = row(db)
    assert (card.picture, card.picture_note) == (PICTURE_FAILED, "No picture: Amazon was too busy.")
    assert card.wanted == 2
    assert work(pictures, time) == []


def test_a_new_wish_during_the_upload_is_drawn_too(
    db: Database, time: Time, server: SlackServer, maker: Maker, pictures: Pictures
) -> None:
    """Somebody chose another range meanwhile: the picture that was overtaken must not stay."""

    def another() -> None:
        time.after(1)
        maker.drawing = Drawing(b"\x89PNG two", "It rises.", "two.png")
        wish(db, time)

    maker.meanwhile = another
    stand(db)
    wish(db, time)
    work(pictures, time)
    assert row(db).picture == PICTURE_WANTED
    work(pictures, time)
    assert (row(db).picture, row(db).picture_alt) == (PICTURE_READY, "It rises.")


def test_a_second_picture_is_another_piece_of_work(db: Database, time: Time, pictures: Pictures) -> None:
    """The durable queue knows the first one's name and would not run it again."""
    stand(db)
    wish(db, time)
    first = work(pictures, time)
    time.after(1)
    wish(db, time)
    assert set(first).isdisjoint(work(pictures, time))


def test_a_card_that_is_gone_wants_nothing(pictures: Pictures) -> None:
    """Its work may still stand in the queue."""
    assert pictures.make("thing:none", NOW) == 0.0
