"""Rights: people and user groups; nobody by default, and groups as Slack knows them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.db import Database
from bot.rights import REFRESH_SECONDS, Rights
from playground.slack import SlackServer
from tests.wire import NOW, Time, opened, slack_of, slack_server

ANA, BEN, CY = "U0ANA00001", "U0BEN00001", "U0CY00001"


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    with opened(database_url) as found:
        yield found


@pytest.fixture
def quick(tmp_path: Path) -> Iterator[Database]:
    with opened(f"sqlite:///{tmp_path / 'b.db'}") as found:
        yield found


@pytest.fixture
def server() -> Iterator[SlackServer]:
    with slack_server(Time()) as found:
        yield found


def group(server: SlackServer) -> str:
    return next(iter(server.workspace.groups))


def test_nobody_may_anything_by_default(quick: Database) -> None:
    """Submitting spends money."""
    rights = Rights(quick, (), ())
    assert not rights.may_submit(ANA)
    assert not rights.is_admin(ANA)


def test_people_are_named_by_their_id(quick: Database) -> None:
    """Exactly; a part of an id, another case or nobody at all is nobody."""
    rights = Rights(quick, (ANA, "W0ENTERPRISE"), (BEN,))
    assert [rights.may_submit(u) for u in (ANA, "W0ENTERPRISE", BEN, CY, ANA[:-1], ANA.lower(), "")] == [
        True, True, True, False, False, False, False,
    ]  # fmt: skip
    assert [rights.is_admin(u) for u in (ANA, BEN, CY, "")] == [False, True, False, False]


def test_a_star_is_everyone_for_that_right_alone(quick: Database) -> None:
    """Everyone may submit; admins stay those who are named."""
    rights = Rights(quick, ("*",), (BEN,))
    assert rights.may_submit(CY)
    assert not rights.is_admin(CY)


def test_operators_silence_and_change_alarms_and_nothing_else(quick: Database) -> None:
    """Whoever is not named has to ask; the admins may it always."""
    rights = Rights(quick, ("*",), (BEN,), (ANA,))
    assert [rights.may_operate(u) for u in (ANA, BEN, CY, "")] == [True, True, False, False]
    assert not rights.is_admin(ANA)
    assert not Rights(quick, ("*",), ()).may_operate(ANA)
    assert Rights(quick, (), (), ("*",)).may_operate(CY)


def test_a_group_of_operators_is_read_from_slack(quick: Database, server: SlackServer) -> None:
    """Like every other group."""
    rights = Rights(quick, (), (), (group(server),))
    assert not rights.may_operate(ANA)
    rights.refresh(slack_of(server).group_members, NOW)
    assert [rights.may_operate(u) for u in (ANA, CY)] == [True, False]


def test_a_group_counts_once_slack_was_asked(db: Database, server: SlackServer) -> None:
    """The doors decide by rows; the worker brings them from Slack."""
    rights = Rights(db, (group(server),), ())
    assert not rights.may_submit(ANA)
    assert rights.refresh(slack_of(server).group_members, NOW) == REFRESH_SECONDS
    assert [rights.may_submit(u) for u in (ANA, BEN, CY)] == [True, True, False]
    assert not rights.is_admin(ANA)


def test_who_leaves_the_group_loses_the_right(db: Database, server: SlackServer) -> None:
    """The next refresh follows Slack, also when the group is empty."""
    slack, members = slack_of(server), server.workspace.groups[group(server)].members
    rights = Rights(db, (), (group(server),))
    rights.refresh(slack.group_members, NOW)
    members.remove(ANA)
    members.add(CY)
    rights.refresh(slack.group_members, NOW)
    assert [rights.is_admin(u) for u in (ANA, BEN, CY)] == [False, True, True]
    members.clear()
    rights.refresh(slack.group_members, NOW)
    assert not rights.is_admin(BEN)


def test_a_group_that_cannot_be_read_keeps_what_was_known(db: Database, server: SlackServer) -> None:
    """A bad hour of Slack's takes nobody's right away, and the other groups are still read."""
    slack, other = slack_of(server), server.workspace.add_group("ops", CY)
    rights = Rights(db, (group(server), other.id), ())
    rights.refresh(slack.group_members, NOW)
    server.faults.fail("usergroups.users.list", "missing_scope", times=1)
    server.workspace.groups[other.id].members = {CY, BEN}
    rights.refresh(slack.group_members, NOW)
    assert [rights.may_submit(u) for u in (ANA, BEN, CY)] == [True, True, True]
    server.faults.outage("usergroups.users.list", times=2)
    rights.refresh(slack.group_members, NOW)
    assert rights.may_submit(ANA)


def test_one_groups_members_have_no_right_of_another_group(db: Database, server: SlackServer) -> None:
    """Submitters of one group are not admins of the other."""
    other = server.workspace.add_group("ops", CY)
    rights = Rights(db, (group(server),), (other.id,))
    rights.refresh(slack_of(server).group_members, NOW)
    assert (rights.is_admin(ANA), rights.is_admin(CY)) == (False, True)


def test_without_groups_slack_is_not_asked(quick: Database, server: SlackServer) -> None:
    """No scope is needed where only people are named."""
    Rights(quick, (ANA, "*"), (BEN,)).refresh(slack_of(server).group_members, NOW)
    assert server.calls == []
