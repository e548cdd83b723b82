"""Sample batch input of real text: the docstrings of Python's own standard library as JSONL, good and bad."""

import ast
import json
import sysconfig
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

Api = Literal["InvokeModel", "Converse"]

_MODULES = (
    "abc", "argparse", "ast", "bdb", "bisect", "calendar", "cmd", "codecs", "collections/__init__", "configparser",
    "contextlib", "copy", "csv", "dataclasses", "datetime", "decimal", "difflib", "dis", "doctest", "email/message",
    "email/header", "email/charset", "enum", "filecmp", "fileinput", "fractions", "ftplib", "functools", "gettext",
    "glob", "gzip", "hashlib", "heapq", "hmac", "http/client", "http/server", "http/cookiejar", "imaplib", "inspect",
    "ipaddress", "json/decoder", "json/encoder", "locale", "logging/__init__", "logging/handlers", "lzma", "mailbox",
    "mimetypes", "netrc", "numbers", "optparse", "os", "pathlib", "pdb", "pickle", "platform", "plistlib", "poplib",
    "pprint", "profile", "pydoc", "queue", "random", "sched", "selectors", "shelve", "shlex", "shutil", "smtplib",
    "socket", "socketserver", "sqlite3/dbapi2", "ssl", "statistics", "string", "subprocess", "symtable", "tarfile",
    "tempfile", "textwrap", "threading", "timeit", "tokenize", "trace", "traceback", "turtle", "types", "typing",
    "unittest/case", "unittest/mock", "urllib/parse", "urllib/request", "uuid", "warnings", "wave", "weakref",
    "xml/dom/minidom", "xml/sax/handler", "zipfile", "asyncio/base_events", "asyncio/events", "asyncio/locks",
    "asyncio/queues", "asyncio/streams", "concurrent/futures/_base", "multiprocessing/managers", "tkinter/__init__",
)  # fmt: skip
_BAD = ("missing max_tokens", "forbidden modelId", "missing version", "no messages", "empty text")


@lru_cache(maxsize=1)
def texts() -> tuple[tuple[str, str], ...]:
    """Gather (name, docstring) pairs, always in the same order."""
    root = Path(sysconfig.get_path("stdlib"))
    found: list[tuple[str, str]] = []
    for module in _MODULES:
        file = root / f"{module}.py"
        if file.exists():
            name = module.removesuffix("/__init__").replace("/", ".")
            found += _docstrings(ast.parse(file.read_bytes()), name)
    return tuple(found)


def good(n: int = 500, *, api: Api = "InvokeModel") -> bytes:
    """Give n records without a fault."""
    return _lines(_record(number, api) for number in range(n))


def with_bad(n: int = 500, bad: int = 12, *, api: Api = "InvokeModel") -> bytes:
    """Give n records of which `bad`, spread evenly, are refused by the model each for some reason."""
    places = {(2 * i + 1) * n // (2 * bad): i for i in range(bad)} if bad else {}
    return _lines(
        _spoilt(_record(number, api), _BAD[places[number] % len(_BAD)], api) if number in places
        else _record(number, api)
        for number in range(n)
    )  # fmt: skip


def broken(n: int = 150, *, api: Api = "InvokeModel") -> bytes:
    """Give n lines of which some are no JSON: cut short, or with a trailing comma."""
    lines = good(n, api=api).splitlines()
    for place in range(20, n, 40):
        lines[place] = lines[place][: len(lines[place]) // 2]
    if n > 31:
        lines[31] = lines[31][:-1] + b",}"
    return b"\n".join(lines) + b"\n"


def tiny(n: int = 12, *, api: Api = "InvokeModel") -> bytes:
    """Give fewer records than the least that a job may have."""
    return good(n, api=api)


def _docstrings(tree: ast.Module, module: str) -> Iterator[tuple[str, str]]:
    todo: list[tuple[str, ast.AST]] = [(module, tree)]
    while todo:
        name, node = todo.pop(0)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node)
            if text and len(text) > 30:
                yield name, text[:4000]
            inner = (child for child in node.body if hasattr(child, "name"))
            todo += [(f"{name}.{getattr(child, 'name', '')}", child) for child in inner]


def _record(number: int, api: Api) -> dict[str, Any]:
    name, text = texts()[number % len(texts())]
    ask = f"Summarise what {name} does in one sentence.\n\n{text}"
    messages = [{"role": "user", "content": [{"type": "text", "text": ask} if api == "InvokeModel" else {"text": ask}]}]
    if api == "Converse":
        body: dict[str, Any] = {"messages": messages, "inferenceConfig": {"maxTokens": 200, "temperature": 0.2}}
    else:
        body = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 200, "messages": messages}
    return {"recordId": f"DOC{number:08d}", "modelInput": body}


def _spoilt(record: dict[str, Any], how: str, api: Api) -> dict[str, Any]:
    body = record["modelInput"]
    if how == "forbidden modelId":
        body["modelId"] = "anthropic.claude-3-haiku-20240307-v1:0"
    elif how == "missing max_tokens":
        body.pop("max_tokens", None)
        if api == "Converse":
            body["max_tokens"] = 200
    elif how == "missing version" and api == "InvokeModel":
        del body["anthropic_version"]
    elif how == "empty text":
        body["messages"][0]["content"][0]["text"] = ""
    else:
        del body["messages"]
    return record


def _lines(records: Iterator[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(record, ensure_ascii=False).encode() + b"\n" for record in records)
