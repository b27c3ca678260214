"""Finding a take that was made before from the very same request and the very same files."""

from __future__ import annotations

from pathlib import Path

from platewright.contract.errors import InputError, ManifestError, StorageError
from platewright.contract.request import Request
from platewright.contract.takes import TakeRecord

from .address import GENERATOR, request_hash, settled, whole_hash
from .base_take import Based, is_whole_answer, with_base
from .changes import Content
from .places import TakePlace
from .takes import TakeStore, load

__all__ = ["answer_or_course", "made_before"]


def made_before(request: Request, root: Path, content: Content | None = None) -> tuple[TakePlace, TakeRecord] | None:
    """The latest finished take of an equal request, by this version, whose input and output files are unchanged.

    A take that went on from an earlier one answers for the whole as well, where that one was asked for the same; so
    does one of the same pictures elsewhere, as long as they are still there too. content: what is known of the files.
    """
    request, content = settled(request), content or Content()
    exact, whole = request_hash(request), whole_hash(request)
    for place in reversed(TakeStore(root).takes(request.element)):
        try:
            record = load(place)
            if request.base is not None:
                equal = record.request_hash == exact and record.generator == GENERATOR
            else:
                equal = is_whole_answer(record, whole, root)
            equal = equal and content.is_unchanged(request, place, record)
            if equal and (_same_files(request, record.request) or content.is_unchanged(record.request, place, record)):
                return place, record
        except (InputError, ManifestError, StorageError):
            continue
    return None


def _same_files(request: Request, then: Request) -> bool:
    return (request.plate, request.matte, request.references) == (then.plate, then.matte, then.references)


def answer_or_course(request: Request, root: Path, anew: bool, overlap: int) -> tuple[TakePlace | None, Based]:
    """The take that answers a request already, or None; and the request as it goes on where none does.

    anew: none is to answer it, and every frame is made where no base is named. overlap: as for `with_base`.
    Raises RequestError, InputError, StorageError.
    """
    content = Content()
    if request.base is None and not anew:
        found = made_before(request, root, content)
        if found is not None:
            return found[0], Based(settled(request))
    based = with_base(request, root, anew=anew, overlap=overlap, content=content)
    found = made_before(based.request, root, content) if based.request.base is not None and not anew else None
    return (None if found is None else found[0]), based
