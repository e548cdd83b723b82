"""One model under its many ids."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.aws.modelids import GEOGRAPHIES, LONGEST, family, geography, normalise, pretty, release, same

SONNET = "anthropic.claude-sonnet-4-5-20250929-v1:0"
ACCOUNT = "arn:aws:bedrock:us-east-1:111122223333"


@pytest.mark.parametrize("geo", GEOGRAPHIES)
def test_a_profile_is_its_model(geo: str) -> None:
    for form in (f"{geo}.{SONNET}", f"{ACCOUNT}:inference-profile/{geo}.{SONNET}"):
        assert normalise(form) == SONNET
        assert same(form, SONNET)
        assert geography(form) == geo


@pytest.mark.parametrize("partition", ["aws", "aws-us-gov", "aws-cn"])
def test_the_arn_of_a_model_is_the_model(partition: str) -> None:
    assert normalise(f"arn:{partition}:bedrock:us-gov-west-1::foundation-model/{SONNET}") == SONNET
    assert geography(f"arn:{partition}:bedrock:us-gov-west-1::foundation-model/{SONNET}") == ""


@pytest.mark.parametrize(
    ("model_id", "bare"),
    [
        ("deepseek.v3.2", "deepseek.v3.2"),
        ("us.deepseek.r1-v1:0", "deepseek.r1-v1:0"),
        ("anthropic.claude-opus-5", "anthropic.claude-opus-5"),
        ("us.unknown", "us.unknown"),
        ("  amazon.nova-pro-v1:0\n", "amazon.nova-pro-v1:0"),
        (f"{ACCOUNT}:application-inference-profile/abc123def456", "application-inference-profile/abc123def456"),
        (f"{ACCOUNT}:custom-model/amazon.nova-lite-v1:0:300k/xyz", "custom-model/amazon.nova-lite-v1:0:300k/xyz"),
        ("", ""),
    ],
)
def test_what_is_left_of_an_id(model_id: str, bare: str) -> None:
    assert normalise(model_id) == bare
    assert normalise(bare) == bare


def test_versions_and_profiles_of_ones_own_are_not_the_same() -> None:
    assert not same("amazon.titan-embed-text-v1", "amazon.titan-embed-text-v2:0")
    assert not same(f"{ACCOUNT}:application-inference-profile/abc", f"{ACCOUNT}:application-inference-profile/abd")


@pytest.mark.parametrize(
    ("model_id", "name", "line"),
    [
        (f"us.{SONNET}", "Claude Sonnet 4.5", "claude"),
        ("anthropic.claude-sonnet-4-20250514-v1:0", "Claude Sonnet 4", "claude"),
        ("anthropic.claude-3-5-sonnet-20240620-v1:0", "Claude 3.5 Sonnet", "claude"),
        ("anthropic.claude-3-5-sonnet-20241022-v2:0", "Claude 3.5 Sonnet V2", "claude"),
        ("anthropic.claude-3-haiku-20240307-v1:0", "Claude 3 Haiku", "claude"),
        ("anthropic.claude-opus-5", "Claude Opus 5", "claude"),
        ("global.anthropic.claude-opus-4-6-v1", "Claude Opus 4.6", "claude"),
        ("amazon.nova-pro-v1:0", "Nova Pro", "nova"),
        ("amazon.nova-2-lite-v1:0", "Nova 2 Lite", "nova"),
        ("amazon.nova-2-multimodal-embeddings-v1:0", "Nova 2 Multimodal Embeddings", "nova"),
        ("amazon.titan-embed-text-v2:0", "Titan Embed Text V2", "titan"),
        ("meta.llama3-3-70b-instruct-v1:0", "Llama 3.3 70B Instruct", "llama"),
        ("us.meta.llama4-maverick-17b-instruct-v1:0", "Llama 4 Maverick 17B Instruct", "llama"),
        ("openai.gpt-oss-120b-1:0", "GPT OSS 120B", "gpt"),
        ("deepseek.v3.2", "DeepSeek V3.2", "deepseek"),
        ("deepseek.v3-v1:0", "DeepSeek V3", "deepseek"),
        ("us.deepseek.r1-v1:0", "DeepSeek R1", "deepseek"),
        ("zai.glm-4.7", "GLM 4.7", "glm"),
        ("qwen.qwen3-coder-480b-a35b-v1:0", "Qwen3 Coder 480B A35B", "qwen"),
        ("mistral.mixtral-8x7b-instruct-v0:1", "Mixtral 8x7B Instruct", "mistral"),
        ("mistral.mistral-large-2407-v1:0", "Mistral Large 2407", "mistral"),
        ("moonshot.kimi-k2-thinking", "Kimi K2 Thinking", "kimi"),
        ("google.gemma-3-27b-it", "Gemma 3 27B IT", "gemma"),
        ("cohere.embed-english-v3", "Cohere Embed English V3", "cohere"),
        (f"{ACCOUNT}:application-inference-profile/abc123def456", "profile abc123def456", ""),
        (f"{ACCOUNT}:custom-model/amazon.nova-lite-v1:0:300k/xyz", "custom model xyz", ""),
        ("<!channel>", "<!channel>", ""),
    ],
)
def test_a_name_for_people(model_id: str, name: str, line: str) -> None:
    assert pretty(model_id) == name
    assert family(model_id) == line


@given(st.text(max_size=400) | st.from_regex(r"([a-z-]{1,6}\.)?[a-z0-9]+\.[A-Za-z0-9.:-]{1,80}", fullmatch=True))
def test_any_text_has_a_bounded_name(text: str) -> None:
    assert len(pretty(text)) <= LONGEST
    assert pretty(text) or not normalise(text)
    for reduced in (normalise, family, geography, release):
        assert isinstance(reduced(text), str)
