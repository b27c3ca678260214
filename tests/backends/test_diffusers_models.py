"""Real diffusers pipelines over tiny random weights, through the worker. Runs where an environment is named:

platewright backends install diffusers --cpu          (1.3 GB; 1 minute from a near index, several from afar)
PLATEWRIGHT_TEST_DIFFUSERS=FOLDER pytest tests/backends/test_diffusers_models.py
"""

from __future__ import annotations

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
