"""Later work and the outbox, in the same database as what they are about.

`enqueue` and `publish` write in the caller's transaction. A `Worker` runs jobs at least once; a `Feed` reads
facts in the order of their commits, exactly once.
"""

from pratique.jobs.outbox import (
    Consume,
    Feed,
    OutboxRow,
    forget,
    last_published,
    last_published_at,
    publish,
    published_after,
)
from pratique.jobs.queue import (
    DeadJob,
    Handler,
    JobStanding,
    counts,
    dead,
    dead_job,
    enqueue,
    retry,
    standings,
    waiting,
    withdraw,
)
from pratique.jobs.worker import DIED, Pace, Worker

__all__ = [
    "DIED",
    "Consume",
    "DeadJob",
    "Feed",
    "Handler",
    "JobStanding",
    "OutboxRow",
    "Pace",
    "Worker",
    "counts",
    "dead",
    "dead_job",
    "enqueue",
    "forget",
    "last_published",
    "last_published_at",
    "publish",
    "published_after",
    "retry",
    "standings",
    "waiting",
    "withdraw",
]
