"""Settings: which layer wins, what an unknown key costs, and where a value came from."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platewright.contract.errors import RequestError, StorageError
from platewright.contract.money import EACH, Budget
from platewright.contract.takes import Cost
from platewright.contract.vendors import Deadlines
from platewright.provenance.settings import IdentitySettings
from platewright.settings.editing import edited, set_value
from platewright.settings.layers import layered, load_settings, show_of
from platewright.settings.schema import Settings, keys
from platewright.settings.secrets import Secret, secret


@pytest.fixture
def places(tmp_path: Path) -> dict[str, str]:
    """Variables that bring each layer's file into the test's own folder."""
    return {
        "PLATEWRIGHT_STUDIO_SETTINGS": str(tmp_path / "studio.toml"),
        "PLATEWRIGHT_USER_SETTINGS": str(tmp_path / "user.toml"),
    }


def test_without_files_and_variables_the_defaults_hold(places: dict[str, str]) -> None:
    assert load_settings(None, places) == Settings()


def test_a_later_layer_wins_and_every_source_is_told(tmp_path: Path, places: dict[str, str]) -> None:
    (tmp_path / "studio.toml").write_text("[engine]\nworkers = 2\nidle_s = 60\n")
    show = tmp_path / "show/seq/shot"
    show.mkdir(parents=True)
    (tmp_path / "show/platewright.toml").write_text("[engine]\nworkers = 3\n[colour]\nocio = '/show/config.ocio'\n")
    (tmp_path / "user.toml").write_text("[engine]\nworkers = 4\n")
    variables = {**places, "PLATEWRIGHT_ENGINE_WORKERS": "5"}
    found = layered(show, variables)
    assert [(one.layer, one.value) for one in found.sources["engine.workers"]] == [
        ("default", 1), ("studio", 2), ("show", 3), ("user", 4), ("environment", 5),
    ]  # fmt: skip
    assert found.settings.engine.workers == 5
    assert found.settings.engine.idle_s == 60.0
    assert found.settings.colour.ocio == "/show/config.ocio"
    assert found.sources["engine.idle_s"][-1].where == str(tmp_path / "studio.toml")
    assert load_settings(None, places).engine.workers == 4, "no show, no show's settings"


def test_every_variable_of_before_still_means_the_same() -> None:
    variables = {
        "PLATEWRIGHT_HOME": "/h", "PLATEWRIGHT_SIGN_CHAIN": "/c", "PLATEWRIGHT_SIGN_KEY": "/k",
        "PLATEWRIGHT_TSA_URL": "u",
        "PLATEWRIGHT_PKCS11_MODULE": "m", "PLATEWRIGHT_PKCS11_TOKEN": "t", "PLATEWRIGHT_PKCS11_LABEL": "l",
        "PLATEWRIGHT_TRUST": "/t", "PLATEWRIGHT_REVOKED": "/r",
    }  # fmt: skip
    assert load_settings(None, variables).signing() == IdentitySettings.from_environment(variables)


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("[engine]\nworker = 2\n", "setting_unknown", "engine.workers"),
        ("[engin]\nworkers = 2\n", "setting_unknown", "engine.workers"),
        ("workers = 2\n", "setting_unknown", "engine.workers"),
        ("x = 2\n", "setting_unknown", "config show"),
        ("[comfy]\napi_key = 'abc'\n", "setting_unknown", "keyring"),
        ("[engine]\nworkers = '2'\n", "setting_invalid", "processes"),
        ("[engine]\nworkers = true\n", "setting_invalid", "processes"),
        ("[engine]\nworkers = -1\n", "setting_invalid", "processes"),
        ("[engine]\nidle_s = nan\n", "setting_invalid", "seconds"),
        ("[log]\nlevel = 'loud'\n", "setting_invalid", "worth"),
        ("[engine\n", "setting_invalid", "TOML"),
        ("[budgets]\nshow = 'much'\n", "setting_invalid", "each show"),
        ("[budgets]\nshow = 500\n", "setting_invalid", "each show"),
        ("[budgets]\nshow = '-5 USD'\n", "setting_invalid", "each show"),
        ("[budgets]\nwarn_at = 2\n", "setting_invalid", "warn"),
        ("[jobs]\ndatabase = 'postgresql://a:b@host/db'\n", "setting_invalid", "PLATEWRIGHT_DATABASE"),
    ],
)
def test_what_the_schema_does_not_have_is_an_error_with_a_hint(
    tmp_path: Path, places: dict[str, str], text: str, code: str, says: str
) -> None:
    (tmp_path / "user.toml").write_text(text)
    with pytest.raises(RequestError) as caught:
        load_settings(None, places)
    assert caught.value.code == code
    assert "user.toml" in caught.value.message
    assert says in caught.value.hint


def test_a_variable_that_is_no_value_is_an_error_too(places: dict[str, str]) -> None:
    with pytest.raises(RequestError) as caught:
        load_settings(None, {**places, "PLATEWRIGHT_ENGINE_WORKERS": "many"})
    assert "$PLATEWRIGHT_ENGINE_WORKERS" in caught.value.message


def test_a_file_that_cannot_be_read_is_an_error_and_not_no_settings(tmp_path: Path, places: dict[str, str]) -> None:
    (tmp_path / "user.toml").mkdir()
    with pytest.raises(StorageError) as caught:
        load_settings(None, places)
    assert caught.value.code == "settings_unreadable"


def test_every_key_has_a_variable_of_its_own_and_a_meaning() -> None:
    found = list(keys())
    assert len({key.variable for key in found}) == len(found) > 12
    assert all(key.meaning for key in found)
    assert not [key.path for key in found if any(word in key.name for word in ("secret", "password", "token_value"))]


def test_setting_a_value_keeps_what_a_person_wrote_around_it(tmp_path: Path, places: dict[str, str]) -> None:
    file = tmp_path / "user.toml"
    file.write_text("# mine\n[log]\nlevel = 'debug' # loud\n\n[engine] # ours\n# two cores\nworkers = 2\n")
    set_value("engine.workers", "3", places)
    set_value("engine.idle_s", "30", places)
    set_value("colour.ocio", 'a "quoted" näme', places)
    text = file.read_text()
    assert "# mine" in text
    assert "# two cores" in text
    assert "level = 'debug' # loud" in text
    found = load_settings(None, places)
    assert (found.engine.workers, found.engine.idle_s) == (3, 30.0)
    assert (found.colour.ocio, found.log.level) == ('a "quoted" näme', "debug")


def test_a_file_written_in_a_way_that_cannot_be_edited_is_left_alone(tmp_path: Path, places: dict[str, str]) -> None:
    file = tmp_path / "user.toml"
    file.write_text("engine = { workers = 2 }\n")
    with pytest.raises(RequestError) as caught:
        set_value("engine.workers", "3", places)
    assert caught.value.code == "setting_not_editable"
    assert file.read_text() == "engine = { workers = 2 }\n"
    assert [path.name for path in tmp_path.iterdir()] == ["user.toml"]
    for path, text in (("engine.nothing", "1"), ("engine.workers", "many")):
        with pytest.raises(RequestError):
            set_value(path, text, places)


@given(st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), max_size=30))
def test_any_text_is_written_so_that_it_is_read_again(text: str) -> None:
    import tomllib

    key = next(key for key in keys() if key.path == "colour.ocio")
    assert tomllib.loads(edited("[colour]\nocio = 'before'\n", key, text)) == {"colour": {"ocio": text}}


def test_a_secret_comes_from_its_variable_and_shows_itself_to_nobody() -> None:
    import pickle

    found = secret("comfy_token", {"PLATEWRIGHT_SECRET_COMFY_TOKEN": "very-secret-1"})
    assert found is not None
    assert found.reveal() == "very-secret-1"
    assert "very" not in f"{found} {found!r} {[found]}"
    with pytest.raises(TypeError):
        pickle.dumps(found)
    assert secret("other_token", {}) is None
    with pytest.raises(RequestError):
        secret("../x", {})
    assert found != Secret("very-secret-1")


def test_budgets_and_deadlines_come_from_the_settings(places: dict[str, str]) -> None:
    assert load_settings(None, places).limits() == ()
    variables = {"PLATEWRIGHT_BUDGET_SHOW": "500 USD", "PLATEWRIGHT_BUDGET_USER": "0.05EUR"}
    found = load_settings(None, {**places, **variables, "PLATEWRIGHT_JOBS_RUNNING_S": "60"})
    assert found.limits() == (
        Budget("show", EACH, Cost("500", "USD"), "0.8"),
        Budget("user", EACH, Cost("0.05", "EUR"), "0.8"),
    )
    assert found.phases() == Deadlines(0, 0, 60, 0)


def test_the_show_of_a_job_is_the_first_folder_s_that_has_one(tmp_path: Path) -> None:
    takes, plates, nowhere = (tmp_path / name / "sh010" for name in ("takes", "plates", "nowhere"))
    for folder in (takes, plates, nowhere):
        folder.mkdir(parents=True)
    (tmp_path / "plates/platewright.toml").touch()
    assert show_of(takes, plates) == plates
    assert show_of(nowhere) is None
    (tmp_path / "takes/platewright.toml").touch()
    assert show_of(takes, plates) == takes
    assert show_of(tmp_path / "takes/not/there/yet") is not None


def test_a_secret_comes_from_the_keyring_where_no_variable_says_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class Keyring(types.ModuleType):
        @staticmethod
        def get_password(service: str, name: str) -> str | None:
            assert service == "platewright"
            if name == "locked":
                raise RuntimeError("the keyring is locked")
            return {"comfy_token": "from-the-keyring"}.get(name)

    monkeypatch.setitem(sys.modules, "keyring", Keyring("keyring"))
    found = secret("comfy_token", {})
    assert found is not None and found.reveal() == "from-the-keyring"
    first = secret("comfy_token", {"PLATEWRIGHT_SECRET_COMFY_TOKEN": "from-a-variable"})
    assert first is not None and first.reveal() == "from-a-variable"
    assert secret("nothing", {}) is None
    assert secret("locked", {}) is None, "what can't be opened has no secrets for us"
