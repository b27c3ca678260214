"""Filing a record of rights from a host's form, as `platewright rights add` does it. Runs in the looking process."""

from __future__ import annotations

import json
import re
from typing import Any

from platewright.contract.errors import ManifestError, PlatewrightError, RequestError
from platewright.contract.recording import RecordAnswer, RecordDraft, WrongField
from platewright.imaging.stream import hash_file
from platewright.jobs.rights_book import RightsBook
from platewright.rights.folder import parse_record
from platewright.rights.record_words import require_person
from platewright.settings.layers import records_folder, show_of

from .roots import absolute

__all__ = ["record"]

_WHERE = re.compile(r"[A-Z]\w*((?:\.[a-z_]+)*)(?:\[\d+\])?: (.+)", re.DOTALL)
_NAMED = re.compile(r"([a-z_]+(?:\.[a-z_]+)+|id|by|at|files|people|who|reference|rules|authority|spdx)\b")
_MISSING = re.compile(r"the field '([a-z_]+)' is missing")
_CHOICE = re.compile(r"expected one of \('([^']+)'")
_MOST_WRONG = 50
_STAND_INS = ("p-0", ["p-0"], {"sha256": "0" * 64})
"""What may stand where a field is needed: an id of a record or a person, a list of words, a document."""


def record(draft: RecordDraft) -> RecordAnswer:
    """Check it, and file it unless only that was asked. Raises RequestError `rights_folder_unknown`, StorageError,
    CheckCouldNotRun; what is wrong with the record itself is the answer.
    """
    folder = records_folder(show_of(absolute(draft.root, "root")))
    try:
        plain = _with_hashes(draft)
        wrong = _all_wrong(draft.kind, plain)
        if wrong:
            return RecordAnswer(wrong=True, place=wrong[0].place, message=wrong[0].message, others=tuple(wrong[1:]))
        data = json.dumps(plain).encode()
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


def _all_wrong(kind: str, plain: dict[str, Any]) -> list[WrongField]:
    """Every field that can't be as it is: after each one that is found the rest is looked at as if it were in order."""
    found: dict[str, str] = {}
    tried: dict[str, int] = {}
    while len(found) < _MOST_WRONG:
        try:
            parse_record(kind, json.dumps(plain).encode())
            break
        except ManifestError as error:
            place, said = _told(error)
        if place not in found:
            found[place] = said
            plain = _put(plain, place.split("."), None)
            continue
        turn, choice = tried.get(place, 0), _CHOICE.search(said)
        fit = (*_STAND_INS, choice[1]) if choice else _STAND_INS
        if not place or turn >= len(fit):
            break  # nothing stands in for it; what else is wrong is told once it is right
        tried[place] = turn + 1
        plain = _put(plain, place.split("."), fit[turn])
    return [WrongField(place, said) for place, said in found.items()]


def _put(plain: dict[str, Any], place: list[str], value: object) -> dict[str, Any]:
    """The same fields with another value at a place; None leaves it out."""
    first, rest = place[0], place[1:]
    kept = {name: one for name, one in plain.items() if name != first}
    inner = plain.get(first)
    put = _put(inner if isinstance(inner, dict) else {}, rest, value) if rest else value
    return kept if put is None else {**kept, first: put}


def _with_hashes(draft: RecordDraft) -> dict[str, Any]:
    """The record's fields with the hashes of what it rests on. No file's name goes in: it may be somebody's."""
    try:
        plain: Any = json.loads(draft.data)
    except ValueError as error:
        raise ManifestError(f"the record is no JSON: {error}"[:200], code="record_malformed") from error
    if not isinstance(plain, dict):
        raise ManifestError("the record is no table", code="record_malformed")
    proofs = [{"sha256": hash_file(absolute(one, "evidence")).sha256} for one in draft.evidence]
    if draft.kind == "approvals":
        plain.update({"reference": proofs[0]} if proofs else {})
    elif proofs:
        plain["evidence"] = proofs
    if draft.kind == "references" and draft.pictures:
        plain["files"] = [hash_file(absolute(one, "picture")).sha256 for one in draft.pictures]
    return plain


def _told(error: PlatewrightError) -> tuple[str, str]:
    """`(field, sentence)`: the field that an error is about, by the words in it; empty where it is about none."""
    if error.code == "record_there":
        return "id", error.message
    found = _WHERE.fullmatch(error.message)
    path, said = (found[1].strip("."), found[2]) if found else ("", error.message)
    missing, named = _MISSING.match(said), _NAMED.match(said)
    if missing and missing[1] == "reference":
        path, said = "reference", "the written word that it rests on is missing"
    elif missing:
        path = ".".join(part for part in (path, missing[1]) if part)
    elif named:
        path = named[1]
    return path, said
