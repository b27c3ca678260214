"""Verbs with actions below them (`platewright jobs cancel …`): each action is a small parser of its own."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from .console import Console
from .options import add_output_options

__all__ = ["Action", "Actions", "run_action"]

Action = Callable[[argparse.Namespace, Console], int]


class Actions:
    """The actions of one verb. other: what happens where none is named."""

    def __init__(self, parser: argparse.ArgumentParser, other: Action | None = None) -> None:
        self._verb = parser.prog
        self._parsers = parser.add_subparsers(
            metavar="ACTION", title="actions", required=other is None, parser_class=type(parser)
        )
        parser.set_defaults(action=other)

    def add(self, name: str, summary: str, run: Action, example: str = "") -> argparse.ArgumentParser:
        """Add an action; its parser, for its options."""
        parser = self._parsers.add_parser(
            name,
            help=summary,
            description=summary[0].upper() + summary[1:] + ".",
            epilog=f"example:\n  {self._verb} {name} {example}".rstrip(),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        add_output_options(parser, nested=True)
        parser.set_defaults(action=run)
        return parser


def run_action(options: argparse.Namespace, console: Console) -> int:
    """Run the action that was named. Raises PlatewrightError."""
    return int(options.action(options, console))
