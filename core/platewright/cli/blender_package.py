"""The Blender extension as a zip: the plug-in, and beside it the light rooms that it talks to the engine with.

The light rooms go in as source under their own licence, and the engine's source with its set-up, so that one button in
Blender can set it up with the system's Python (0.6 MB; nothing of it runs in Blender). No binary wheel goes in: one for
another Python would make the whole extension impossible to enable (measured). The same sources give the same bytes.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import tomllib

import platewright
from platewright.contract.errors import RequestError, StorageError

__all__ = ["build", "check_manifest", "default_plugin", "files_of"]

_ROOMS = (
    "__init__.py", "contract/*.py", "client/*.py", "panel/__init__.py", "panel/field.py", "panel/fields.py",
    "panel/reference_fields.py", "panel/rights_fields.py", "panel/asked.py", "panel/asking.py",
    "panel/backend_controls.py", "panel/backend_words.py", "panel/kept_values.py", "panel/presets.py",
    "panel/price.py", "panel/set_words.py", "panel/take_words.py", "panel/words.py",
    "publish/*.py", "publish/plugins/*.py",
)  # fmt: skip
_ENGINE = ("core/platewright/**/*.py", "install/*.py", "install/requirements.lock", "install/requirements-build.lock",
           "pyproject.toml", "README.md", "LICENSE")  # fmt: skip
_DATE = (2020, 1, 1, 0, 0, 0)
_KNOWN = {
    "schema_version", "id", "version", "name", "tagline", "maintainer", "type", "website", "copyright", "license",
    "tags", "platforms", "blender_version_min", "blender_version_max", "permissions", "build",
}  # fmt: skip
_LICENCES = {"SPDX:GPL-3.0-or-later", "SPDX:Apache-2.0"}
# What Blender 4.2 to 5.2 take for add-ons.
_TAGS = {
    "3D View", "Add Curve", "Add Mesh", "Animation", "Bake", "Camera", "Compositing", "Development",
    "Game Engine", "Geometry Nodes", "Grease Pencil", "Import-Export", "Lighting", "Material", "Mesh", "Modeling",
    "Node", "Object", "Paint", "Physics", "Pipeline", "Render", "Rigging", "Scene", "Sculpt", "Sequencer", "System",
    "Text Editor", "Tracking", "UV", "User Interface",
}  # fmt: skip


def default_plugin() -> Path:
    """The plug-in's folder in the checkout."""
    return Path(platewright.__file__).resolve().parents[2] / "plugin_blender"


def files_of(plugin: Path) -> Iterator[tuple[str, Path]]:
    """What goes into the zip: `(name in it, file)`, sorted. Raises RequestError `plugin_missing`."""
    if not (plugin / "blender_manifest.toml").is_file():
        raise RequestError(
            f"there is no extension for Blender at {plugin}",
            code="plugin_missing",
            hint="Name the folder plugin_blender of the checkout, with --plugin.",
        )
    core = Path(platewright.__file__).resolve().parent
    found = {file.name: file for pattern in ("*.py", "*.toml", "LICENSE") for file in plugin.glob(pattern)}
    for pattern in _ROOMS:
        found |= {f"light/platewright/{file.relative_to(core).as_posix()}": file for file in core.glob(pattern)}
    checkout = core.parents[1]
    if (checkout / "LICENSE").is_file():
        found["light/LICENSE"] = checkout / "LICENSE"
    if (checkout / "install" / "run.py").is_file():
        for pattern in _ENGINE:
            found |= {f"engine/{file.relative_to(checkout).as_posix()}": file for file in checkout.glob(pattern)}
    yield from sorted(found.items())


def build(plugin: Path, target: Path) -> Path:
    """Write the zip; returns it. Raises RequestError `plugin_missing`, `manifest_wrong`; StorageError."""
    files = list(files_of(plugin))
    wrong = check_manifest((plugin / "blender_manifest.toml").read_text(encoding="utf-8"))
    if wrong:
        raise RequestError(wrong[0], code="manifest_wrong", hint="Correct blender_manifest.toml.")
    beside = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, file in files:
                entry = zipfile.ZipInfo(name, _DATE)
                entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
                archive.writestr(entry, file.read_bytes())
        beside.replace(target)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise StorageError(
            f"{target} can't be written: {error.strerror or error}",
            code="write_failed",
            hint="Name another folder with --zip.",
        ) from error
    return target


def check_manifest(text: str) -> list[str]:
    """What Blender's own validator lets through and should not; sentences, empty where all is well."""
    try:
        manifest = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return [f"the manifest is no TOML: {error}"]
    wrong = [f"the manifest has an unknown key '{key}'" for key in sorted(set(manifest) - _KNOWN)]
    if "wheels" in manifest:
        wrong.append("the manifest bundles wheels, which would disable the extension on other Pythons")
    least = str(manifest.get("blender_version_min", ""))
    if not re.fullmatch(r"\d+\.\d+\.\d+", least) or tuple(map(int, least.split("."))) < (4, 2, 0):
        wrong.append(f"blender_version_min is '{least}'; extensions begin with 4.2.0")
    licences = manifest.get("license", [])
    if "SPDX:GPL-3.0-or-later" not in licences or set(licences) - _LICENCES:
        wrong.append(f"the licences {licences} are not the extension's")
    wrong += [f"Blender has no tag '{tag}'" for tag in manifest.get("tags", []) if tag not in _TAGS]
    if len(str(manifest.get("tagline", ""))) > 64:
        wrong.append("the tagline is longer than 64 characters")
    for name, why in manifest.get("permissions", {}).items():
        if name not in ("files", "network", "clipboard", "camera", "microphone"):
            wrong.append(f"Blender has no permission '{name}'")
        elif len(str(why)) > 64 or str(why).endswith("."):
            wrong.append(f"the reason for the permission '{name}' is too long or ends with a full stop")
    version = str(manifest.get("version", ""))
    if version != platewright.__version__.partition("+")[0]:
        wrong.append(f"the extension is {version}, but Platewright is {platewright.__version__}")
    return wrong
