"""Policy profiles: which rules hold, how much they weigh, and on whose word, as YAML files that a studio can read.

    schema: org.platewright.profile/1
    id: house
    title: House rules
    as_of: 2026-11-01
    rules:
      - {rule: PW401, weight: block, source: {title: Partner guidance, clause: "Final cut", date: 2025-11-11}}
    models: [model-a]        # what may be used at all; leave it out for no list

Profiles combine into a `Policy`: a rule holds where any of them lists it, its weight is the greatest of all and of the
table's, its lists are what all of them allow. So a profile can only ever make things stricter. `house` always holds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from platewright.contract.errors import ManifestError, RequestError
from platewright.contract.mapper import from_json
from platewright.contract.rules import RuleFinding, Weight

from .folder import read_plain_file
from .plain_yaml import read_yaml
from .record_words import require_date, require_id
from .rule_table import RULES

__all__ = [
    "HOUSE",
    "Held",
    "Policy",
    "Profile",
    "ProfileRule",
    "Source",
    "known_profiles",
    "policy_for",
    "read_profile",
]

HOUSE = "house"
_BUILT_IN = Path(__file__).parent / "profile_files"
_OWN = "profiles"
_WHOEVER = "legal"  # lifts a rule that a profile raised, where the table names nobody


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule comes from. date: of the text that was read. known: whether we read it or others told."""

    title: str
    date: str
    clause: str = ""
    url: str = ""
    known: Literal["read", "secondary", "own"] = "read"

    def __post_init__(self) -> None:
        require_date(self.date or "?", "source.date")

    def __str__(self) -> str:
        told = ", as others report it" if self.known == "secondary" else ""
        return f"{self.title}{', ' if self.clause else ''}{self.clause} ({self.date}{told})"


@dataclass(frozen=True, slots=True)
class ProfileRule:
    """A rule that a profile holds. weight: None for the table's own. waivable: False makes it one nobody can waive."""

    rule: str
    source: Source
    weight: Weight | None = None
    waivable: bool = True

    def __post_init__(self) -> None:
        if self.rule not in RULES:
            raise ManifestError(f"there is no rule {self.rule[:20]}", code="rule_unknown")
        if self.weight is not None and self.weight.rank < RULES[self.rule].weight.rank:
            raise ManifestError(
                f"{self.rule} is {RULES[self.rule].weight.value} and can't be lowered", code="rule_lowered"
            )


@dataclass(frozen=True, slots=True)
class Profile:
    """The rules of one studio, client, union or law.

    models, hosts, regions: ids of cards and addresses that may be used; None: no list. names: of artists, titles and
    performers that no prompt is to hold.
    """

    id: str
    title: str
    as_of: str
    rules: tuple[ProfileRule, ...] = ()
    schema: Literal["org.platewright.profile/1"] = "org.platewright.profile/1"
    note: str = ""
    models: tuple[str, ...] | None = None
    hosts: tuple[str, ...] | None = None
    regions: tuple[str, ...] | None = None
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require_id(self.id, "id")
        require_date(self.as_of or "?", "as_of")


@dataclass(frozen=True, slots=True)
class Held:
    """A rule as it holds for a show: the greatest weight, and on whose word."""

    rule: str
    weight: Weight
    profiles: tuple[str, ...]
    sources: tuple[str, ...]
    waivable: bool


@dataclass(frozen=True)
class Policy:
    """Profiles combined. hash: of their files' bytes, so that a report can say which rules it was made under."""

    profiles: tuple[Profile, ...]
    held: Mapping[str, Held]
    hash: str
    models: frozenset[str] | None = None
    hosts: frozenset[str] | None = None
    regions: frozenset[str] | None = None
    names: frozenset[str] = frozenset()

    def holds(self, rule: str) -> bool:
        """Whether a rule holds here."""
        return rule in self.held

    def finding(
        self, rule: str, message: str = "", about: str = "", weight: Weight | None = None, unchecked: bool = False
    ) -> RuleFinding:
        """A finding of a rule that holds here. Raises KeyError for one that doesn't.

        message: a sentence; empty for what the rule says it finds. weight: to raise it for this case.
        """
        held, rule_ = self.held[rule], RULES[rule]
        heavier = weight if weight is not None and weight.rank > held.weight.rank else held.weight
        can_be_lifted = heavier is Weight.ESCALATE or (heavier is Weight.BLOCK and held.waivable)
        return RuleFinding(
            rule=rule,
            weight=heavier,
            message=message or rule_.finds,
            remedy=rule_.remedy,
            about=about,
            profiles=held.profiles,
            sources=held.sources,
            lifted_by=(rule_.authority or _WHOEVER) if can_be_lifted else "",
            unchecked=unchecked,
        )


def policy_for(names: Iterable[str] = (), folder: Path | None = None) -> Policy:
    """The house's rules, those of the show's own profiles in its rights folder, and those named, combined.

    names: ids, or their beginnings up to a dash (`netflix`). Raises RequestError `profile_unknown`, ManifestError,
    StorageError: a profile that can't be read must not be no profile.
    """
    known = known_profiles(folder)
    chosen = {HOUSE: known[HOUSE]}
    chosen |= {id_: one for id_, one in known.items() if folder is not None and one.parent == folder / _OWN}
    for name in names:
        id_ = _id_of(name.strip(), known)
        chosen[id_] = known[id_]
    data = {id_: read_plain_file(path) for id_, path in chosen.items()}
    profiles = tuple(read_profile(one, id_) for id_, one in data.items())
    together = hashlib.sha256(b"".join(hashlib.sha256(data[id_]).digest() for id_ in sorted(data))).hexdigest()
    return _combined(profiles, together)


def known_profiles(folder: Path | None = None) -> dict[str, Path]:
    """Every profile's file by id: those that come with the program, then those of a show's rights folder.

    Raises RequestError where a show's own has the id of one that comes with the program: it would lose its rules.
    """
    found = {path.stem: path for path in sorted(_BUILT_IN.glob("*.yaml"))}
    for path in sorted((folder / _OWN).glob("*.yaml")) if folder is not None else ():
        if path.stem in found:
            raise RequestError(
                f"the profile '{path.stem}' comes with Platewright; {path} needs an id of its own",
                code="profile_taken",
                hint="Rename it, in the file and as a file. A profile adds to the others, it never replaces one.",
            )
        found[path.stem] = path
    return found


@lru_cache(maxsize=256)
def read_profile(data: bytes, id_: str = "") -> Profile:
    """A profile from its file's bytes; kept by content. Raises ManifestError."""
    profile = from_json(Profile, read_yaml(data, "profile"))
    if id_ and profile.id != id_:
        raise ManifestError(f"the profile in {id_}.yaml says it is {profile.id}", code="record_misnamed")
    return profile


def _id_of(name: str, known: Mapping[str, Path]) -> str:
    if name in known:
        return name
    starting = [id_ for id_ in known if name and id_.startswith(f"{name}-")]
    if len(starting) != 1:
        raise RequestError(
            f"there is no policy profile '{name[:80]}'",
            code="profile_unknown",
            hint="Use one of " + ", ".join(known) + ".",
        )
    return starting[0]


def _combined(profiles: tuple[Profile, ...], together: str) -> Policy:
    held: dict[str, Held] = {}
    for profile in profiles:
        for one in profile.rules:
            rule, before = RULES[one.rule], held.get(one.rule)
            weights = [rule.weight, one.weight or rule.weight, *([before.weight] if before else [])]
            held[one.rule] = Held(
                one.rule,
                max(weights, key=lambda weight: weight.rank),
                _once(before.profiles if before else (), profile.id),
                _once(before.sources if before else (), str(one.source)),
                rule.waivable and one.waivable and (before is None or before.waivable),
            )
    return Policy(
        profiles,
        MappingProxyType(dict(sorted(held.items()))),
        together,
        _shared(profile.models for profile in profiles),
        _shared(profile.hosts for profile in profiles),
        _shared(profile.regions for profile in profiles),
        frozenset(name for profile in profiles for name in profile.names),
    )


def _once(before: tuple[str, ...], more: str) -> tuple[str, ...]:
    return before if more in before else (*before, more)


def _shared(lists: Iterable[tuple[str, ...] | None]) -> frozenset[str] | None:
    """What all lists have; None where there is none."""
    given = [frozenset(one) for one in lists if one is not None]
    return frozenset.intersection(*given) if given else None
