"""Plans and models for the tests of alarms in the making."""

from __future__ import annotations

import functools
from typing import Any

import botocore.session
from botocore.validate import ParamValidator

from bot.alarms.making import definition, plan
from bot.alarms.making.plan import Choice, Plan

SONNET = Choice("sonnet1", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "Claude Sonnet 4.5")
HAIKU = Choice("haiku1", "anthropic.claude-haiku-4-5-20251001-v1:0", "Claude Haiku 4.5")
NOVA = Choice("nova1", "amazon.nova-pro-v1:0", "Nova Pro", measured=False)
MODELS = [SONNET, HAIKU, NOVA]
TOPIC = "arn:aws:sns:us-east-1:111122223333:bedrock-batch-alarms"
NAMES = {one.model_id: one.name for one in MODELS}


def planned(**fields: str) -> Plan:
    """A plan without fault; the model is Claude Sonnet 4.5 unless it is for all."""
    wanted, errors = plan.read({"model": "sonnet", **fields}, MODELS)
    assert not errors, errors
    assert wanted is not None
    return wanted


def made(**fields: str) -> dict[str, Any]:
    """The request for it, valid by botocore's own model."""
    request = definition.request(planned(**fields), [TOPIC], "U0ANA00001")
    assert refused(request) == ""
    return request


@functools.cache
def _input_shape(operation: str) -> Any:
    service = botocore.session.get_session().get_service_model("cloudwatch")
    return service.operation_model(operation).input_shape


def refused(request: dict[str, Any], operation: str = "PutMetricAlarm") -> str:
    """What botocore finds wrong with a request; empty if nothing."""
    return str(ParamValidator().validate(request, _input_shape(operation)).generate_report())


def members(operation: str) -> set[str]:
    """The members that an operation takes."""
    return set(_input_shape(operation).members)
