"""The command line: ``python -m playground [--tour]``, the same as ``batchbot playground``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

EPILOG = """\
Any other bot runs against it: give its manifest, and start it with the environment that is printed.

  python -m playground --manifest manifest.yaml --bot none --bot-url http://127.0.0.1:3000

  import os
  from slack_bolt import App
  from slack_sdk import WebClient

  token, secret = os.environ["SLACK_BOT_TOKEN"], os.environ["SLACK_SIGNING_SECRET"]
  app = App(client=WebClient(token=token, base_url=os.environ["SLACK_API_URL"]), signing_secret=secret)

  @app.command("/hello")
  def hello(ack, command):
      ack(f"Hello, {command['user_name']}")

  app.start(3000)
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Play the tour, or keep the page open until Ctrl-C; returns the exit code."""
    args = _parser().parse_args(argv)
    if args.tour:
        return _tour(args)
    from playground.page.run import Playground, serve  # heavy: after --help
    from playground.tour.world import Options, World

    options = Options(
        speed=args.speed,
        database=args.database,
        socket_mode=args.socket_mode,
        manifest=args.manifest,
        submitters=("ana", "ben"),
        admins=("ben",),
        summary_cron="*/15 * * * *",
    )
    try:
        ours = args.bot == "batchbot"
        return serve(Playground(World(options), bot=ours, bot_url=args.bot_url, port=args.page_port))
    except KeyboardInterrupt:
        return 0


def _tour(args: argparse.Namespace) -> int:
    from playground.tour import Options, play

    options = Options(
        speed=args.speed,
        database=args.database,
        out=args.out,
        socket_mode=args.socket_mode,
        colours=sys.stdout.isatty(),
    )
    try:
        return play(options)
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="batchbot playground",
        description="A Slack workspace and an AWS account in a box, in the browser, with the bot between them; "
        "no account, no token.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--page-port", type=int, metavar="PORT", help="where the page is (8765, or any if that is taken)"
    )
    parser.add_argument(
        "--tour", action="store_true", help="no page: play the whole story and print the channels as text"
    )
    parser.add_argument("--speed", type=_positive, default=60.0, help="simulated seconds in a second (default 60)")
    parser.add_argument(
        "--database", default="", metavar="URL", help="where the bot keeps its rows (default: SQLite, thrown away)"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("tour"), metavar="DIR", help="the tour's charts and channels.txt (./tour)"
    )
    parser.add_argument("--socket-mode", action="store_true", help="no HTTP: Socket Mode, and alarms by an SQS queue")
    parser.add_argument("--manifest", type=_file, metavar="PATH", help="the app to install in the workspace (our own)")
    parser.add_argument(
        "--bot", choices=("batchbot", "none"), default="batchbot", help="none: bring your own, see below"
    )
    parser.add_argument(
        "--bot-url", default="http://127.0.0.1:3000", metavar="URL", help="where your own bot listens (%(default)s)"
    )
    return parser


def _positive(text: str) -> float:
    value = float(text)
    if not 1 <= value <= 600:
        raise argparse.ArgumentTypeError("must be from 1 to 600")
    return value


def _file(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"there is no file {path}")
    return path


if __name__ == "__main__":
    sys.exit(main())
