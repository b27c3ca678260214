"""`platewright report`: what was generated in a show, for people, spreadsheets and programs."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from platewright.contract.disclosure import Disclosure
from platewright.contract.mapper import from_bytes
from platewright.imaging.contact import Tile
from platewright.imaging.label import draw_pages
from platewright.jobs.show_report import sequence_of
from tests.cli.conftest import Command
from tests.jobs.small_shot import SmallShot


@pytest.fixture
def show(command: Command, shot: SmallShot) -> None:
    """Two shots of a show with an element each, one of them made twice."""
    plate = ("--plate", shot.plate, "--matte", shot.matte, "--show", "APOLLO")
    for words in (("--shot", "sq010_0040"), ("--shot", "sq010_0040", "--anew")):
        assert command("regenerate", *plate, "--element", "rig", *words).code == 0
    assert command("regenerate", *plate, "--element", "wire", "--shot", "=cmd()").code == 0
    assert command("takes", "approve", "rig_v002", "--who", "p-0900").code == 0


@pytest.mark.usefixtures("show")
def test_the_report_counts_what_hosts_bring_in_by_shot_sequence_and_show(command: Command) -> None:
    said = command("report", "--json").json["report"]
    assert [take["name"] for take in said["takes"]] == ["rig_v002", "wire_v001"]
    groups = {(one["kind"], one["name"]): one for one in said["groups"]}
    assert set(groups) == {
        ("shot", "=cmd()"),
        ("shot", "sq010_0040"),
        ("sequence", "sq010"),
        ("show", "APOLLO"),
    }
    assert groups["show", "APOLLO"]["elements"] == 2 and groups["shot", "sq010_0040"]["approved"] == 1
    rig = said["takes"][0]
    assert rig["human"][0] == 2 and rig["shares"]["synthesis"] == 1.0
    assert 0 < rig["element"]["pixels_mean"] < 1
    assert len(command("report", "--all", "--json").json["report"]["takes"]) == 3


@pytest.mark.usefixtures("show")
def test_the_page_needs_nothing_from_elsewhere_and_runs_nothing(command: Command, tmp_path: Path) -> None:
    assert command("report", "--to", "report.html").code == 0
    page = (tmp_path / "report.html").read_text()
    assert page.count("data:image/jpeg;base64,") >= 4, "thumbnails and labels"
    for words in ("sq010_0040", "rig_v002", "approved by p-0900", "no legal advice", "Lines to disclose with"):
        assert words in page
    for word in ("<script", "http://", "https://", "onerror"):
        assert word not in page
    assert "@media print" in page


def test_what_comes_from_outside_is_escaped(command: Command, shot: SmallShot, tmp_path: Path) -> None:
    plate = ("--plate", shot.plate, "--matte", shot.matte, "--element", "rig")
    assert command("regenerate", *plate, "--shot", "<script>alert(1)</script>").code == 0
    assert command("report", "--to", "report.html").code == 0
    page = (tmp_path / "report.html").read_text()
    assert "<script" not in page and "&lt;script&gt;" in page


@pytest.mark.usefixtures("show")
def test_the_table_runs_no_formula(command: Command, tmp_path: Path) -> None:
    assert command("report", "--to", "report.csv").code == 0
    rows = list(csv.DictReader(io.StringIO((tmp_path / "report.csv").read_text())))
    assert [row["element"] for row in rows] == ["rig", "wire"]
    assert rows[0]["approved_by"] == "p-0900" and rows[1]["shot"] == "'=cmd()"


@pytest.mark.usefixtures("show")
def test_the_pdf_the_labels_and_the_disclosure_can_be_read(command: Command, tmp_path: Path) -> None:
    assert command("report", "--to", "report.pdf").code == 0
    data = (tmp_path / "report.pdf").read_bytes()
    assert data.startswith(b"%PDF-") and data.count(b"/Type /Page\n") + data.count(b"/Type /Page ") >= 2
    assert command("report", "--to", "labels/").code == 0
    labels = sorted(path.name for path in (tmp_path / "labels").iterdir())
    assert labels == ["model_grey.png", "shot__cmd__.png", "shot_sq010_0040.png"]
    for name in labels:
        picture = cv2.imread(str(tmp_path / "labels" / name))
        assert picture.shape[1] == 640 and picture.min() < 60 and picture.max() == 255
    assert command("report", "--to", "x.disclosure.json").code == 0
    told = from_bytes(Disclosure, (tmp_path / "x.disclosure.json").read_bytes())
    assert [one.element for one in told.elements] == ["rig", "wire"]
    assert command("report", "--to", "all.json").code == 0
    assert json.loads((tmp_path / "all.json").read_text())["schema"] == "org.platewright.report/1"


def test_a_report_on_nothing_and_one_of_an_unknown_kind_are_errors(command: Command, made: Path) -> None:
    assert command("report", "--out", "nowhere").code == 2
    assert command("report", "--to", "report.docx").code == 2


@pytest.mark.parametrize(
    "shot, sequence", [("sq010_0040", "sq010"), ("ABC012_0100_comp", "ABC012"), ("sh010", ""), ("", "")]
)
def test_a_sequence_is_read_from_the_shots_name(shot: str, sequence: str) -> None:
    assert sequence_of(shot) == sequence


def test_the_printed_pages_show_what_stops_a_take_and_a_label_in_readable_print() -> None:
    """A label has a column to itself; what has no room is said to be elsewhere."""
    label, wide = np.full((800, 640, 3), 200, np.uint8), np.full((180, 320, 3), 90, np.uint8)
    tiles = [Tile(label), *(Tile(wide, f"take {number}", ("fine",) * 30, alarms=("PW101",)) for number in range(5))]
    pages = draw_pages("sh010", tiles)
    assert len(pages) == 2, "four takes beside the label, the fifth on the next page"
    column = pages[0][100:740, 60:580]
    assert (column[20:-20, 20:-20] == 200).all(), "the label is as wide as its column"
    red = (pages[0][..., 0] > 150) & (pages[0][..., 1] < 60)
    assert np.count_nonzero(red) > 50
    assert len(draw_pages("nothing", [])) == 1
    assert len(draw_pages("labels", [Tile(label)] * 4)) == 2
