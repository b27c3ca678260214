"""Real diffusers pipelines over tiny random weights, through the worker. Runs where an environment is named:

platewright backends install diffusers --cpu          (1.3 GB; 1 minute from a near index, several from afar)
PLATEWRIGHT_TEST_DIFFUSERS=FOLDER pytest tests/backends/test_diffusers_models.py
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from platewright.backends.diffusers import Diffusers, models_in
from platewright.backends.environments import python_of
from platewright.contract.errors import BackendError
from platewright.contract.frames import FrameRange
from platewright.contract.progress import Reporter, Silent
from platewright.contract.request import Extend, Pads, Plate, Request
from platewright.contract.takes import Cost
from platewright.contract.vendors import Intent
from platewright.contract.windows import Box
from platewright.imaging.blend import composite
from platewright.imaging.reading import read_frame
from platewright.operations.by_model import run
from tests.moving_shot import make
from tests.operations.folder import Folder
from tests.suites import backends as suite
from tests.suites.backends import BackendPromises, Case, intent_for, legal_inputs, send

_NAMED = os.environ.get("PLATEWRIGHT_TEST_DIFFUSERS", "")
pytestmark = [
    pytest.mark.skipif(
        not _NAMED, reason="no diffusers here; it runs with PLATEWRIGHT_TEST_DIFFUSERS=FOLDER of an environment"
    ),
    pytest.mark.timeout(1800),
]
KINDS = ("sd", "flux", "wan")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tiny models, and the file that names them."""
    folder, builder = tmp_path_factory.mktemp("tiny"), Path(__file__).parents[1] / "fakes" / "tiny_models.py"
    subprocess.run(
        [str(python_of(Path(_NAMED))), str(builder), str(folder)], check=True, capture_output=True, timeout=600,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )  # fmt: skip
    told = [f'[{kind}]\nmodel = "{folder / kind}"\nsteps = 3\nbest = 128\nguidance = 3\n' for kind in KINDS]
    (folder / "models.toml").write_text("\n".join(told))
    return folder


def opened(tiny: Path, kind: str, spool: Path) -> Diffusers:
    model = next(one for one in models_in(tiny / "models.toml") if one.name == kind)
    return Diffusers(model, Path(_NAMED), spool, idle_s=20)


@pytest.fixture(scope="module", params=KINDS)
def generator(
    request: pytest.FixtureRequest, tiny: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Diffusers]:
    yield opened(tiny, request.param, tmp_path_factory.mktemp(f"spool_{request.param}"))


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker imports torch first, which on a busy machine takes a minute."""
    monkeypatch.setattr(suite, "WITHIN_S", 600.0)


class TestDiffusers(BackendPromises):
    @pytest.fixture
    def case(self, generator: Diffusers) -> Case:
        return Case(generator, legal_inputs(generator.capabilities()))


def result_of(case: Case, key: str, folder: Path) -> np.ndarray:
    remote, _ = send(case, key)
    status = suite.wait(case.generator, remote)
    assert status.state == "done", status
    case.generator.fetch(remote, folder / key)
    return case.generator.pictures(folder / key, case.inputs)


def test_a_seed_gives_the_same_bits_and_the_model_is_loaded_once(generator: Diffusers, tmp_path: Path) -> None:
    case = Case(generator, legal_inputs(generator.capabilities()))
    first, again = result_of(case, "bits-1", tmp_path), result_of(case, "bits-2", tmp_path)
    assert np.array_equal(first, again)
    other = result_of(replace(case, inputs=replace(case.inputs, seed=case.inputs.seed + 1)), "bits-3", tmp_path)
    assert not np.array_equal(first, other)
    spool = generator._spool()
    loads = {spool.state(folder.name).get("loads") for folder in (spool.folder / "jobs").iterdir()}
    assert loads <= {1, None}


def test_a_job_stops_between_two_steps(tiny: Path, tmp_path: Path) -> None:
    generator = opened(tiny, "sd", tmp_path / "spool")
    inputs = legal_inputs(generator.capabilities(), controls={"steps": "200"})
    case = Case(generator, inputs)
    remote, _ = send(case)
    until = time.monotonic() + 600
    while generator.poll(remote).step is None and time.monotonic() < until:
        time.sleep(0.02)
    generator.cancel(remote)
    assert suite.wait(generator, remote).state == "cancelled"
    with pytest.raises(BackendError):
        generator.fetch(remote, tmp_path / "result")


def test_a_worker_that_was_killed_is_started_again_and_the_job_comes_to_its_end(tiny: Path, tmp_path: Path) -> None:
    generator = opened(tiny, "sd", tmp_path / "spool")
    case = Case(generator, legal_inputs(generator.capabilities(), controls={"steps": "60"}))
    remote, _ = send(case)
    until = time.monotonic() + 600
    while generator.poll(remote).step is None and time.monotonic() < until:
        time.sleep(0.02)
    assert generator._worker is not None
    generator._worker.kill()
    generator._worker.wait(60)
    assert generator.find(intent_for(case, b"", "key-1")) == remote
    assert suite.wait(generator, remote).state == "done"


class Through:
    """Sends straight to a generator, without a desk."""

    def __init__(self, generator: Diffusers, folder: Path) -> None:
        self._generator, self._folder = generator, folder
        self.slots: list[str] = []

    def result(self, slot: str, body: bytes, most: Cost, report: Reporter) -> Path:
        """As contract.vendors.Sends."""
        self.slots.append(slot)
        intent = Intent("a-job", slot, slot, hashlib.sha256(body).hexdigest(), most, "")
        remote = self._generator.send(intent, body)
        assert suite.wait(self._generator, remote).state == "done"
        path = self._folder / f"{len(self.slots)}.npy"
        self._generator.fetch(remote, path)
        return path


def test_a_video_model_extends_a_shot_whose_own_pixels_stay(tiny: Path, tmp_path: Path) -> None:
    generator = opened(tiny, "wan", tmp_path / "spool")
    assert "extend" in generator.capabilities().operations
    moving = make(frames=5, step=(0.0, 0.0), radius=0.5)
    for number in moving.numbers:
        moving.plates[number][3:6] = np.nan
        moving.plates[number][90:93, 20:60] = 12.0
    moving.write(tmp_path)
    plate = Plate(str(tmp_path / "plate.####.exr"), FrameRange.parse("1001-1005"))
    request = Request(
        Extend(Pads(left=24, top=8), grain=False), "wide", plate, backend=generator.name, prompt="a wall", seed=2
    )
    sends = Through(generator, tmp_path)
    outcome = run(request, Folder(tmp_path / "out"), Silent(), generator, sends)
    assert sends.slots == ["frames 1001-1005"]
    for record in outcome.frames:
        patch, own = read_frame(tmp_path / "out" / record.file.name, record.number), Box.of_size(160, 96)
        shown = read_frame(tmp_path / record.plate.name, record.number)
        comp = composite(shown, patch.rgb(), patch.channel("A").astype(np.float32), patch.data_window)
        kept = comp.pixels[own.slices_in(comp.data_window)]
        assert np.array_equal(kept.view(np.uint16), shown.pixels.view(np.uint16))
        assert record.changed == Box(-24, -8, 160, 96) and record.shares.synthesis == 1.0
        made = patch.rgb(Box(-24, -8, 0, 96))
        assert np.isfinite(made).all() and made.std() > 1e-4, "the model drew something"


def test_a_model_that_turned_unsafe_is_not_opened(tiny: Path, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(tiny / "sd", tmp_path / "sd")
    weights = tmp_path / "sd" / "vae" / "diffusion_pytorch_model.safetensors"
    weights.rename(weights.with_suffix(".bin"))
    (tmp_path / "models.toml").write_text(f'[sd]\nmodel = "{tmp_path / "sd"}"\nbest = 128\n')
    (model,) = models_in(tmp_path / "models.toml")
    generator = Diffusers(model, Path(_NAMED), tmp_path / "spool", idle_s=5)
    remote, _ = send(Case(generator, legal_inputs(generator.capabilities())))
    status = suite.wait(generator, remote)
    assert status.state == "failed" and status.failure is not None and status.failure.code == "model_unfit"
