"""S3, STS and SQS by moto, behind a WSGI layer that counts the calls, applies the faults, and passes the others on."""

import io
import logging
import threading
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from playground.aws import identity
from playground.aws.errors import AwsError
from playground.aws.faults import Ledger
from playground.aws.policy import allows, service_policy
from playground.aws.s3ops import operation_of
from playground.aws.wire import Handler, Request

Start = Callable[..., Any]
_PLAYED = {"s3", "sts", "sqs", "iam", "kms"}
# The names in a signature's scope of what the rest of the account plays.
_ELSEWHERE = {"bedrock", "monitoring", "sns", "events", "states"}


class Storage:
    """moto's server on a free port, and its S3 and SQS reachable without the wire for the rest of the account."""

    def __init__(self, ledger: Ledger, account: str, region: str, elsewhere: Handler) -> None:
        self._ledger = ledger
        self._elsewhere = elsewhere
        self._account = account
        self._region = region
        self._server: Any = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Forget what an earlier account left in this process, and open the port."""
        from moto.core.base_backend import BackendDict
        from moto.core.model_instances import reset_model_data
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
        from werkzeug.serving import make_server

        BackendDict.reset()
        reset_model_data()
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._app = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", 0, self._wsgi, threaded=True, request_handler=MotoRequestHandler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True, name="aws-storage"
        )
        self._thread.start()

    def stop(self) -> None:
        """Close the port."""
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()

    @property
    def url(self) -> str:
        """Tell the origin of the moto server."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def make_bucket(self, name: str) -> None:
        """Create a bucket of the account."""
        self._s3.create_bucket(name, self._region)

    def has_bucket(self, name: str) -> bool:
        """Tell whether the account has this bucket."""
        return name in self._s3.buckets

    def put(self, bucket: str, key: str, body: bytes) -> None:
        """Store an object."""
        self._s3.put_object(bucket, key, body)

    def get(self, bucket: str, key: str) -> bytes | None:
        """Read an object, None when there is no such bucket or key."""
        if not self.has_bucket(bucket):
            return None
        found = self._s3.get_object(bucket, key)
        return None if found is None else bytes(found.value)

    def keys(self, bucket: str, prefix: str = "") -> list[str]:
        """List the keys under a prefix."""
        if not self.has_bucket(bucket):
            return []
        return sorted(key for key in self._s3.buckets[bucket].keys if key.startswith(prefix))

    def make_queue(self, name: str) -> str:
        """Create an SQS queue of the account that SNS may send to, and tell its ARN."""
        arn = f"arn:aws:sqs:{self._region}:{self._account}:{name}"
        topics = f"arn:aws:sns:{self._region}:{self._account}:*"
        self._sqs.create_queue(name).policy = service_policy(arn, "sqs:SendMessage", {"sns.amazonaws.com": topics})
        return arn

    def send(self, queue: str, body: str, topic: str = "") -> bool:
        """Put a message into an SQS queue; False when there is no such, or when its policy does not let the topic in."""
        if queue not in self._sqs.queues:
            return False
        found = self._sqs.queues[queue]
        if topic and not allows(found.policy or "", "sns.amazonaws.com", "sqs:SendMessage", found.queue_arn, topic):
            return False
        self._sqs.send_message(queue, body)
        return True

    @property
    def _s3(self) -> Any:
        from moto.s3.models import s3_backends

        return s3_backends[self._account]["aws"]

    @property
    def _sqs(self) -> Any:
        from moto.sqs.models import sqs_backends

        return sqs_backends[self._account][self._region]

    def _wsgi(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = self._account
        if _scope(environ) in _ELSEWHERE:
            return self._pass_on(environ, start)
        service, operation, params = self._name(environ)
        seen: dict[str, int] = {}

        def note(status: str, headers: Any, exc_info: Any = None) -> Any:
            seen["status"] = int(status.split(maxsplit=1)[0])
            return start(status, headers, exc_info) if exc_info else start(status, headers)

        try:
            with self._ledger.around(service, operation, params) as call:
                if service not in _PLAYED:
                    raise AwsError("AccessDeniedException", f"{service} is not played at this endpoint")
                own = identity.answer(self._ledger.faults, service, operation, params)
                if own is not None:
                    note("200 OK", [("Content-Type", "text/xml"), ("Content-Length", str(len(own)))])
                body = [own] if own is not None else list(self._app(environ, note))
                call.status = seen.get("status", 0)
            self._ledger.answered(b"".join(body[:1]))
            return body
        except AwsError as error:
            # An unread body would reset the connection before the caller has read why.
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0) if not seen else 0)
            status, headers, body = _refusal(service, error)
            start(status, headers)
            self._ledger.answered(b"".join(body))
            return body if environ["REQUEST_METHOD"] != "HEAD" else []

    def _pass_on(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        prefix = "HTTP_"
        headers = {
            k.removeprefix(prefix).replace("_", "-").lower(): v for k, v in environ.items() if k.startswith(prefix)
        }
        request = Request(
            environ["REQUEST_METHOD"],
            # The path as it came: an ARN in it is quoted, and the handler unquotes it itself.
            environ.get("RAW_URI", environ["PATH_INFO"]).partition("?")[0],
            dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)),
            headers,
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)),
        )
        answer = self._elsewhere(request)
        found = {"Content-Type": answer.content_type, "Content-Length": str(len(answer.body)), **answer.headers}
        start(f"{answer.status} -", list(found.items()))
        return [answer.body]

    def _name(self, environ: dict[str, Any]) -> tuple[str, str, dict[str, Any]]:
        service = _scope(environ)
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        if target:
            return service, target.rpartition(".")[2], {}
        if service != "s3":
            size = int(environ.get("CONTENT_LENGTH") or 0)
            body = environ["wsgi.input"].read(size)
            environ["wsgi.input"] = io.BytesIO(body)
            form = dict(parse_qsl(body.decode("utf-8", "replace"))) or dict(parse_qsl(environ.get("QUERY_STRING", "")))
            return service, form.pop("Action", environ.get("PATH_INFO", "")), dict(form)
        operation, params = operation_of(environ["REQUEST_METHOD"], environ["PATH_INFO"], environ["QUERY_STRING"])
        return service, operation, params


def _scope(environ: dict[str, Any]) -> str:
    """Tell the service that the signature is for; what is not signed is S3's."""
    scope = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2].split(",")[0].split("/")
    return scope[3] if len(scope) > 3 else "s3"


def _refusal(service: str, error: AwsError) -> tuple[str, list[tuple[str, str]], list[bytes]]:
    code, message = escape(error.code), escape(error.message)
    if service == "s3":
        text = f"<Error><Code>{code}</Code><Message>{message}</Message><RequestId>FAKE</RequestId></Error>"
    elif service in {"sts", "iam"}:
        text = f"<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    else:
        return _json_refusal(error)
    headers = [("Content-Type", "application/xml"), ("Content-Length", str(len(text.encode())))]
    return f"{error.status} Refused", headers, [text.encode()]


def _json_refusal(error: AwsError) -> tuple[str, list[tuple[str, str]], list[bytes]]:
    import json

    body = json.dumps({"__type": error.code, "message": error.message}).encode()
    headers = [("Content-Type", "application/x-amz-json-1.0"), ("x-amzn-errortype", error.code)]
    return f"{error.status} Refused", [*headers, ("Content-Length", str(len(body)))], [body]
