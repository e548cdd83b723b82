"""The import rules of the house, read off the source: who may know whom, who may touch the world."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BOT = ROOT / "bot"
FEATURES = ("jobs", "alarms", "metrics", "follow")

PURE = frozenset({
    "bot.errors", "bot.work", "bot.charts", "bot.axes", "bot.legend", "bot.panels", "bot.points", "bot.slack.blocks",
    "bot.slack.ask",
    "bot.aws.modelids", "bot.aws.sns_addresses", "bot.aws.policies", "bot.aws.retries",
    "bot.checks.finding", "bot.checks.grants", "bot.alarms.probe_views",
    "bot.jobs.job", "bot.jobs.submission", "bot.jobs.preflight", "bot.jobs.meanings", "bot.jobs.modal",
    "bot.jobs.views",
    "bot.alarms.alarm", "bot.alarms.episode", "bot.alarms.kinds", "bot.alarms.fields", "bot.alarms.trigger",
    "bot.alarms.cloudwatch_payloads", "bot.alarms.notices", "bot.alarms.views", "bot.alarms.notice_views",
    "bot.alarms.words", "bot.alarms.graph", "bot.alarms.joined", "bot.alarms.queries", "bot.alarms.kind_views",
    "bot.alarms.rules", "bot.alarms.reasons", "bot.alarms.data_queries", "bot.alarms.composites", "bot.alarms.markdown",
    "bot.alarms.events",
    "bot.alarms.described", "bot.alarms.missed",
    "bot.follow.rule", "bot.follow.run", "bot.follow.drain", "bot.follow.addresses", "bot.follow.views",
    "bot.metrics.series", "bot.metrics.ranges", "bot.metrics.summary", "bot.metrics.catalog", "bot.metrics.views",
    "bot.metrics.words",
    "bot.slack.refusals", "bot.slack.scopes", "bot.alarms.snooze", "bot.alarms.control_views", "bot.alarms.digest_views",
    "bot.alarms.making.presets", "bot.alarms.making.plan", "bot.alarms.making.model_choices", "bot.alarms.making.definition",
    "bot.alarms.making.definition_words", "bot.alarms.making.definition_views", "bot.alarms.making.editing",
    "bot.alarms.making.proposal",
    "bot.alarms.making.preview", "bot.alarms.making.form", "bot.aws.consoles", "bot.metrics.dashboard",
    "bot.metrics.dashboard_views",
})  # fmt: skip
SAYS_PURE = "; pure"
IMPURE_LIBRARIES = frozenset({
    "boto3", "botocore", "slack_sdk", "slack_bolt", "sqlalchemy", "alembic", "dbos", "psycopg", "structlog", "logging",
    "pydantic", "pydantic_settings", "starlette", "uvicorn", "socket", "http", "urllib.request", "threading", "subprocess",
    "time", "random", "secrets", "os", "sqlite3", "requests", "prometheus_client", "fcntl", "tempfile",
})  # fmt: skip
OUTSIDES = (
    "bot.db",
    "bot.slack.client",
    "bot.jobs.bedrock",
    "bot.jobs.store",
    "bot.alarms.store",
    "bot.metrics.store",
    "bot.follow.store",
    "bot.alarms.digest_store",
)
DOORS = ("bot.web", "bot.worker", "bot.inbox", "bot.requests", "bot.slack.slash", "bot.slack.socket", "bot.aws.intake")
PARTS = frozenset(f"bot.parts.{name}" for name in ("part", "jobs", "alarms", "workshop", "follow", "metrics"))
COMPOSERS = frozenset({"bot.app", "bot.__main__", "bot.process", "bot.doctor", "bot.setup", *PARTS})
CLOCKS = frozenset({
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.monotonic",
    "time.perf_counter", "datetime.datetime.now", "time.time_ns",
})  # fmt: skip
LONG = 400
"""Lines; about 300 is the aim, and the test fails only well above it."""


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for path in sorted(BOT.rglob("*.py")) if "migrations" not in path.parts}


@cache
def tree(name: str) -> ast.Module:
    return ast.parse(MODULES[name].read_text(encoding="utf-8"))


def imports(name: str, *, typing_only: bool = False) -> set[str]:
    """Every module that the named one imports, wherever the import stands; ``from x import y`` is x, and x.y if it is one."""
    found: set[str] = set()
    for node in _nodes(tree(name), typing_only=typing_only):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            assert node.level == 0, f"{name} imports relatively"
            modules = {f"{base}.{alias.name}" for alias in node.names} & MODULES.keys()
            found |= modules or {base}
            if base in MODULES and any(f"{base}.{alias.name}" not in MODULES for alias in node.names):
                found.add(base)
    return found


def _nodes(node: ast.AST, *, typing_only: bool) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test) and not typing_only:
            continue
        yield child
        yield from _nodes(child, typing_only=typing_only)


def calls(name: str) -> set[str]:
    """What the module calls, as it is written."""
    return {ast.unparse(node.func) for node in ast.walk(tree(name)) if isinstance(node, ast.Call)}


def of_library(imported: str, libraries: frozenset[str]) -> bool:
    return any(imported == one or imported.startswith(one + ".") for one in libraries)


def test_the_list_of_pure_rooms_is_that_of_the_rooms_that_say_so() -> None:
    """A room that calls itself pure in its first docstring is held to it, and every listed room exists."""
    says = {name for name in MODULES if SAYS_PURE in (ast.get_docstring(tree(name)) or "").split("\n\n", 1)[0]}
    assert says <= PURE, "these call themselves pure: put them on the list"
    assert MODULES.keys() >= PURE


@pytest.mark.parametrize("name", sorted(PURE))
def test_a_pure_room_imports_only_pure_rooms(name: str) -> None:
    """No library that touches the world, no clock, no room that is not pure itself."""
    for imported in imports(name):
        if imported.startswith("bot"):
            assert imported in PURE or MODULES[imported].name == "__init__.py", imported
        assert not of_library(imported, IMPURE_LIBRARIES), imported
    assert not calls(name) & CLOCKS
    assert not calls(name) & {"open", "print", "input"}


def test_only_the_composition_root_looks_at_the_wall_clock() -> None:
    """Time is a parameter everywhere else."""
    for name in MODULES.keys() - COMPOSERS:
        assert not calls(name) & {c for c in CLOCKS if "monotonic" not in c and "perf" not in c}, name


def test_outsides_know_neither_service_nor_view() -> None:
    """What speaks to a store, Slack or Amazon is told what to do and never asks a feature."""
    outsides = [*OUTSIDES, *(name for name in MODULES if name.startswith("bot.aws."))]
    for name in outsides:
        for imported in imports(name, typing_only=True):
            assert imported.rsplit(".", 1)[-1] not in {"service", "views", "notice_views", "commands"}, (name, imported)


def test_no_feature_imports_another() -> None:
    """Jobs, alarms and metrics meet in app alone."""
    for name in MODULES:
        feature = next((f for f in FEATURES if name.startswith(f"bot.{f}.")), None)
        for other in FEATURES:
            if feature and other != feature:
                bad = {i for i in imports(name, typing_only=True) if i.startswith(f"bot.{other}")}
                assert not bad, (name, bad)


def test_doors_know_no_feature() -> None:
    """The web, the worker and the Slack door are handed rows and callables."""
    for name in DOORS:
        for imported in imports(name, typing_only=True):
            assert not any(imported.startswith(f"bot.{f}") for f in FEATURES), (name, imported)


def test_settings_are_read_by_the_composers_only() -> None:
    """Everyone else gets what he needs as a parameter."""
    readers = {name for name in MODULES if "bot.settings" in imports(name, typing_only=True)}
    assert readers <= COMPOSERS
    for name in MODULES.keys() - COMPOSERS - {"bot.settings"}:
        assert not calls(name) & {"os.getenv", "os.environ.get", "getenv"}, name
        assert "os.environ" not in ast.unparse(tree(name)), name


def test_clients_are_made_in_one_place_each() -> None:
    """boto3 in the client factory, slack_sdk's clients in the one writer."""
    assert {n for n in MODULES if of_library_any(n, "boto3")} == {"bot.aws.clients"}
    makers = {n for n in MODULES if calls(n) & {"WebClient", "WebhookClient", "slack_sdk.WebClient"}}
    assert makers == {"bot.slack.client"}


def of_library_any(name: str, library: str) -> bool:
    return any(of_library(imported, frozenset({library})) for imported in imports(name))


def test_dbos_is_known_to_one_file() -> None:
    """Whoever replaces the durable queue has one file to write."""
    assert {n for n in MODULES if of_library_any(n, "dbos")} == {"bot.durable"}


def test_the_bot_never_imports_the_playground_or_the_tests() -> None:
    """What is played stays outside: the command line reaches it by the name of a command alone."""
    for name in MODULES:
        for imported in imports(name, typing_only=True):
            assert imported.split(".", 1)[0] not in {"playground", "tests", "benchmarks", "moto"}, (name, imported)


def test_nothing_runs_when_a_module_is_read() -> None:
    """The only statements that call something at module level declare an index."""
    for name in MODULES:
        for node in tree(name).body:
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                assert ast.unparse(node.value.func) == "sa.Index", (name, node.lineno)


IMPORT_ALL = """
import importlib, sys, threading
names = sys.argv[1:]
def hook(event, args):
    if event in {"socket.connect", "socket.bind", "socket.__new__", "subprocess.Popen", "os.system", "os.fork"}:
        raise RuntimeError(f"{event} at import")
    if event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+"):
        raise RuntimeError(f"{args[0]} opened to write at import")
    if event in {"os.remove", "os.mkdir", "os.rename"}:
        raise RuntimeError(f"{event} at import")
sys.addaudithook(hook)
for name in names:
    importlib.import_module(name)
    assert threading.active_count() == 1, f"{name} started a thread"
"""


def test_importing_every_module_touches_nothing() -> None:
    """No socket, no file to write, no thread, no process: the tests, the doctor and the docs may import anything."""
    names = [name for name in MODULES if name != "bot.__main__"] + ["bot.__main__"]
    done = subprocess.run(
        [sys.executable, "-B", "-c", IMPORT_ALL, *names],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_starting_up_does_not_load_what_only_some_work_needs() -> None:
    """Charts, DBOS and the migrations are imported where they are used, so that the doors open quickly."""
    heavy = "{'dbos', 'vl_convert', 'alembic', 'moto', 'playground'}"
    code = f"import sys, bot.app; found = {heavy} & sys.modules.keys(); sys.exit(repr(found) if found else 0)"
    done = subprocess.run(
        [sys.executable, "-B", "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


def test_modules_stay_readable_in_one_sitting() -> None:
    """About 300 lines at most; the longest are named where it fails."""
    sizes = {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in MODULES.items()}
    long = {name: size for name, size in sizes.items() if size > LONG}
    assert not long, f"longer than {LONG} lines: {long}"
