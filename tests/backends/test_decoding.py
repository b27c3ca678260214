"""Results are strangers' files: decoded to exactly what was asked for, or an error, whatever they are."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from platewright.backends.decoding import decode
from platewright.contract.errors import BackendError
from tests.fakes.hosted import picture
from tests.jobs.small_shot import write_exr

SIZE = (48, 32)


def zipped(*files: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return out.getvalue()


def refused(path: Path, count: int = 1, within_s: float = 120.0) -> str:
    with pytest.raises(BackendError) as caught:
        decode(path, count, SIZE, "the vendor", within_s)
    return caught.value.code


def test_whole_numbers_become_0_to_1_in_red_green_blue(tmp_path: Path) -> None:
    values = np.zeros((32, 48, 3), np.uint16)
    values[..., 2], values[..., 1] = 65535, 13107  # red and green, as this library orders them
    for name in ("a.png", "a.tif"):
        cv2.imwrite(str(tmp_path / name), values)
        found = decode(tmp_path / name, 1, SIZE, "the vendor")
        assert np.allclose(found[0, 5, 5], (1, 0.2, 0), atol=1e-7)


def test_alpha_is_dropped_and_grey_is_colour(tmp_path: Path) -> None:
    (tmp_path / "rgba").write_bytes(cv2.imencode(".png", np.full((32, 48, 4), (0, 0, 255, 7), np.uint8))[1].tobytes())
    assert np.array_equal(decode(tmp_path / "rgba", 1, SIZE, "v")[0, 0, 0], (1, 0, 0))
    (tmp_path / "grey").write_bytes(cv2.imencode(".png", np.full((32, 48), 255, np.uint8))[1].tobytes())
    assert np.array_equal(decode(tmp_path / "grey", 1, SIZE, "v")[0, 0, 0], (1, 1, 1))


def test_light_in_an_exr_stays_what_it_is(tmp_path: Path) -> None:
    light = np.full((32, 48, 3), (40.0, -0.5, 0.18), np.float32)
    write_exr(tmp_path / "a.exr", light, ("R", "G", "B"), half=False)
    assert np.array_equal(decode(tmp_path / "a.exr", 1, SIZE, "the vendor")[0], light)


def test_a_zip_is_its_pictures_in_the_order_of_their_names(tmp_path: Path) -> None:
    good = zipped(("b/0002.png", picture(*SIZE, 2)), ("b/0001.png", picture(*SIZE, 1)), ("words.json", b"{}"))
    (tmp_path / "zip").write_bytes(good)
    found = decode(tmp_path / "zip", 2, SIZE, "the vendor")
    assert found[0, 0, 0, 0] < found[1, 0, 0, 0]
    assert refused(tmp_path / "zip", 3) == refused(tmp_path / "zip", 1) == "result_wrong_count"


@pytest.mark.parametrize("data", [b"", b"<html>", b"\x89PNG\r\n\x1a\nhalf", b"PK\x03\x04zip", b"\x76\x2f\x31\x01"])
def test_what_is_no_picture_is_unreadable(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a").write_bytes(data)
    assert refused(tmp_path / "a") in ("result_unreadable", "result_wrong_count")


def test_another_size_is_no_result(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(picture(49, 32))
    assert refused(tmp_path / "a") == "result_wrong_size"


def test_a_picture_that_claims_to_be_huge_is_not_unpacked(tmp_path: Path) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    head = (60_000).to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    rows = zlib.compress(bytes(10_000_000))
    (tmp_path / "a").write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )
    assert refused(tmp_path / "a").startswith("result_")


def test_a_zip_that_unpacks_without_end_is_no_result(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(zipped(*((f"{n}.png", bytes(50_000_000)) for n in range(3))))
    assert refused(tmp_path / "a") == "result_wrong_count"


def test_numbers_without_an_end_are_no_light(tmp_path: Path) -> None:
    write_exr(tmp_path / "a.exr", np.full((32, 48, 3), np.inf, np.float32), ("R", "G", "B"), half=False)
    assert refused(tmp_path / "a.exr") == "result_unreadable"


def test_a_decoder_that_takes_too_long_is_left(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(picture(*SIZE))
    assert refused(tmp_path / "a", within_s=0.001) == "result_unreadable"
