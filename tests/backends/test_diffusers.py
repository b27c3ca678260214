"""diffusers without its libraries: what is refused before a model is opened, how one fits a machine, what waits where.

With them (a folder that `platewright backends install diffusers` made, or any environment, in
PLATEWRIGHT_TEST_DIFFUSERS) the real pipelines run over tiny random weights; see test_diffusers_models.
"""

from __future__ import annotations

import json
import os
import struct
import sys
import zipfile
from pathlib import Path

import pytest

from platewright.backends import environments
from platewright.backends.diffusers import Diffusers, models_in
from platewright.backends.environments import install
from platewright.backends.home import Home
from platewright.backends.local_models.models import Unfit, found, kind_of, parameters
from platewright.backends.local_models.plan import GIB, KINDS, Machine, TooLarge, plan_for
from platewright.backends.local_models.spool import Spool
from platewright.backends.registry import all_generators, open_generator
from platewright.contract.errors import BackendError, RequestError
from tests.suites.backends import Case, intent_for, legal_inputs

SDXL = {"unet": 2_600_000_000, "text_encoder": 123_000_000, "text_encoder_2": 695_000_000, "vae": 84_000_000}
FLUX = {"transformer": 12_000_000_000, "text_encoder_2": 4_760_000_000, "text_encoder": 123_000_000, "vae": 84_000_000}


def tensor_file(path: Path, *shape: int) -> None:
    """A safetensors file with one tensor of no bytes: its header is what is counted."""
    header = json.dumps({"weight": {"dtype": "F32", "shape": list(shape), "data_offsets": [0, 0]}}).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(struct.pack("<Q", len(header)) + header)


def model_folder(folder: Path, name: str = "FluxFillPipeline", library: str = "diffusers") -> Path:
    tensor_file(folder / "vae" / "model.safetensors", 30, 40)
    tensor_file(folder / "transformer" / "model-00001-of-00002.safetensors", 100)
    tensor_file(folder / "transformer" / "model-00002-of-00002.safetensors", 50, 2)
    (folder / "model_index.json").write_text(json.dumps({"_class_name": name, "vae": [library, "AutoencoderKL"]}))
    return folder


@pytest.mark.parametrize(
    ("machine", "device", "offload", "dtype"),
    [
        (Machine(80 * GIB, True, 64 * GIB), "cuda", "none", "bfloat16"),
        (Machine(30 * GIB, True, 64 * GIB), "cuda", "parts", "bfloat16"),
        (Machine(12 * GIB, False, 64 * GIB), "cuda", "layers", "float16"),
        (Machine(0, False, 128 * GIB), "cpu", "none", "float32"),
    ],
)
def test_a_model_is_laid_out_as_the_machine_has_room(machine: Machine, device: str, offload: str, dtype: str) -> None:
    plan = plan_for(KINDS["FluxFillPipeline"], FLUX, 1024 * 1024, machine)
    assert (plan.device, plan.offload, plan.dtype) == (device, offload, dtype)
    assert plan.needs <= max(machine.gpu, machine.memory if not machine.gpu else 0)


def test_a_model_that_does_not_fit_is_refused_with_the_figures() -> None:
    with pytest.raises(
        TooLarge, match=r"needs about 7\d\.\d GiB of memory, and 16\.0 are free here \(no graphics card\)"
    ):
        plan_for(KINDS["FluxFillPipeline"], FLUX, 1024 * 1024, Machine(0, False, 16 * GIB))
    small = plan_for(KINDS["StableDiffusionXLInpaintPipeline"], SDXL, 1024 * 1024, Machine(11 * GIB, True, 32 * GIB))
    assert small.slicing and small.tiling


def test_a_model_is_counted_by_its_files_and_only_known_pipelines_are_run(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "model")
    assert kind_of(folder) == "FluxFillPipeline" and found(str(folder)) == folder
    assert parameters(folder) == {"vae": 1200, "transformer": 200}
    with pytest.raises(Unfit, match="its pipeline is EvilPipeline"):
        kind_of(model_folder(tmp_path / "other", "EvilPipeline"))
    with pytest.raises(Unfit, match="code of its own"):
        kind_of(model_folder(tmp_path / "code", library="my_code"))
    with pytest.raises(Unfit, match="neither a folder nor"):
        found("somebody/model-that-nobody-fetched")


@pytest.mark.parametrize("name", ["vae/diffusion_pytorch_model.bin", "unet/model.ckpt", "words.pkl"])
def test_only_safetensors_are_opened(tmp_path: Path, name: str) -> None:
    folder = model_folder(tmp_path / "model")
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(b"cos\nsystem\n")
    if name.startswith("vae"):
        assert parameters(folder)["vae"] == 1200, "beside its safe twin it is left alone"
        (folder / "vae" / "model.safetensors").unlink()
    with pytest.raises(Unfit, match="no safetensors file"):
        parameters(folder)


def test_a_broken_file_is_no_model(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "model")
    for garbage in (b"", b"\xff" * 64, struct.pack("<Q", 20) + b"not json at all....."):
        (folder / "vae" / "model.safetensors").write_bytes(garbage)
        with pytest.raises(Unfit, match="no safetensors"):
            parameters(folder)


def home(tmp_path: Path, text: str) -> Home:
    (tmp_path / "models.toml").write_text(text)
    return Home(models=tmp_path / "models.toml", environments=tmp_path / "environments")


def test_models_of_a_file_become_backends_and_say_what_is_missing(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "flux-fill")
    told = f'[fill]\nmodel = "{folder}"\nlicence = "own"\nsteps = 12\n[gone]\nmodel = "somebody/gone"\n'
    here = home(tmp_path, told)
    fill, gone = (open_generator(f"diffusers-{name}", here) for name in ("fill", "gone"))
    assert fill is not None and gone is not None
    limits = fill.capabilities()
    assert limits.card.licence == "own" and limits.card.trained and limits.local and limits.sizes.multiple == 16
    assert {control.name: control.default for control in limits.controls} == {"steps": "12", "guidance": "30"}
    assert "install diffusers" in fill.missing() and fill.check()[0].state == "failed"
    python = tmp_path / "environments" / "diffusers" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    assert fill.missing() == "" and "neither a folder nor" in gone.missing()


@pytest.mark.parametrize(
    "text", ["[x", "[UPPER]\nmodel='a'", "[a]\nmodle='b'", "[a]\nsteps=3", "[a]\nmodel='b'\npipeline='c'"]
)
def test_a_file_of_models_that_is_wrong_says_so(tmp_path: Path, text: str) -> None:
    (tmp_path / "models.toml").write_text(text)
    with pytest.raises(RequestError) as caught:
        models_in(tmp_path / "models.toml")
    assert caught.value.code == "models_invalid"
    assert [word for word, _ in all_generators(home(tmp_path, text)).problems] == ["diffusers"]


def test_without_its_environment_nothing_is_sent(tmp_path: Path) -> None:
    (model,) = models_in(home(tmp_path, f'[fill]\nmodel = "{model_folder(tmp_path / "m")}"\n').models)
    generator = Diffusers(model, tmp_path / "nowhere", tmp_path / "spool")
    case = Case(generator, legal_inputs(generator.capabilities()))
    body = generator.prepare(case.request, case.inputs)
    with pytest.raises(BackendError) as caught:
        generator.send(intent_for(case, body), body)
    assert caught.value.code == "environment_missing" and not (tmp_path / "spool").exists()


def test_a_result_that_is_none_is_refused(tmp_path: Path) -> None:
    (model,) = models_in(home(tmp_path, f'[fill]\nmodel = "{model_folder(tmp_path / "m")}"\n').models)
    generator = Diffusers(model, tmp_path / "nowhere", tmp_path / "spool")
    inputs = legal_inputs(generator.capabilities())
    for garbage in (b"", b"\x93NUMPY" + b"\0" * (inputs.frames.size * 2), b"x" * (inputs.frames.size * 2 + 5000)):
        (tmp_path / "result").write_bytes(garbage)
        with pytest.raises(BackendError) as caught:
            generator.pictures(tmp_path / "result", inputs)
        assert caught.value.code == "result_unreadable"


def test_jobs_wait_in_their_order_and_appear_once(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    assert spool.waiting() == [] and spool.state("a") == {"state": "missing"}
    for name in ("b", "a", "b"):
        spool.put(name, {"prompt": name}, {"frames.npy": b"1"})
    assert spool.waiting() == ["b", "a"] and spool.state("a")["state"] == "queued"
    spool.tell("b", state="done")
    assert spool.waiting() == ["a"]
    assert not spool.is_to_stop("a")
    spool.ask_to_stop("a")
    assert spool.is_to_stop("a")


def test_one_worker_at_a_time_holds_the_spool(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    assert not spool.is_worked()
    with spool.held() as mine:
        assert mine and spool.is_worked()
        with Spool(tmp_path).held() as other:
            assert not other
    assert not spool.is_worked()


def wheel(folder: Path, version: str) -> None:
    """A torch that holds nothing."""
    about = f"torch-{version}.dist-info"
    with zipfile.ZipFile(folder / f"torch-{version}-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: torch\nVersion: {version}\n")
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", "")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is one torch alone, the small one")
def test_the_large_torch_is_not_taken_for_the_small_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """pip without any index, from a folder that holds the large one alone."""
    monkeypatch.setattr(environments, "PACKAGES", {"diffusers": ("torch>=2.9,<3",)})
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    (tmp_path / "wheels").mkdir()
    wheel(tmp_path / "wheels", "2.10.0")
    folder = tmp_path / "env"
    with pytest.raises(BackendError) as caught:
        install("diffusers", folder, lambda line: None, cpu=True)
    assert caught.value.code == "install_failed" and "2.10.0" in caught.value.message and not folder.exists()


def test_what_can_not_be_installed_is_said(tmp_path: Path) -> None:
    with pytest.raises(RequestError) as caught:
        install("everything", tmp_path / "x", lambda line: None)
    assert caught.value.code == "environment_unknown" and not (tmp_path / "x").exists()
