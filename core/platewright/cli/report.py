"""`platewright report`: what was generated in a show, by what, and with whose word."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from platewright.contract.errors import RequestError
from platewright.contract.mapper import canonical

from .console import Console
from .options import full_path, out_of

if TYPE_CHECKING:
    from platewright.jobs.show_report import ShowReport

__all__ = ["EXAMPLE", "add_options", "run"]

EXAMPLE = """\
  platewright report --out elements --to report.html
  platewright report --out sh010/elements --out sh020/elements --to apollo.pdf

what --to ends with decides what is written: .html (with thumbnails, to read and print), .pdf, .csv, .json (all of it),
  .disclosure.json (what `platewright check --disclosure` takes), or a folder with / at its end (labels as PNG).
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument(
        "--out", action="append", default=[], metavar="FOLDER", help="a root of elements; repeat for more"
    )
    parser.add_argument(
        "--comp",
        action="append",
        default=[],
        metavar="COMP",
        help="a signed comp, or a folder of them",
    )
    parser.add_argument("--to", default="", metavar="FILE", help="where the report goes; without it: a few lines")
    parser.add_argument("--all", action="store_true", help="every version, and not only those that hosts bring in")


def run(options: argparse.Namespace, console: Console) -> int:
    """Make the report. Raises PlatewrightError."""
    from platewright.engine.opening import desk_settings
    from platewright.jobs.report_labels import money
    from platewright.jobs.show_report import report_of
    from platewright.settings.layers import load_settings

    roots = [out_of(argparse.Namespace(out=root)) for root in options.out or ["elements"]]
    comps = [Path(full_path(one)) for one in options.comp]
    report = report_of(desk_settings(load_settings(roots[0])), roots, options.all, comps)
    if not report.takes:
        raise RequestError("there are no takes to report on", code="takes_missing", hint="Name their roots with --out.")
    written = _write(report, options.to, console) if options.to else []
    for group in report.groups:
        name = f"{group.kind} {group.name or 'without a name'}"
        stopped = f", {group.stopped} stopped by a rule" if group.stopped else ""
        console.say(f"{name}: {group.elements} elements, {group.approved} approved{stopped}, {money(group.cost)}")
    for comp in report.comps:
        console.say(f"comp {comp.name}: {comp.mean:.2%} generated, {comp.most:.2%} at most, signature {comp.state}")
    for use, text in report.disclosure.lines.items():
        console.say(f"proposed for {use}: {text or 'none needed'}")
    for path in written:
        console.say(str(path))
    console.document({"report": report, "written": [str(path) for path in written]})
    return 0


def _write(report: ShowReport, to: str, console: Console) -> list[Path]:
    from platewright.imaging.label import pdf_of
    from platewright.imaging.writing import write_picture
    from platewright.jobs.report_pages import as_csv, as_html, labels_of, pages_of, thumbnails_of
    from platewright.jobs.storage import replace_file

    target = Path(full_path(to))
    if to.endswith("/"):
        target.mkdir(parents=True, exist_ok=True)
        pictures = labels_of(report)
        for name, picture in pictures.items():
            write_picture(target / f"{name}.png", picture)
        return [target / f"{name}.png" for name in pictures]
    kind = "".join(target.suffixes[-2:]) if target.name.endswith(".disclosure.json") else target.suffix
    if kind == ".disclosure.json":
        data = canonical(report.disclosure)
    elif kind == ".json":
        data = canonical(report)
    elif kind == ".csv":
        data = as_csv(report).encode()
    elif kind in (".html", ".pdf"):
        with console.working("") as tell:
            thumbnails = thumbnails_of(report, tell)
        data = (
            as_html(report, thumbnails).encode()
            if kind == ".html"
            else pdf_of(pages_of(report, thumbnails), "What was generated")
        )
    else:
        raise RequestError(
            f"no report is written as '{kind[:20]}'", code="report_kind_unknown", hint="Use .html, .pdf, .csv or .json."
        )
    replace_file(target, data)
    return [target]
