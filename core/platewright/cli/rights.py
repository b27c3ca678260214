"""`platewright rights`: consents, licences, model cards and approvals of a show, and what its rules say today."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from platewright.contract.errors import RequestError, VerificationFailed
from platewright.contract.rules import NO_LEGAL_ADVICE

from .actions import Actions, run_action
from .console import Console
from .handing_in import who_of
from .options import full_path, out_of
from .rights_words import damage_line, record_lines, rule_lines

if TYPE_CHECKING:
    from platewright.jobs.rights_book import RightsBook
    from platewright.jobs.rights_flags import FlaggedTake

__all__ = ["EXAMPLE", "add_options", "run"]

EXAMPLE = """\
  platewright rights add consent-0412.yaml --evidence signed.pdf --who p-0900
  platewright rights revoke consent-0412 --reason "withdrawn" --out elements --who p-0900
  platewright rights check --out elements

exit codes of check: 0 nothing stops; 6 a record counts for nothing, or a rule stops a take; 7 it could not be checked.
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the verb's actions and their options."""
    actions = Actions(parser)
    add = actions.add("add", "enter a record, a YAML file that says with `schema` what it is", _add, "card.yaml")
    add.add_argument("file", metavar="FILE", help="the record")
    add.add_argument("--evidence", action="append", default=[], metavar="FILE", help="keep a copy of this, by its hash")
    add.add_argument("--replace", action="store_true", help="supersede the record of that id, which is kept")
    show = actions.add("show", "list the records, or tell one", _show, "consent-0412")
    show.add_argument("id", nargs="?", default="", metavar="ID", help="only this one, in full")
    check = actions.add("check", "check the records, and takes against today's rules", _check, "--out elements")
    revoke = actions.add("revoke", "revoke a record, for everything that asks from now on", _revoke, "consent-0412")
    revoke.add_argument("id", metavar="ID", help="the record")
    revoke.add_argument("--reason", default="", metavar="TEXT", help="why")
    for action in (check, revoke):
        action.add_argument(
            "--out",
            action="append",
            default=[],
            metavar="FOLDER",
            help="tell which takes below this root it concerns",
        )
    ending = actions.add("expiring", "tell what has ended, or ends soon", _expiring, "--days 60")
    ending.add_argument("--days", type=int, default=30, metavar="N", help="look so many days ahead (default: 30)")
    rules = actions.add("rules", "tell which rules hold, how much they weigh, and on whose word", _rules, "--policy eu")
    rules.add_argument("--policy", default="", metavar="IDS", help="profiles besides the show's own, with commas")
    template = actions.add("template", "print a record to fill in", _template, "consents > consent-0412.yaml")
    template.add_argument("kind", metavar="KIND", help="consents, licences, models, references, approvals, waivers …")
    template.add_argument("--backend", default="", metavar="NAME", help="begin a model's card with what it declares")
    for action in (add, show, check, revoke, ending, rules):
        action.add_argument("--rights", default="", metavar="FOLDER", help="the records (default: as the show says)")
    for action in (add, revoke):
        action.add_argument("--who", default="", metavar="ID", help="who does it: an opaque id with a digit, p-0900")


def run(options: argparse.Namespace, console: Console) -> int:
    """Do what was asked. Raises PlatewrightError."""
    return run_action(options, console)


def _folder(options: argparse.Namespace) -> Path:
    from platewright.settings.layers import load_settings, rights_folder

    if options.rights:
        return Path(full_path(options.rights))
    folder = rights_folder(load_settings(Path.cwd()), Path.cwd())
    if folder is None:
        raise RequestError(
            "nobody says where this show keeps its records",
            code="rights_folder_unknown",
            hint="Give --rights FOLDER, or put a platewright.toml into the show's folder: `rights` beside it is meant.",
        )
    return folder


def _book(options: argparse.Namespace) -> RightsBook:
    from platewright.jobs.rights_book import RightsBook

    return RightsBook(_folder(options))


def _add(options: argparse.Namespace, console: Console) -> int:
    from platewright.rights.folder import read_plain_file

    data = read_plain_file(Path(full_path(options.file)))
    evidence = [Path(full_path(one)) for one in options.evidence]
    filed = _book(options).add(data, "", who_of(options), evidence, options.replace)
    console.say(f"entered {filed.kind}/{filed.record.id}, {filed.sha256[:16]}")
    console.document({"id": filed.record.id, "kind": filed.kind, "file": str(filed.path), "sha256": filed.sha256})
    return 0


def _show(options: argparse.Namespace, console: Console) -> int:
    from platewright.jobs.rights_book import today

    records = _book(options).records()
    chosen = {id_: one for id_, one in sorted(records.filed.items()) if options.id in ("", id_)}
    damaged = [one for one in records.damage if options.id in ("", one.id)]
    if options.id and not chosen and not damaged:
        raise RequestError(
            f"there is no record {options.id[:80]}", code="record_unknown", hint="`platewright rights show` lists them."
        )
    for one in chosen.values():
        for line in record_lines(one, today(), in_full=bool(options.id)):
            console.say(line)
    for broken in damaged:
        console.say(damage_line(broken))
    console.document(
        {
            "records": [
                {"kind": one.kind, "standing": one.record.standing(today()), "sha256": one.sha256, "record": one.record}
                for one in chosen.values()
            ],
            "damage": [{"id": one.id, "file": str(one.path), "why": one.why} for one in damaged],
        }
    )
    return 0


def _check(options: argparse.Namespace, console: Console) -> int:
    from platewright.rights.profiles import policy_for

    book = _book(options)
    records, policy = book.records(), policy_for((), book.folder)
    takes = _flagged(options)
    for broken in records.damage:
        console.say(damage_line(broken))
    _tell_takes(console, takes)
    failed = bool(records.damage or takes)
    said = "failed" if failed else "passed"
    console.say(f"rights: {said}, {len(records.filed)} records, {len(policy.held)} rules, {len(takes)} takes flagged")
    console.say(NO_LEGAL_ADVICE)
    console.document(
        {
            "passed": not failed,
            "records": len(records.filed),
            "policy": policy.hash,
            "damage": [{"id": one.id, "file": str(one.path), "why": one.why} for one in records.damage],
            "takes": takes,
        }
    )
    return VerificationFailed.exit_code if failed else 0


def _revoke(options: argparse.Namespace, console: Console) -> int:
    filed = _book(options).revoke(options.id, who_of(options), options.reason)
    console.say(f"revoked {filed.kind}/{filed.record.id}: nothing is sent under it any more")
    takes = _flagged(options, options.id)
    _tell_takes(console, takes)
    console.document({"id": filed.record.id, "kind": filed.kind, "sha256": filed.sha256, "takes": takes})
    return 0


def _expiring(options: argparse.Namespace, console: Console) -> int:
    from platewright.jobs.rights_book import today
    from platewright.rights.expiry import endings

    found = endings(_book(options).records(), today(), options.days)
    for one in found:
        left = f"in {one.days_left} days" if one.days_left >= 0 else f"{-one.days_left} days ago"
        console.say(f"{one.on}  {one.kind}/{one.id}: {one.what} ends {left}".replace("ends -", "ended "))
    if not found:
        console.say(f"nothing ends within {options.days} days")
    console.document({"endings": found})
    return 0


def _rules(options: argparse.Namespace, console: Console) -> int:
    from platewright.rights.profiles import policy_for

    folder = _folder(options) if options.rights or _has_show() else None
    policy = policy_for([one for one in options.policy.split(",") if one.strip()], folder)
    for held in policy.held.values():
        for line in rule_lines(held):
            console.say(line)
    console.say(NO_LEGAL_ADVICE)
    profiles = [{"id": one.id, "title": one.title, "as_of": one.as_of} for one in policy.profiles]
    console.document({"profiles": profiles, "hash": policy.hash, "rules": list(policy.held.values())})
    return 0


def _template(options: argparse.Namespace, console: Console) -> int:
    from .rights_words import template

    text = template(options.kind, options.backend)
    console.say(text.rstrip())
    console.document({"kind": options.kind, "template": text})
    return 0


def _has_show() -> bool:
    from platewright.settings.layers import load_settings, rights_folder

    return rights_folder(load_settings(Path.cwd()), Path.cwd()) is not None


def _flagged(options: argparse.Namespace, about: str = "") -> tuple[FlaggedTake, ...]:
    """The takes of the roots that were named which a rule stops today, by the records that were named too."""
    if not options.out:
        return ()
    from dataclasses import replace

    from platewright.engine.opening import desk_settings
    from platewright.jobs.rights_flags import flagged
    from platewright.settings.layers import load_settings

    found: list[FlaggedTake] = []
    for root in options.out:
        where = out_of(argparse.Namespace(out=root))
        settings = desk_settings(load_settings(where)).at(str(where))
        if options.rights:
            settings = replace(settings, rights=replace(settings.rights, folder=_folder(options)))
        found += flagged(replace(settings, of_show=None), (where,), about)
    return tuple(found)


def _tell_takes(console: Console, takes: tuple[FlaggedTake, ...]) -> None:
    for take in takes:
        where = f" ({', '.join(take.used)})" if take.used else ""
        console.say(f"{take.take}{where}, shot {take.shot or 'unnamed'}: {take.record}")
        for one in take.rules:
            console.say(f"  {one.rule} {one.weight.value}: {one.message}")
