"""The error of a validator, as the publisher wants it: AYON's own where it is there, else one that says the same."""

from __future__ import annotations

__all__ = ["Refused", "refusal_for_host"]


class Refused(Exception):
    """Why something is not published. title: a few words; description: what was found, as Markdown; detail: sources."""

    def __init__(self, title: str, description: str, detail: str = "") -> None:
        super().__init__(f"{title}: {description}")
        self.title = title
        self.description = description
        self.detail = detail


def refusal_for_host(refused: Refused) -> Exception:
    """The same as AYON's PublishValidationError, so that its publisher goes on and shows it; else as it is.

    In AYON any other exception in a validator ends the publish as a crash.
    """
    try:
        from ayon_core.pipeline.publish import PublishValidationError  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        return refused
    error: Exception = PublishValidationError(
        str(refused), title=refused.title, description=refused.description, detail=refused.detail
    )
    return error
