"""The models of the toy account: names, families, pace, and which ids and profiles reach them; pure."""

import re
from dataclasses import dataclass

_GEOS = ("us", "eu", "apac", "jp", "au", "ca", "global", "us-gov")
_ARN = re.compile(r"arn:aws[^:]*:bedrock:[a-z0-9-]*:[0-9]*:(foundation-model|inference-profile)/(.+)")


@dataclass
class Model:
    """One base model; `stalled` stops its work, `flaky` is the share of records that fail for no fault of theirs."""

    id: str
    name: str
    family: str
    records_per_minute: float = 120.0
    profile_only: bool = False
    stalled: bool = False
    flaky: float = 0.0
    profiles: tuple[str, ...] = ()

    @property
    def provider(self) -> str:
        """Tell the first word of the id."""
        return self.id.partition(".")[0]


@dataclass(frozen=True)
class Reach:
    """A model as the caller named it: the model, and the geography of the profile if it was one."""

    model: Model
    geo: str = ""


def catalogue() -> dict[str, Model]:
    """Make the models by base id."""
    both = ("us", "global")
    models = [
        Model("anthropic.claude-3-haiku-20240307-v1:0", "Claude 3 Haiku", "claude", 240),
        Model(
            "anthropic.claude-haiku-4-5-20251001-v1:0",
            "Claude Haiku 4.5",
            "claude",
            300,
            profile_only=True,
            profiles=both,
        ),
        Model(
            "anthropic.claude-sonnet-4-5-20250929-v1:0",
            "Claude Sonnet 4.5",
            "claude",
            120,
            profile_only=True,
            profiles=both,
        ),
        Model("anthropic.claude-opus-5", "Claude Opus 5", "claude", 60, profile_only=True, profiles=both),
        Model("amazon.nova-lite-v1:0", "Nova Lite", "nova", 360, profiles=("us",)),
        Model("amazon.nova-pro-v1:0", "Nova Pro", "nova", 180, profiles=("us",)),
        Model(
            "meta.llama3-3-70b-instruct-v1:0",
            "Llama 3.3 70B Instruct",
            "llama",
            150,
            profile_only=True,
            profiles=("us",),
        ),
        Model("openai.gpt-oss-120b-1:0", "gpt-oss-120b", "openai", 200),
        Model("qwen.qwen3-32b-v1:0", "Qwen3 32B", "qwen", 200),
        Model("zai.glm-4.7", "GLM 4.7", "zai", 150),
    ]
    return {model.id: model for model in models}


def resolve(models: dict[str, Model], named: str) -> Reach | None:
    """Find the model behind an id, profile id or ARN, None when the account knows no such."""
    arn = _ARN.fullmatch(named)
    kind, bare = (arn[1], arn[2]) if arn else ("", named)
    if bare in models and kind != "inference-profile":
        return Reach(models[bare])
    geo, _, base = bare.partition(".")
    model = models.get(base)
    if model is None or geo not in _GEOS or geo not in model.profiles or kind == "foundation-model":
        return None
    return Reach(model, geo)


def arn_of(reach: Reach, region: str, account: str) -> str:
    """Give the ARN that Get and List show for the model."""
    if reach.geo:
        return f"arn:aws:bedrock:{region}:{account}:inference-profile/{reach.geo}.{reach.model.id}"
    return f"arn:aws:bedrock:{region}::foundation-model/{reach.model.id}"
