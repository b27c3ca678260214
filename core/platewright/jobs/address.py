"""The address of a request: a hash of all that affects its pixels, by content where it is known by content."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace

from platewright import __version__
from platewright.contract.mapper import canonical
from platewright.contract.request import Request

__all__ = ["GENERATOR", "request_hash", "settled", "whole_hash"]

GENERATOR = f"Platewright {__version__}"


def request_hash(request: Request) -> str:
    """SHA-256 of the canonical request, hex: equal requests, equal hashes.

    A colour configuration counts by what is in it: where its file lies does not.
    """
    colour = request.colour
    if colour is not None and colour.sha256:
        request = replace(request, colour=replace(colour, source="/"))
    return hashlib.sha256(canonical(request)).hexdigest()


def whole_hash(request: Request) -> str:
    """The address of what is asked for, however much of it is taken over, and wherever its files lie.

    What is in the files is for who compares them (see changes): hosts export the same pictures anew each time.
    """
    return request_hash(
        replace(
            request,
            base=None,
            plate=replace(request.plate, pattern=""),
            matte=replace(request.matte, pattern="") if request.matte is not None else None,
            references=tuple(replace(reference, pattern="") for reference in request.references),
        )
    )


def settled(request: Request) -> Request:
    """The request with its colour configuration pinned, which is this process's own where it names none.

    Raises ColourError `colour_config_unusable`.
    """
    colour = request.colour
    if colour is not None and (colour.is_builtin or colour.sha256):
        return request
    from platewright.imaging.colour_config import pinned  # loads the colour library, which most submissions don't need

    if colour is None:
        return replace(request, colour=pinned())
    return replace(request, colour=pinned(colour.source, {**os.environ, **colour.variables}))
