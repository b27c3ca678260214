"""The verbs of `python3 install/run.py`: demo, test, setup, doctor. Each says in its help what it does."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import blender_modules
import checks
import doctor
from console import Problem, Stage, say
from environment import Environment

__all__ = ["main"]

CHECKOUT = Path(__file__).resolve().parent.parent
SETUP_FAILED = 69
INTERRUPTED = 130


def main(words: list[str]) -> int:
    """Run a verb. Returns the exit code: the verb's own, 69 when something is missing, 130 after Ctrl-C."""
    arguments, further = _parser().parse_known_args(words)
    if further and arguments.verb not in ("demo", "test"):
        _parser().error(f"unrecognized arguments: {' '.join(further)}")
    environment = Environment(CHECKOUT)
    try:
        code: int = arguments.run(environment, arguments, further)
        return code
    except Problem as problem:
        say(f"\n{problem}")
        if problem.remedy:
            say(problem.remedy)
        return SETUP_FAILED
    except KeyboardInterrupt:
        say("\nStopped. The next run goes on from a clean state.")
        return INTERRUPTED


def demo(environment: Environment, arguments: argparse.Namespace, further: list[str]) -> int:
    """Set up where needed, then become `platewright demo` with the further arguments."""
    environment.make_ready()
    python = str(environment.python)
    command = [python, str(environment.folder / "bin" / "platewright"), "demo", *further]
    os.execve(python, command, environment.environ())


def test(environment: Environment, arguments: argparse.Namespace, further: list[str]) -> int:
    """Set up with what tests need, then run every check and the test suite."""
    environment.make_ready(tests=True)
    missing = []
    for version in _blenders():
        with Stage(f"Getting Blender {version} as a module, to test the extension in it"):
            why = blender_modules.make(version)
        if why:
            missing.append(f"NOT TESTED in Blender {version}: {why}.")
            say(f"  {why}; its tests are skipped.")
    code = checks.run(environment, further, only_tests=arguments.only_tests)
    for line in missing:  # once more at the end, where somebody reads it
        say(line)
    return code


def _blenders() -> tuple[str, ...]:
    """The Blenders to test in: on a CI machine all of them; else those that are named.

    PLATEWRIGHT_BLENDER_VERSIONS: `all`, `usual` for the newest LTS of each Python, `none`, or versions with commas.
    """
    said = os.environ.get("PLATEWRIGHT_BLENDER_VERSIONS", "all" if os.environ.get("CI") else "none")
    known = {"all": tuple(blender_modules.PYTHONS), "usual": blender_modules.USUAL, "none": ()}
    if said in known:
        return known[said]
    return tuple(one for one in said.split(",") if one in blender_modules.PYTHONS)


def setup(environment: Environment, arguments: argparse.Namespace, further: list[str]) -> int:
    """Set up and say how to go on."""
    environment.make_ready(tests=arguments.tests, fresh=arguments.fresh, desktop=arguments.desktop)
    say(f"Ready. The command is {environment.folder / 'bin' / 'platewright'}; try it with: python3 install/run.py demo")
    return 0


def diagnose(environment: Environment, arguments: argparse.Namespace, further: list[str]) -> int:
    """Print what is there and what is not. Returns 1 when something is missing."""
    return doctor.report(environment, as_json=arguments.json)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="install/run.py",
        description="Set up Platewright in this checkout and run it. The first start makes a private environment in "
        ".venv from the lock files (about 0.6 GB, a minute or two); later ones start at once.",
        epilog="example: python3 install/run.py demo",
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="demo | test | setup | doctor")

    def verb(name: str, summary: str, example: str) -> argparse.ArgumentParser:
        return verbs.add_parser(
            name, help=summary, description=summary, epilog=f"example: {example}", allow_abbrev=False
        )

    one = verb(
        "demo",
        "Set up, then run the demo on the sample shot; further arguments go to `platewright demo`.",
        "python3 install/run.py demo --out /tmp/platewright_demo",
    )
    one.set_defaults(run=demo)
    one = verb(
        "test",
        "Set up, then run ruff, mypy, the import rules and the test suite; further arguments go to pytest.",
        "python3 install/run.py test tests/imaging -k overscan",
    )
    one.add_argument("--only-tests", action="store_true", help="leave out ruff, mypy and the import rules")
    one.set_defaults(run=test)
    one = verb("setup", "Only set up.", "python3 install/run.py setup --tests")
    one.add_argument("--tests", action="store_true", help="install what the tests need, too")
    one.add_argument("--desktop", action="store_true", help="with a window of its own, for `platewright desktop`")
    one.add_argument("--fresh", action="store_true", help="throw away the .venv that is here, whoever made it")
    one.set_defaults(run=setup)
    one = verb("doctor", "Say what is there, what is missing and how to get it; changes nothing.", "… doctor --json")
    one.add_argument("--json", action="store_true", help="as JSON on standard output")
    one.set_defaults(run=diagnose)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
