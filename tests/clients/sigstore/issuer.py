"""An issuer of identities (OpenID Connect) on loopback: whom Fulcio asks before it certifies who somebody is.

It has two departments, each an issuer of its own: `people`, who have an e-mail address, and `builds`, which have the
claims of a workflow. Tokens are for the tests, which are anybody they like.
"""

import base64
import json
import time
from collections.abc import Mapping
from typing import Any, Final, Literal

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from tests.clients.sigstore.loopback import NOTHING, Reply, Service

Department = Literal["people", "builds"]
DEPARTMENTS: Final[tuple[Department, ...]] = ("people", "builds")
AUDIENCE: Final = "sigstore"
KEY_NAME: Final = "1"
LIFE_SECONDS: Final = 600


class Issuer(Service):
    """Answers with its configuration and its key."""

    def __init__(self) -> None:
        super().__init__()
        self._key = ec.generate_private_key(ec.SECP256R1())

    def of(self, department: Department) -> str:
        """The issuer that tokens of a department name."""
        return f"{self.url}/{department}"

    def token(self, department: Department, subject: str, **claims: Any) -> str:
        """A token for Fulcio (RFC 7519, signed with ES256)."""
        now = int(time.time())
        said = {"iss": self.of(department), "sub": subject, "aud": AUDIENCE, "iat": now, **claims}
        header = {"alg": "ES256", "typ": "JWT", "kid": KEY_NAME}
        signed = f"{_encoded(header)}.{_encoded({**said, 'exp': now + LIFE_SECONDS})}"
        r, s = decode_dss_signature(self._key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{signed}.{_b64(r.to_bytes(32) + s.to_bytes(32))}"

    def answer(self, path: str, asked: Any) -> Reply:
        """The keys, or what a department says of itself (OpenID Connect Discovery 1.0, section 4)."""
        documents = {"/keys": {"keys": [self._public()]}} | {
            f"/{department}/.well-known/openid-configuration": self._configuration(self.of(department))
            for department in DEPARTMENTS
        }
        return Reply(documents[path]) if asked is None and path in documents else NOTHING

    def _configuration(self, issuer: str) -> dict[str, Any]:
        return {
            "issuer": issuer,
            "jwks_uri": f"{self.url}/keys",
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
        }

    def _public(self) -> dict[str, str]:
        numbers = self._key.public_key().public_numbers()
        x, y = (_b64(number.to_bytes(32)) for number in (numbers.x, numbers.y))
        return {"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": KEY_NAME, "x": x, "y": y}


def _encoded(said: Mapping[str, Any]) -> str:
    return _b64(json.dumps(said).encode())


def _b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
