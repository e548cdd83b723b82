"""Which certificate address a message of a topic may name, by its partition and region; pure.

Amazon's own validators for JavaScript and PHP also take ``sns.s3-us-west-2.amazonaws.com``, a bucket that anyone may
have had; here the host is made from the topic's region and compared as a whole, as the one for Java does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.errors import Misconfigured, Refused

# botocore's endpoints: the DNS suffix of each partition.
SUFFIXES = {
    "aws": "amazonaws.com",
    "aws-us-gov": "amazonaws.com",
    "aws-cn": "amazonaws.com.cn",
    "aws-eusc": "amazonaws.eu",
    "aws-iso": "c2s.ic.gov",
    "aws-iso-b": "sc2s.sgov.gov",
    "aws-iso-e": "cloud.adc-e.uk",
    "aws-iso-f": "csp.hci.ic.gov",
}
# aws-sdk-java-v2, sns-message-manager: regions that a customer has to opt into sign under a name of their own.
OPT_IN_REGIONS = frozenset(
    {
        *("af-south-1", "ap-east-1", "ap-east-2", "ap-south-2", "ca-west-1", "eu-central-2"),
        *(f"ap-southeast-{number}" for number in range(3, 8)),
        *("eu-south-1", "eu-south-2", "il-central-1", "me-central-1", "me-south-1", "mx-central-1"),
    }
)

_TOPIC = re.compile(
    r"arn:(?P<partition>aws[a-z-]{0,12}):sns:(?P<region>[a-z]{2,8}(?:-[a-z]{2,12}){1,3}-[0-9]{1,2})"
    r":[0-9]{12}:[A-Za-z0-9_-]{1,256}(?:\.fifo)?"
)
_PEM_PATH = r"/SimpleNotificationService-[0-9a-f]{32}\.pem"
_ANY_PEM_PATH = r"(?:/[A-Za-z0-9_-][A-Za-z0-9._-]{0,200}){1,8}(?<=\.pem)"
_LOOPBACK = re.compile(r"https?://(?:127(?:\.[0-9]{1,3}){3}|localhost|\[::1\])(?::[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class Topic:
    """The parts of a topic ARN that decide where its certificate is."""

    arn: str
    partition: str
    region: str


@dataclass(frozen=True, slots=True)
class Address:
    """Where to get a certificate, and the names it should carry (none: any name will do)."""

    url: str
    names: frozenset[str] = frozenset()


def parse_topic(arn: str) -> Topic:
    """The parts of a topic ARN; ``Refused`` for anything else, partitions nobody has heard of included."""
    found = _TOPIC.fullmatch(arn)
    if not found or found["partition"] not in SUFFIXES:
        raise Refused("A message names something as its topic that is not the ARN of an SNS topic.")
    return Topic(arn, found["partition"], found["region"])


def check_origin(origin: str) -> str:
    """The loopback origin without a trailing slash; ``Misconfigured`` for any other host."""
    bare = origin.rstrip("/")
    if not _LOOPBACK.fullmatch(bare):
        raise Misconfigured("BATCHBOT_SNS_CERT_ORIGIN may only be a loopback origin such as http://127.0.0.1:9000.")
    return bare


def certificate_address(url: str, topic: Topic, origin: str | None = None) -> Address:
    """Where the certificate at ``url`` is to be fetched for a message of ``topic``; ``Refused`` if it may not be there.

    With ``origin`` (tests and playground) the path is asked from there, and an address at that very origin will do too.
    """
    host = f"https://sns.{topic.region}.{SUFFIXES[topic.partition]}"
    if re.fullmatch(re.escape(host) + _PEM_PATH, url, re.ASCII):
        return Address(origin + urlsplit(url).path) if origin else Address(url, expected_names(topic))
    if origin and re.fullmatch(re.escape(origin) + _ANY_PEM_PATH, url, re.ASCII):
        return Address(url)
    raise Refused("A message names a certificate that is not at Amazon SNS in the region of its topic.")


def expected_names(topic: Topic) -> frozenset[str]:
    """The common names that Amazon's certificates carry there (aws-sdk-java-v2); none where they are not known."""
    if topic.partition == "aws":
        own = topic.region in OPT_IN_REGIONS
        return frozenset({f"sns-signing.{topic.region}.amazonaws.com" if own else "sns.amazonaws.com"})
    if topic.partition == "aws-us-gov":
        return frozenset({"sns-us-gov-west-1.amazonaws.com"})
    if topic.partition == "aws-cn":
        return frozenset({f"sns-{topic.region}.amazonaws.com.cn"})
    if topic.partition == "aws-eusc":
        return frozenset({f"sns-signing.{topic.region}.amazonaws.eu"})
    return frozenset()
