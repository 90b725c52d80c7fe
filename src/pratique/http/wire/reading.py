"""What reading from memory leaves to be written, now and then: pull counts and metrics. No write per read."""

import asyncio
import contextlib

from pratique.errors import Unavailable
from pratique.http.threads import Pool
from pratique.http.wire.warm import WarmAnswers
from pratique.registry.tally import Tally
from pratique.telemetry import Metrics
from pratique.telemetry.table import BYTES_SENT, HTTP_REQUESTS, WARM_ANSWERS


class Reading:
    """Warm answers, and the task that writes down what was given. `interval` is in seconds."""

    def __init__(self, answers: WarmAnswers, tally: Tally, metrics: Metrics, interval: float) -> None:
        self.answers = answers
        self._tally = tally
        self._metrics = metrics
        self._interval = interval

    async def run(self, pool: Pool) -> None:
        """Flush for ever, in threads of `pool`; cancelled at the end of the server, which flushes once more."""
        while True:
            await asyncio.sleep(self._interval)
            await pool(self.flush)

    def flush(self) -> None:
        """Write what was counted. What can't be written now is kept for the next time."""
        given, self.answers.given = self.answers.given, type(self.answers.given)()
        for (method, status), number in given.items():
            code = status.split(b" ", 2)[1].decode()
            self._metrics.count(HTTP_REQUESTS, number, door="v2", method=method.decode(), status=code)
        sent, self.answers.sent = self.answers.sent, 0
        self._metrics.count(BYTES_SENT, sent)
        self._metrics.count(WARM_ANSWERS, given.total(), outcome="hit")
        with contextlib.suppress(Unavailable):
            self._tally.flush()
