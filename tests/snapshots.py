"""Messages as they looked when somebody last looked at them; ``SNAPSHOT_UPDATE=1`` writes them anew."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from bot.slack.blocks import Message


def same_as_before(folder: Path, name: str, seen: Message | dict[str, Any]) -> None:
    """Fail where the message (or view) is another than the one in the file."""
    value = {"text": seen.text, "blocks": seen.blocks} if isinstance(seen, Message) else seen
    got = json.dumps(value, indent=1, ensure_ascii=False) + "\n"
    path = folder / f"{name}.json"
    if os.environ.get("SNAPSHOT_UPDATE"):
        folder.mkdir(exist_ok=True)
        path.write_text(got, encoding="utf-8")
    assert path.exists(), f"{path} is missing: look at the message, then run with SNAPSHOT_UPDATE=1"
    assert got == path.read_text(encoding="utf-8")
