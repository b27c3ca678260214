"""Finding a take that was made before from the very same request and the very same files."""

from __future__ import annotations

from pathlib import Path

from platewright.contract.errors import InputError, ManifestError, StorageError
from platewright.contract.request import Request
from platewright.contract.takes import TakeRecord

from .address import GENERATOR, request_hash, settled
from .base_take import Based, is_whole_answer, with_base
from .changes import changed_frames
from .places import TakePlace
from .takes import TakeStore, load

__all__ = ["answer_or_course", "made_before"]


def made_before(request: Request, root: Path) -> tuple[TakePlace, TakeRecord] | None:
    """The latest finished take of an equal request, by this version, whose input and output files are unchanged.

    A take that went on from an earlier one answers for the whole as well, where that one was asked for the same.
    """
    request = settled(request)
    wanted = request_hash(request)
    for place in reversed(TakeStore(root).takes(request.element)):
        try:
            record = load(place)
            if request.base is not None:
                equal = record.request_hash == wanted and record.generator == GENERATOR
            else:
                equal = is_whole_answer(record, wanted, root)
            equal = equal and record.request.plate.frames == request.plate.frames
            if equal and not changed_frames(request, place, record):
                return place, record
        except (InputError, ManifestError, StorageError):
            continue
    return None


def answer_or_course(request: Request, root: Path, anew: bool, overlap: int) -> tuple[TakePlace | None, Based]:
    """The take that answers a request already, or None; and the request as it goes on where none does.

    anew: none is to answer it, and every frame is made where no base is named. overlap: as for `with_base`.
    Raises RequestError, InputError, StorageError.
    """
    if request.base is None and not anew:
        found = made_before(request, root)
        if found is not None:
            return found[0], Based(settled(request))
    based = with_base(request, root, anew=anew, overlap=overlap)
    found = made_before(based.request, root) if based.request.base is not None and not anew else None
    return (None if found is None else found[0]), based
