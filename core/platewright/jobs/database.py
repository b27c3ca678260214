"""The database that jobs are kept in: a file of SQLite's, or a PostgreSQL server when more than one machine works.

The only place that knows either. Both behave alike: SQL with `?` for parameters, plain values, and one writer at a
time (SQLite by itself, PostgreSQL under a lock that ends with the transaction), so that what is numbered becomes
visible in the order of its numbers and no two writers can wait for each other. A write is on the disk when its
block has ended. A process that stops in the middle of one loses it, and on PostgreSQL its lock, after seconds.

Errors of either are StorageError: `database_unreachable`, `database_busy`, `database_damaged`, `disk_full`….
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import urllib.parse
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from platewright.contract.errors import PlatewrightError, RequestError, StorageError

from .storage import is_shared_disk, storage_error

__all__ = ["Database", "Transaction", "shown_database"]

Value = str | int | float | None
Row = tuple[Any, ...]

_PATIENCE_S = 10.0
"""How long a writer waits for another one, and a PostgreSQL server may be silent."""
_LOCK = 0x506C6174
_MAKING = threading.Lock()
_POSTGRES = ("postgresql", "postgres")


class Transaction(Protocol):
    """Statements that take effect together."""

    def run(self, sql: str, *values: Value) -> list[Row]:
        """Run one statement with `?` for its values; the rows it gives."""

    def now(self) -> float:
        """Seconds since 1970 by the database's own clock, which all workers share."""


class _Connection(Protocol):
    def execute(self, sql: str, values: Sequence[Value]) -> list[Row]: ...

    def close(self) -> None: ...


class _Lite:
    """A connection to an SQLite file."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        _make_private(path)
        self._connection = sqlite3.connect(
            path, timeout=_PATIENCE_S, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        # Write-ahead logs need memory that all users of the file share, which no network's file system has.
        self._connection.execute(f"PRAGMA journal_mode={'DELETE' if is_shared_disk(path.parent) else 'WAL'}")
        self._connection.execute("PRAGMA synchronous=FULL")

    def execute(self, sql: str, values: Sequence[Value]) -> list[Row]:
        return self._connection.execute(sql, values).fetchall()

    def close(self) -> None:
        self._connection.close()


def _make_private(path: Path) -> None:
    """Make the file where there is none, for its owner alone: requests tell what a show is about.

    One that is there is never opened beside SQLite: closing it would let go of every lock that this process's other
    connections hold on it, and the next process to end would take the log away from under them.
    """
    with _MAKING, suppress(FileExistsError):  # nor may a thread connect between the two calls
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


class _Work:
    """The statements of one transaction, with the database's errors as ours."""

    def __init__(self, database: Database, connection: _Connection) -> None:
        self._database = database
        self._connection = connection

    def run(self, sql: str, *values: Value) -> list[Row]:
        return self._connection.execute(sql, values)

    def now(self) -> float:
        if not self._database.is_shared:
            return time.time()
        return float(self.run("SELECT extract(epoch FROM clock_timestamp())::float8")[0][0])


class Database:
    """The database at `where`: a path, or `postgresql://user:password@host:port/name`; shared by threads.

    A password may stand in PGPASSWORD instead. A server elsewhere is spoken to encrypted, and must prove its name,
    unless `?sslmode=require` (encrypted only) or `disable` says otherwise.
    poll_s: how often it is worth looking for what other processes have written.
    """

    def __init__(self, where: str) -> None:
        self.where = where
        self._url = urllib.parse.urlsplit(where)
        self.is_shared = self._url.scheme in _POSTGRES
        if not self.is_shared and "://" in where:
            raise RequestError(
                f"'{shown_database(where)[:80]}' is no database that Platewright knows",
                code="database_unknown",
                hint="Give a path for SQLite, or postgresql://user@host/name.",
            )
        self._foreign: tuple[type[Exception], ...] = (sqlite3.Error, OSError)
        if self.is_shared:
            from . import postgres  # its driver takes 40 ms to load, which every command would wait for

            postgres.encryption(self._url)  # A setting that can't be is told before anybody waits for a server.
            self._postgres, self._foreign = postgres, postgres.FOREIGN
        self.serial = (
            "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"
            if self.is_shared
            else "INTEGER PRIMARY KEY AUTOINCREMENT"
        )
        self.poll_s = 0.2 if self.is_shared else 0.02
        self._idle: list[_Connection] = []
        self._lock = threading.Lock()
        weakref.finalize(self, _close_all, self._idle)
        self._written = threading.Condition()

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """A transaction that sees one state of everything. Raises StorageError."""
        with self._transaction(
            "BEGIN" if not self.is_shared else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        ) as t:
            yield t

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """A transaction that changes something, alone; on the disk when the block has ended. Raises StorageError."""
        with self._transaction("BEGIN" if self.is_shared else "BEGIN IMMEDIATE") as work:
            if self.is_shared:
                work.run("SELECT pg_advisory_xact_lock(?)", _LOCK)
            yield work
        with self._written:
            self._written.notify_all()

    def wait(self, seconds: float) -> None:
        """Wait until this process has written something, or it is worth looking whether another one has."""
        with self._written:
            self._written.wait(max(0.0, min(seconds, self.poll_s)))

    def close(self) -> None:
        """Give all connections back; the next use opens new ones."""
        with self._lock:
            _close_all(self._idle)

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Transaction]:
        connection = self._connected(begin)
        usable = False
        try:
            yield _Work(self, connection)
            connection.execute("COMMIT", ())
            usable = True
        except PlatewrightError:
            usable = self._rolled_back(connection)
            raise
        except self._foreign as error:
            usable = self._rolled_back(connection)
            raise self._ours(error) from error
        except BaseException:
            usable = self._rolled_back(connection)
            raise
        finally:
            if usable:
                with self._lock:
                    self._idle.append(connection)
            else:
                connection.close()

    def _connected(self, begin: str) -> _Connection:
        """A connection in a new transaction: an idle one if it still lives, else a fresh one."""
        while True:
            with self._lock:
                idle = self._idle.pop() if self._idle else None
            connection = idle
            try:
                connection = connection or self._open()
                connection.execute(begin, ())
                return connection
            except self._foreign as error:
                if connection is not None:
                    connection.close()
                if idle is None or not self.is_shared:
                    raise self._ours(error) from error

    def _open(self) -> _Connection:
        if self.is_shared:
            return self._postgres.Connection(self._url, _PATIENCE_S)
        return _Lite(Path(self.where))

    def _rolled_back(self, connection: _Connection) -> bool:
        try:
            connection.execute("ROLLBACK", ())
        except self._foreign:
            return False
        return True

    def _ours(self, error: BaseException) -> StorageError:
        """An error of the database or of the network, as one of the tree's."""
        name = shown_database(self.where)
        if self.is_shared:
            return self._postgres.error_of(error, name)
        if isinstance(error, OSError):
            return storage_error(error, Path(self.where), "open")
        return _lite_error(error, name)


def _close_all(connections: list[_Connection]) -> None:
    while connections:
        connections.pop().close()


_LITE_WORDS = {
    "SQLITE_BUSY": ("database_busy", "is in use by another process for too long", True),
    "SQLITE_FULL": ("disk_full", "can't grow: the disk is full", True),
    "SQLITE_IOERR": ("disk_failing", "can't be read or written: the disk reports an error", True),
    "SQLITE_CORRUPT": ("database_damaged", "is damaged", False),
    "SQLITE_NOTADB": ("database_damaged", "is no database", False),
    "SQLITE_CANTOPEN": ("database_unreachable", "can't be opened", False),
    "SQLITE_READONLY": ("not_permitted", "can't be written", False),
}


def _lite_error(error: BaseException, name: str) -> StorageError:
    kind = getattr(error, "sqlite_errorname", "") or ""
    for prefix, (code, words, retry) in _LITE_WORDS.items():
        if kind.startswith(prefix):
            hint = "Check the folder and the disk, then try again." if code != "database_damaged" else _DAMAGED
            return StorageError(f"the database {name} {words}", code=code, hint=hint, retry=retry)
    return StorageError(f"the database said: {type(error).__name__}: {error}"[:500], code="database_misused")


_DAMAGED = "Move the file away and bring back a copy; the takes and the ledger don't depend on it."


def shown_database(where: str) -> str:
    """The database's name for people and logs: without the password."""
    url = urllib.parse.urlsplit(where)
    if url.scheme not in _POSTGRES:
        return where.partition("?")[0] if "@" not in where else where.rpartition("@")[2]
    host = url.hostname or "localhost"
    return f"{url.scheme}://{host}{f':{url.port}' if url.port else ''}/{url.path.strip('/')}"
