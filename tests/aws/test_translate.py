"""What botocore raises, as the sentences people read."""

from __future__ import annotations

import pytest
from botocore import exceptions as boto

from bot.aws.translate import aws_errors
from bot.errors import AwsConflict, AwsDenied, AwsError, AwsGone, AwsUnavailable, BadInput


def answer(code: str, message: str = "", status: int = 400) -> boto.ClientError:
    metadata = {"HTTPStatusCode": status, "RequestId": "req-1"}
    return boto.ClientError({"Error": {"Code": code, "Message": message}, "ResponseMetadata": metadata}, "Op")  # type: ignore[typeddict-item]


def translated(error: Exception) -> AwsError:
    with pytest.raises(AwsError) as caught, aws_errors("read the file"):
        raise error
    assert caught.value.__cause__ is error
    return caught.value


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("AccessDenied", 403, AwsDenied), ("AccessDeniedException", 400, AwsDenied), ("403", 403, AwsDenied),
        ("UnauthorizedOperation", 403, AwsDenied), ("Whatever", 403, AwsDenied), ("AuthorizationError", 403, AwsDenied),
        ("ExpiredToken", 400, AwsDenied), ("ExpiredTokenException", 403, AwsDenied), ("InvalidClientTokenId", 403, AwsDenied),
        ("ThrottlingException", 400, AwsUnavailable), ("Throttling", 400, AwsUnavailable), ("SlowDown", 503, AwsUnavailable),
        ("ServiceUnavailable", 503, AwsUnavailable), ("InternalFailure", 500, AwsUnavailable), ("Odd", 502, AwsUnavailable),
        ("TooManyRequestsException", 429, AwsUnavailable), ("InternalServiceFault", 500, AwsUnavailable),
        ("NoSuchKey", 404, AwsGone), ("NoSuchBucket", 404, AwsGone), ("404", 404, AwsGone),
        ("ResourceNotFoundException", 400, AwsGone), ("NotFoundException", 404, AwsGone),
        ("ConflictException", 400, AwsConflict), ("OperationAborted", 409, AwsConflict),
        ("ServiceQuotaExceededException", 400, AwsError), ("ValidationException", 400, AwsError), ("", 0, AwsError),
    ],
)  # fmt: skip
def test_each_code_has_its_kind(code: str, status: int, kind: type[AwsError]) -> None:
    got = translated(answer(code, "Some text.", status))
    assert type(got) is kind
    assert (got.code, got.request_id) == (code, "req-1")
    assert "read the file" in got.sentence


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (boto.EndpointConnectionError(endpoint_url="https://x"), AwsUnavailable),
        (boto.ConnectTimeoutError(endpoint_url="https://x"), AwsUnavailable),
        (boto.ReadTimeoutError(endpoint_url="https://x"), AwsUnavailable),
        (boto.ConnectionClosedError(endpoint_url="https://x"), AwsUnavailable),
        (boto.ProxyConnectionError(proxy_url="https://x"), AwsUnavailable),
        (boto.SSLError(endpoint_url="https://x", error=ValueError("bad")), AwsUnavailable),
        (boto.IncompleteReadError(actual_bytes=1, expected_bytes=2), AwsUnavailable),
        (boto.ResponseStreamingError(error="cut"), AwsUnavailable),
        (boto.NoCredentialsError(), AwsDenied),
        (boto.PartialCredentialsError(provider="env", cred_var="key"), AwsDenied),
        (boto.TokenRetrievalError(provider="sso", error_msg="expired"), AwsDenied),
        (boto.SSOTokenLoadError(profile_name="x", error_msg="none"), AwsDenied),
        (boto.UnauthorizedSSOTokenError(), AwsDenied),
        (boto.CredentialRetrievalError(provider="role", error_msg="x"), AwsDenied),
        (boto.NoRegionError(), AwsError),
        (boto.ParamValidationError(report="bad Key"), AwsError),
    ],
)
def test_what_never_became_an_answer(error: boto.BotoCoreError, kind: type[AwsError]) -> None:
    got = translated(error)
    assert type(got) is kind
    assert got.code == type(error).__name__
    assert "read the file" in got.sentence


def test_the_missing_permission_is_named() -> None:
    text = (
        "User: arn:aws:sts::111122223333:assumed-role/Bot/i is not authorized to perform: iam:PassRole on resource: "
        "arn:aws:iam::111122223333:role/Batch because no identity-based policy allows the iam:PassRole action"
    )
    got = translated(answer("AccessDeniedException", text, 403))
    assert got.sentence == (
        "Amazon does not allow me to read the file: the permission iam:PassRole on arn:aws:iam::111122223333:role/Batch "
        "is missing. Whoever runs me has to add it."
    )
    denied = translated(
        answer("AccessDenied", f"{text.split(' because', maxsplit=1)[0]} with an explicit deny in a policy", 403)
    )
    assert "explicitly denies iam:PassRole" in denied.sentence


def test_a_gate_of_the_account_is_a_refusal_of_rights() -> None:
    text = "Your account is not authorized to perform this action. Please create a support case"
    got = translated(answer("ValidationException", text))
    assert type(got) is AwsDenied
    assert "support case" in got.sentence


def test_amazons_text_is_quoted_on_one_bounded_line() -> None:
    got = translated(answer("ValidationException", "first\nsecond\x00\u202e" + "x" * 5000))
    assert "\n" not in got.sentence
    assert "\x00" not in got.sentence
    assert len(got.sentence) < 420
    assert "first second" in got.sentence


def test_our_own_errors_and_others_pass_unchanged() -> None:
    for error in (BadInput("no"), ValueError("no"), AwsGone("gone")):
        with pytest.raises(type(error)) as caught, aws_errors("read the file"):
            raise error
        assert caught.value is error
