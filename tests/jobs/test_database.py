"""The database under stress: full, damaged, busy, of a later version; and ledgers that can't be written for a while."""

from __future__ import annotations

import sqlite3
import ssl
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from platewright.contract.errors import RequestError, StorageError
from platewright.contract.jobs import JobState
from platewright.contract.mapper import canonical
from platewright.jobs.database import Database, shown_database
from platewright.jobs.entries import JobEntry
from platewright.jobs.ledger import Ledger
from platewright.jobs.postgres import encryption
from platewright.jobs.posting import carry_out
from platewright.jobs.storage import is_shared_disk
from tests.jobs.desks import desk_at, submission
from tests.jobs.small_shot import SmallShot, small_shot


@pytest.fixture
def shot(tmp_path: Path) -> SmallShot:
    return small_shot(tmp_path / "shot")


def told(root: Path) -> list[str]:
    return [line.body.what for line in Ledger(root).entries() if isinstance(line.body, JobEntry)]


def test_a_write_that_fails_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    database = Database(str(tmp_path / "x.sqlite"))
    with database.write() as work:
        work.run("CREATE TABLE t (n BIGINT)")
    with pytest.raises(ZeroDivisionError), database.write() as work:
        work.run("INSERT INTO t (n) VALUES (?)", 1 // 0)
    with pytest.raises(StorageError) as caught, database.write() as work:
        work.run("INSERT INTO t (n) VALUES (?)", 1)
        work.run("INSERT INTO nowhere (n) VALUES (?)", 1)
    assert caught.value.code == "database_misused"
    with database.read() as look:
        assert look.run("SELECT n FROM t") == []


def test_a_full_disk_is_told_and_the_desk_goes_on_when_there_is_room(tmp_path: Path, shot: SmallShot) -> None:
    desk = desk_at(tmp_path)
    desk.submit(submission(shot, tmp_path / "out", "a"))
    with desk.database.write() as work:
        (pages,) = work.run("PRAGMA page_count")[0]
        work.run(f"PRAGMA max_page_count={pages}")
    with pytest.raises(StorageError) as caught:
        for number in range(50):
            desk.submit(submission(shot, tmp_path / "out", f"b{number}"))
    assert (caught.value.code, caught.value.retry) == ("disk_full", True)
    with desk.database.write() as work:
        work.run("PRAGMA max_page_count=1000000")
    before = len(desk.jobs())
    assert desk.submit(submission(shot, tmp_path / "out", "c")).state is JobState.QUEUED
    assert len(desk.jobs()) == before + 1
    assert len(told(tmp_path / "out")) == before + 1, "what was not written was not entered either"


@pytest.mark.parametrize("content", [b"this is no database, but text that is long enough to be read as one" * 20])
def test_a_file_that_is_no_database_is_left_alone_and_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "jobs.sqlite").write_bytes(content)
    with pytest.raises(StorageError) as caught:
        desk_at(tmp_path)
    assert caught.value.code == "database_damaged"
    assert caught.value.hint
    assert (tmp_path / "jobs.sqlite").read_bytes() == content


def test_a_database_of_a_later_version_is_refused(tmp_path: Path) -> None:
    desk = desk_at(tmp_path)
    with desk.database.write() as work:
        work.run("UPDATE meta SET value = '99' WHERE name = 'schema'")
    with pytest.raises(StorageError) as caught:
        desk_at(tmp_path)
    assert caught.value.code == "database_newer"


def test_a_database_that_hangs_in_somebody_elses_hands_is_told_as_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platewright.jobs.database._PATIENCE_S", 0.2)
    desk = desk_at(tmp_path)
    other = sqlite3.connect(tmp_path / "jobs.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageError) as caught, desk.database.write():
        pass
    assert (caught.value.code, caught.value.retry) == ("database_busy", True)
    assert desk.jobs() == (), "reading goes on"
    other.close()


def test_an_address_that_is_no_database_is_refused_and_a_password_is_never_shown(tmp_path: Path) -> None:
    with pytest.raises(RequestError) as caught:
        Database("mysql://ada:secret@db/jobs")
    assert caught.value.code == "database_unknown"
    assert "secret" not in caught.value.message
    assert shown_database("postgresql://ada:secret@db.example:5433/jobs") == "postgresql://db.example:5433/jobs"


def test_a_server_elsewhere_is_spoken_to_encrypted_unless_told_otherwise() -> None:
    def mode(address: str) -> object:
        context = encryption(urlsplit(address))
        return context and (context.verify_mode is ssl.CERT_REQUIRED, context.check_hostname)

    assert mode("postgresql://ada@db.example/jobs") == (True, True)
    assert mode("postgresql://ada@db.example/jobs?sslmode=require") == (False, False)
    assert mode("postgresql://ada@db.example/jobs?sslmode=disable") is None
    assert mode("postgresql://ada@127.0.0.1/jobs") is None
    for wrong in ("sslmode=maybe", "sslrootcert=x", "options=-c"):
        with pytest.raises(RequestError):
            Database(f"postgresql://ada@db.example/jobs?{wrong}")


def test_on_a_networks_disk_the_file_is_kept_without_shared_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = f"none / ext4 rw\nserver:/home {tmp_path} nfs4 rw\nnone {tmp_path}/local ext4 rw\nbroken\n"
    (tmp_path / "local").mkdir()
    (tmp_path / "far").mkdir()
    assert is_shared_disk(tmp_path / "far", mounts)
    assert not is_shared_disk(tmp_path / "local", mounts)
    assert not is_shared_disk(Path("/"), mounts)
    modes = {}
    for name, shared in (("far", True), ("local", False)):
        monkeypatch.setattr("platewright.jobs.database.is_shared_disk", lambda path, shared=shared: shared)
        with Database(str(tmp_path / name / "x.sqlite")).read() as look:
            modes[name] = look.run("PRAGMA journal_mode")[0][0]
    assert modes == {"far": "delete", "local": "wal"}


def test_what_a_show_is_about_is_for_its_owner_alone(tmp_path: Path, shot: SmallShot) -> None:
    desk = desk_at(tmp_path)
    desk.submit(submission(shot, tmp_path / "out"))
    files = sorted(tmp_path.glob("jobs.sqlite*"))
    assert len(files) >= 1
    assert {oct(path.stat().st_mode & 0o077) for path in files} == {"0o0"}


def test_a_folder_that_may_not_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    with pytest.raises(StorageError) as caught:
        desk_at(tmp_path, database=str(tmp_path / "home" / "jobs.sqlite"))
    assert caught.value.code == "in_the_way"
    assert str(tmp_path) in caught.value.message


VISIT = """
import sqlite3, sys
visitor = sqlite3.connect(sys.argv[1])
visitor.execute("INSERT INTO t (who) VALUES ('visitor')")
visitor.commit()
visitor.close()
"""


def test_who_comes_and_goes_takes_nothing_away_from_a_process_with_two_connections(tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite"
    database = Database(str(path))
    with database.write() as work:
        work.run("CREATE TABLE t (who TEXT)")
    with database.read(), ThreadPoolExecutor(1) as second:
        assert second.submit(_count, database).result() == 0
    for number in range(3):
        subprocess.run([sys.executable, "-c", VISIT, str(path)], check=True)
        assert _count(database) == 2 * number + 1
        with database.write() as work:
            work.run("INSERT INTO t (who) VALUES (?)", "host")
    subprocess.run([sys.executable, "-c", VISIT, str(path)], check=True)
    assert _count(database) == _count(Database(str(path))) == 7


def _count(database: Database) -> int:
    with database.read() as look:
        return int(look.run("SELECT count(*) FROM t")[0][0])


def test_many_threads_hand_in_at_once_and_nothing_is_lost(tmp_path: Path, shot: SmallShot) -> None:
    desk, root = desk_at(tmp_path), tmp_path / "out"

    def hand_in(name: str) -> None:
        for number in range(6):
            desk.submit(submission(shot, root, f"{name}{number}", key=f"{name}{number}"))
            desk.submit(submission(shot, root, f"{name}{number}", key=f"{name}{number}"))

    threads = [threading.Thread(target=hand_in, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(desk.jobs()) == 24
    assert sorted(job.position for job in desk.jobs()) == list(range(1, 25))
    assert told(root) == ["asked"] * 24
    assert Ledger(root).check() == ()


def test_a_ledger_that_is_in_the_way_gets_its_lines_when_it_is_not(tmp_path: Path, shot: SmallShot) -> None:
    desk, root = desk_at(tmp_path), tmp_path / "out"
    (root / "ledger.jsonl").mkdir(parents=True)
    first = desk.submit(submission(shot, root))
    desk.cancel(first.id)
    desk.submit(submission(shot, tmp_path / "other"))
    assert told(tmp_path / "other") == ["asked"], "one folder doesn't hold up another"
    (finding,) = carry_out(desk.database)
    assert finding.code == "ledger_behind"
    (root / "ledger.jsonl").rmdir()
    assert carry_out(desk.database) == ()
    assert told(root) == ["asked", "cancelled"]


def test_a_line_that_had_arrived_before_the_crash_is_not_entered_again(tmp_path: Path, shot: SmallShot) -> None:
    desk, root = desk_at(tmp_path), tmp_path / "out"
    desk.submit(submission(shot, root))
    (entry,) = [line.body for line in Ledger(root).entries() if isinstance(line.body, JobEntry)]
    with desk.database.write() as work:
        work.run(
            "INSERT INTO outbox (root, id, floor, body) VALUES (?, ?, 0, ?)",
            str(root), entry.id, canonical(entry).decode(),
        )  # fmt: skip
    assert carry_out(desk.database) == ()
    assert told(root) == ["asked"]


def test_lines_of_a_folder_that_is_shut_do_not_keep_those_of_others_back(tmp_path: Path, shot: SmallShot) -> None:
    desk = desk_at(tmp_path)
    (tmp_path / "shut").write_text("a file where the folder should be")
    with desk.database.write() as work:
        for number in range(5):
            work.run(
                "INSERT INTO outbox (root, id, floor, body) VALUES (?, ?, 0, '{}')", f"{tmp_path}/shut", str(number)
            )
    desk.submit(submission(shot, tmp_path / "open"))
    carry_out(desk.database, most=3)
    assert [line.body.kind for line in Ledger(tmp_path / "open").entries()] == ["job"]
    with desk.database.read() as look:
        assert look.run("SELECT count(*) FROM outbox") == [(5,)]
