"""Who calls and what he may do: GetCallerIdentity and SimulatePrincipalPolicy, the latter told by the faults ordered."""

import re
from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape

from playground.aws.denials import USER
from playground.aws.errors import AwsError
from playground.aws.faults import Faults

_ENTITY = re.compile(r"arn:aws[\w-]*:iam::\d{12}:(user|role|group)/.+")


def answer(faults: Faults, service: str, operation: str, params: dict[str, Any]) -> bytes | None:
    """Answer the two operations in XML, None for any other."""
    if (service, operation) == ("sts", "GetCallerIdentity"):
        account = USER.split(":")[4]
        inner = f"<Arn>{USER}</Arn><UserId>AIDACKCEVSQ6C2EXAMPLE</UserId><Account>{account}</Account>"
        return _xml(operation, inner, "https://sts.amazonaws.com/doc/2011-06-15/")
    if (service, operation) == ("iam", "SimulatePrincipalPolicy"):
        inner = "".join(_results(faults, params))
        body = f"<EvaluationResults>{inner}</EvaluationResults><IsTruncated>false</IsTruncated>"
        return _xml(operation, body, "https://iam.amazonaws.com/doc/2010-05-08/")
    return None


def _results(faults: Faults, params: dict[str, Any]) -> Iterator[str]:
    source = str(params.get("PolicySourceArn", ""))
    if not _ENTITY.fullmatch(source):
        raise AwsError("InvalidInput", f"Invalid Entity Arn: {source} does not clearly define entity type and name.")
    actions, resources = _members(params, "ActionNames"), _members(params, "ResourceArns") or ["*"]
    for action in actions:
        if not re.fullmatch(r"[A-Za-z0-9-]+:[A-Za-z0-9*]+", action):
            raise AwsError("InvalidInput", f"Invalid Action Name: {action}")
        decision = "implicitDeny" if faults.denies(action) else "allowed"
        for resource in resources:
            yield (
                f"<member><EvalActionName>{escape(action)}</EvalActionName><EvalResourceName>{escape(resource)}"
                f"</EvalResourceName><EvalDecision>{decision}</EvalDecision><MatchedStatements/><MissingContextValues/></member>"
            )


def _members(params: dict[str, Any], name: str) -> list[str]:
    found = {int(key.rpartition(".")[2]): str(one) for key, one in params.items() if key.startswith(f"{name}.member.")}
    return [found[place] for place in sorted(found)]


def _xml(operation: str, inner: str, space: str) -> bytes:
    meta = "<ResponseMetadata><RequestId>c0ffee00-0000-4000-8000-000000000000</RequestId></ResponseMetadata>"
    body = f"<{operation}Result>{inner}</{operation}Result>{meta}"
    return f'<{operation}Response xmlns="{space}">{body}</{operation}Response>'.encode()
