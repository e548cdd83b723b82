"""The command line: ``batchbot run | web | worker | migrate | doctor | setup``, and commands of other packages."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import entry_points
from pathlib import Path

from dotenv import load_dotenv
from sqlalchemy.exc import SQLAlchemyError

from bot import logs, settings
from bot.errors import BotError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code. What the operator can mend is said in one sentence."""
    parser = argparse.ArgumentParser(prog="batchbot", description="Amazon Bedrock batch inference in Slack.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("run", help="everything in one process (the default for one machine)")
    commands.add_parser("web", help="the doors: Slack and SNS")
    commands.add_parser("worker", help="the work: Amazon, cards, schedules")
    commands.add_parser("migrate", help="bring the database up to this version")
    commands.add_parser("doctor", add_help=False, help="look at everything and say what to mend")
    commands.add_parser("setup", add_help=False, help="make topic, subscription, dead-letter queue and event rule")
    others = {entry.name: entry for entry in entry_points(group="batchbot.commands")}
    for name in others:
        commands.add_parser(name, add_help=False, help=f"see batchbot {name} --help")
    known, rest = parser.parse_known_args(argv)
    if known.command in others:
        return int(others[known.command].load()(rest))
    if rest and known.command not in {"doctor", "setup"}:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        return _operate(known.command, rest) if known.command in {"doctor", "setup"} else _run(known.command)
    except SQLAlchemyError as error:
        print(f"batchbot: the database cannot be used ({_short(error)}). Check BATCHBOT_DATABASE_URL.", file=sys.stderr)
        return 2
    except BotError as error:
        print(f"batchbot: {error.sentence}", file=sys.stderr)
        return 2


def _operate(command: str, options: Sequence[str]) -> int:
    """The commands of whoever sets the bot up; they bring options of their own."""
    if command == "doctor":
        from bot import doctor

        return doctor.main(options, print)
    from bot import setup

    return setup.main(options, print)


def _run(command: str) -> int:
    load_dotenv(Path(".env"))  # into the environment, so that boto3 finds its AWS_* there too
    read = settings.load()
    logs.configure(read.log_format, read.log_level)
    catalogue = settings.load_catalogue(read.config)
    from bot.app import App  # heavy: after the settings are known to be good
    from bot.process import Process

    app = App(read, catalogue)
    if command in {"migrate", "run"}:
        app.db.migrate()
    if command == "migrate":
        print("The database is up to date.")
        return 0
    return Process(app, web=command in {"run", "web"}, worker=command in {"run", "worker"}).run()


def _short(error: SQLAlchemyError) -> str:
    """The first line, without the address and its password."""
    return str(getattr(error, "orig", None) or type(error).__name__).splitlines()[0][:200]


if __name__ == "__main__":
    sys.exit(main())
