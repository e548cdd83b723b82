"""Lists cut into pages by a NextToken; pure."""

from typing import Any

from playground.aws.errors import AwsError


def cut(items: list[Any], params: dict[str, Any], most: int) -> tuple[list[Any], dict[str, str]]:
    """Give one page and the token of the next, if there is one."""
    token = str(params.get("NextToken") or "0")
    if not token.isdigit():
        raise AwsError("InvalidNextToken", "The NextToken is not valid.")
    start, size = int(token), min(int(params.get("MaxRecords") or most), most)
    more = {"NextToken": str(start + size)} if start + size < len(items) else {}
    return items[start : start + size], more


def page(field: str, items: list[Any], params: dict[str, Any], most: int) -> dict[str, Any]:
    """Answer one page of a list."""
    shown, more = cut(items, params, most)
    return {field: shown, **more}
