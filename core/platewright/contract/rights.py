"""What a request says about rights: under whose consent and rules it is done, and what it shows of people.

Ids of records, never names of people. What is declared here is what the gate goes by before a pixel leaves; nobody
guesses who is in a picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Content", "Declared", "Modality", "Rights", "Use"]

Use = Literal[
    "replica", "likeness", "voice", "de_age", "alteration", "dubbing", "double", "removal", "background", "training"
]
Modality = Literal["face", "body", "voice"]
Content = Literal["", "incidental", "background", "prominent", "key_visual", "character", "setting", "talent"]
Declared = Literal["synthetic_performer", "real_event", "beyond_script", "sexual", "advertisement"]


@dataclass(frozen=True, slots=True)
class Rights:
    """Under whose consent and rules this is done; ids of records, never names of people.

    policy: ids of policy profiles that hold besides the show's own, with commas between.
    people: opaque ids of who is seen in what is changed, or conditions it. uses: what is done with them; empty with
    people: `alteration`. modalities: what of them; empty with people: face and body. territories: where it will be
    shown; empty: as the show says, or everywhere. content: what the element is to the story; empty: nobody said.
    declares: what else a rule asks about.
    """

    show: str = ""
    shot: str = ""
    consents: tuple[str, ...] = ()
    policy: str = ""
    people: tuple[str, ...] = ()
    uses: tuple[Use, ...] = ()
    modalities: tuple[Modality, ...] = ()
    territories: tuple[str, ...] = ()
    content: Content = ""
    declares: tuple[Declared, ...] = ()
