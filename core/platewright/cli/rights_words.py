"""Records and rules in lines for people, and a record to fill in."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from platewright.contract.errors import RequestError
from platewright.contract.mapper import to_json

if TYPE_CHECKING:
    from platewright.rights.folder import Damage, Filed
    from platewright.rights.profiles import Held

__all__ = ["damage_line", "record_lines", "rule_lines", "template"]


def record_lines(filed: Filed, on: date, in_full: bool = False) -> list[str]:
    """A record in a line, or with all that it says."""
    from platewright.rights.plain_yaml import write_yaml

    record = filed.record
    ends = getattr(getattr(record, "term", None), "ends", "")
    until = f", until {ends}" if ends else ""
    standing = record.standing(on).replace("_", " ")
    lines = [f"{filed.kind}/{record.id}  {standing}{until}  {filed.sha256[:16]}"]
    if in_full:
        lines += write_yaml(to_json(record)).decode().splitlines()
    return lines


def damage_line(broken: Damage) -> str:
    """Why a record counts for nothing."""
    return f"{broken.path.parent.name}/{broken.id}  counts for nothing: {broken.why}"


def rule_lines(held: Held) -> list[str]:
    """A rule with what it finds, its weight and its sources."""
    from platewright.rights.rule_table import RULES

    rule = RULES[held.rule]
    lifted = "" if held.waivable or held.weight.value != "block" else ", never waived"
    lines = [f"{held.rule}  {held.weight.value}{lifted}: {rule.finds}"]
    return lines + [f"    {source}" for source in held.sources]


def template(kind: str, backend: str = "") -> str:
    """A record of a kind with every field, to be filled in. Raises RequestError.

    backend: whose own words a model's card begins with; what nobody declared stays to be found out.
    """
    from platewright.rights.plain_yaml import write_yaml
    from platewright.rights.published import blank
    from platewright.rights.records import KINDS

    if kind not in KINDS:
        raise RequestError(
            f"there is no kind of record '{kind[:40]}'",
            code="kind_unknown",
            hint="Use one of " + ", ".join(KINDS) + ".",
        )
    plain = blank(KINDS[kind])
    if backend:
        if kind != "models":
            raise RequestError("--backend is for a model's card", code="usage", hint="Write `template models`.")
        plain |= _declared(backend, plain["data_terms"])
    return write_yaml(plain).decode()


def _declared(name: str, terms: dict[str, object]) -> dict[str, object]:
    """What a backend says of its model and of what it does with inputs, as fields of a card. Raises RequestError."""
    from .backends import generator_named

    limits = generator_named(name).capabilities()
    trains = {"yes": True, "no": False}.get(limits.terms.trains_on_inputs)
    return {
        "name": limits.card.name,
        "version": limits.card.version,
        "provider": limits.card.provider,
        "provider_kind": "local" if limits.local else "api",
        "backends": [limits.name],
        "regions": list(limits.terms.residency),
        "trained": limits.card.trained,
        "training_data": {"statement": limits.card.training_data, "sources": []},
        "data_terms": {
            **terms,
            "tier": "local" if limits.local else "api",
            "trains_on_inputs": trains,
            "checked_at": limits.terms.read,
        },
        "seeded": limits.determinism != "none",
    }
