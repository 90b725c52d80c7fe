"""Where clients reach this server: in the realm of a challenge, in `Location` and `Link`."""

import re
from typing import Final

from starlette.datastructures import Headers
from starlette.types import Scope

_HOST: Final = re.compile(r"[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?|\[[0-9a-fA-F:.]{2,45}\](:[0-9]{1,5})?")


def origin_of(scope: Scope, external_url: str) -> str:
    """`https://registry.example.org`: as configured, else as the request says. No slash at the end."""
    if external_url:
        return external_url.rstrip("/")
    host = Headers(scope=scope).get("host", "")
    if not _HOST.fullmatch(host):
        host = _address(scope)
    return f"{scope.get('scheme', 'http')}://{host}"


def _address(scope: Scope) -> str:
    """Where the connection ended, for clients of HTTP/1.0 and hosts that are none."""
    host, port = scope.get("server") or ("localhost", None)
    shown = f"[{host}]" if ":" in host else host
    return shown if port is None else f"{shown}:{port}"
