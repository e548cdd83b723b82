"""CloudWatch's JSON 1.0, which boto3 speaks to it: the operation is in a header, refusals carry a type."""

import json
from typing import Any

from playground.aws.cloudwatch.operations import OPERATIONS
from playground.aws.cloudwatch.service import CloudWatch
from playground.aws.errors import AwsError
from playground.aws.faults import Ledger
from playground.aws.wire import Request, Response

_TARGET = "GraniteServiceVersion20100801."
_JSON = "application/x-amz-json-1.0"


def serve(cloudwatch: CloudWatch, ledger: Ledger, request: Request) -> Response | None:
    """Answer a request of the CloudWatch API, None when it is not one."""
    target = request.headers.get("x-amz-target", "")
    if not target.startswith(_TARGET):
        return None
    name = target.removeprefix(_TARGET)
    try:
        params = _params(request)
        with ledger.around("cloudwatch", name, params) as call:
            if "authorization" not in request.headers:
                raise AwsError("MissingAuthenticationToken", "Missing Authentication Token")
            if name not in OPERATIONS:
                raise AwsError("UnknownOperationException", f"{name} is not played here")
            body = _answer(cloudwatch, name, params)
            call.status = 200
        return Response(200, json.dumps(body).encode(), _JSON)
    except AwsError as error:
        side = "Sender" if error.status < 500 else "Receiver"
        body = {"__type": f"com.amazonaws.cloudwatch#{error.code}", "message": error.message}
        headers = {"x-amzn-query-error": f"{error.code};{side}"}
        return Response(error.status, json.dumps(body).encode(), _JSON, headers)


def _answer(cloudwatch: CloudWatch, name: str, params: dict[str, Any]) -> dict[str, Any]:
    try:
        return OPERATIONS[name](cloudwatch, params)
    except KeyError as missing:
        raise AwsError("MissingParameter", f"The parameter {missing.args[0]} is required.") from None


def _params(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(request.body or b"{}")
    except ValueError:
        raise AwsError("SerializationException", "The request body is not valid JSON") from None
    if not isinstance(body, dict):
        raise AwsError("SerializationException", "The request body is not a JSON object")
    return body
