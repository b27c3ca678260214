"""Personal data in a text that others will read: addresses, telephone numbers, people's ids, a consent's own words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from .records import Consent

__all__ = ["personal_data_in"]

_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{1,64}")
_TELEPHONE = re.compile(r"\+\d[\d ()/-]{7,20}\d")
_SAME_WORDS = 24


def personal_data_in(text: str, what: str, consents: Iterable[Consent]) -> Iterator[tuple[str, str]]:
    """`(sentence, id of the record it is about)` for each kind that is found; what is found is not repeated.

    what: the text's name in the sentences, `the prompt`.
    """
    # A sign that neither can be without is found far faster, and most texts have none.
    if ("@" in text and _ADDRESS.search(text)) or ("+" in text and _TELEPHONE.search(text)):
        yield f"{what} holds an address or a telephone number", ""
    words = " ".join(text.lower().split())
    for consent in consents:
        if _shares_words(words, consent.scope.description):
            yield f"{what} repeats the text of consent {consent.id}", consent.id
        if consent.person.ref in words:
            yield f"{what} holds a person's id", consent.id


def _shares_words(words: str, description: str) -> bool:
    """Whether a text has a piece of a contract's text in it, long enough to be no chance."""
    text = " ".join(description.lower().split())
    starts = [0, *(found.end() for found in re.finditer(r"\s", text))]
    return any(text[at : at + _SAME_WORDS] in words for at in starts if len(text) - at >= _SAME_WORDS)
