"""Addresses in Amazon's console, each partition with a host of its own; pure."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

_HOSTS: Mapping[str, str] = {
    "cn-": "console.amazonaws.cn",
    "us-gov-": "console.amazonaws-us-gov.com",
    "eusc-": "console.amazonaws-eusc.eu",
}


def cloudwatch(region: str, place: str) -> str:
    """CloudWatch's console in a region at ``place`` (what stands behind the #, safely quoted); empty without a region."""
    host = next((host for start, host in _HOSTS.items() if region.startswith(start)), "console.aws.amazon.com")
    return f"https://{host}/cloudwatch/home?region={quote(region, safe='')}#{place}" if region else ""
