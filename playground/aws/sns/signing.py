"""The key that signs: a self-made certificate, the string to sign, and both signature versions."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")


@dataclass(frozen=True)
class Signer:
    """A private key with its certificate in PEM."""

    key: rsa.RSAPrivateKey
    pem: bytes

    @property
    def path(self) -> str:
        """Tell the path under which the certificate is served."""
        return f"/SimpleNotificationService-{hashlib.md5(self.pem).hexdigest()}.pem"

    def sign(self, envelope: dict[str, Any]) -> str:
        """Sign an envelope by its own SignatureVersion."""
        digest = hashes.SHA1() if envelope.get("SignatureVersion") == "1" else hashes.SHA256()
        signature = self.key.sign(string_to_sign(envelope), padding.PKCS1v15(), digest)
        return base64.b64encode(signature).decode()


def string_to_sign(envelope: dict[str, Any]) -> bytes:
    """Write each signed field as key and value on lines of their own; Subject only when present."""
    keys = _NOTIFICATION if envelope["Type"] == "Notification" else _CONFIRMATION
    return "".join(f"{key}\n{envelope[key]}\n" for key in keys if key in envelope).encode()


def make_signer(common_name: str = "sns.amazonaws.com", *, days: int = 365, bits: int = 2048) -> Signer:
    """Make a key and a certificate of this name; negative days make one that has run out."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    start = datetime.now(UTC) - timedelta(days=max(1, 1 - 2 * days))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(datetime.now(UTC) + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(common_name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Signer(key, certificate.public_bytes(serialization.Encoding.PEM))


@lru_cache(maxsize=1)
def usual_signer() -> Signer:
    """Give the signer of this process; making a key takes a tenth of a second, so it is made once."""
    return make_signer()
