"""The tables that jobs are kept in, and their version."""

from __future__ import annotations

from platewright.contract.errors import StorageError

from .database import Database, Transaction

__all__ = ["SCHEMA", "prepare"]

SCHEMA = 1

# Amounts are exact decimal texts. `lease` is the token of the worker that may change the job, until `lease_until`.
# `held`, `spent` and `uncertain` are what the job weighs in the accounts of its show, shot and user right now.
_TABLES = (
    """CREATE TABLE IF NOT EXISTS jobs (
    seq {serial}, id TEXT NOT NULL UNIQUE, key TEXT UNIQUE, state TEXT NOT NULL, submission TEXT NOT NULL,
    root TEXT NOT NULL, element TEXT NOT NULL, show TEXT NOT NULL, shot TEXT NOT NULL, who TEXT NOT NULL,
    backend TEXT NOT NULL, needs TEXT NOT NULL, priority BIGINT NOT NULL, paused BIGINT NOT NULL DEFAULT 0,
    attempt BIGINT NOT NULL DEFAULT 1, deaths BIGINT NOT NULL DEFAULT 0, created TEXT NOT NULL, changed TEXT NOT NULL,
    step TEXT, seconds_left DOUBLE PRECISION, failure TEXT, take TEXT NOT NULL DEFAULT '',
    quoted TEXT NOT NULL, currency TEXT NOT NULL, waits_for TEXT NOT NULL DEFAULT '[]',
    held TEXT NOT NULL DEFAULT '0', spent TEXT NOT NULL DEFAULT '0', uncertain TEXT NOT NULL DEFAULT '0',
    cancelling BIGINT NOT NULL DEFAULT 0, lease TEXT, worker TEXT NOT NULL DEFAULT '',
    lease_until DOUBLE PRECISION NOT NULL DEFAULT 0, planned TEXT)""",
    "CREATE INDEX IF NOT EXISTS jobs_by_state ON jobs (state)",
    "CREATE INDEX IF NOT EXISTS jobs_by_root ON jobs (root, element)",
    """CREATE TABLE IF NOT EXISTS events (
    number {serial}, job TEXT NOT NULL, at TEXT NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL, step TEXT,
    seconds_left DOUBLE PRECISION, text TEXT NOT NULL DEFAULT '', failure TEXT)""",
    "CREATE INDEX IF NOT EXISTS events_by_job ON events (job, number)",
    """CREATE TABLE IF NOT EXISTS workers (
    id TEXT PRIMARY KEY, host TEXT NOT NULL, pid BIGINT NOT NULL, born TEXT NOT NULL, capabilities TEXT NOT NULL,
    beat DOUBLE PRECISION NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS sends (
    id {serial}, job TEXT NOT NULL, slot TEXT NOT NULL, number BIGINT NOT NULL, attempt BIGINT NOT NULL,
    key TEXT NOT NULL UNIQUE, body TEXT NOT NULL, reserved TEXT NOT NULL, currency TEXT NOT NULL,
    state TEXT NOT NULL, remote TEXT NOT NULL DEFAULT '', result TEXT NOT NULL DEFAULT '', charged TEXT,
    decided TEXT NOT NULL, decided_at DOUBLE PRECISION NOT NULL, ended TEXT NOT NULL DEFAULT '',
    UNIQUE (job, slot, number))""",
    """CREATE TABLE IF NOT EXISTS accounts (
    scope TEXT NOT NULL, name TEXT NOT NULL, currency TEXT NOT NULL, held TEXT NOT NULL, spent TEXT NOT NULL,
    PRIMARY KEY (scope, name, currency))""",
    "CREATE TABLE IF NOT EXISTS turns (shot TEXT PRIMARY KEY, served BIGINT NOT NULL)",
    """CREATE TABLE IF NOT EXISTS outbox (
    number {serial}, root TEXT NOT NULL, id TEXT NOT NULL, floor BIGINT NOT NULL, body TEXT NOT NULL)""",
)


def prepare(database: Database) -> None:
    """Make the tables where they are missing. Raises StorageError, `database_newer` for one of a later version."""
    with database.read() as look:
        if _version(database, look) == SCHEMA:
            return
    with database.write() as work:
        work.run("CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
        for table in _TABLES:
            work.run(table.replace("{serial}", database.serial))
        work.run("INSERT INTO meta (name, value) VALUES ('schema', ?) ON CONFLICT (name) DO NOTHING", str(SCHEMA))


def _version(database: Database, look: Transaction) -> int:
    """The version of the tables that are there; 0 for none."""
    catalogue = "information_schema.tables" if database.is_shared else "sqlite_master"
    column = "table_name" if database.is_shared else "name"
    if not look.run(f"SELECT 1 FROM {catalogue} WHERE {column} = ?", "meta"):
        return 0
    rows = look.run("SELECT value FROM meta WHERE name = 'schema'")
    version = int(rows[0][0]) if rows else 0
    if version > SCHEMA:
        raise StorageError(
            "the jobs' database was made by a later version of Platewright",
            code="database_newer",
            hint="Use that version here too, or another database.",
        )
    return version
