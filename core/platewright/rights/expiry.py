"""What ends when: terms, reviews, allowances and readings of terms that lie behind, or end within some days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from .folder import Filed, Records
from .model_cards import ModelCardRecord
from .record_words import day_of
from .records import Consent, Licence

__all__ = ["REVIEW_DAYS", "TERMS_DAYS", "Ending", "endings"]

REVIEW_DAYS = 180
"""How long the review of a licence is good."""
TERMS_DAYS = 90
"""How long a reading of data terms is good."""


@dataclass(frozen=True, slots=True)
class Ending:
    """Something of a record that ends on a day; days_left is negative where that lies behind."""

    id: str
    kind: str
    what: str
    on: str
    days_left: int


def endings(records: Records, on: date, within_days: int) -> tuple[Ending, ...]:
    """What ended, or ends within so many days, the soonest first; what was revoked ends no more."""
    found = []
    for id_, one in records.filed.items():
        if one.record.standing(on) == "revoked":
            continue
        for what, day in _days(one):
            left = (day - on).days
            if left <= within_days:
                found.append(Ending(id_, one.kind, what, day.isoformat(), left))
    return tuple(sorted(found, key=lambda ending: (ending.days_left, ending.id, ending.what)))


def _days(filed: Filed) -> Iterator[tuple[str, date]]:
    record = filed.record
    term, review = getattr(record, "term", None), getattr(record, "review", None)
    if term is not None and term.ends:
        yield "its term", day_of(term.ends)
    if review is not None and review.expires:
        yield "its review", day_of(review.expires)
    if isinstance(record, Licence) and record.review.at:
        yield "its review", day_of(record.review.at) + timedelta(days=REVIEW_DAYS)
    if isinstance(record, ModelCardRecord):
        if record.approval_expires:
            yield "its allowance", day_of(record.approval_expires)
        if record.data_terms.checked_at:
            yield "the reading of its data terms", day_of(record.data_terms.checked_at) + timedelta(days=TERMS_DAYS)
        for one in record.training_data.certificates:
            if one.ends:
                yield f"the certificate {one.scheme}", day_of(one.ends)
    if isinstance(record, Consent) and record.model_scope.delete_by:
        yield "the time to delete what was trained on it", day_of(record.model_scope.delete_by)
