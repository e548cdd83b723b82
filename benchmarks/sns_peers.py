"""Runs in a throw-away environment, with SNS validators from PyPI: prints what each verifies a second, as JSON.

Their certificate is handed to them, since neither keeps the one that it has fetched. Imports nothing of the project.
"""

import contextlib
import io
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Validate = Callable[[Any], None]


def message_validator(pem: bytes) -> Validate:
    """sns-message-validator: its fetch goes to a stand-in."""
    import sns_message_validator.sns_message_validator as module  # type: ignore[import-not-found]

    class Answer:
        content = pem

    class Requests:
        @staticmethod
        def get(_url: str) -> Answer:
            return Answer()

    module.requests = Requests
    validate: Validate = module.SNSMessageValidator().validate_message
    return validate


def validatesns(pem: bytes) -> Validate:
    """validatesns: takes a function that fetches."""
    import validatesns as module  # type: ignore[import-not-found]

    def validate(message: Any) -> None:
        module.validate(message, get_certificate=lambda _: pem)

    return validate


def rate(validate: Validate, bodies: list[bytes], seconds: float) -> float:
    """Messages a second, one thread, JSON included."""
    done, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        validate(json.loads(bodies[done % len(bodies)]))
        done += 1
    return done / (time.perf_counter() - began)


def main() -> None:
    """``sns_peers.py SECONDS PEM BODIES``; BODIES is a JSON list of texts."""
    seconds, pem = float(sys.argv[1]), Path(sys.argv[2]).read_bytes()
    bodies = [text.encode() for text in json.loads(Path(sys.argv[3]).read_text())]
    found: dict[str, float | str] = {}
    for name, make in (("sns-message-validator", message_validator), ("validatesns", validatesns)):
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                found[name] = rate(make(pem), bodies, seconds)
        except Exception as error:  # noqa: BLE001  (whatever a peer does, the others go on)
            found[name] = f"{type(error).__name__}: {error}"[:160]
    print(json.dumps(found))


if __name__ == "__main__":
    main()
