"""`platewright check`: may this be published? Every rule that holds, on takes, renders and deliveries."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platewright.contract.checks import CheckAsk, ElementUse
from platewright.contract.errors import PlatewrightError, RequestError, StorageError

from .console import Console
from .options import full_path, use_threads
from .verify import trusted_roots

if TYPE_CHECKING:
    from platewright.contract.checks import GateReport, SignedGate

__all__ = ["EXAMPLE", "add_options", "run"]

EXAMPLE = """\
  platewright check elements --profile netflix,eu --show /mnt/show/rights
  platewright check 'comp/sh010_comp_v012.####.exr' --element elements/rig/rig_v003.take.json \\
      --frames 1001-1100 --plate 'plate/sh010.####.exr' --report gate.json --report gate.html

exit codes: 0 clean; 1 warnings, where --strict makes them errors; 2 it can't be published; 3 a check could not run.
  A mistake in the words of the command is 2 as well: what is not clean is never 0.
"""
_FORMS = {".json": "json", ".sarif": "sarif", ".xml": "junit", ".html": "html", ".txt": "text"}
_COULD_NOT_RUN = 3


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    add = parser.add_argument
    add("paths", nargs="+", metavar="PATH", help="takes, folders of takes, renders (a pattern) or delivered files")
    add("--profile", default="", metavar="A,B", help="policy profiles besides the house's, with commas between")
    add(
        "--show",
        default="",
        metavar="FOLDER",
        help="the show's folder of rights records (default: as its settings say)",
    )
    add("--element", action="append", default=[], metavar="TAKE", help="a take that feeds the render (may be repeated)")
    add("--frames", default="", metavar="RANGE", help="the frames a render has to have, handles included")
    add("--colour-space", default="", metavar="ID", help="the interop id a render has to state")
    add("--channels", default="", metavar="R,G,B", help="the channels a render has to have")
    add("--plate", default="", metavar="PATTERN", help="the plate that the render is over, or where it is now")
    add("--destination", default="", metavar="FOLDER", help="where the version is to be written")
    add("--disclosure", default="", metavar="FILE", help="the disclosure report that goes with a final")
    add("--final", action="store_true", help="judge it as for the final picture")
    add("--records-only", action="store_true", help="open no picture; such a report opens no gate")
    add("--trust", default="", metavar="ROOT.pem", help="a further root certificate to trust")
    add("--trusted-only", action="store_true", help="fail when nobody here vouches for a signer")
    add("--strict", action="store_true", help="let warnings count as errors")
    add("--format", choices=sorted(set(_FORMS.values())), default="text", help="what is printed (default: text)")
    add(
        "--report",
        action="append",
        default=[],
        metavar="FILE",
        help="also write it: .json (signed) .sarif .xml .html .txt",
    )


def run(options: argparse.Namespace, console: Console) -> int:
    """Check, tell, write the reports. Raises RequestError for a mistake in the words; all else is in the exit code."""
    use_threads(options)
    files = [(Path(full_path(one)), _form(one)) for one in options.report]
    ask = _ask(options)
    try:
        with console.working() as report:
            from platewright.engine.checking import by_settings
            from platewright.jobs.check import check

            found = check(by_settings(ask), report, trusted_roots(options.trust))
        signed = _signed(found) if any(form == "json" for _, form in files) else None
        for path, form in files:
            _write(path, _writer(form)(found, signed))
    except RequestError:
        raise
    except (PlatewrightError, OSError) as error:
        problem = error if isinstance(error, PlatewrightError) else StorageError(str(error))
        if problem.exit_code == 130:
            raise
        console.error(problem)
        return _COULD_NOT_RUN
    if console.json or options.format == "json":
        console.json = True
        console.document(found)
    else:
        console.say(_writer(options.format)(found, None).rstrip("\n"))
    return found.exit_code


def _ask(options: argparse.Namespace) -> CheckAsk:
    return CheckAsk(
        paths=tuple(full_path(one) for one in options.paths),
        show=full_path(options.show) if options.show else "",
        profiles=tuple(one.strip() for one in options.profile.split(",") if one.strip()),
        elements=tuple(ElementUse(full_path(one)) for one in options.element),
        frames=options.frames,
        colour_space=options.colour_space,
        channels=tuple(one.strip() for one in options.channels.split(",") if one.strip()),
        plate=full_path(options.plate) if options.plate else "",
        destination=full_path(options.destination) if options.destination else "",
        disclosure=full_path(options.disclosure) if options.disclosure else "",
        final=options.final,
        records_only=options.records_only,
        trusted_only=options.trusted_only,
        strict=options.strict,
    )


def _form(name: str) -> str:
    form = _FORMS.get(Path(name).suffix.lower())
    if form is None:
        raise RequestError(
            f"'{name}' names no form of report", code="usage", hint="End it in " + ", ".join(sorted(_FORMS)) + "."
        )
    return form


def _signed(found: GateReport) -> SignedGate:
    from platewright.jobs.check import sign_gate
    from platewright.provenance.identity import load_identity
    from platewright.settings.layers import load_settings

    return sign_gate(found, load_identity(load_settings().signing()))


def _writer(form: str) -> Callable[[GateReport, SignedGate | None], str]:
    from platewright.contract.mapper import to_json
    from platewright.rights.reports.html import as_html
    from platewright.rights.reports.junit import as_junit
    from platewright.rights.reports.sarif import as_sarif
    from platewright.rights.reports.text import as_text

    def dumped(value: Any) -> str:
        return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"

    return {
        "text": lambda found, signed: as_text(found),
        "html": lambda found, signed: as_html(found),
        "junit": lambda found, signed: as_junit(found),
        "sarif": lambda found, signed: dumped(as_sarif(found)),
        "json": lambda found, signed: dumped(to_json(signed or found)),
    }[form]


def _write(path: Path, text: str) -> None:
    """Whole or not at all."""
    staged = path.with_name(f".{path.name}.writing")
    staged.write_text(text, encoding="utf-8")
    staged.replace(path)
