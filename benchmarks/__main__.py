"""``python -m benchmarks``: every benchmark that takes minutes, one after another, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys

ALL = ("slash_ack", "sns_intake", "alarm_storm", "footprint")


def main() -> int:
    """Hand the arguments on; the first failure ends it."""
    for name in ALL:
        code = subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *sys.argv[1:]], check=False).returncode
        if code:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
