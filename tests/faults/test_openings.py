"""Several processes open one database at once after a crash: a server, its worker, `pratique gc`."""

import sqlite3
import threading
from pathlib import Path

from pratique.db import open_database


def test_who_comes_while_another_recovers_waits(tmp_path: Path) -> None:
    """The first to open holds the database until the log of the crash is read."""
    url = f"sqlite:///{tmp_path}/pratique.db"
    open_database(url, tmp_path).close()
    recovering = sqlite3.connect(tmp_path / "pratique.db", isolation_level=None, check_same_thread=False)
    recovering.execute("PRAGMA locking_mode = EXCLUSIVE")
    recovering.execute("BEGIN EXCLUSIVE")
    done = threading.Timer(0.3, recovering.close)
    done.start()
    database = open_database(url, tmp_path)
    done.join()
    database.create_schema()
    database.close()
