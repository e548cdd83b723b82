"""Keys, certificates and envelopes made for a test; the samples of this folder were signed by a key thrown away since."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.x509.oid import NameOID

SAMPLES = Path(__file__).parent / "samples"
NOW = datetime(2026, 11, 22, 5, 30, tzinfo=UTC)
TOPIC = "arn:aws:sns:us-east-1:111122223333:bedrock-batch-alarms"
URL = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem"
CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
SIGNED = {"Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")}


def sample(name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((SAMPLES / name).read_text(encoding="utf-8"))
    return data


@cache
def rsa_key(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


def pem(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | None = None,
    *,
    name: str = "sns.amazonaws.com",
    begins: datetime = NOW - timedelta(days=30),
    ends: datetime = NOW + timedelta(days=30),
) -> bytes:
    key = key or rsa_key(2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    builder = builder.serial_number(7).not_valid_before(begins).not_valid_after(ends)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def envelope(*, bits: int = 2048, version: str = "2", **changes: Any) -> dict[str, Any]:
    """A signed notification; ``changes`` are made before it is signed, None takes a field out."""
    data = {
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-000000000001",
        "TopicArn": TOPIC,
        "Message": "hello\nthere",
        "Timestamp": "2026-11-22T05:20:00.123Z",
        "SignatureVersion": version,
        "SigningCertURL": URL,
    }
    data = {name: value for name, value in (data | changes).items() if value is not None}
    names = SIGNED.get(data["Type"], CONFIRMATION)
    text = "".join(f"{name}\n{data[name]}\n" for name in names if name in data).encode()
    algorithm = hashes.SHA1() if version == "1" else hashes.SHA256()
    data["Signature"] = base64.b64encode(rsa_key(bits).sign(text, PKCS1v15(), algorithm)).decode()
    return data


def body(data: dict[str, Any]) -> bytes:
    return json.dumps(data).encode()
