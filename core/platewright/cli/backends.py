"""`platewright backends`: which generators there are, what each can do and does with pixels, and whether it works."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from platewright.contract.capabilities import Capabilities
from platewright.contract.errors import CheckCouldNotRun, RequestError, VerificationFailed
from platewright.contract.wire import WireCheck

from .actions import Actions, run_action
from .console import Console

if TYPE_CHECKING:
    from platewright.backends.protocol import Generator

__all__ = ["EXAMPLE", "add_options", "generator_named", "run"]

_BUILTIN = "builtin"
EXAMPLE = """\
  platewright backends
  platewright backends show mock
  platewright backends test comfyui
  platewright backends install diffusers

A token is a secret: $PLATEWRIGHT_SECRET_NAME, or the system's keyring under `platewright`; `show` says which name.
exit codes of test: 0 it can be used; 6 a check said no; 7 a check could not run.
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the actions; without one they are listed."""
    actions = Actions(parser, _list)
    for name, summary, action in (
        ("show", "say all that is declared of one backend", _show),
        ("test", "ask one backend whether it can be used now; sends no picture, costs nothing", _test),
    ):
        actions.add(name, summary, action, "mock").add_argument("name", metavar="NAME", help="as `backends` lists it")
    install = actions.add("install", "make the environment that a backend needs for itself", _install, "diffusers")
    install.add_argument("name", metavar="NAME", help="diffusers")
    install.add_argument("--cpu", action="store_true", help="for a machine without a graphics card: far smaller")


def run(options: argparse.Namespace, console: Console) -> int:
    """Do it. Raises PlatewrightError."""
    return run_action(options, console)


def _list(options: argparse.Namespace, console: Console) -> int:
    from platewright.backends.home import Home
    from platewright.engine.backend_table import backends
    from platewright.settings.layers import load_settings

    found = backends(Home.of(load_settings()))
    for one in found.backends:
        console.say(
            f"{one.name}  {one.title}: {', '.join(one.operations) or 'nothing yet'}; {one.price or 'price unknown'}"
        )
        if one.experimental:
            console.say(f"  experimental: {one.experimental}")
        if not one.available:
            console.say(f"  can't be used now: {one.why_not}")
    console.document(found)
    return 0


def _show(options: argparse.Namespace, console: Console) -> int:
    if options.name == _BUILTIN:
        return _show_builtin(console)
    generator = generator_named(options.name)
    limits, missing = generator.capabilities(), generator.missing()
    for line in _told(limits):
        console.say(line)
    console.say(f"  now         {missing or 'all that it needs is here'}")
    console.document({"capabilities": limits, "available": not missing, "why_not": missing})
    return 0


def _show_builtin(console: Console) -> int:
    from platewright.engine.backend_table import BUILTIN

    console.say(f"{BUILTIN.name}: {BUILTIN.title}")
    console.say(f"  does        {', '.join(BUILTIN.operations)}")
    console.say("  model       none: it works from the plate itself, and nothing in it was trained")
    console.say(f"  references  {', '.join(BUILTIN.references)}")
    console.say(f"  repeats     {BUILTIN.determinism}")
    console.say("  price       nothing")
    console.say("  pixels      stay here")
    console.say("  now         all that it needs is here")
    console.document({"backend": BUILTIN, "available": True, "why_not": ""})
    return 0


def _test(options: argparse.Namespace, console: Console) -> int:
    if options.name == _BUILTIN:
        checks: tuple[WireCheck, ...] = (WireCheck("set up", "passed", "it needs nothing but Platewright itself"),)
    else:
        checks = generator_named(options.name).check()
    for one in checks:
        console.say(f"{one.state:<13}  {one.name}: {one.message}")
    console.document({"backend": options.name, "checks": checks})
    states = {one.state for one in checks if one.needed}
    if "could not run" in states:
        return CheckCouldNotRun.exit_code
    return VerificationFailed.exit_code if "failed" in states else 0


def _install(options: argparse.Namespace, console: Console) -> int:
    from platewright.backends.environments import install
    from platewright.backends.home import Home
    from platewright.settings.layers import load_settings

    folder = Home.of(load_settings()).environments / options.name
    python = install(options.name, folder, console.say, cpu=options.cpu)
    console.say(f"{options.name} is installed in {folder}; name your models in models.toml")
    console.document({"backend": options.name, "python": str(python)})
    return 0


def generator_named(name: str) -> Generator:
    """The backend of that name. Raises RequestError `backend_unknown`."""
    from platewright.backends.home import Home
    from platewright.backends.registry import all_generators, open_generator
    from platewright.settings.layers import load_settings

    home = Home.of(load_settings())
    found = open_generator(name, home)
    if found is None:
        names = ", ".join(one.name for one in all_generators(home).generators)
        raise RequestError(
            f"there is no generator '{name[:80]}' beside the built-in one",
            code="backend_unknown",
            hint=f"Use one of {names}.",
        )
    return found


def _told(limits: Capabilities) -> Iterator[str]:
    """All that is declared, for people."""
    card, terms, sizes, lengths = limits.card, limits.terms, limits.sizes, limits.lengths
    yield f"{limits.name}: {limits.title}"
    if limits.experimental:
        yield f"  experimental: {limits.experimental}"
    yield f"  does        {', '.join(limits.operations)}"
    yield f"  model       {card.name} {card.version} by {card.provider}; {card.licence}"
    yield f"  trained on  {card.training_data}"
    side = f" to {sizes.most}" if sizes.most else " or more"
    fixed = ", ".join(f"{width}x{height}" for width, height in sizes.fixed)
    yield f"  sizes       {fixed or f'{sizes.least}{side} pixels a side, in steps of {sizes.multiple}'}"
    steps = f" in steps of {lengths.every}" if lengths.every > 1 else ""
    yield f"  frames      {'one' if lengths.still else f'{lengths.least} to {lengths.most}{steps}'} a send"
    yield f"  pictures    {limits.sent.bits} bits {limits.sent.transfer} in, {limits.returned.bits} bits back"
    yield f"  mask        {_mask(limits)}"
    yield f"  references  {limits.references}, and {limits.keyframes} with a place in time"
    yield f"  repeats     {limits.determinism}; a lost answer: {limits.reconcile}; cancel: {limits.cancel}"
    prices = [f"{one.each.amount} {one.each.currency} each {one.unit.replace('_', ' ')}" for one in limits.prices]
    none = "nothing" if limits.local else "unknown; write it into prices.toml"
    yield f"  price       {', '.join(prices) or none}{' (play money)' if limits.pretend else ''}"
    yield f"  pixels      {'stay here' if limits.local else 'go to ' + (', '.join(terms.residency) or 'unknown')}"
    yield f"  kept        {terms.retention}; trained on what it is sent: {terms.trains_on_inputs}"
    yield f"  indemnity   {terms.indemnity}; marks what it makes: {terms.marks_output}"
    yield f"  read        {terms.read or 'never'} {terms.source}".rstrip()
    for one in limits.controls:
        yield f"  input       {one.name} ({one.kind.replace('_', ' ')}, default '{one.default}'): {one.title}"


def _mask(limits: Capabilities) -> str:
    masks = limits.masks
    if not masks.taken:
        return "none: it changes the whole frame, and your matte is applied afterwards"
    return f"{'soft' if masks.soft else 'cut at a half'}; outside it: {masks.keeps_outside}"
