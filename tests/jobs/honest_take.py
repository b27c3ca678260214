"""A take that is in order, with its plate, its show's records and who signed it, for hands that spoil or mend it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from platewright.contract.checks import CheckAsk, GateReport
from platewright.contract.mapper import to_json
from platewright.contract.progress import Silent
from platewright.contract.request import Matte, Plate, Regenerate, Request
from platewright.contract.rights import Rights
from platewright.jobs.check import check
from platewright.jobs.checking.clock import Clock
from platewright.jobs.rights_book import RightsBook
from platewright.jobs.run import run
from platewright.jobs.takes import TakeStore
from platewright.provenance.identity import trust_anchors
from platewright.provenance.settings import IdentitySettings
from platewright.rights.plain_yaml import write_yaml
from tests.jobs.faulty_show import FRAMES
from tests.jobs.painted_take import Paint, small_plate
from tests.rights.show_folder import SIGNED, consent

__all__ = ["Honest"]


class Honest:
    """An honest take, one more of its element, and who signed them."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder = folder
        self.settings = IdentitySettings(home=home)
        plate, matte = small_plate(folder / "plates")
        rights = Rights(show="APOLLO", shot="sh010", people=("p-0412",), uses=("removal",), modalities=("body",),
                        consents=("consent-0412",))  # fmt: skip
        self.request = Request(Regenerate(), "rig", Plate(plate, FRAMES), Matte(matte), rights=rights)
        for _ in range(2):
            run(self.request, folder / "elements", self.settings, Silent(), operate=Paint())
        self.place = TakeStore(folder / "elements").place("rig", 1)
        (folder / "sheet.pdf").write_bytes(SIGNED)
        RightsBook(folder / "rights").add(write_yaml(to_json(consent())), "", "p-0900", [folder / "sheet.pdf"])

    def check(self, clock: Clock | None = None, **changes: Any) -> GateReport:
        ask = CheckAsk((str(self.place.record),), show=str(self.folder / "rights"), **changes)
        return check(ask, Silent(), trust_anchors(self.settings), clock)
