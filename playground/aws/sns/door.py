"""SNS's query protocol: forms in, XML out; also the certificate and the links that people and bots visit."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4
from xml.sax.saxutils import escape

from playground.aws.errors import AwsError
from playground.aws.faults import Ledger
from playground.aws.sns.operations import OPERATIONS
from playground.aws.sns.service import Sns
from playground.aws.wire import Request, Response

_NS = "http://sns.amazonaws.com/doc/2010-03-31/"
_UNSIGNED = {"ConfirmSubscription", "Unsubscribe"}
Operation = Callable[[Sns, dict[str, Any]], dict[str, Any]]


def serve(sns: Sns, ledger: Ledger, request: Request) -> Response | None:
    """Answer a request of the SNS API, None when it is not one."""
    if request.method == "GET" and request.path.endswith(".pem"):
        return _certificate(sns, ledger, request)
    form = dict(request.query)
    if request.method == "POST":
        form |= dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
    action = form.pop("Action", "")
    if not action:
        return None
    try:
        with ledger.around("sns", action, params_of(form)) as call:
            if "authorization" not in request.headers and action not in _UNSIGNED:
                raise AwsError("MissingAuthenticationToken", "Request is missing Authentication Token")
            operation = OPERATIONS.get(action)
            if operation is None:
                raise AwsError("InvalidAction", f"Operation {action} is not known here")
            call.params["Unsigned"] = "authorization" not in request.headers
            body = _answer(action, operation(sns, call.params))
            call.status = 200
        return Response(200, body, "text/xml")
    except AwsError as error:
        return Response(error.status, _refusal(error), "text/xml")


def params_of(form: dict[str, str]) -> dict[str, Any]:
    """Gather `Attributes.entry.N.key/value` and the like into dicts; other fields stay as they are."""
    plain: dict[str, Any] = {key: value for key, value in form.items() if ".entry." not in key and key != "Version"}
    for key, name in form.items():
        head, entry, tail = key.partition(".entry.")
        number, _, last = tail.partition(".")
        if entry and last in {"key", "Name"}:
            start = f"{head}.entry.{number}."
            inner = {k.removeprefix(start): v for k, v in form.items() if k.startswith(start)}
            typed = {"Type": inner.get("Value.DataType", "String"), "Value": inner.get("Value.StringValue", "")}
            plain.setdefault(head, {})[name] = inner.get("value", typed)
    return plain


def _certificate(sns: Sns, ledger: Ledger, request: Request) -> Response:
    try:
        with ledger.around("sns", "GetCertificate", {"path": request.path}) as call:
            call.status = 200 if request.path == sns.signer.path else 404
        body = sns.signer.pem if call.status == 200 else b"not found"
        return Response(call.status, body, "application/x-pem-file")
    except AwsError as error:
        return Response(error.status, error.message.encode(), "text/plain")


def _answer(action: str, result: dict[str, Any]) -> bytes:
    inner = f"<{action}Result>{_xml(result)}</{action}Result>" if result else ""
    meta = f"<ResponseMetadata><RequestId>{uuid4()}</RequestId></ResponseMetadata>"
    return f'<{action}Response xmlns="{_NS}">{inner}{meta}</{action}Response>'.encode()


def _refusal(error: AwsError) -> bytes:
    kind = "Sender" if error.status < 500 else "Receiver"
    inner = f"<Type>{kind}</Type><Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"
    return (
        f'<ErrorResponse xmlns="{_NS}"><Error>{inner}</Error><RequestId>{uuid4()}</RequestId></ErrorResponse>'.encode()
    )


def _xml(value: Any) -> str:
    if isinstance(value, dict):
        return "".join(
            f"<{key}>{_map(inner) if key == 'Attributes' else _xml(inner)}</{key}>" for key, inner in value.items()
        )
    if isinstance(value, list):
        return "".join(f"<member>{_xml(item)}</member>" for item in value)
    return escape(str(value))


def _map(attributes: dict[str, str]) -> str:
    return "".join(
        f"<entry><key>{escape(key)}</key><value>{escape(value)}</value></entry>" for key, value in attributes.items()
    )
