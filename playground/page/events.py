"""Tells every open page, at once, that something changed; several changes in a moment are told together."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from playground.slack.feed import Change, Feed

BEAT = 15.0
GATHER = 0.04
WIRE = {"call", "delivery"}


class Events:
    """Streams of server-sent events from the feed; no thread waits for them."""

    def __init__(self, feed: Feed) -> None:
        """Nobody listens yet."""
        self._streams: set[_Stream] = set()
        self._feed = feed

    async def lines(self) -> AsyncIterator[str]:
        """What one page is told: "state" when the workspace changed, "wire" when there was traffic."""
        stream = _Stream()
        self._streams.add(stream)
        leave = self._feed.subscribe(stream.heard)
        try:
            yield 'retry: 1000\ndata: ["state", "wire"]\n\n'
            while not stream.ended:
                yield await stream.next()
        finally:
            leave()
            self._streams.discard(stream)

    def end(self) -> None:
        """Let every page that listens now go; it will come back if there is something to come back to."""
        for stream in list(self._streams):
            stream.end()


class _Stream:
    def __init__(self) -> None:
        self.ended = False
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()
        self._kinds: set[str] = set()

    def heard(self, change: Change) -> None:
        self._kinds.add("wire" if change.kind in WIRE else "state")
        self._wake()

    def end(self) -> None:
        self.ended = True
        self._wake()

    def _wake(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._changed.set)

    async def next(self) -> str:
        try:
            await asyncio.wait_for(self._changed.wait(), BEAT)
        except TimeoutError:
            return ": still here\n\n"
        await asyncio.sleep(GATHER)
        self._changed.clear()
        told = sorted(self._kinds)
        self._kinds.clear()
        return f"data: {json.dumps(told)}\n\n"
