"""What botocore raises, turned into the bot's own errors with a sentence for a person."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from botocore import exceptions as boto

from bot.errors import AwsConflict, AwsDenied, AwsError, AwsGone, AwsUnavailable

QUOTED = 300

_PERMISSION = re.compile(r"to perform:?\s+([A-Za-z0-9-]+:[A-Za-z0-9*]+)(?:\s+on resource:?\s+(\S+))?")
_DENIED = frozenset({
    "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "AllAccessDisabled",
    "AuthorizationErrorException", "NotAuthorized", "UnauthorizedException", "OptInRequired", "Forbidden", "403",
    "SubscriptionRequiredException", "AccountProblem", "KMSAccessDenied", "KMSAccessDeniedException",
})  # fmt: skip
_CREDENTIALS = frozenset({
    "ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired", "InvalidToken", "401",
    "InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId", "SignatureDoesNotMatch",
    "InvalidSignatureException", "IncompleteSignature", "MissingAuthenticationToken", "AuthFailure",
    "MissingAuthenticationTokenException",
})  # fmt: skip
_BUSY = frozenset({
    "Throttling", "ThrottlingException", "ThrottledException", "Throttled", "RequestThrottled", "LimitExceededFault",
    "RequestThrottledException", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown",
    "PriorRequestNotComplete", "BandwidthLimitExceeded", "TransactionInProgressException",
    "ProvisionedThroughputExceededException",
    "ServiceUnavailable", "ServiceUnavailableException", "InternalError", "InternalFailure", "InternalServerError",
    "InternalServerException", "InternalServiceError", "InternalServiceFault", "InternalServiceException",
    "RequestTimeout", "RequestTimeoutException", "ModelNotReadyException",
})  # fmt: skip
_GONE = frozenset({
    "ResourceNotFound", "ResourceNotFoundException", "NoSuchKey", "NoSuchBucket", "NoSuchEntity", "NotFound",
    "NotFoundException", "NoSuchVersion", "NoSuchUpload", "404",
})  # fmt: skip
_CONFLICT = frozenset({"Conflict", "ConflictException", "OperationAborted", "ConcurrentModificationException", "409"})
_QUOTA = frozenset({"ServiceQuotaExceeded", "ServiceQuotaExceededException", "LimitExceeded", "LimitExceededException"})
_SKEWED = frozenset({"RequestTimeTooSkewed", "RequestInTheFuture"})

_NO_CREDENTIALS = (
    boto.NoCredentialsError, boto.PartialCredentialsError, boto.CredentialRetrievalError, boto.TokenRetrievalError,
    boto.SSOError, boto.ProfileNotFound, boto.NoAuthTokenError, boto.MetadataRetrievalError,
    boto.RefreshWithMFAUnsupportedError, boto.InvalidConfigError, boto.ConfigNotFound, boto.ConfigParseError,
)  # fmt: skip
_NO_ANSWER = (
    boto.HTTPClientError, boto.ConnectionError, boto.IncompleteReadError, boto.ResponseStreamingError,
)  # fmt: skip


@contextmanager
def aws_errors(action: str) -> Iterator[None]:
    """Whatever botocore raises inside comes out as an ``AwsError``, its sentence naming ``action`` (a verb phrase).

    ``with aws_errors("read the batch metrics"): client.get_metric_data(...)``. The subclass says what to do about it;
    ``code`` and ``request_id`` are Amazon's. Sentences quote Amazon in at most 300 characters, on one line, unescaped.
    """
    try:
        yield
    except boto.ClientError as error:
        raise from_answer(error, action) from error
    except boto.BotoCoreError as error:
        raise from_library(error, action) from error


def from_answer(error: boto.ClientError, action: str) -> AwsError:
    """The bot's error for an answer of Amazon's that says no."""
    response = error.response
    code = str(response.get("Error", {}).get("Code", "") or "")
    message = _plain(response.get("Error", {}).get("Message", ""))
    metadata = response.get("ResponseMetadata", {})
    kind, sentence = _judge(code, message, int(metadata.get("HTTPStatusCode", 0) or 0), action)
    return kind(sentence, code=code, request_id=str(metadata.get("RequestId", "")))


def from_library(error: boto.BotoCoreError, action: str) -> AwsError:
    """The bot's error for what never became an answer: no credentials, no connection, a parameter botocore refuses."""
    code = type(error).__name__
    if isinstance(error, _NO_CREDENTIALS):
        return AwsDenied(_credentials(action), code=code)
    if isinstance(error, _NO_ANSWER):
        return AwsUnavailable(
            f"Amazon did not answer when I tried to {action}. Please try again in a minute.", code=code
        )
    if isinstance(error, boto.NoRegionError):
        return AwsError(
            f"I could not {action}: no AWS region is set. Whoever runs me has to set AWS_REGION.", code=code
        )
    return AwsError(f"I could not {action}: {_plain(error) or code}", code=code)


def _judge(code: str, message: str, status: int, action: str) -> tuple[type[AwsError], str]:
    """Which error it is, by Amazon's code first and the HTTP status where the code is unknown, and its sentence."""
    if code in _CREDENTIALS:
        return AwsDenied, _credentials(action)
    if code in _BUSY or status == 429 or status >= 500:
        return AwsUnavailable, f"Amazon was too busy when I tried to {action}. Please try again in a minute."
    if code in _DENIED or status == 403 or "not authorized" in message:
        return AwsDenied, _denied(message, action)
    kind, reason = _refusal(code, status)
    quoted = f" Amazon says: {message}" if message and message != code else ""
    if not reason:
        return kind, f"I could not {action}: Amazon refused it ({code or status}).{quoted}"
    return kind, f"I could not {action}: {reason}{quoted}"


def _refusal(code: str, status: int) -> tuple[type[AwsError], str]:
    """The kinds of no that are about the request, and their reasons; none where Amazon's text is all there is."""
    if code in _GONE or status == 404:
        return AwsGone, "Amazon does not know it, or not any more."
    if code in _CONFLICT or status == 409:
        return AwsConflict, "its state does not allow that now."
    if code in _QUOTA:
        return AwsError, (
            "a quota of the account is used up. Wait until running jobs have ended, "
            "or ask for more in the Service Quotas console."
        )
    if code in _SKEWED:
        return AwsError, "the clock of the machine I run on is wrong. Whoever runs me has to set it."
    return AwsError, ""


def _denied(message: str, action: str) -> str:
    """Name the missing permission where Amazon does; quote Amazon where it does not."""
    found = _PERMISSION.search(message)
    start = f"Amazon does not allow me to {action}"
    if not found:
        return f"{start}. {f'Amazon says: {message}' if message else 'Whoever runs me has to add the permission.'}"
    permission, resource = found.group(1), (found.group(2) or "").rstrip(".,;")
    where = f" on {resource[:QUOTED]}" if resource else ""
    if "explicit deny" in message:
        return f"{start}: a policy explicitly denies {permission}{where}. Whoever runs me has to change that policy."
    return f"{start}: the permission {permission}{where} is missing. Whoever runs me has to add it."


def _credentials(action: str) -> str:
    return f"I could not {action}: my AWS credentials are missing, wrong or expired. Whoever runs me has to renew them."


def _plain(value: object) -> str:
    """Amazon's text on one line, bounded."""
    text = " ".join("".join(c if c.isprintable() else " " for c in str(value or "")).split())
    return text if len(text) <= QUOTED else text[: QUOTED - 1] + "…"
