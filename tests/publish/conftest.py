"""A publisher that is clean before and after each test, and a publish as hosts do it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyblish", reason="pyblish-base is not installed: it is in requirements-test.lock")

from pyblish import api, util

from platewright.publish import feeding
from platewright.publish.roster import plugin_folder
from tests.publish.engines import AnEngine


@pytest.fixture(autouse=True)
def publisher(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing registered but our folder."""
    monkeypatch.setattr(feeding, "_walks", {})

    def forget() -> None:
        api.deregister_all_paths()
        api.deregister_all_plugins()
        api.deregister_all_hosts()
        api.deregister_all_targets()
        api.deregister_all_callbacks()

    forget()
    api.register_host("python")
    api.register_target("default")
    api.register_plugin_path(plugin_folder())
    yield
    forget()


@pytest.fixture
def render(tmp_path: Path) -> Path:
    """The file of a render."""
    path = tmp_path / "comp.1001.exr"
    path.write_bytes(b"pixels")
    return path


@pytest.fixture
def publish(render: Path) -> Callable[..., Any]:
    """`publish(engine)` publishes one render and gives the context; `change(context, instance)` is called before."""

    def run(engine: Any = None, change: Callable[[Any, Any], None] = lambda c, i: None, **how: Any) -> Any:
        context = api.Context()
        context.data["platewrightEngine"] = engine or AnEngine()
        instance = context.create_instance("comp", family="render", families=["render"])
        instance.data["platewright"] = {"paths": [str(render)]}
        change(context, instance)
        util.publish(context, **how)
        return context

    return run


def failed(context: Any) -> dict[str, str]:
    """The plug-ins that failed, with what they said."""
    return {
        result["plugin"].__name__: str(result["error"])
        for result in context.data["results"]
        if result["error"] is not None
    }
