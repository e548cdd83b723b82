"""AWS's JSON protocols 1.0 and 1.1: the operation is named in a header, refusals carry a type."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from playground.aws.errors import AwsError
from playground.aws.faults import Ledger
from playground.aws.shapes import check_shape
from playground.aws.wire import Request, Response

Params = dict[str, Any]


@dataclass(frozen=True)
class JsonDoor:
    """One service behind it: how it is called on the wire, in IAM's words and in botocore, and what it can do."""

    target: str
    service: str
    model: str
    version: str
    operations: Mapping[str, Callable[[Params], Params]]
    invalid: str = "ValidationException"
    spoken: str = ""

    def serve(self, ledger: Ledger, request: Request) -> Response | None:
        """Answer a request of this service, None when it is not one."""
        target = request.headers.get("x-amz-target", "")
        if not target.startswith(f"{self.target}."):
            return None
        name, kind = target.removeprefix(f"{self.target}."), f"application/x-amz-json-{self.version}"
        try:
            params = _params(request)
            with ledger.around(self.service, name, params) as call:
                body = self._answer(name, params, request)
                call.status = 200
            return Response(200, json.dumps(body).encode(), kind)
        except AwsError as error:
            return self._refusal(error, kind)

    def _answer(self, name: str, params: Params, request: Request) -> Params:
        if "authorization" not in request.headers:
            raise AwsError("MissingAuthenticationToken", "Missing Authentication Token")
        if name not in self.operations:
            raise AwsError("UnknownOperationException", f"{name} is not played here")
        check_shape(self.model, name, params, self.invalid)
        try:
            return self.operations[name](params)
        except KeyError as missing:
            raise AwsError("MissingParameter", f"The parameter {missing.args[0]} is required.") from None

    def _refusal(self, error: AwsError, kind: str) -> Response:
        body = {"__type": f"{self.spoken}{error.code}", "message": error.message}
        # Services that once spoke the query protocol say the old code in a header of its own.
        side = "Sender" if error.status < 500 else "Receiver"
        headers = {"x-amzn-query-error": f"{error.code};{side}"} if self.spoken else {}
        return Response(error.status, json.dumps(body).encode(), kind, headers)


def _params(request: Request) -> Params:
    try:
        body = json.loads(request.body or b"{}")
    except ValueError:
        raise AwsError("SerializationException", "The request body is not valid JSON") from None
    if not isinstance(body, dict):
        raise AwsError("SerializationException", "The request body is not a JSON object")
    return body
