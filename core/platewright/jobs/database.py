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
import ssl
import threading
import time
import urllib.parse
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

import pg8000.dbapi

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


class _Postgres:
    """A connection to a PostgreSQL server."""

    def __init__(self, url: urllib.parse.SplitResult) -> None:
        password = urllib.parse.unquote(url.password) if url.password else os.environ.get("PGPASSWORD")
        self._connection = pg8000.dbapi.connect(
            user=urllib.parse.unquote(url.username or "platewright"),
            password=password,
            host=url.hostname or "localhost",
            port=url.port or 5432,
            database=urllib.parse.unquote(url.path.strip("/")) or "platewright",
            timeout=_PATIENCE_S,
            ssl_context=_encryption(url),
            application_name="platewright",
        )
        self._connection.autocommit = True
        # A process that is stopped in the middle of a transaction must not hold the others up for long.
        for setting in ("statement_timeout", "lock_timeout"):
            self.execute(f"SET {setting} = '{int(_PATIENCE_S)}s'", ())
        self.execute("SET idle_in_transaction_session_timeout = '5s'", ())

    def execute(self, sql: str, values: Sequence[Value]) -> list[Row]:
        cursor = self._connection.cursor()
        cursor.execute(sql.replace("?", "%s"), values)
        return [tuple(row) for row in cursor.fetchall()] if cursor.description else []

    def close(self) -> None:
        with suppress(Exception):
            self._connection.close()


def _encryption(url: urllib.parse.SplitResult) -> ssl.SSLContext | None:
    """How the way to a server is protected: on this machine not at all, elsewhere fully, unless `sslmode` says so.

    Raises RequestError for a setting that is not known.
    """
    asked = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
    local = url.hostname in (None, "localhost", "127.0.0.1", "::1")
    mode = asked.pop("sslmode", "disable" if local else "verify-full")
    if asked or mode not in ("disable", "require", "verify-full"):
        raise RequestError(
            "the database's address has a setting that is not known",
            code="database_unknown",
            hint="Only sslmode=disable, require or verify-full can stand behind the '?'.",
        )
    if mode == "disable":
        return None
    context = ssl.create_default_context()
    if mode == "require":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


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
        if self.is_shared:
            _encryption(self._url)  # A setting that can't be is told before anybody waits for a server.
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
        except _FOREIGN as error:
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
            except _FOREIGN as error:
                if connection is not None:
                    connection.close()
                if idle is None or not self.is_shared:
                    raise self._ours(error) from error

    def _open(self) -> _Connection:
        return _Postgres(self._url) if self.is_shared else _Lite(Path(self.where))

    @staticmethod
    def _rolled_back(connection: _Connection) -> bool:
        try:
            connection.execute("ROLLBACK", ())
        except _FOREIGN:
            return False
        return True

    def _ours(self, error: BaseException) -> StorageError:
        """An error of sqlite3, of pg8000 or of the network, as one of the tree's."""
        name = shown_database(self.where)
        if isinstance(error, sqlite3.Error):
            return _lite_error(error, name)
        if isinstance(error, OSError) and not self.is_shared:
            return storage_error(error, Path(self.where), "open")
        if isinstance(error, pg8000.dbapi.DatabaseError) and not isinstance(error, pg8000.dbapi.OperationalError):
            return _postgres_error(error, name)
        return StorageError(
            f"the database {name} can't be reached",
            code="database_unreachable",
            hint="Check that the server runs and that the network leads there; jobs go on when it is back.",
            retry=True,
        )


def _close_all(connections: list[_Connection]) -> None:
    while connections:
        connections.pop().close()


_FOREIGN = (sqlite3.Error, pg8000.dbapi.Error, OSError)

_LITE_WORDS = {
    "SQLITE_BUSY": ("database_busy", "is in use by another process for too long", True),
    "SQLITE_FULL": ("disk_full", "can't grow: the disk is full", True),
    "SQLITE_IOERR": ("disk_failing", "can't be read or written: the disk reports an error", True),
    "SQLITE_CORRUPT": ("database_damaged", "is damaged", False),
    "SQLITE_NOTADB": ("database_damaged", "is no database", False),
    "SQLITE_CANTOPEN": ("database_unreachable", "can't be opened", False),
    "SQLITE_READONLY": ("not_permitted", "can't be written", False),
}


def _lite_error(error: sqlite3.Error, name: str) -> StorageError:
    kind = getattr(error, "sqlite_errorname", "") or ""
    for prefix, (code, words, retry) in _LITE_WORDS.items():
        if kind.startswith(prefix):
            hint = "Check the folder and the disk, then try again." if code != "database_damaged" else _DAMAGED
            return StorageError(f"the database {name} {words}", code=code, hint=hint, retry=retry)
    return StorageError(f"the database said: {type(error).__name__}: {error}"[:500], code="database_misused")


_DAMAGED = "Move the file away and bring back a copy; the takes and the ledger don't depend on it."


def _postgres_error(error: Exception, name: str) -> StorageError:
    said = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
    state = str(said.get("C", ""))
    if state in ("55P03", "57014"):
        return StorageError(
            f"the database {name} is in use by another process for too long",
            code="database_busy",
            hint="Try again; if it stays so, look for a process that hangs.",
            retry=True,
        )
    if state[:2] in ("28", "3D", "42") and state != "42P07":
        return StorageError(
            f"the database {name} refuses: {str(said.get('M', ''))[:200]}",
            code="database_refuses",
            hint="Check the user, the password and the database's name, and that the user may make tables.",
        )
    if state[:2] in ("08", "25", "53", "57"):
        return StorageError(
            f"the database {name} can't serve now: {str(said.get('M', ''))[:200]}",
            code="database_unreachable",
            hint="Check the server; jobs go on when it is back.",
            retry=True,
        )
    return StorageError(f"the database said: {str(said.get('M', error))[:400]}", code="database_misused")


def shown_database(where: str) -> str:
    """The database's name for people and logs: without the password."""
    url = urllib.parse.urlsplit(where)
    if url.scheme not in _POSTGRES:
        return where.partition("?")[0] if "@" not in where else where.rpartition("@")[2]
    host = url.hostname or "localhost"
    return f"{url.scheme}://{host}{f':{url.port}' if url.port else ''}/{url.path.strip('/')}"
