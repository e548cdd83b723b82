"""What the tests of the page share: one quiet world and one browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from playground.page.run import Playground
from playground.tour.world import Options, World
from tests.playground.accounts import account_clock, quiet_account
from tests.playground.browser import browser

__all__ = ["account_clock", "browser", "quiet", "quiet_account"]


@pytest.fixture(scope="session")
def quiet() -> Iterator[tuple[World, Playground, str]]:
    """A world with its page, and with nobody behind the bot's address."""
    with World(Options()) as world:
        playground = Playground(world, bot=False, bot_url="http://127.0.0.1:9", port=0)
        with playground.opened() as url:
            yield world, playground, url
