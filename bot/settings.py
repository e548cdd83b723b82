"""Every setting, from the environment and from one TOML file; nothing is read until ``load()`` is called.

Secrets are ``SecretStr``. What is wrong is said with the variable's name and what it should be, never with its value.
"""

from __future__ import annotations

import re
import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.errors import Misconfigured
from bot.follow.configured import Followup

Names = Annotated[tuple[str, ...], NoDecode]
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Model(BaseModel):
    """One model that may be used, from ``[[models]]``; prices are US dollars per million batch tokens."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(min_length=1, max_length=2048)
    name: str = Field(min_length=1, max_length=60)
    family: str = ""
    input_per_million: Decimal | None = None
    output_per_million: Decimal | None = None
    as_of: date | None = None


class Route(BaseModel):
    """Where alarms whose name matches the shell-style pattern are posted, from ``[[routes]]``; the first match wins."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    alarm: str = "*"
    channel: str = Field(pattern=r"^[CGD][A-Z0-9]+$")


class SummarySchedule(BaseModel):
    """A summary that is posted by itself, from ``[[summaries]]``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    channel: str = Field(pattern=r"^[CGD][A-Z0-9]+$")
    cron: str
    timezone: str = ""
    range: str = Field(default="24h", pattern=r"^(3h|24h|7d)$")

    @field_validator("cron")
    @classmethod
    def _cron_is_readable(cls, value: str) -> str:
        return readable_cron(value)

    @field_validator("timezone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        return known_zone(value) if value else value


class Catalogue(BaseModel):
    """The TOML file: models, routes, scheduled summaries, and what follows when something is over."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    models: tuple[Model, ...] = ()
    routes: tuple[Route, ...] = ()
    summaries: tuple[SummarySchedule, ...] = ()
    followups: tuple[Followup, ...] = ()

    @field_validator("followups")
    @classmethod
    def _names_differ(cls, value: tuple[Followup, ...]) -> tuple[Followup, ...]:
        names = [followup.name for followup in value]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice:
            raise ValueError(f'two are named "{twice}"; the name tells what ran already, so each needs its own')
        return value


class Settings(BaseSettings):
    """The environment; each field is described in ``.env.example``."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    slack_bot_token: SecretStr = Field(default=SecretStr(""), alias="SLACK_BOT_TOKEN")
    slack_signing_secret: SecretStr = Field(default=SecretStr(""), alias="SLACK_SIGNING_SECRET")
    slack_app_token: SecretStr = Field(default=SecretStr(""), alias="SLACK_APP_TOKEN")
    slack_api_url: str = Field(default="https://slack.com/api/", alias="SLACK_API_URL")
    port: int = Field(default=3000, ge=0, le=65535, alias="PORT")
    database_url: SecretStr = Field(
        default=SecretStr("sqlite:///batchbot.db"),
        validation_alias=AliasChoices("BATCHBOT_DATABASE_URL", "DATABASE_URL"),
    )
    role_arn: str = Field(default="", alias="BATCHBOT_ROLE_ARN")
    output_uri: str = Field(default="", alias="BATCHBOT_OUTPUT_URI")
    config: Path = Field(default=Path("batchbot.toml"), alias="BATCHBOT_CONFIG")
    buckets: Names = Field(default=(), alias="BATCHBOT_BUCKETS")
    submitters: Names = Field(default=(), alias="BATCHBOT_SUBMITTERS")
    admins: Names = Field(default=(), alias="BATCHBOT_ADMINS")
    operators: Names = Field(default=(), alias="BATCHBOT_OPERATORS")
    topic_arns: Names = Field(default=(), alias="BATCHBOT_TOPIC_ARNS")
    alarm_queue_url: str = Field(default="", alias="BATCHBOT_ALARM_QUEUE_URL")
    public_url: str = Field(default="", alias="BATCHBOT_PUBLIC_URL")
    jobs_channel: str = Field(default="", alias="BATCHBOT_JOBS_CHANNEL")
    alarms_channel: str = Field(default="", alias="BATCHBOT_ALARMS_CHANNEL")
    summary_channel: str = Field(default="", alias="BATCHBOT_SUMMARY_CHANNEL")
    summary_cron: str = Field(default="", alias="BATCHBOT_SUMMARY_CRON")
    timezone: str = Field(default="UTC", alias="BATCHBOT_TIMEZONE")
    adopt: bool = Field(default=True, alias="BATCHBOT_ADOPT")
    min_records: int = Field(default=100, ge=1, alias="BATCHBOT_MIN_RECORDS")
    poll_seconds: float = Field(default=30, gt=0, alias="BATCHBOT_POLL_SECONDS")
    card_seconds: float = Field(default=60, ge=0, alias="BATCHBOT_CARD_SECONDS")
    post_seconds: float = Field(default=1.05, ge=0, alias="BATCHBOT_POST_SECONDS")
    reconcile_seconds: float = Field(default=300, ge=0, alias="BATCHBOT_RECONCILE_SECONDS")
    drain_seconds: float = Field(default=300, gt=0, alias="BATCHBOT_DRAIN_SECONDS")
    hook_hosts: Names = Field(default=(), alias="BATCHBOT_HOOK_HOSTS")
    hook_secret: SecretStr = Field(default=SecretStr(""), alias="BATCHBOT_HOOK_SECRET")
    command: str = Field(default="/batch", alias="BATCHBOT_COMMAND", pattern=r"^/[a-z0-9_-]{1,31}$")
    sns_cert_origin: str = Field(default="", alias="BATCHBOT_SNS_CERT_ORIGIN")
    sns_max_age_seconds: float = Field(default=5400, ge=0, alias="BATCHBOT_SNS_MAX_AGE_SECONDS")
    sns_require_v2: bool = Field(default=False, alias="BATCHBOT_SNS_REQUIRE_V2")
    metrics_port: int = Field(default=0, ge=0, le=65535, alias="BATCHBOT_METRICS_PORT")
    log_format: str = Field(default="json", alias="BATCHBOT_LOG_FORMAT", pattern="^(json|text)$")
    log_level: str = Field(default="INFO", alias="BATCHBOT_LOG_LEVEL", pattern="^(DEBUG|INFO|WARNING|ERROR)$")

    @field_validator("buckets", "submitters", "admins", "operators", "topic_arns", "hook_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(filter(None, re.split(r"[,\s]+", value))) if isinstance(value, str) else value or ()

    @field_validator("slack_api_url")
    @classmethod
    def _api_base(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("must be an http(s) address such as https://slack.com/api/")
        return value.rstrip("/") + ("/" if parts.path.strip("/") else "/api/")

    @field_validator("role_arn")
    @classmethod
    def _role(cls, value: str) -> str:
        if value and not re.fullmatch(r"arn:aws(-[^:]+)?:iam::[0-9]{12}:role/.{1,1900}", value):
            raise ValueError("must be a role ARN such as arn:aws:iam::111122223333:role/BedrockBatchRole")
        return value

    @field_validator("output_uri")
    @classmethod
    def _output(cls, value: str) -> str:
        if value and not value.startswith("s3://"):
            raise ValueError("must begin with s3://")
        return value

    @field_validator("topic_arns")
    @classmethod
    def _topics(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for arn in value:
            if not re.fullmatch(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?", arn):
                raise ValueError("must be SNS topic ARNs, separated by commas")
        return value

    @field_validator("hook_hosts")
    @classmethod
    def _hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for host in value:
            if not re.fullmatch(r"([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?", host):
                raise ValueError(
                    "must be hosts such as hooks.example.com or hooks.example.com:8443, separated by commas"
                )
        return value

    @field_validator("jobs_channel", "alarms_channel", "summary_channel")
    @classmethod
    def _channel_id(cls, value: str) -> str:
        if value and not re.fullmatch(r"[CGD][A-Z0-9]+", value):
            raise ValueError("must be a channel's id such as C0123456789, not its name")
        return value

    @field_validator("public_url")
    @classmethod
    def _public(cls, value: str) -> str:
        if value and not _is_public_address(value):
            raise ValueError("must be an https address such as https://batchbot.example.com, without a password")
        return value.rstrip("/")

    @field_validator("summary_cron")
    @classmethod
    def _cron(cls, value: str) -> str:
        return readable_cron(value) if value else value

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        return known_zone(value)

    @field_validator("sns_cert_origin")
    @classmethod
    def _loopback_only(cls, value: str) -> str:
        if value and urlsplit(value).hostname not in LOOPBACK:
            raise ValueError("may only be a loopback address (it replaces Amazon's certificate host)")
        return value.rstrip("/")

    @property
    def allowed_buckets(self) -> tuple[str, ...]:
        """The buckets that inputs and outputs may lie in: the setting, else the output prefix's own."""
        return self.buckets or ((urlsplit(self.output_uri).netloc,) if self.output_uri else ())

    @property
    def is_sqlite(self) -> bool:
        """True for the store that allows one worker process only."""
        return self.database_url.get_secret_value().startswith("sqlite")


def readable_cron(value: str) -> str:
    """The expression itself if cronsim understands it."""
    try:
        CronSim(value, _some_day())
    except CronSimError:
        raise ValueError('must be a cron expression of five fields such as "0 9 * * 1-5"') from None
    return value


def _some_day() -> Any:
    from datetime import UTC, datetime

    return datetime(2026, 1, 1, tzinfo=UTC)


def known_zone(value: str) -> str:
    """The name itself if the IANA table has it."""
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("must be an IANA time zone such as Europe/Berlin") from None
    return value


def _is_public_address(value: str) -> bool:
    """An https origin with or without a path; http on loopback is for tests."""
    try:
        parts = urlsplit(value)
        port_is_one = parts.port is None or parts.port > 0
    except ValueError:
        return False
    secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    plain = not (parts.query or parts.fragment or "@" in parts.netloc or re.search(r"\s", value))
    return bool(secure and parts.hostname and plain and port_is_one)


def load(**overrides: Any) -> Settings:
    """Read the environment; raises Misconfigured that names each variable at fault."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise Misconfigured(_sentence("The settings", error)) from None


def load_catalogue(path: Path) -> Catalogue:
    """Read the TOML file; a missing one is an empty catalogue. Raises Misconfigured with file, place and reason."""
    if not path.exists():
        return Catalogue()
    try:
        return Catalogue.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Misconfigured(f"{path} is not valid TOML: {error}.") from None
    except ValidationError as error:
        raise Misconfigured(_sentence(str(path), error)) from None


def _sentence(where: str, error: ValidationError) -> str:
    faults = "; ".join(
        f"{'.'.join(str(p) for p in fault['loc'])}: {fault['msg'].removeprefix('Value error, ')}"
        for fault in error.errors(include_url=False, include_input=False)
    )
    return f"{where} cannot be used as they are: {faults}."
