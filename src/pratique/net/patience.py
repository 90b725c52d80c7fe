"""Until when somebody waits: an end that everything on a connection keeps to, however often something arrives.

A timeout of each read alone bounds nothing: who sends a byte of a header now and then is waited for without end.
"""

import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore2
import httpx2


class Patience:
    """The end that holds in a thread while it asks somebody. `seconds` is a monotonic clock."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self._here = threading.local()

    @contextmanager
    def until(self, at: float) -> Iterator[None]:
        """Whatever is waited for within the block has come by then."""
        self._here.at = at
        try:
            yield
        finally:
            del self._here.at

    def left(self, timeout: float | None, over: type[Exception]) -> float | None:
        """How long to wait for one thing, `timeout` seconds at most. Raises `over` where the end has come."""
        at = getattr(self._here, "at", None)
        if at is None:
            return timeout
        left = float(at) - self._seconds()
        if left <= 0:
            raise over("it took too long altogether")
        return left if timeout is None else min(timeout, left)


class PatientTransport(httpx2.HTTPTransport):
    """A transport whose connections know how much patience is left. No proxy, and no settings of the environment."""

    def __init__(self, tls: ssl.SSLContext, patience: Patience) -> None:
        super().__init__(verify=tls, trust_env=False)
        # What the class above has made there has opened nothing yet.
        self._pool = httpcore2.ConnectionPool(ssl_context=tls, network_backend=_Backend(patience))


class _Backend(httpcore2.NetworkBackend):
    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._inner = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        left = self._patience.left(timeout, httpcore2.ConnectTimeout)
        return _Stream(
            self._inner.connect_tcp(host, port, left, local_address, socket_options), self._patience
        )


class _Stream(httpcore2.NetworkStream):
    def __init__(self, inner: httpcore2.NetworkStream, patience: Patience) -> None:
        self._inner = inner
        self._patience = patience

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._patience.left(timeout, httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._patience.left(timeout, httpcore2.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        left = self._patience.left(timeout, httpcore2.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left), self._patience)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
