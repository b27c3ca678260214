"""Pictures of how something is to look, by file or by set on the command line; and what a backend leaves out."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from platewright.contract.conditioning import check_taken, left_out
from platewright.contract.errors import RequestError
from platewright.contract.request import CONDITIONING, Reference, Request

from .console import Console
from .options import full_path, out_of, reference_of

if TYPE_CHECKING:
    from platewright.jobs.rights_book import RightsBook

__all__ = ["add_look_options", "book_of", "looks_of", "tell_left_out"]


def add_look_options(parser: argparse.ArgumentParser) -> None:
    """`--reference` and `--reference-set`."""
    group = parser.add_argument_group("how it is to look (for models that take pictures)")
    group.add_argument(
        "--reference", action="append", default=[], metavar="ROLE=FILE",
        help="a picture; ROLE is identity, environment or style; may be given again",
    )  # fmt: skip
    group.add_argument(
        "--reference-set", action="append", default=[], metavar="NAME[@N]",
        help="a set of the show's, as `platewright references` lists them; may be given again",
    )  # fmt: skip


def looks_of(options: argparse.Namespace) -> tuple[Reference, ...]:
    """The pictures that were named, those of sets last. Raises RequestError, PlateError, StorageError."""
    found = []
    for text in options.reference:
        role, _, file = text.partition("=")
        if role not in CONDITIONING or not file:
            raise RequestError(
                f"--reference {text[:80]} does not say what the picture is for",
                code="reference_role_unknown",
                hint="Write it as --reference identity=anna.exr; there is " + ", ".join(CONDITIONING) + ".",
            )
        found.append(reference_of(options, role, file))
    if options.reference_set:
        from platewright.jobs.reference_sets import references_of_set

        records = book_of(options).records()
        for name in options.reference_set:
            found += references_of_set(records, name)
    return tuple(found)


def book_of(options: argparse.Namespace) -> RightsBook:
    """The records that are named, else the show's. Raises RequestError `rights_folder_unknown`."""
    from platewright.jobs.rights_book import RightsBook
    from platewright.settings.layers import records_folder

    if getattr(options, "rights", ""):
        return RightsBook(Path(full_path(options.rights)))
    where = out_of(options) if getattr(options, "out", "") else Path.cwd()
    return RightsBook(records_folder(where))


def tell_left_out(requests: Iterable[Request], console: Console) -> None:
    """Say, before anything is handed in, what backends will not see. Raises RequestError `reference_not_taken`."""
    for request in requests:
        if not any(one.role in CONDITIONING for one in request.references):
            continue
        title, most = "the built-in generator", 0
        if request.backend != "builtin":
            from .backends import generator_named

            limits = generator_named(request.backend).capabilities()
            title, most = limits.title, limits.references
        check_taken(title, most, request.references)
        told = left_out(title, most, request.references)
        if told:
            console.remark(told)
