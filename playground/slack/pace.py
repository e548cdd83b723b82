"""How often the bot may ask: one post per second and channel, and a quota per method and minute."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass, field

from playground.slack.refusals import RateLimited

BURST = 5
TIERS = {
    1: ("apps.connections.open",),
    2: ("conversations.list", "users.list", "usergroups.list", "usergroups.users.list"),
    3: (
        "chat.update",
        "chat.delete",
        "conversations.history",
        "conversations.replies",
        "conversations.info",
        "conversations.open",
        "reactions.add",
    ),
    4: (
        "chat.postEphemeral",
        "conversations.members",
        "users.info",
        "views.open",
        "views.update",
        "views.push",
        "views.publish",
        "files.getUploadURLExternal",
        "files.completeUploadExternal",
        "files.info",
    ),
}
PER_MINUTE = {1: 5, 2: 20, 3: 50, 4: 100}


@dataclass
class Bucket:
    """A token bucket: `size` at once, `rate` per second in the long run."""

    size: float
    rate: float
    level: float = field(init=False)
    at: float = field(init=False)

    def __post_init__(self) -> None:
        self.level, self.at = self.size, time.monotonic()

    def take(self) -> float:
        """Zero if there was one to take, else the seconds until there is."""
        now = time.monotonic()
        self.level, self.at = min(self.size, self.level + (now - self.at) * self.rate), now
        if self.level >= 1:
            self.level -= 1
            return 0.0
        return (1 - self.level) / self.rate


class Pace:
    """Keeps the buckets; both rules can be turned off, for tests about something else."""

    def __init__(self, *, posts: bool = True, methods: bool = False) -> None:
        self.posts, self.methods = posts, methods
        self._buckets: dict[str, Bucket] = {}
        self._lock = threading.Lock()

    def post(self, channel: str) -> None:
        """Count a post in this channel, or refuse it."""
        if self.posts:
            self._take(f"channel {channel}", BURST, 1.0)

    def method(self, name: str) -> None:
        """Count a call of this method, or refuse it."""
        tier = next((t for t, names in TIERS.items() if name in names), None)
        if self.methods and tier is not None:
            quota = PER_MINUTE[tier]
            self._take(name, quota, quota / 60)

    def _take(self, key: str, size: float, rate: float) -> None:
        with self._lock:
            wait = self._buckets.setdefault(key, Bucket(size, rate)).take()
        if wait:
            raise RateLimited(max(1, math.ceil(wait)))
