"""The XMP digital source type: set in every form of file, all else in the file and in its packet as it was."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from platewright.contract.errors import ManifestError
from platewright.provenance.vocabulary import source_type_uri
from platewright.provenance.xmp.files import media_type_in, state_in, stated_in
from platewright.provenance.xmp.packet import MOST_PACKET_BYTES, source_type_in, with_source_type
from tests.jobs.delivered_files import FORMS, MEDIA_TYPES, pixels_of, write_media

GENERATED = source_type_uri("compositeWithTrainedAlgorithmicMedia")
OTHER = source_type_uri("digitalCapture")
EXT = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"


def packet(attributes: str = "", inside: str = "") -> bytes:
    """A packet as other programs write them: prefixes of its own, a creator, padding."""
    return (
        '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><r:Description r:about="uuid:7" '
        f'xmlns:e="{EXT}" xmlns:dc="http://purl.org/dc/elements/1.1/" dc:format="video/x"{attributes}>'
        f"<dc:creator>A &amp; B</dc:creator>{inside}</r:Description></r:RDF></x:xmpmeta>   "
        '<?xpacket end="w"?>'
    ).encode()


@pytest.mark.parametrize(
    "before",
    [
        packet(),
        packet(f" e:DigitalSourceType='{OTHER}'"),
        packet(inside=f"<e:DigitalSourceType>\n {OTHER} </e:DigitalSourceType>"),
    ],
    ids=["none", "as an attribute", "as an element"],
)
def test_the_source_type_is_set_and_all_else_in_the_packet_is_kept(before: bytes) -> None:
    after = with_source_type(before, GENERATED)
    assert source_type_in(after) == GENERATED
    kept = packet()
    place = kept.index(b"</r:RDF>")
    assert after.startswith(kept[:place]) and after.endswith(kept[place:])
    assert b'r:about="uuid:7" xmlns:Iptc4xmpExt' in after, "about the same thing as the rest"


def test_a_packet_that_says_so_already_stays_byte_for_byte() -> None:
    said = packet(f' e:DigitalSourceType="{GENERATED}"')
    assert with_source_type(said, GENERATED) == said


def test_a_new_packet_is_made_where_there_is_none() -> None:
    assert source_type_in(with_source_type(b"", GENERATED)) == GENERATED
    assert source_type_in(b"") == ""


@pytest.mark.parametrize(
    "hostile",
    [
        b"<a/>",
        b"junk",
        b"<" * 1000,
        packet()[:200],
        b'<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>',
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>',
        b"<a>" * 100 + b"</a>" * 100,
        packet(f' e:DigitalSourceType="{OTHER}"', f"<e:DigitalSourceType>{OTHER}</e:DigitalSourceType>"),
        packet(f' e:Digital&#83;ourceType="{OTHER}"'),
        b" " * (MOST_PACKET_BYTES + 1) + b"<a/>",
        packet().decode().encode("utf-16"),
    ],
    ids=["no RDF", "no XML", "nonsense", "cut off", "empty", "entities", "deep", "twice", "spelt", "large", "UTF-16"],
)
def test_a_hostile_packet_is_refused(hostile: bytes) -> None:
    with pytest.raises(ManifestError) as refusal:
        with_source_type(hostile, GENERATED)
    assert refusal.value.code == "xmp_malformed"


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_file_keeps_its_pictures_and_says_its_source_type(tmp_path: Path, form: str) -> None:
    path = write_media(tmp_path / f"a.{form}")
    once, twice = tmp_path / f"b.{form}", tmp_path / f"c.{form}"
    for source, target, address in ((path, once, OTHER), (once, twice, GENERATED)):
        with source.open("rb") as file, target.open("w+b") as out:
            state_in(file, out, address)
    with twice.open("rb") as file:
        assert (stated_in(file), media_type_in(file)) == (GENERATED, MEDIA_TYPES[form])
    with path.open("rb") as file:
        assert stated_in(file) == ""
    before, after = pixels_of(path), pixels_of(twice)
    assert len(before) == len(after) > 0
    assert all((one == other).all() for one, other in zip(before, after, strict=True))


@pytest.mark.parametrize("form", ["png", "jpg", "tif"])
def test_another_library_reads_the_packet(tmp_path: Path, form: str) -> None:
    path = write_media(tmp_path / f"a.{form}")
    with path.open("rb") as file, (tmp_path / f"b.{form}").open("w+b") as out:
        state_in(file, out, GENERATED)
    with Image.open(tmp_path / f"b.{form}") as picture:
        picture.load()
        told = picture.info.get("xmp") or getattr(picture, "tag_v2", {}).get(700)
    assert told is not None and GENERATED.encode() in bytes(told)


@pytest.mark.parametrize("form", ["png", "jpg", "tif"])
def test_a_packet_that_another_library_wrote_is_kept(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"a.{form}"
    text = PngImagePlugin.PngInfo()
    text.add_itxt("XML:com.adobe.xmp", packet().decode())
    ways = {"png": {"pnginfo": text}, "jpg": {"xmp": packet()}, "tif": {"tiffinfo": {700: packet()}}}
    Image.open(write_media(tmp_path / f"plain.{form}")).save(path, **ways[form])
    out = io.BytesIO()
    with path.open("rb") as file:
        state_in(file, out, GENERATED)
    assert b"<dc:creator>A &amp; B</dc:creator>" in out.getvalue()
    assert stated_in(out) == GENERATED


def test_compressed_text_of_a_png_is_read_within_bounds(tmp_path: Path) -> None:
    data = write_media(tmp_path / "a.png").read_bytes()

    def with_text(text: bytes) -> io.BytesIO:
        body = b"iTXt" + b"XML:com.adobe.xmp\0" + b"\1\0\0\0" + zlib.compress(text)
        chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
        return io.BytesIO(data[:33] + chunk + data[33:])

    assert stated_in(with_text(packet(f' e:DigitalSourceType="{GENERATED}"'))) == GENERATED
    with pytest.raises(ManifestError) as refusal:
        stated_in(with_text(b" " * (MOST_PACKET_BYTES + 1)))
    assert refusal.value.code == "xmp_too_large"


def test_a_movie_whose_media_reaches_to_the_end_can_still_be_added_to(tmp_path: Path) -> None:
    """The last box may leave its size out; it has to be said once something stands behind it."""
    data = write_media(tmp_path / "a.mp4").read_bytes()
    boxes, at = {}, 0
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        boxes[kind] = data[at : at + size]
        at += size
    rest = b"".join(box for kind, box in boxes.items() if kind != b"free")
    opened = rest + b"\0\0\0\0free" + b"x" * 40
    out = io.BytesIO()
    state_in(io.BytesIO(opened), out, GENERATED)
    assert stated_in(out) == GENERATED


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("share", [0.02, 0.3, 0.7])
def test_a_file_that_is_cut_off_is_refused_or_says_nothing(tmp_path: Path, form: str, share: float) -> None:
    """A JPEG's pixels are not looked at here; whoever hands it over decodes them before."""
    path = write_media(tmp_path / f"a.{form}")
    out = io.BytesIO()
    with path.open("rb") as file:
        state_in(file, out, GENERATED)
    data = out.getvalue()
    cut = io.BytesIO(data[: int(len(data) * share)])
    if form in ("jpg", "png") and share > 0.2:
        assert stated_in(cut) in ("", GENERATED)
        return
    with pytest.raises(ManifestError) as refusal:
        stated_in(cut)
    assert refusal.value.code in ("file_malformed", "format_unsupported")


@pytest.mark.parametrize("form", FORMS)
def test_bytes_that_were_changed_at_random_raise_nothing_but_our_own_errors(tmp_path: Path, form: str) -> None:
    import random

    out = io.BytesIO()
    with write_media(tmp_path / f"a.{form}").open("rb") as file:
        state_in(file, out, GENERATED)
    whole, random_ = out.getvalue(), random.Random(8)
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(random_.randint(1, 6)):
            data[random_.randrange(min(len(data), 4000) if random_.random() < 0.7 else len(data))] = random_.randrange(
                256
            )
        try:
            stated_in(io.BytesIO(bytes(data)))
            state_in(io.BytesIO(bytes(data)), io.BytesIO(), OTHER)
        except ManifestError as refusal:
            assert refusal.code in ("file_malformed", "xmp_malformed", "xmp_too_large", "format_unsupported")


def test_other_forms_of_file_take_no_manifest(tmp_path: Path) -> None:
    for head in (b"v/1\x01", b"SDPX", b"", b"GIF89a"):
        with pytest.raises(ManifestError) as refusal:
            media_type_in(io.BytesIO(head + b"\0" * 40 if head else b""))
        assert refusal.value.code == "format_unsupported"
