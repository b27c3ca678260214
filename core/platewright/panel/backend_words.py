"""A generator in few words, wherever it is offered: its name, and what keeps one from choosing it lightly.

Standard library only.
"""

from __future__ import annotations

from platewright.contract.wire import Backend

from .words import tr

__all__ = ["caution_of", "title_of"]


def title_of(backend: Backend) -> str:
    """Its name as it is offered."""
    notes = [tr("experimental")] if backend.experimental else []
    notes += [] if backend.available else [tr("not ready")]
    return f"{backend.title} ({', '.join(notes)})" if notes else backend.title


def caution_of(backend: Backend) -> str:
    """Why it can't be used now, or isn't to be trusted yet, and what becomes of the pixels, as sentences."""
    why = backend.experimental and tr("Experimental: {why}", why=backend.experimental)
    terms = backend.terms and tr("Your pixels are {terms}", terms=backend.terms)
    return " ".join(f"{text.rstrip('.')}." for text in (backend.why_not, why, terms) if text)
