"""A PostgreSQL server, as jobs.database speaks to it; loaded only where one is named."""

from __future__ import annotations

import os
import ssl
import urllib.parse
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pg8000.dbapi

from platewright.contract.errors import RequestError, StorageError

__all__ = ["FOREIGN", "Connection", "encryption", "error_of"]

FOREIGN = (pg8000.dbapi.Error, OSError)
"""What the driver and the network raise."""


class Connection:
    """A connection to a PostgreSQL server. patience_s: how long it may be silent, and hold others up."""

    def __init__(self, url: urllib.parse.SplitResult, patience_s: float) -> None:
        password = urllib.parse.unquote(url.password) if url.password else os.environ.get("PGPASSWORD")
        self._connection = pg8000.dbapi.connect(
            user=urllib.parse.unquote(url.username or "platewright"),
            password=password,
            host=url.hostname or "localhost",
            port=url.port or 5432,
            database=urllib.parse.unquote(url.path.strip("/")) or "platewright",
            timeout=patience_s,
            ssl_context=encryption(url),
            application_name="platewright",
        )
        self._connection.autocommit = True
        # A process that is stopped in the middle of a transaction must not hold the others up for long.
        for setting in ("statement_timeout", "lock_timeout"):
            self.execute(f"SET {setting} = '{int(patience_s)}s'", ())
        self.execute("SET idle_in_transaction_session_timeout = '5s'", ())

    def execute(self, sql: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        """Run one statement with `?` for its values; the rows it gives."""
        cursor = self._connection.cursor()
        cursor.execute(sql.replace("?", "%s"), values)
        return [tuple(row) for row in cursor.fetchall()] if cursor.description else []

    def close(self) -> None:
        """Give it back."""
        with suppress(Exception):
            self._connection.close()


def encryption(url: urllib.parse.SplitResult) -> ssl.SSLContext | None:
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


def error_of(error: BaseException, name: str) -> StorageError:
    """One of FOREIGN as one of the tree's. name: the database's, without its password."""
    if isinstance(error, pg8000.dbapi.DatabaseError) and not isinstance(error, pg8000.dbapi.OperationalError):
        return _refusal(error, name)
    return StorageError(
        f"the database {name} can't be reached",
        code="database_unreachable",
        hint="Check that the server runs and that the network leads there; jobs go on when it is back.",
        retry=True,
    )


def _refusal(error: Exception, name: str) -> StorageError:
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
