"""@trustnxt/c2pa-ts, a validator in another language: used where C2PA_TS_FOLDER names a folder that has it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

__all__ = ["valid_detached", "valid_embedded"]

_HEAD = """
import 'reflect-metadata';
import { readFileSync } from 'fs';
import { ManifestStore } from '@trustnxt/c2pa-ts/manifest';
import { SuperBox } from '@trustnxt/c2pa-ts/jumbf';
import { JPEG, PNG } from '@trustnxt/c2pa-ts/asset';
const bytes = (name) => new Uint8Array(readFileSync(name));
const opaque = (data) => ({
  mimeType: 'application/octet-stream',
  getDataLength: () => data.length,
  getDataRange: async (start = 0, length) => data.subarray(start, length === undefined ? undefined : start + length),
  getManifestJUMBF: () => bytes('detached.c2pa'),
  getHashExclusionRange: () => ({ start: 0, length: 0 }),
  dumpInfo() {}, async ensureManifestSpace() {}, async writeManifestJUMBF() {},
});
"""
_DETACHED = "const asset = opaque;"
_EMBEDDED = "const asset = (data) => new ([JPEG, PNG].find((one) => one.canRead(data)))(data);"
_TAIL = """
for (const name of process.argv.slice(2)) {
  const it = asset(bytes(name));
  const store = ManifestStore.read(SuperBox.fromBuffer(it.getManifestJUMBF()));
  console.log((await store.validate(it)).isValid);
}
"""


def valid_detached(folder: Path, manifest: bytes, assets: Sequence[bytes]) -> list[bool]:
    """What it says of a detached manifest for each of some files. Skips the test where it is not there."""
    (folder / "detached.c2pa").write_bytes(manifest)
    return _judged(folder, _DETACHED, assets)


def valid_embedded(folder: Path, files: Sequence[bytes]) -> list[bool]:
    """What it says of JPEG and PNG files with their manifests inside; it reads no movies and no TIFF."""
    return _judged(folder, _EMBEDDED, files)


def _judged(folder: Path, how: str, files: Sequence[bytes]) -> list[bool]:
    modules, node = os.environ.get("C2PA_TS_FOLDER", ""), shutil.which("node")
    if not modules or node is None:
        pytest.skip("C2PA_TS_FOLDER names no folder where `npm install @trustnxt/c2pa-ts reflect-metadata` was done")
    (folder / "node_modules").symlink_to(Path(modules).absolute() / "node_modules")
    (folder / "check.mjs").write_text(_HEAD + how + _TAIL)
    names = [f"file_{number}" for number in range(len(files))]
    for name, data in zip(names, files, strict=True):
        (folder / name).write_bytes(data)
    done = subprocess.run(
        [node, "check.mjs", *names], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return [word == "true" for word in done.stdout.split()]
