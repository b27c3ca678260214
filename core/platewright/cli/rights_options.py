"""What the command line says about rights: for whom, who is seen, and under whose consent."""

from __future__ import annotations

import argparse
from typing import get_args

from platewright.contract.rights import Content, Declared, Modality, Rights, Use

__all__ = ["add_rights_options", "rights_of"]


def add_rights_options(parser: argparse.ArgumentParser) -> None:
    """Add the options; ids of records, never names of people."""
    group = parser.add_argument_group("rights (ids of records, never names; see `platewright rights`)")
    group.add_argument("--consent", action="append", default=[], metavar="ID", help="a consent this is done under")
    group.add_argument("--person", action="append", default=[], metavar="ID", help="who is seen in what is changed")
    for name, kind, meaning in (
        ("--use", Use, "what is done with them"),
        ("--modality", Modality, "what of them"),
        ("--declare", Declared, "what else a rule asks about"),
    ):
        words = [str(word) for word in get_args(kind)]
        group.add_argument(
            name, action="append", default=[], choices=words, metavar="WORD", help=f"{meaning}: {', '.join(words)}"
        )
    contents = [str(word) for word in get_args(Content) if word]
    group.add_argument(
        "--content", default="", choices=contents, metavar="WORD", help=f"what the element is: {', '.join(contents)}"
    )
    group.add_argument("--territory", action="append", default=[], metavar="CODE", help="where it will be shown")
    group.add_argument("--policy", default="", metavar="IDS", help="policy profiles besides the show's, with commas")


def rights_of(options: argparse.Namespace) -> Rights:
    """For whom the work is done, and with whose word."""
    return Rights(
        show=options.show,
        shot=options.shot,
        consents=tuple(options.consent),
        policy=options.policy,
        people=tuple(options.person),
        uses=tuple(options.use),
        modalities=tuple(options.modality),
        territories=tuple(options.territory),
        content=options.content,
        declares=tuple(options.declare),
    )
