"""What a model does with one record: refuse a faulty body, else answer with the first sentence of the prompt; pure."""

import json
import re
import zlib
from dataclasses import dataclass
from typing import Any

_SENTENCE = re.compile(r".+?[.!?](?=\s|$)", re.DOTALL)
_CONVERSE = {
    "messages", "system", "inferenceConfig", "additionalModelRequestFields", "guardrailConfig", "toolConfig",
    "performanceConfig", "promptVariables", "requestMetadata", "additionalModelResponseFieldPaths",
}  # fmt: skip


@dataclass(frozen=True)
class InputFile:
    """One `.jsonl` file that was read: its name under the input, and its records."""

    name: str
    records: list[dict[str, Any]]


@dataclass(frozen=True)
class Answer:
    """One line of output with its tokens and whether it is an error."""

    file: str
    line: dict[str, Any]
    input_tokens: int = 0
    output_tokens: int = 0

    @property
    def failed(self) -> bool:
        """Tell whether the record became an error."""
        return "error" in self.line


def answer(file: str, record: dict[str, Any], family: str, api: str, *, flaky: float = 0, salt: str = "") -> Answer:
    """Process one record as the model of this family would."""
    body = record.get("modelInput")
    line: dict[str, Any] = {"recordId": record.get("recordId") or _made_id(record, salt), "modelInput": body}
    fault = _fault(body, family, api)
    if fault:
        return Answer(file, line | {"error": {"errorCode": 400, "errorMessage": fault}})
    if flaky and zlib.crc32(f"{salt}{line['recordId']}".encode()) % 10_000 < flaky * 10_000:
        return Answer(file, line | {"error": {"errorCode": 503, "errorMessage": "Service unavailable"}})
    prompt = prompt_of(body)
    text = first_sentence(prompt)
    read, wrote = tokens_of(prompt), tokens_of(text)
    return Answer(file, line | {"modelOutput": _output(text, read, wrote, family, api)}, read, wrote)


def prompt_of(body: Any) -> str:
    """Collect all text that the model would read, the system prompt first."""
    if not isinstance(body, dict):
        return ""
    parts = [_text(body.get("system"))]
    parts += [_text(message.get("content")) for message in body.get("messages") or [] if isinstance(message, dict)]
    parts += [_text(body.get("prompt")), _text(body.get("inputText"))]
    return "\n".join(part for part in parts if part)


def first_sentence(prompt: str) -> str:
    """Take the first sentence after the instruction (all up to a blank line, if there is one), cut to a sane length."""
    text = prompt.partition("\n\n")[2].strip() or prompt.strip()
    found = _SENTENCE.match(text)
    return " ".join((found[0] if found else text).split())[:600]


def tokens_of(text: str) -> int:
    """Count tokens as about four characters each."""
    return (len(text) + 3) // 4


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return ""


def _fault(body: Any, family: str, api: str) -> str:
    if not isinstance(body, dict):
        return "modelInput: Field required"
    extra = [name for name in ("model", "modelId") if name in body]
    if api == "Converse":
        extra += sorted(set(body) - _CONVERSE - {"model", "modelId"})
    if extra:
        return f"{extra[0]}: Extra inputs are not permitted"
    if family == "claude" and api != "Converse":
        return _claude_fault(body)
    if family == "llama" and api != "Converse":
        return "" if body.get("prompt") else "prompt: Field required"
    return _messages_fault(body, parts_only=api == "Converse" or family == "nova")


def _claude_fault(body: dict[str, Any]) -> str:
    for name in ("anthropic_version", "max_tokens"):
        if name not in body:
            return f"{name}: Field required"
    if not isinstance(body["max_tokens"], int) or body["max_tokens"] < 1:
        return "max_tokens: Input should be greater than or equal to 1"
    return _messages_fault(body, parts_only=False)


def _messages_fault(body: dict[str, Any], *, parts_only: bool) -> str:
    messages = body.get("messages")
    if messages is None:
        return "messages: Field required"
    if not isinstance(messages, list) or not messages:
        return "messages: at least one message is required"
    first = messages[0]
    if not isinstance(first, dict) or first.get("role") != "user":
        return 'messages: first message must use the "user" role'
    if parts_only and not isinstance(first.get("content"), list):
        return "messages.0.content: Input should be a valid list"
    return "" if _text(first.get("content")) else "messages.0.content: text content blocks must be non-empty"


def _output(text: str, read: int, wrote: int, family: str, api: str) -> dict[str, Any]:
    if api == "Converse" or family == "nova":
        usage = {"inputTokens": read, "outputTokens": wrote, "totalTokens": read + wrote}
        message = {"role": "assistant", "content": [{"text": text}]}
        return {"output": {"message": message}, "stopReason": "end_turn", "usage": usage, "metrics": {"latencyMs": 900}}
    if family == "claude":
        return {
            "model": "claude", "id": "msg_bdrk_01Playground", "type": "message", "role": "assistant",
            "content": [{"type": "text", "text": text}], "stop_reason": "end_turn", "stop_sequence": None,
            "usage": {"input_tokens": read, "output_tokens": wrote},
        }  # fmt: skip
    if family == "llama":
        counts = {"prompt_token_count": read, "generation_token_count": wrote}
        return {"generation": text, "stop_reason": "stop", **counts}
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    usage = {"prompt_tokens": read, "completion_tokens": wrote, "total_tokens": read + wrote}
    return {"object": "chat.completion", "choices": [choice], "usage": usage}


def _made_id(record: dict[str, Any], salt: str) -> str:
    return f"{zlib.crc32((salt + json.dumps(record, sort_keys=True)).encode()):011d}"
