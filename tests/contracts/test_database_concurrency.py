"""What both databases promise to many callers at once."""

import itertools
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.conftest import MakeDatabase
from tests.contracts.things import ADD, ADD_MANY, ALL, GROW, names_in, sizes_in
from tests.databases import Place, another_process, outcome_of

from pratique import db

THREADS = 8


def grow_in_steps(database: db.Database, times: int) -> None:
    """Read, then write what was read plus one: an update would be lost without a lock on the row."""
    for _ in range(times):
        database.write(lambda tx: tx.change(GROW, called="shared"))


def test_no_update_of_eight_threads_is_lost(database: db.Database) -> None:
    database.write(lambda tx: tx.row(ADD, name="shared", size=0))
    with ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(grow_in_steps, database, 40) for _ in range(THREADS)]:
            done.result()
    assert sizes_in(database) == {"shared": THREADS * 40}


def test_each_caller_gets_its_own_answer_or_failure(database: db.Database) -> None:
    """Works that fail share transactions with works that don't, and take nothing of them away."""

    def work(number: int) -> Callable[[db.Tx], int]:
        def do(tx: db.Tx) -> int:
            tx.row(ADD, name=f"{number:03}", size=number)
            if number % 3 == 0:
                raise LookupError(str(number))
            return number

        return do

    def call(number: int) -> int | str:
        try:
            return database.write(work(number))
        except LookupError as failure:
            return str(failure)

    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(call, range(120)))
    assert answers == [str(n) if n % 3 == 0 else n for n in range(120)]
    assert names_in(database) == [f"{n:03}" for n in range(120) if n % 3]


def test_a_violation_takes_nothing_from_its_neighbours(database: db.Database) -> None:
    def call(number: int) -> bool:
        try:
            database.write(lambda tx: tx.row(ADD, name=f"{number % 10}", size=0))
        except db.UniqueViolation:
            return False
        return True

    with ThreadPoolExecutor(THREADS) as pool:
        outcomes = list(pool.map(call, range(100)))
    assert outcomes.count(True) == 10
    assert names_in(database) == [str(n) for n in range(10)]


def test_readers_go_on_beside_writers(database: db.Database) -> None:
    """Every snapshot holds both halves of each pair or none."""
    is_over = threading.Event()
    torn: list[int] = []

    def read() -> None:
        while not is_over.is_set():
            with database.read() as tx:
                count = len(tx.rows(ALL))
                if count % 2 or count != len(tx.rows(ALL)):
                    torn.append(count)

    def pair(number: int) -> Callable[[db.Tx], None]:
        def do(tx: db.Tx) -> None:
            tx.row(ADD, name=f"{number} left", size=0)
            tx.row(ADD, name=f"{number} right", size=0)

        return do

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(150):
        database.write(pair(number))
    is_over.set()
    for reader in readers:
        reader.join()
    assert torn == []
    assert len(names_in(database)) == 300


def test_a_deadlock_is_run_again(make_database: MakeDatabase) -> None:
    """Two works lock two rows in opposite order: PostgreSQL refuses one, which then runs again."""
    database = make_database("postgresql")
    both = [{"name": "left", "size": 0}, {"name": "right", "size": 0}]
    database.write(lambda tx: tx.change_many(ADD_MANY, both))
    runs = itertools.count()
    meet = threading.Barrier(2, timeout=10)
    met: set[str] = set()

    def cross(first: str, second: str) -> Callable[[db.Tx], None]:
        def work(tx: db.Tx) -> None:
            next(runs)
            tx.change(GROW, called=first)
            if first not in met:
                met.add(first)
                meet.wait()
            tx.change(GROW, called=second)

        return work

    with ThreadPoolExecutor(2) as pool:
        for done in [
            pool.submit(database.write, cross(*names)) for names in (("left", "right"), ("right", "left"))
        ]:
            done.result()
    assert next(runs) >= 3
    assert sizes_in(database) == {"left": 2, "right": 2}


def test_two_processes_write_side_by_side(place: Place) -> None:
    database = db.open_database(place.url, place.directory)
    try:
        database.create_schema()
        database.write(lambda tx: tx.row(ADD, name="shared", size=0))
        other = another_process(place, "grow", 100)
        grow_in_steps(database, 100)
        assert other.wait(50) == 0
        assert sizes_in(database) == {"shared": 200}
    finally:
        database.close()


def test_a_writer_killed_in_its_transaction_leaves_nothing(place: Place) -> None:
    database = db.open_database(place.url, place.directory)
    try:
        database.create_schema()
        assert outcome_of(place, "die-in-a-work") == (-9, "")
        database.write(lambda tx: tx.row(ADD, name="after", size=0))
        assert names_in(database) == ["after"]
    finally:
        database.close()


def test_context_variables_reach_the_work(database: db.Database) -> None:
    """Log lines of a work carry the request they belong to, in whatever thread it runs."""
    from contextvars import ContextVar

    request: ContextVar[str] = ContextVar("request")
    request.set("r-1")
    assert database.write(lambda _: request.get()) == "r-1"


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_many_readers_share_few_connections(make_database: MakeDatabase, kind: str) -> None:
    database = make_database(kind)
    with ThreadPoolExecutor(80) as pool:
        assert list(pool.map(lambda _: names_in(database), range(200))) == [[]] * 200
