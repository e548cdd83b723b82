"""Check a request against botocore's own model as the service does: lengths, enums, patterns, required members."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from playground.aws.errors import AwsError


def check_shape(service: str, operation: str, params: dict[str, Any], code: str = "ValidationException") -> None:
    """Refuse what the model forbids, in the words that AWS uses; the client checks types and least lengths alone."""
    shape = _shape(service, operation)
    wrong = list(_wrong(shape, params, "")) if shape is not None else []
    if wrong:
        errors = f"{len(wrong)} validation error{'s' * (len(wrong) > 1)} detected: "
        raise AwsError(code, errors + "; ".join(wrong[:5]))


@lru_cache(maxsize=1)
def _session() -> Any:
    import botocore.session

    return botocore.session.get_session()


@lru_cache(maxsize=256)
def _shape(service: str, operation: str) -> Any:
    model = _session().get_service_model(service)
    return model.operation_model(operation).input_shape if operation in model.operation_names else None


def _wrong(shape: Any, value: Any, path: str) -> Iterator[str]:
    if shape.type_name == "structure" and isinstance(value, dict):
        for name in shape.required_members:
            if value.get(name) is None:
                yield _says(value.get(name), _under(path, name), "Member must not be null")
        for name, inner in shape.members.items():
            if value.get(name) is not None:
                yield from _wrong(inner, value[name], _under(path, name))
    elif shape.type_name == "list" and isinstance(value, list):
        yield from _sized(shape, value, path, "length")
        for place, inner in enumerate(value, start=1):
            yield from _wrong(shape.member, inner, f"{path}.{place}.member")
    elif shape.type_name == "string" and isinstance(value, str):
        yield from _sized(shape, value, path, "length")
        yield from _spelled(shape, value, path)
    elif shape.type_name in {"integer", "long"} and isinstance(value, int):
        yield from _sized(shape, value, path, "value")


def _sized(shape: Any, value: Any, path: str, what: str) -> Iterator[str]:
    size = value if what == "value" else len(value)
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        yield _says(value, path, f"Member must have {what} greater than or equal to {least}")
    if most is not None and size > most:
        yield _says(value, path, f"Member must have {what} less than or equal to {most}")


def _spelled(shape: Any, value: str, path: str) -> Iterator[str]:
    if shape.enum and value not in shape.enum:
        yield _says(value, path, f"Member must satisfy enum value set: [{', '.join(shape.enum)}]")
    pattern = shape.metadata.get("pattern")
    # Java's \p{...} classes are not Python's; such fields are left to the service's own rules.
    if pattern and "\\p{" not in pattern and not re.fullmatch(pattern, value, re.DOTALL):
        yield _says(value, path, f"Member must satisfy regular expression pattern: {pattern}")


def _says(value: Any, path: str, rule: str) -> str:
    shown = "null" if value is None else str(value)[:200]
    return f"Value '{shown}' at '{path}' failed to satisfy constraint: {rule}"


def _under(path: str, name: str) -> str:
    name = name[:1].lower() + name[1:]
    return f"{path}.{name}" if path else name
