"""How AWS says no: a code, a status and a sentence; each protocol dresses it in its own clothes."""

from dataclasses import dataclass

STATUS = {
    "AccessDeniedException": 403,
    "ConflictException": 400,
    "InternalServerException": 500,
    "InternalFailure": 500,
    "ResourceNotFoundException": 404,
    "ResourceNotFound": 404,
    "ServiceQuotaExceededException": 400,
    "ServiceUnavailableException": 503,
    "ThrottlingException": 429,
    "ValidationException": 400,
    "ValidationError": 400,
    "NotFound": 404,
    "AuthorizationError": 403,
    "MissingAuthenticationToken": 403,
}


@dataclass
class AwsError(Exception):
    """A refusal that the caller of the API sees."""

    code: str
    message: str
    status: int = 0

    def __post_init__(self) -> None:
        """Take the usual HTTP status of the code unless one was given."""
        super().__init__(f"{self.code}: {self.message}")
        self.status = self.status or STATUS.get(self.code, 400)


class DroppedError(ConnectionAbortedError):
    """The effect took place, but the connection breaks before the answer."""
