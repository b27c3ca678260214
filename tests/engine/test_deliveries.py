"""A comp signed and a movie handed over through the engine, only below the roots that the call names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from platewright.contract.deliveries import DeliverAsk, Delivered, SignedComp
from platewright.contract.mapper import from_bytes, to_json
from platewright.contract.progress import Silent
from platewright.jobs.signed_things import DeliveryPlace, verify_signed
from platewright.jobs.verify import State
from platewright.provenance.identity import trust_anchors
from tests.engine.conftest import Served
from tests.jobs.delivered_files import Comped, write_media
from tests.jobs.small_shot import small_shot


@pytest.fixture
def comped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Comped:
    monkeypatch.setenv("PLATEWRIGHT_HOME", str(tmp_path / "home"))
    return Comped(small_shot(tmp_path / "shot"), tmp_path / "work", tmp_path / "home")


def test_a_comp_is_signed_and_a_movie_handed_over(served: Served, comped: Comped, tmp_path: Path) -> None:
    said = served.call("POST", "/v1/comps", to_json(comped.ask(roots=(str(tmp_path),))))
    assert said.status == 200, said.body
    made = from_bytes(SignedComp, said.body)
    assert (made.frames, made.source_type) == (3, "compositeSynthetic") and 0 < made.mean <= made.most
    movie = write_media(tmp_path / "work" / "a.mov")
    ask = DeliverAsk(str(movie), made.record, str(tmp_path / "work" / "b.mov"), roots=(str(tmp_path),))
    handed = from_bytes(Delivered, served.call("POST", "/v1/deliveries", to_json(ask)).body)
    found = verify_signed(DeliveryPlace(Path(handed.path)), Silent(), trust=trust_anchors(comped.settings))
    assert found.state is State.PASSED


@pytest.mark.parametrize("changes", [{"render": "/etc/comp.####.exr"}, {"plate": "/etc/plate.####.exr"}])
def test_what_lies_under_no_root_is_not_signed(
    served: Served, comped: Comped, tmp_path: Path, changes: dict[str, Any]
) -> None:
    from dataclasses import replace

    ask = replace(comped.ask(roots=(str(tmp_path),)), **changes)
    said = served.call("POST", "/v1/comps", to_json(ask))
    assert said.status != 200 and b"path_refused" in said.body
    movie = DeliverAsk(str(write_media(tmp_path / "a.mov")), str(comped.takes[0].record), "/etc/b.mov",
                       roots=(str(tmp_path),))  # fmt: skip
    said = served.call("POST", "/v1/deliveries", to_json(movie))
    assert said.status != 200 and b"path_refused" in said.body
