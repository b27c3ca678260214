"""The program: the table of verbs, the parser, and what becomes of an error.

Verbs import what is heavy only when they run, so that `--help` answers at once.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import NoReturn, Protocol

from platewright import __version__
from platewright.contract.errors import (
    Cancelled,
    InternalError,
    PlatewrightError,
    RequestError,
    StorageError,
    SynthesisError,
)

from .console import Console
from .options import add_output_options

__all__ = ["VERBS", "Verb", "build_parser", "run"]

# The verbs, in the order `--help` shows them; each is the module of that name beside this one.
VERBS: dict[str, str] = {
    "regenerate": "fill a masked region over a frame range",
    "extend": "grow the plate outward and keep its own pixels",
    "sky": "put another sky behind the foreground",
    "verify": "check that a take, a comp or a delivery is whole, signed, and only what it says",
    "check": "check takes, renders and deliveries against every rule before they are published",
    "repair": "put right what can be put right safely before publish, without touching a frame",
    "inspect": "say what a take, a signed comp or a delivery is",
    "sign": "give a comp's render a signed manifest of its own, with the takes that are in it",
    "deliver": "hand a movie or picture over with its manifest and source type inside",
    "compare": "measure two pictures, sequences or takes against each other",
    "quote": "say what a take would cost and do, before anything is done",
    "jobs": "list, watch and steer what was handed in",
    "takes": "list takes, and star, note, approve or reject them",
    "backends": "say which generators there are and what each can do, and try one",
    "worker": "make queued jobs, on this machine or on many",
    "costs": "say what was spent, by show, shot, user, backend or month",
    "ledger": "check and read the record of what was asked, spent and decided",
    "prune": "show what could be removed, and remove it when told so",
    "rights": "keep consents, licences and model cards, and tell which rules hold",
    "references": "keep the pictures by which a show's characters and places are known",
    "report": "tell what was generated in a show, by what, and with whose word",
    "trace": "find the take that a picture came from",
    "engine": "start, stop or ask about the engine that hosts talk to",
    "desktop": "open the panel with a viewer, for people without a host",
    "config": "say which settings hold and where they came from",
    "install": "let a host (Nuke, Blender) find its plug-in",
    "uninstall": "take a host's plug-in out again",
    "doctor": "say what is there, what is missing, and what to do about it",
    "diagnose": "make a file to send when something does not work",
    "demo": "make and verify three takes of the sample shot",
}

_EPILOG = """\
example:
  platewright regenerate --plate 'plate.####.exr' --matte 'matte.####.exr' \\
      --frames 1001-1016 --element rig_removal --out elements --takes 2

exit codes: 0 done; 1 unexpected; 2 the input can't be used; 3 a folder or disk; 4 the generator; 5 signing;
  6 a check said no; 7 a check could not run; 8 the job can't do that; 9 refused by a rule, a budget or a person;
  10 the engine; 70 a mistake of ours; 130 stopped.
"""


class Verb(Protocol):
    """What a verb's module offers."""

    EXAMPLE: str

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the verb's options."""

    def run(self, options: argparse.Namespace, console: Console) -> int:
        """Do it and return the exit code. Raises PlatewrightError."""


class _Parser(argparse.ArgumentParser):
    """A parser whose mistakes are errors like all others."""

    def error(self, message: str) -> NoReturn:
        raise RequestError(message, code="usage", hint=f"See '{self.prog} --help'.")


def build_parser(words: Sequence[str] | None = None) -> argparse.ArgumentParser:
    """The parser; `options.verb` is the verb's module. words: of a command line, so that only its verb is loaded."""
    named = None if words is None else next((word for word in words if word in VERBS), "")
    parser = _Parser(
        prog="platewright",
        description="Change part of a plate, and prove afterwards what was changed.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"platewright {__version__}")
    verbs = parser.add_subparsers(metavar="VERB", required=True, parser_class=_Parser)
    for name, summary in VERBS.items():
        if named is not None and name != named:
            verbs.add_parser(name, help=summary)
            continue
        verb: Verb = importlib.import_module(f".{name}", __package__)
        child = verbs.add_parser(
            name,
            help=summary,
            description=summary[0].upper() + summary[1:] + ".",
            epilog=f"example:\n{verb.EXAMPLE}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        verb.add_options(child)
        add_output_options(child)
        child.set_defaults(verb=verb)
    return parser


def run(arguments: Sequence[str] | None = None) -> int:
    """Parse, run the verb, and turn every error into its sentence and exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    console = Console(json="--json" in words, quiet="--quiet" in words, debug="--debug" in words)
    try:
        options = build_parser(words).parse_args(words)
        if options.threads < 0:
            raise RequestError("--threads can't be negative", code="usage", hint="Leave it out to use every core.")
        with console.stoppable():
            return int(options.verb.run(options, console))
    except BrokenPipeError:
        # Whoever read our output has gone; what is still buffered must not fail again at the exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (Exception, KeyboardInterrupt) as error:
        problem = _as_ours(error)
        console.error(problem)
        return problem.exit_code


def _as_ours(error: BaseException) -> PlatewrightError:
    """Any error as one of the tree's; the original stays attached for `--debug`."""
    if isinstance(error, PlatewrightError):
        return error
    problem: PlatewrightError
    if isinstance(error, KeyboardInterrupt):
        problem = Cancelled("stopped at once; what was begun is cleaned up by the next run")
    elif isinstance(error, MemoryError):
        problem = SynthesisError(
            "there is not enough memory",
            code="out_of_memory",
            hint="Close other programs, or use a smaller --context or --window.",
            retry=True,
        )
    elif isinstance(error, OSError):
        problem = StorageError(
            f"{error.strerror or error}: {error.filename or 'a file'}", hint="Check the path and the disk."
        )
    else:
        text = f"{type(error).__name__}: {error}"
        problem = InternalError(text[:2000], hint="This is our mistake. Run it again with --debug and report the text.")
    problem.__cause__ = error
    return problem
