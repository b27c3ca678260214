"""Filing a record of rights from a host's form, as `platewright rights add` does it. Runs in the looking process."""

from __future__ import annotations

import json
import re
from typing import Any

from platewright.contract.errors import ManifestError, PlatewrightError, RequestError
from platewright.contract.recording import RecordAnswer, RecordDraft
from platewright.imaging.stream import hash_file
from platewright.jobs.rights_book import RightsBook
from platewright.rights.folder import parse_record
from platewright.rights.record_words import require_person
from platewright.settings.layers import records_folder, show_of

from .roots import absolute

__all__ = ["record"]

_WHERE = re.compile(r"[A-Z]\w*((?:\.[a-z_]+)*)(?:\[\d+\])?: (.+)", re.DOTALL)
_NAMED = re.compile(r"([a-z_]+(?:\.[a-z_]+)+|id|by|at|files|people|who|reference)\b")
_MISSING = re.compile(r"the field '([a-z_]+)' is missing")


def record(draft: RecordDraft) -> RecordAnswer:
    """Check it, and file it unless only that was asked. Raises RequestError `rights_folder_unknown`, StorageError,
    CheckCouldNotRun; what is wrong with the record itself is the answer.
    """
    folder = records_folder(show_of(absolute(draft.root, "root")))
    try:
        data = _with_hashes(draft)
        found = parse_record(draft.kind, data)
        if draft.only_check:
            there = (folder / draft.kind / f"{found.id}.yaml").exists() and not draft.replace
            said = f"there is a record {found.id} already" if there else ""
            return RecordAnswer(wrong=there, place="id" if there else "", message=said)
        require_person(draft.who, "who")
        evidence = [absolute(one, "evidence") for one in draft.evidence]
        filed = RightsBook(folder).add(data, draft.kind, draft.who, evidence, draft.replace)
    except (ManifestError, RequestError) as error:
        place, said = _told(error)
        return RecordAnswer(wrong=True, place=place, message=said, hint=error.hint)
    return RecordAnswer(filed=True, message=f"{filed.kind}/{filed.record.id} is filed", sha256=filed.sha256)


def _with_hashes(draft: RecordDraft) -> bytes:
    """The record's bytes with the hashes of what it rests on. No file's name goes in: it may be somebody's."""
    try:
        plain: Any = json.loads(draft.data)
    except ValueError as error:
        raise ManifestError(f"the record is no JSON: {error}"[:200], code="record_malformed") from error
    if not isinstance(plain, dict):
        raise ManifestError("the record is no table", code="record_malformed")
    proofs = [{"sha256": hash_file(absolute(one, "evidence")).sha256} for one in draft.evidence]
    if draft.kind == "approvals":
        if not proofs:
            raise ManifestError("reference: the written word is missing", code="record_malformed")
        plain["reference"] = proofs[0]
    elif proofs:
        plain["evidence"] = proofs
    if draft.kind == "references" and draft.pictures:
        plain["files"] = [hash_file(absolute(one, "picture")).sha256 for one in draft.pictures]
    return json.dumps(plain).encode()


def _told(error: PlatewrightError) -> tuple[str, str]:
    """`(field, sentence)`: the field that an error is about, by the words in it; empty where it is about none."""
    if error.code == "record_there":
        return "id", error.message
    found = _WHERE.fullmatch(error.message)
    path, said = (found[1].strip("."), found[2]) if found else ("", error.message)
    missing, named = _MISSING.match(said), _NAMED.match(said)
    if missing:
        path = ".".join(part for part in (path, missing[1]) if part)
    elif named:
        path = named[1]
    return path, said
