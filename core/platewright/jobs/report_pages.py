"""A show's report as a page to read and print, as a table, and as pictures."""

from __future__ import annotations

import base64
import csv
import io
from html import escape
from pathlib import Path

import numpy as np

from platewright.contract.errors import PlatewrightError
from platewright.contract.progress import Reporter, Step
from platewright.contract.rules import NO_LEGAL_ADVICE
from platewright.contract.takes import Cost
from platewright.imaging.contact import Picture, Tile
from platewright.imaging.label import draw_label, draw_pages, jpeg_of

from .pictures import TakePictures
from .places import takes_at
from .report_labels import USES, counted, label_of_model, label_of_shot, labels_of_show, money, when
from .sheets import look_of, window_of
from .show_report import ReportedTake, ReportGroup, ShowReport

__all__ = ["as_csv", "as_html", "labels_of", "pages_of", "thumbnails_of"]

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:76rem;padding:0 1rem;color:#1c1c1c;background:#fff}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2.5rem}table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;border-bottom:1px solid #ddd}small{color:#555}
.shot{display:flex;gap:1.5rem;flex-wrap:wrap;break-inside:avoid}.shot img.label{width:300px;align-self:flex-start}
.take{width:300px}.take img{width:100%}.alarm{color:#a40000;font-weight:600}.labels img{width:300px;margin:.5rem}
@media print{body{margin:0;max-width:none}h2{break-before:page}h2.first{break-before:avoid}}
"""
_COLUMNS = (
    "show", "shot", "element", "version", "frames", "operation", "intent", "approved_by", "model", "model_version",
    "provider", "trained", "pixels_mean", "pixels_most", "from_frames", "synthesis", "given", "from_plate", "content",
    "source_type", "consents", "references", "takes_made", "notes", "painted_frames", "cost", "currency", "stopped_by",
    "record_sha256",
)  # fmt: skip
_NO_PICTURE: Picture = np.full((180, 320, 3), 236, np.uint8)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(report: ShowReport) -> str:
    """A line for each take. A text that a spreadsheet would run as a formula gets a mark before it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for take in report.takes:
        writer.writerow([_harmless(value) for value in _cells(take)])
    return out.getvalue()


def as_html(report: ShowReport, thumbnails: dict[str, Picture]) -> str:
    """One page without scripts or anything to fetch; what comes from outside is escaped.

    thumbnails: by the takes' record.
    """
    shots = [group for group in report.groups if group.kind == "shot"]
    models = "".join(_image(draw_label(label_of_model(one)), f"label of {one.name}", "label") for one in report.models)
    rows = "\n".join(_group_row(group) for group in report.groups)
    lines = "\n".join(
        f"<tr><th>{escape(USES.get(use, use))}</th><td>{escape(text or 'none needed')}</td></tr>"
        for use, text in report.disclosure.lines.items()
    )
    consents = "\n".join(
        f'<tr><td>{escape(id_)}</td><td class="{"" if standing == "active" else "alarm"}">{escape(standing)}</td></tr>'
        for id_, standing in report.consents
    )
    body = "\n".join(_shot(report, group, thumbnails) for group in shots)
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>What was generated</title><style>{_STYLE}</style></head><body>
<h1>What was generated, by what, and with whose word</h1>
<p>{escape(when(report.made))} · {counted(len(report.takes), "take")}<br>
<small>{escape(NO_LEGAL_ADVICE)} The lines are proposals.</small></p>
<h2 class="first">All in all</h2>
<table><thead><tr><th></th><th>Elements</th><th>Of the picture</th><th>Models</th><th>Approved</th><th>Stopped</th>
<th>Cost</th></tr></thead><tbody>{rows}</tbody></table>
{_comps(report)}<h2 class="first">Lines to disclose with</h2><table><tbody>{lines}</tbody></table>
<h2 class="first">Consents</h2><table><tbody>{consents or "<tr><td>none was named</td></tr>"}</tbody></table>
<h2 class="first">Models</h2><div class="labels">{models}</div>
{body}
</body></html>
"""


def _comps(report: ShowReport) -> str:
    """The signed comps as a table; nothing where none was named."""
    if not report.comps:
        return ""
    rows = "".join(
        f"<tr><td>{escape(one.name)}</td><td>{one.frames}</td><td>{one.mean:.2%}, {one.most:.2%} at most</td>"
        f"<td>{escape(', '.join(one.elements))}</td><td>{escape(one.source_type)}</td>"
        f'<td class="{"alarm" if one.state == "Invalid" else ""}">{escape(one.state)}</td></tr>'
        for one in report.comps
    )
    heads = "".join(f"<th>{one}</th>" for one in ("Comp", "Frames", "Generated", "Takes in it", "Is", "Signature"))
    return f'<h2 class="first">Final comps</h2><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>\n'


def thumbnails_of(report: ShowReport, tell: Reporter) -> dict[str, Picture]:
    """The middle frame of each take over its plate, by the take's record; without those whose files are gone."""
    found = {}
    for done, take in enumerate(report.takes):
        tell.step(Step("drawing", done, len(report.takes)))
        try:
            pictures = TakePictures.of(takes_at(Path(take.record))[0])
            numbers = list(pictures.frames)
            number = numbers[len(numbers) // 2]
            found[take.record] = look_of(pictures, pictures.read(number), window_of(pictures))
        except PlatewrightError:
            continue  # The report is about records; what can't be seen any more is told without its picture.
    return found


def labels_of(report: ShowReport) -> dict[str, Picture]:
    """The labels of all shots and models as pictures, by a plain file name."""
    shots = [group for group in report.groups if group.kind == "shot"]
    found = {f"shot_{_plain(group.name)}": draw_label(label_of_shot(report, group)) for group in shots}
    return found | {f"model_{_plain(one.name)}": draw_label(label_of_model(one)) for one in report.models}


def pages_of(report: ShowReport, thumbnails: dict[str, Picture]) -> list[Picture]:
    """Pages to print: all in all with the lines and consents, the models, then each shot with its elements."""
    made = when(report.made)
    whole = [Tile(draw_label(label), "") for label in labels_of_show(report)]
    pages = draw_pages(f"What was generated, {made}", whole, NO_LEGAL_ADVICE)
    models = [Tile(draw_label(label_of_model(one)), "") for one in report.models]
    pages += draw_pages(f"Models, {made}", models, NO_LEGAL_ADVICE) if models else []
    for group in (one for one in report.groups if one.kind == "shot"):
        tiles = [Tile(draw_label(label_of_shot(report, group)), "")]
        for take in report.of_shot(group.name):
            stops = tuple(f"{one.rule}: {one.message}" for one in take.rules if one.stops and not one.lifted_with)
            picture = thumbnails.get(take.record, _NO_PICTURE)
            tiles.append(Tile(picture, take.name, tuple(_facts(take)), alarms=stops))
        pages += draw_pages(f"{group.name or 'Shot without a name'}, {made}", tiles, NO_LEGAL_ADVICE)
    return pages


def _shot(report: ShowReport, group: ReportGroup, thumbnails: dict[str, Picture]) -> str:
    label = _image(draw_label(label_of_shot(report, group)), f"label of {group.name}", "label")
    takes = "".join(_take(take, thumbnails.get(take.record)) for take in report.of_shot(group.name))
    return f'<h2>{escape(group.name or "Shot without a name")}</h2><div class="shot">{label}{takes}</div>'


def _take(take: ReportedTake, picture: Picture | None) -> str:
    facts = "<br>".join(escape(fact) for fact in _facts(take))
    rules = "".join(
        f'<li class="{"alarm" if one.stops else ""}">{escape(f"{one.rule}: {one.message}")}'
        f"<br><small>{escape('; '.join(one.sources))}</small></li>"
        for one in take.rules
        if not one.lifted_with
    )
    shown = _image(picture, take.name, "") if picture is not None else "<small>its pictures are not here</small>"
    return f'<div class="take">{shown}<b>{escape(take.name)}</b><br>{facts}<ul>{rules}</ul></div>'


def _facts(take: ReportedTake) -> list[str]:
    one = take.element
    shares = {"other frames": take.shares.frames, "invented": take.shares.synthesis, "given": take.shares.given}
    made_of = ", ".join(f"{name} {share:.0%}" for name, share in shares.items() if share >= 0.005)
    return [
        f"{one.operation.replace('_', ' ')}, frames {one.frames}, {take.intent}",
        f"{one.pixels_mean:.2%} of the picture ({made_of or 'nothing'})",
        f"{one.model} {one.model_version}{', trained' if one.trained else ''}",
        *([f"consents {', '.join(one.consents)}"] if one.consents else []),
        *([f"references {', '.join(one.references)}"] if one.references else []),
        ", ".join(
            (
                counted(take.human[0], "take") + " made",
                counted(take.human[1], "note"),
                counted(take.human[2], "frame") + " painted by hand",
            )
        ),
        f"approved by {take.approved_by}" if take.approved_by else "not approved",
        f"cost {money((Cost(one.cost, one.currency),)) if one.cost != '0' else 'nothing'}",
    ]


def _group_row(group: ReportGroup) -> str:
    cells = (
        f"{group.kind} {group.name or 'without a name'}", group.elements, f"{group.pixels:.2%}",
        ", ".join(group.models), f"{group.approved} of {group.takes}", group.stopped, money(group.cost),
    )  # fmt: skip
    return "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in cells) + "</tr>"


def _cells(take: ReportedTake) -> list[object]:
    one, shares = take.element, take.shares
    return [
        one.show, one.shot, one.element, one.version, one.frames, one.operation, take.intent, take.approved_by,
        one.model, one.model_version, one.provider, one.trained, one.pixels_mean, one.pixels_most, shares.frames,
        shares.synthesis, shares.given, shares.plate, take.content, take.source_type, " ".join(one.consents),
        "; ".join(one.references), *take.human, one.cost, one.currency,
        " ".join(dict.fromkeys(rule.rule for rule in take.rules if rule.stops)), one.record,
    ]  # fmt: skip


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _image(picture: Picture, text: str, kind: str) -> str:
    data = base64.b64encode(jpeg_of(picture)).decode()
    return f'<img class="{kind}" alt="{escape(text)}" src="data:image/jpeg;base64,{data}">'


def _plain(name: str) -> str:
    return "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_") else "_" for sign in name) or "unnamed"
