"""The catalogue operations of Bedrock: models, inference profiles, tags."""

from typing import Any

from playground.aws.bedrock.control import Bedrock
from playground.aws.bedrock.listing import offset_of, size_of, token_of
from playground.aws.bedrock.models import Reach, arn_of
from playground.aws.errors import AwsError


def foundation_models(bedrock: Bedrock, params: dict[str, Any]) -> dict[str, Any]:
    """Answer ListFoundationModels; nothing in it tells who can do batch, as in life."""
    provider = str(params.get("byProvider", "")).lower()
    shown = [model for model in bedrock.models.values() if provider in {"", model.provider}]
    return {
        "modelSummaries": [
            {
                "modelArn": arn_of(Reach(model), bedrock.region, bedrock.account),
                "modelId": model.id,
                "modelName": model.name,
                "providerName": model.provider.title(),
                "inputModalities": ["TEXT"],
                "outputModalities": ["TEXT"],
                "inferenceTypesSupported": ["INFERENCE_PROFILE" if model.profile_only else "ON_DEMAND"],
                "modelLifecycle": {"status": "ACTIVE"},
            }
            for model in shown
        ]
    }


def inference_profiles(bedrock: Bedrock, params: dict[str, Any]) -> dict[str, Any]:
    """Answer ListInferenceProfiles with the system-defined ones."""
    reaches = [Reach(model, geo) for model in bedrock.models.values() for geo in model.profiles]
    if params.get("type") == "APPLICATION":
        reaches = []
    size, start = size_of(params), offset_of(params.get("nextToken"))
    page: dict[str, Any] = {"inferenceProfileSummaries": [_profile(bedrock, r) for r in reaches[start : start + size]]}
    if start + size < len(reaches):
        page["nextToken"] = token_of(start + size)
    return page


def list_tags(bedrock: Bedrock, params: dict[str, Any]) -> dict[str, Any]:
    """Answer ListTagsForResource for jobs."""
    return {"tags": _tags(bedrock, params)}


def tag(bedrock: Bedrock, params: dict[str, Any]) -> dict[str, Any]:
    """Answer TagResource for jobs."""
    tags = _tags(bedrock, params)
    fresh = {str(item["key"]): str(item["value"]) for item in [*tags, *(params.get("tags") or [])]}
    tags[:] = [{"key": key, "value": value} for key, value in fresh.items()]
    return {}


def _tags(bedrock: Bedrock, params: dict[str, Any]) -> list[dict[str, str]]:
    arn = str(params.get("resourceARN", ""))
    if arn not in bedrock.tags:
        raise AwsError("ResourceNotFoundException", f"Resource {arn} was not found")
    return bedrock.tags[arn]


def _profile(bedrock: Bedrock, reach: Reach) -> dict[str, Any]:
    return {
        "inferenceProfileName": f"{reach.geo.upper()} {reach.model.name}",
        "inferenceProfileArn": arn_of(reach, bedrock.region, bedrock.account),
        "inferenceProfileId": f"{reach.geo}.{reach.model.id}",
        "models": [{"modelArn": arn_of(Reach(reach.model), bedrock.region, bedrock.account)}],
        "status": "ACTIVE",
        "type": "SYSTEM_DEFINED",
        "createdAt": "2026-01-05T00:00:00Z",
        "updatedAt": "2026-01-05T00:00:00Z",
    }
