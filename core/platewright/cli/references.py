"""`platewright references`: a show's reference sets, pictures by which its characters and places are known."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from .actions import Actions, run_action
from .console import Console
from .handing_in import who_of
from .options import full_path
from .reference_options import book_of

if TYPE_CHECKING:
    from platewright.rights.reference_sets import ReferenceSet

__all__ = ["EXAMPLE", "add_options", "run"]

EXAMPLE = """\
  platewright references add anna --role identity --right anna-scan front.exr side.exr --who p-0900
  platewright references show anna@1
  platewright regenerate … --backend mock --reference-set anna

The sets lie among the show's rights, each version a record that never changes; what allows its use is the record of a
right, a licence or a consent that it names. A backend takes the first pictures, as many as it can.
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the actions; without one they are listed."""
    actions = Actions(parser, _list)
    show = actions.add("show", "tell a set, and whether its pictures are those that were entered", _show, "anna")
    show.add_argument("set", metavar="NAME[@VERSION]", help="the set; its latest version where none is named")
    add = actions.add("add", "enter pictures as a set's next version", _add, "anna front.exr --right anna-scan")
    add.add_argument("set", metavar="NAME", help="lower-case letters, digits, '.', '_' and '-'")
    add.add_argument("pictures", nargs="+", metavar="FILE", help="what matters most first")
    add.add_argument("--role", default="", choices=("identity", "environment", "style"), help="what they show")
    add.add_argument("--right", default="", metavar="ID", help="what allows their use: a record's id, or own")
    add.add_argument("--shot", action="append", default=[], metavar="PATTERN", help="for these shots alone (sh0*)")
    add.add_argument("--who", default="", metavar="ID", help="who does it: an opaque id with a digit, p-0900")
    for action in (parser, show, add):
        action.add_argument(
            "--rights", default=argparse.SUPPRESS, metavar="FOLDER", help="the records (default: as the show says)"
        )


def run(options: argparse.Namespace, console: Console) -> int:
    """Do it. Raises PlatewrightError."""
    return run_action(options, console)


def _list(options: argparse.Namespace, console: Console) -> int:
    from platewright.rights.reference_sets import ReferenceSet

    records = book_of(options).records()
    found = records.of(ReferenceSet)
    for one in found:
        console.say(_line(one))
    if not found:
        console.say("there are no reference sets; `platewright references add` enters one")
    console.document({"sets": found, "damage": [one.id for one in records.damage if one.path.parent.name == "sets"]})
    return 0


def _show(options: argparse.Namespace, console: Console) -> int:
    from platewright.jobs.reference_sets import references_of_set, set_named

    records = book_of(options).records()
    found = set_named(records, options.set)
    console.say(_line(found))
    for reference in references_of_set(records, options.set):
        console.say(f"  {reference.pattern}")
    console.document({"set": found})
    return 0


def _add(options: argparse.Namespace, console: Console) -> int:
    from platewright.contract.mapper import to_json
    from platewright.jobs.reference_sets import new_set
    from platewright.rights.plain_yaml import write_yaml

    book, who = book_of(options), who_of(options)
    files = [Path(full_path(one)) for one in options.pictures]
    made = new_set(book.records(), options.set, options.role, options.right, files, shots=options.shot, by=who)
    filed = book.add(write_yaml(to_json(made)), "sets", who)
    console.say(f"entered {made.name}@{made.version}: {len(made.pictures)} pictures, {filed.sha256[:16]}")
    console.document({"set": made, "file": str(filed.path), "sha256": filed.sha256})
    return 0


def _line(one: ReferenceSet) -> str:
    from platewright.jobs.rights_book import today

    standing = one.standing(today()).replace("_", " ")
    shots = f", for {', '.join(one.shots)}" if one.shots else ""
    by = f"by {one.right}" if one.right else "by no right"
    return f"{one.name}@{one.version}  {one.role}, {len(one.pictures)} pictures, {by}{shots}  {standing}"
