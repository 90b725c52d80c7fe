"""TLS in the process: one context, whose certificate is read again when its files change.

Old connections keep what they have; new handshakes take the new certificate. A pair that can't be used is never
loaded: it is tried in a context of its own first, because half-written files are the usual case.
"""

import ssl
from pathlib import Path
from typing import Final

from pratique.errors import Unavailable
from pratique.telemetry import Log
from pratique.telemetry.lines import TLS_NOT_RELOADED, TLS_RELOADED

ALPN: Final = ("http/1.1",)
"""Go clients do without h2, and it costs them and us more CPU (docs/performance.md)."""

_Stamp = tuple[tuple[int, int, int], ...]


class Certificate:
    """A certificate chain and its key, in PEM files, and the context that serves them.

    Raises Unavailable when they can't be used from the start.
    """

    def __init__(self, chain: Path, key: Path, log: Log) -> None:
        self._chain = chain
        self._key = key
        self._log = log
        self.context = server_context()
        try:
            self.context.load_cert_chain(chain, key)
        except (OSError, ssl.SSLError) as problem:
            raise Unavailable(
                f"the certificate {chain} with the key {key} can't be used: {problem}"
            ) from None
        self._stamp = self._look()

    def refresh(self) -> bool:
        """Read the files again when they have changed; whether they were. To be called where handshakes run."""
        stamp = self._look()
        if stamp is None or stamp == self._stamp:
            return False
        self._stamp = stamp
        try:
            server_context().load_cert_chain(self._chain, self._key)
            self.context.load_cert_chain(self._chain, self._key)
        except (OSError, ssl.SSLError) as problem:
            self._log.write(TLS_NOT_RELOADED, cert=str(self._chain), problem=str(problem))
            return False
        self._log.write(TLS_RELOADED, cert=str(self._chain))
        return True

    def _look(self) -> _Stamp | None:
        """What tells one version of the files from another; None while one is missing."""
        try:
            found = (self._chain.stat(), self._key.stat())
        except OSError:
            return None
        return tuple((each.st_ino, each.st_mtime_ns, each.st_size) for each in found)


def server_context() -> ssl.SSLContext:
    """TLS 1.2 and 1.3, with the clients' order of ciphers: those of Go then use AES-128."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(list(ALPN))
    context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    return context
