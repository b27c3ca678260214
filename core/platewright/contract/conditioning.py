"""Pictures that show a generator how somebody, a place or a look is, and lend no pixel: what a backend takes of them.

Said before anything is handed in, by the panel, the command line and the desk alike; a request that a backend could
take nothing of is refused, for the take would claim what had no part in it.
"""

from __future__ import annotations

from collections.abc import Iterable

from .errors import RequestError
from .request import CONDITIONING, Reference

__all__ = ["check_taken", "conditioning_of", "left_out"]


def conditioning_of(references: Iterable[Reference]) -> tuple[Reference, ...]:
    """Those that only show how something looks, in their order: a backend takes the first ones."""
    return tuple(one for one in references if one.role in CONDITIONING)


def left_out(title: str, most: int, references: Iterable[Reference]) -> str:
    """What a backend that takes `most` of them leaves out, as a sentence; empty where it takes all."""
    wanted = conditioning_of(references)
    if len(wanted) <= most:
        return ""
    if not most:
        return f"{title} takes no pictures of how something is to look"
    beyond = ", ".join(_named(one) for one in wanted[most:])
    return f"{title} takes {most} of the {len(wanted)} pictures of how something is to look; it will not see {beyond}"


def check_taken(title: str, most: int, references: Iterable[Reference]) -> None:
    """Raises RequestError `reference_not_taken` where a backend takes none of what it is to go by."""
    wanted = conditioning_of(references)
    if wanted and not most:
        raise RequestError(
            left_out(title, most, wanted),
            code="reference_not_taken",
            hint="Choose a backend that does (`platewright backends show NAME` says how many), or leave them out.",
        )


def _named(reference: Reference) -> str:
    """A picture by its file's name, and the set that it is of."""
    name = reference.pattern.replace("\\", "/").rpartition("/")[2] or reference.role
    return f"{name} ({reference.of_set})" if reference.of_set else name
