"""Model ids, profile ids and ARNs of Bedrock reduced to one form and to a name that people use; pure.

The same model comes as ``anthropic.claude-sonnet-4-5-20250929-v1:0``, with a geography before it (``us.``, ``global.``)
or as the ARN of either. Newer ids carry no version (``anthropic.claude-opus-5``, ``deepseek.v3.2``), so no part of an
id is taken for granted: what is not understood is shown as it came.
"""

from __future__ import annotations

import re

GEOGRAPHIES = ("us-gov", "us", "eu", "apac", "jp", "au", "ca", "global")
LONGEST = 60

_ARN = re.compile(r"arn:[^:]*:bedrock:[^:]*:[^:]*:([a-z-]+)/(.+)", re.DOTALL)
_GEO = re.compile(rf"({'|'.join(GEOGRAPHIES)})\.(?=[a-z0-9-]+\.)")
_ID = re.compile(r"([a-z0-9-]+)\.([A-Za-z0-9][A-Za-z0-9._:-]*)")
_VERSION = re.compile(r"-?v?(\d+)")
_DATE = re.compile(r"20\d{6}")
_WEIGHT = re.compile(r"[a-z]?\d+(\.\d+)?(x\d+)?[a-z]?")
_SPELLED = {
    "gpt": "GPT", "oss": "OSS", "glm": "GLM", "it": "IT", "vl": "VL", "deepseek": "DeepSeek", "minimax": "MiniMax",
}  # fmt: skip
# Makers whose model names do not say whose they are ("embed-english-v3", "v3.2").
_NAMELESS = {"deepseek": "DeepSeek", "cohere": "Cohere"}
_ONE_FAMILY = frozenset({"deepseek", "cohere", "mistral", "qwen"})


def normalise(model_id: str) -> str:
    """The bare model id: no ARN, no geography, version kept; other resources become ``kind/id`` without the account.

    >>> normalise("arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.amazon.nova-pro-v1:0")
    'amazon.nova-pro-v1:0'
    """
    text = model_id.strip()
    arn = _ARN.fullmatch(text)
    if arn:
        kind, rest = arn.groups()
        if kind not in {"foundation-model", "inference-profile"}:
            return f"{kind}/{rest}"
        text = rest
    return _GEO.sub("", text, count=1) if _GEO.match(text) else text


def same(one: str, other: str) -> bool:
    """Whether two ids mean the same model, in whatever form each of them comes."""
    return normalise(one) == normalise(other)


def geography(model_id: str) -> str:
    """The geography of a cross-region profile (``us``, ``global``…), empty for a model of one region."""
    arn = _ARN.fullmatch(model_id.strip())
    found = _GEO.match(arn.group(2) if arn else model_id.strip())
    return found.group(1) if found else ""


def family(model_id: str) -> str:
    """The line of models it belongs to (``claude``, ``nova``, ``llama``, ``gpt``…), empty where the id does not say."""
    parts = _ID.fullmatch(normalise(model_id))
    if not parts:
        return ""
    maker, name = parts.groups()
    word = re.match(r"[a-z]*", name.lower())
    return maker if maker in _ONE_FAMILY or not word or len(word.group()) < 2 else word.group()


def pretty(model_id: str) -> str:
    """A name for people ("Claude Sonnet 4.5", "Llama 3.3 70B Instruct"), worked out from the id, never longer than 60.

    The release date and a first version are left out; what is not an id of Bedrock's pattern comes back as it is.
    """
    bare = normalise(model_id)
    parts = _ID.fullmatch(bare)
    if not parts:
        return _opaque(bare)
    maker, name = parts.groups()
    stem, version = _split_version(name.lower())
    words = [_spell(word) for word in _words(stem)]
    if maker in _NAMELESS:
        words.insert(0, _NAMELESS[maker])
    return _short(" ".join([*words, *([version] if version else [])]) or bare)


def release(model_id: str) -> str:
    """What tells two releases of one model apart: date and version as the id has them, or nothing."""
    parts = _ID.fullmatch(normalise(model_id))
    if not parts:
        return ""
    found = re.search(r"-((?:20\d{6}-)?v?\d+(?::\w+)*|20\d{6})$", parts.group(2))
    return found.group(1) if found else ""


def _split_version(name: str) -> tuple[str, str]:
    """``titan-embed-text-v2:0`` as ``titan-embed-text`` and ``V2``; versions 0 and 1.0 say nothing to people."""
    head, colon, minor = name.partition(":")
    stem, dash, last = head.rpartition("-")
    major = _VERSION.fullmatch(last)
    if not dash or not major or not (colon or last.startswith("v")):
        return head, ""
    after = re.match(r"\d+", minor)
    point = f".{after.group()}" if after and after.group() != "0" else ""
    number = f"{major.group(1)}{point}"
    return stem, "" if major.group(1) == "0" or number == "1" else f"V{number}"


def _words(stem: str) -> list[str]:
    """The words of a name: dates dropped, ``llama3`` in two, small numbers side by side joined to ``4.5``."""
    words: list[str] = []
    for word in re.sub(r"^llama(?=\d)", "llama-", stem).split("-"):
        if not word or _DATE.fullmatch(word):
            continue
        if words and re.fullmatch(r"\d{1,2}", word) and re.fullmatch(r"\d{1,2}", words[-1]):
            words[-1] += f".{word}"
        else:
            words.append(word)
    return words


def _spell(word: str) -> str:
    if _WEIGHT.fullmatch(word):
        return re.sub(r"(?<=\d)X(?=\d)", "x", word.upper())
    return _SPELLED.get(word, word[:1].upper() + word[1:])


def _opaque(bare: str) -> str:
    kind, slash, rest = bare.partition("/")
    if slash and kind in {"application-inference-profile", "custom-model", "imported-model", "provisioned-model"}:
        label = {"application-inference-profile": "profile"}.get(kind, kind.replace("-", " "))
        return _short(f"{label} {rest.rsplit('/', 1)[-1]}")
    return _short(bare)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"
