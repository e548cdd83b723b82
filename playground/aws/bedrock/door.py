"""Bedrock's REST-JSON: from method and path to an operation, from a refusal to its headers and body."""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from playground.aws.bedrock.catalog import foundation_models, inference_profiles, list_tags, tag
from playground.aws.bedrock.control import Bedrock
from playground.aws.errors import AwsError
from playground.aws.faults import Ledger
from playground.aws.wire import Request, Response

Answer = dict[str, Any]
Operation = Callable[[Bedrock, dict[str, Any]], Answer]


def _create(bedrock: Bedrock, params: dict[str, Any]) -> Answer:
    return {"jobArn": bedrock.create(params).arn}


def _get(bedrock: Bedrock, params: dict[str, Any]) -> Answer:
    job = bedrock.get(params["jobIdentifier"])
    with bedrock.lock:
        return job.summary()


def _list(bedrock: Bedrock, params: dict[str, Any]) -> Answer:
    return bedrock.list(params)


def _stop(bedrock: Bedrock, params: dict[str, Any]) -> Answer:
    bedrock.stop(params["jobIdentifier"])
    return {}


_ROUTES: list[tuple[str, str, str, Operation]] = [
    ("POST", r"/model-invocation-job/?", "CreateModelInvocationJob", _create),
    ("GET", r"/model-invocation-jobs/?", "ListModelInvocationJobs", _list),
    ("POST", r"/model-invocation-job/(?P<jobIdentifier>.+)/stop", "StopModelInvocationJob", _stop),
    ("GET", r"/model-invocation-job/(?P<jobIdentifier>.+)", "GetModelInvocationJob", _get),
    ("GET", r"/inference-profiles", "ListInferenceProfiles", inference_profiles),
    ("GET", r"/foundation-models", "ListFoundationModels", foundation_models),
    ("POST", r"/listTagsForResource", "ListTagsForResource", list_tags),
    ("POST", r"/tagResource", "TagResource", tag),
]


def serve(bedrock: Bedrock, ledger: Ledger, request: Request) -> Response | None:
    """Answer a request of the Bedrock API, None when the path is not one."""
    route = _route(request)
    if route is None:
        return None
    name, operation, path = route
    try:
        params = _params(request) | path
        with ledger.around("bedrock", name, params) as call:
            if "authorization" not in request.headers:
                raise AwsError("MissingAuthenticationTokenException", "Missing Authentication Token", 403)
            body = operation(bedrock, params)
            call.status = 200
        return Response(200, json.dumps(body).encode())
    except AwsError as error:
        headers = {"x-amzn-errortype": f"{error.code}:http://internal.amazon.com/coral/com.amazon.bedrock/"}
        return Response(error.status, json.dumps({"message": error.message}).encode(), headers=headers)


def _route(request: Request) -> tuple[str, Operation, dict[str, str]] | None:
    for method, pattern, name, operation in _ROUTES:
        found = re.fullmatch(pattern, unquote(request.path))
        if found and method == request.method:
            return name, operation, found.groupdict()
    return None


def _params(request: Request) -> dict[str, Any]:
    if request.method == "GET":
        return dict(request.query)
    try:
        body = json.loads(request.body or b"{}")
    except ValueError:
        raise AwsError("SerializationException", "The request body is not valid JSON") from None
    if not isinstance(body, dict):
        raise AwsError("SerializationException", "The request body is not a JSON object")
    return body
