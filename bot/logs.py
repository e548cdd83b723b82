"""Structured logs: JSON lines in production, readable ones at a desk; no secret and no prompt gets into either."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_SECRET = re.compile(
    r"xox[a-z]-[A-Za-z0-9-]+|xapp-[A-Za-z0-9-]+|https?://[^\s\"']*(?:/commands/|/actions/|response_url|Token=)[^\s\"']*"
    r"|(?:AKIA|ASIA)[A-Z0-9]{16}|://[^/\s:@]+:[^@\s]+@"
)
_NAMES = re.compile(r"token|secret|password|subscribe_?url|response_url|authorization|signature", re.IGNORECASE)
_QUIET = ("slack_sdk", "slack_bolt", "botocore", "boto3", "urllib3", "uvicorn", "dbos", "alembic", "sqlalchemy")


def configure(fmt: str, level: str) -> None:
    """Send everything to standard error; ``fmt`` is json or text. Libraries speak from WARNING on: DEBUG prints bodies."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    end: Any = structlog.processors.JSONRenderer() if fmt == "json" else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, end], foreign_pre_chain=shared))  # fmt: skip
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in ("dbos", "slack_bolt", "uvicorn", "uvicorn.error"):
        logging.getLogger(name).handlers[:] = []
        logging.getLogger(name).propagate = True


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blank what looks like a secret by its name or by its shape, wherever it stands."""
    for key, value in event.items():
        if _NAMES.search(key):
            event[key] = "[hidden]"
        elif isinstance(value, str):
            event[key] = _SECRET.sub("[hidden]", value)
        elif not isinstance(value, (int, float, bool, type(None))):
            event[key] = _SECRET.sub("[hidden]", repr(value)) if not key.startswith("_") else value
    return event
