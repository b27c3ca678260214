"""Profiles make rules stricter and never laxer, each on a named word."""

from __future__ import annotations

from pathlib import Path

import pytest

from platewright.contract.errors import ManifestError, RequestError
from platewright.contract.rules import Weight
from platewright.rights.plain_yaml import write_yaml
from platewright.rights.profiles import known_profiles, policy_for, read_profile
from platewright.rights.rule_table import RULES

ALL = ("netflix", "sag-aftra", "eu-art50", "california", "new-york", "no-fakes")


def own_profile(folder: Path, id_: str = "orion-house", **more: object) -> Path:
    rules = more.pop("rules", [])
    path = folder / "profiles" / f"{id_}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(
        write_yaml(
            {"schema": "org.platewright.profile/1", "id": id_, "title": "Orion", "as_of": "2026-11-01", "rules": rules}
            | more
        )
    )
    return path


def rule(code: str, **more: object) -> dict[str, object]:
    return {"rule": code, "source": {"title": "Orion's own", "date": "2026-11-01", "known": "own"}, **more}


def test_every_rule_of_the_table_is_held_by_some_profile_with_a_source_and_a_date() -> None:
    policy = policy_for(ALL)
    assert set(policy.held) == set(RULES)
    for profile in policy.profiles:
        assert "No legal advice" in profile.note
        for one in profile.rules:
            assert one.source.title and one.source.date, (profile.id, one.rule)


@pytest.mark.parametrize("id_", sorted(known_profiles()))
def test_each_profile_that_comes_with_it_is_read(id_: str) -> None:
    assert read_profile(known_profiles()[id_].read_bytes(), id_).rules


def test_combining_only_raises(tmp_path: Path) -> None:
    alone, more = policy_for(), policy_for(ALL)
    for code, held in alone.held.items():
        assert held.weight.rank >= RULES[code].weight.rank
        assert more.held[code].weight.rank >= held.weight.rank
        assert more.held[code].waivable <= held.waivable
    assert policy_for(["netflix"]).held["PW401"].weight is Weight.BLOCK
    assert policy_for(["netflix"]).held["PW306"].weight is Weight.ESCALATE
    assert alone.held["PW306"].weight is Weight.WARN


def test_a_profile_that_would_lower_a_rule_is_refused(tmp_path: Path) -> None:
    own_profile(tmp_path, rules=[rule("PW101", weight="warn")])
    with pytest.raises(ManifestError, match="can't be lowered"):
        policy_for([], tmp_path)


def test_a_show_can_make_a_rule_unwaivable_and_none_can_make_one_waivable(tmp_path: Path) -> None:
    assert policy_for().finding("PW103").lifted_by == "rights manager"
    own_profile(tmp_path, rules=[rule("PW103", waivable=False), rule("PW102", waivable=True)])
    policy = policy_for([], tmp_path)
    assert policy.finding("PW103").lifted_by == ""
    assert policy.finding("PW102").lifted_by == ""


def test_a_shows_own_profiles_hold_without_being_named_and_take_no_other_ones_id(tmp_path: Path) -> None:
    own_profile(tmp_path, rules=[rule("PW401")])
    assert policy_for([], tmp_path).finding("PW401").profiles == ("orion-house",)
    own_profile(tmp_path, "netflix-2025-11")
    with pytest.raises(RequestError, match="an id of its own"):
        policy_for([], tmp_path)


def test_lists_are_what_all_profiles_allow(tmp_path: Path) -> None:
    own_profile(tmp_path, "orion-a", models=["a-1", "b-1"], hosts=[])
    own_profile(tmp_path, "orion-b", models=["b-1", "c-1"])
    policy = policy_for([], tmp_path)
    assert policy.models == {"b-1"}
    assert policy.hosts == frozenset()
    assert policy.regions is None


@pytest.mark.parametrize("name", ["", "nobody", "../../etc/passwd", "n"])
def test_an_unknown_profile_is_an_error_and_not_no_rules(name: str) -> None:
    with pytest.raises(RequestError, match="no policy profile"):
        policy_for([name])


def test_a_damaged_profile_of_the_shows_own_is_an_error(tmp_path: Path) -> None:
    path = own_profile(tmp_path)
    path.write_text("rules: [")
    with pytest.raises(ManifestError):
        policy_for([], tmp_path)
    path.write_bytes(own_profile(tmp_path, rules=[rule("PW999")]).read_bytes())
    with pytest.raises(ManifestError, match="no rule PW999"):
        policy_for([], tmp_path)


def test_the_hash_tells_when_a_rule_was_changed(tmp_path: Path) -> None:
    own_profile(tmp_path, rules=[rule("PW401")])
    before = policy_for([], tmp_path).hash
    assert policy_for([], tmp_path).hash == before
    own_profile(tmp_path, rules=[rule("PW402")])
    assert policy_for([], tmp_path).hash != before


def test_what_is_never_waived_stands_in_the_program() -> None:
    never = {code for code, one in RULES.items() if not one.waivable}
    assert {"PW001", "PW002", "PW003", "PW005", "PW102", "PW107", "PW301", "PW305"} <= never
    assert all(RULES[code].authority == "" for code in never)
    assert all(one.authority for one in RULES.values() if one.weight is Weight.ESCALATE)
