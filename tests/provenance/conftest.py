"""One signing identity for the whole room's tests: making keys is the slow part."""

from __future__ import annotations

from pathlib import Path

import pytest

from platewright.provenance.identity import Identity, IdentitySettings, load_identity


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> IdentitySettings:
    return IdentitySettings(home=tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def identity(settings: IdentitySettings) -> Identity:
    return load_identity(settings)


@pytest.fixture
def home(tmp_path: Path) -> IdentitySettings:
    return IdentitySettings(home=tmp_path / "home")
