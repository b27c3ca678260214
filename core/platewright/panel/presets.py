"""A preset on its way into the controls: what of it can't be held now is refused or told, and never dropped in silence.

Nuke's, the desktop's and Blender's panel have the same presets. Standard library only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from platewright.contract.capabilities import Control
from platewright.contract.errors import RequestError

from .backend_controls import odd_texts
from .kept_values import Preset
from .words import tr

__all__ = ["check_preset", "odd_words", "preset_words"]

_SHOWN = 40


def check_preset(name: str, preset: Preset, backends: Iterable[str]) -> None:
    """Raises RequestError `preset_backend_gone` where it is for a backend that is not among these, where any are."""
    known, wanted = tuple(backends), str(preset.values.get("backend", ""))
    if known and wanted and wanted not in known:
        raise RequestError(
            f"the preset {name[:80]} is for the generator {wanted[:80]}, which is not there now",
            code="preset_backend_gone",
            hint="Set that generator up again, or choose another one and save the preset anew. Nothing was changed.",
        )


def preset_words(name: str, preset: Preset, before: str, controls: Mapping[str, tuple[Control, ...]]) -> str:
    """What is to be said once it is in: another generator, inputs that it doesn't know. before: the generator of then.

    controls: the inputs that each backend has; none at all while nobody has told.
    """
    backend = str(preset.values.get("backend", before))
    said = [tr("The preset {name} is in the controls", name=name)]
    if backend != before:
        said.append(tr("the generator is now {backend}", backend=backend))
    if preset.inputs is None:
        said.append(tr("it holds no inputs of the generator's own, so they stay as they were"))
    elif not controls and preset.inputs:
        said.append(tr("its inputs are looked at when the engine answers"))
    odd = odd_words(controls.get(backend, ()), preset.inputs or {}) if controls else ""
    return ". ".join(text for text in ("; ".join(said), odd) if text) + "."


def odd_words(controls: tuple[Control, ...], kept: Mapping[str, str]) -> str:
    """What is kept for a generator and not sent as it stands, as a sentence without its end; empty where all is."""
    odd = odd_texts(controls, kept)
    gone = [f"{name} = {text[:_SHOWN]}" for name, text, held in odd if not held]
    other = [f"{name} = {text[:_SHOWN]} → {held[:_SHOWN]}" for name, text, held in odd if held]
    words = []
    if gone:
        words.append(tr("The generator has no such input now, so it is not sent: {inputs}", inputs=", ".join(gone)))
    if other:
        words.append(tr("The generator can't take it as it was kept: {inputs}", inputs=", ".join(other)))
    return ". ".join(words)
