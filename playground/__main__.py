"""The command line: ``python -m playground [--tour]``, the same as ``batchbot playground``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path


def main(argv: Sequence[str] | None = None) -> int:
    """Play the tour, or keep a workspace and an account open until Ctrl-C; returns the exit code."""
    args = _parser().parse_args(argv)
    from playground.tour import Options, play  # heavy: after --help
    from playground.tour.sandbox import keep_open

    options = Options(
        speed=args.speed,
        database=args.database,
        out=args.out,
        socket_mode=args.socket_mode,
        colours=sys.stdout.isatty(),
    )
    try:
        return play(options) if args.tour else keep_open(options)
    except KeyboardInterrupt:
        return 130 if args.tour else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="batchbot playground",
        description="A Slack workspace and an AWS account in a box, with the bot between them; no account, no token.",
    )
    parser.add_argument("--tour", action="store_true", help="play the whole story and print the channels as text")
    parser.add_argument("--speed", type=_positive, default=60.0, help="simulated seconds in a second (default 60)")
    parser.add_argument(
        "--database", default="", metavar="URL", help="where the bot keeps its rows (default: SQLite, thrown away)"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("tour"), metavar="DIR", help="for charts and channels.txt (./tour)"
    )
    parser.add_argument("--socket-mode", action="store_true", help="no HTTP: Socket Mode, and alarms by an SQS queue")
    return parser


def _positive(text: str) -> float:
    value = float(text)
    if not 1 <= value <= 600:
        raise argparse.ArgumentTypeError("must be from 1 to 600")
    return value


if __name__ == "__main__":
    sys.exit(main())
