"""What the TUF client asks others for goes the one way out."""

from collections.abc import Iterator
from typing import Final

from tuf.api.exceptions import DownloadError, DownloadHTTPError
from tuf.ngclient.fetcher import FetcherInterface

from pratique.errors import PratiqueError
from pratique.net import Outbound

FILE_LIMIT: Final = 2**20
"""Bytes of any file of a TUF repository."""


class OutboundFetcher(FetcherInterface):
    """Fetches by `outbound`, whose guard and limits hold."""

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound

    def _fetch(self, url: str) -> Iterator[bytes]:
        try:
            answer = self._outbound.get(url, {}, FILE_LIMIT)
        except PratiqueError as error:
            raise DownloadError(error.message) from error
        if answer.status != 200:
            raise DownloadHTTPError(f"{url} answers {answer.status}", answer.status)
        return iter((answer.content,))
