"""The common records of rights as forms: their fields as a table, and what is typed as the record's own fields.

People stand in them by opaque id only, and documents by the hash that the engine makes of a dropped file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from platewright.contract.recording import RecordKind
from platewright.contract.rights import Modality, Use

from .field import Choice, Field, Value
from .rights_fields import listed

__all__ = ["FORMS", "RecordForm", "data_of"]

_NO_NAME = "An opaque id with a digit in it, as in p-0412; never a name."
_DAY = "A day as in 2026-01-31; empty: open."
_SHOTS = "Patterns of shots with commas, as in sq010_*; empty: all of the production."
_GROUP = "record"


@dataclass(frozen=True)
class RecordForm:
    """One kind of record. lists: fields that hold several words with commas between. fixed: what the form says itself.

    evidence: what a dropped document is here. pictures: whether pictures can be dropped too.
    """

    kind: RecordKind
    label: str
    fields: tuple[Field, ...]
    fixed: tuple[tuple[str, str], ...]
    lists: frozenset[str]
    evidence: str
    pictures: bool = False


def _text(name: str, label: str, help: str) -> Field:
    return Field(name, _GROUP, "text", label, help)


def _pick(name: str, label: str, help: str, *values: str) -> Field:
    choices = tuple(Choice(value, value.replace("_", " ").capitalize()) for value in values)
    return Field(name, _GROUP, "choice", label, help, values[0], choices=choices)


_BEGINS, _ENDS = _text("term.begins", "From", _DAY), _text("term.ends", "Until", _DAY)

FORMS: dict[RecordKind, RecordForm] = {
    "consents": RecordForm(
        "consents", "Consent",
        (
            _text("id", "Record", "The record's own id, as in consent-0412."),
            _text("person.ref", "Person", _NO_NAME),
            _text("production.show", "Show", "The show, as requests name it."),
            _pick("kind", "Kind", "What kind of consent it is.", "alteration", "ebdr", "icdr", "background", "voice",
                  "training", "deceased", "location_owner"),
            Field("scope.description", _GROUP, "long_text", "What was agreed to",
                  "Reasonably specific, in at least 40 characters. It never leaves the show's folder."),
            _text("scope.uses", "Uses", f"With commas: {listed(Use)}."),
            _text("scope.modalities", "Face, body, voice", f"With commas: {listed(Modality)}."),
            _text("scope.shots", "Shots", _SHOTS),
            _pick("grantor.relation", "Agreed by", "Who agreed.", "self", "representative", "guardian", "estate",
                  "union"),
            _pick("represented_by", "Represented by", "Who stood by the person.", "none", "counsel", "union"),
            _text("territory", "Territories", "With commas, as in DE, US; empty: everywhere."),
            _BEGINS, _ENDS,
            Field("conspicuous.separately_signed", _GROUP, "switch", "Signed separately",
                  "The consent stands in a writing of its own.", False),
        ),
        (("schema", "org.platewright.consent/1"), ("status", "active")),
        frozenset({"scope.uses", "scope.modalities", "scope.shots", "territory"}), "the signed sheet",
    ),
    "licences": RecordForm(
        "licences", "Licence",
        (
            _text("id", "Record", "The record's own id, as in licence-stock-7."),
            _text("spdx", "Licence", "An SPDX id, or LicenseRef-… for a contract of your own."),
            _text("url", "Where", "Where its text is; it is shown and never opened."),
            _pick("commercial_final_use", "In finals", "Whether it may be in a commercial final picture.", "unknown",
                  "yes", "no"),
            _text("restrictions", "Restrictions", "In a few words, with commas."),
            _text("territory", "Territories", "With commas, as in DE, US; empty: everywhere."),
            _BEGINS, _ENDS,
        ),
        (("schema", "org.platewright.licence/1"),), frozenset({"restrictions", "territory"}), "the licence's text",
    ),
    "references": RecordForm(
        "references", "Reference right",
        (
            _text("id", "Record", "The record's own id, as in reference-sky-3."),
            _pick("rights_class", "By what right", "By what right the pictures are used.", "owned", "licensed", "open",
                  "public_domain", "unowned", "unknown"),
            _text("licence", "Licence", "The id of the licence's record, where there is one."),
            _text("people", "Who is seen", f"With commas. {_NO_NAME}"),
            _text("shots", "Shots", _SHOTS),
            _BEGINS, _ENDS,
        ),
        (("schema", "org.platewright.reference/1"),), frozenset({"people", "shots"}), "what proves it", True,
    ),
    "approvals": RecordForm(
        "approvals", "Approval",
        (
            _text("id", "Record", "The record's own id, as in approval-0007."),
            _text("rules", "Rules", "The rules that it lifts, with commas, as in PW403."),
            _text("authority", "In what role", "The role that approves, as the rule names it: legal, client, …"),
            _text("by", "Approved by", _NO_NAME),
            _text("shots", "Shots", _SHOTS),
            _text("models", "Models", "Names of backends or ids of cards, with commas; empty: all."),
            _text("conditions", "Conditions", "Under which it holds, for people to read."),
            _BEGINS, _ENDS,
        ),
        (("schema", "org.platewright.approval/1"),), frozenset({"rules", "shots", "models"}), "the written word",
    ),
}  # fmt: skip


def data_of(form: RecordForm, values: Mapping[str, Value]) -> str:
    """What is typed, as the record's fields in JSON: tables where names have dots, lists where they hold several."""
    plain: dict[str, object] = dict(form.fixed)
    for field in form.fields:
        value = values.get(field.name, field.default)
        put: object = value.strip() if isinstance(value, str) else value
        if field.name in form.lists:
            put = [word.strip() for word in str(put).split(",") if word.strip()]
        table = plain
        *outer, last = field.name.split(".")
        for name in outer:
            inner = table.setdefault(name, {})
            assert isinstance(inner, dict)
            table = inner
        table[last] = put
    return json.dumps(plain, ensure_ascii=False)
