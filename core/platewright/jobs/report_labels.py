"""The facts of a model and of a shot as a supervisor reads them on one label."""

from __future__ import annotations

from platewright.contract.takes import Cost
from platewright.imaging.label import Label, LabelRow

from .show_report import ReportedComp, ReportedModel, ReportGroup, ShowReport

__all__ = ["USES", "counted", "label_of_model", "label_of_shot", "labels_of_show", "money", "when"]

USES = {"credits": "In the credits", "eu": "EU, short form", "platform": "Platforms that ask if it was made"}
"""What each proposed line is for."""
_UNKNOWN = "nobody said"
_MOST_ROWS = 26
_NOTHING_LEARNED = "nothing: no part of it was learned"


def label_of_model(model: ReportedModel) -> Label:
    """What a model is, what it learned from, and what becomes of what it is sent."""
    about = f"{model.version}{', by ' if model.provider else ''}{model.provider}"
    if not model.trained and model.card is None:
        plain = (
            LabelRow("Learned from", _NOTHING_LEARNED),
            LabelRow("Sees pictures outside", "no: it runs on this machine"),
        )
        return Label(model.name, about, plain, "Made with nothing but the show's own pictures.")
    if model.card is None:
        return Label(model.name, about, (LabelRow("Card", "none on record", alarm=True),), "Ask who brought it in.")
    card, licence, terms = model.card, model.licence, model.card.data_terms
    learned = ", ".join(dict.fromkeys(one.category.replace("_", " ") for one in card.training_data.sources))
    doubtful = not learned or "scraped" in learned or "unknown" in learned
    certified = ", ".join(one.scheme.replace("_", " ") for one in card.training_data.certificates)
    final = licence.commercial_final_use if licence is not None else "unknown"
    made_of = ", ".join((*card.base_models, *card.adapters))
    rows = (
        LabelRow("Training", heading=True),
        LabelRow("Learned from", learned or _UNKNOWN, alarm=doubtful),
        LabelRow("Certified", certified or "no"),
        LabelRow("Made of", made_of or "itself alone"),
        LabelRow("Licence", heading=True),
        LabelRow("Under", licence.spdx if licence is not None else "none on record", alarm=licence is None),
        LabelRow("Good for finals", final, alarm=final != "yes"),
        LabelRow("Indemnity", "yes" if licence is not None and licence.indemnity.given else "no"),
        LabelRow("What it is sent", heading=True),
        LabelRow("Runs", {"local": "here"}.get(card.provider_kind, f"elsewhere, {terms.tier}")),
        LabelRow("Kept there", _yes_no(terms.retains_inputs), alarm=terms.retains_inputs is not False),
        LabelRow("Trained on", _yes_no(terms.trains_on_inputs), alarm=terms.trains_on_inputs is not False),
        LabelRow("Terms read", terms.checked_at or "never", alarm=not terms.checked_at),
        LabelRow("Here", heading=True),
        LabelRow("Allowed for", card.approved_for or "nobody decided", alarm=card.approved_for in ("", "no")),
        LabelRow("Litigation", "a note is on record" if card.litigation_note else "none noted"),
    )
    return Label(card.name, about, rows, f"Card {card.id}. No legal advice.")


def label_of_shot(report: ShowReport, group: ReportGroup) -> Label:
    """What of a shot was made, by what, with whose word."""
    takes = report.of_shot(group.name)
    people = [f"{id_} ({standing})" for id_, standing in report.consents if id_ in group.consents]
    lost = any(standing != "active" for id_, standing in report.consents if id_ in group.consents)
    tried = sum({take.element.element: take.human[0] for take in takes}.values())
    painted = sum(take.human[2] for take in takes)
    comps = [one for one in report.comps if one.shot == group.name]
    rows = (
        LabelRow("Generated", heading=True),
        LabelRow("Elements", str(group.elements)),
        LabelRow("Of the picture, at most", _share(group.pixels)),
        LabelRow("Of that, invented", _share(group.synthesis)),
        *(LabelRow(f"Of {one.name}", _comp(one), alarm=one.state == "Invalid") for one in comps),
        LabelRow("Made by a trained model", "yes" if group.trained else "no"),
        LabelRow("By", ", ".join(group.models)),
        LabelRow("People", heading=True),
        LabelRow("Consents", ", ".join(people) or "none needed or named", alarm=lost),
        LabelRow("Human work", f"{counted(tried, 'take')} looked at, {counted(painted, 'frame')} painted"),
        LabelRow("Decisions", heading=True),
        LabelRow("Approved", f"{group.approved} of {group.takes}"),
        LabelRow("Stopped by a rule today", str(group.stopped), alarm=group.stopped > 0),
        LabelRow("Cost", money(group.cost)),
    )
    return Label(group.name or "Shot without a name", "what was generated in it", rows, f"As of {when(report.made)}.")


def labels_of_show(report: ShowReport) -> tuple[Label, ...]:
    """All in all, the lines to disclose with, and how the consents stand: what is read first."""
    groups = [one for one in report.groups if one.kind != "shot"] + [one for one in report.groups if one.kind == "shot"]
    rows = [row for group in groups for row in _group_rows(group)]
    lines = tuple(LabelRow(USES.get(use, use), text or "none needed") for use, text in report.disclosure.lines.items())
    consents = [LabelRow(id_, standing, alarm=standing != "active") for id_, standing in report.consents]
    consents.sort(key=lambda row: not row.alarm)
    return (
        Label("All in all", counted(len(report.takes), "take"), _bounded(rows), f"As of {when(report.made)}."),
        Label("To disclose", "proposed; whoever publishes decides", lines, "No legal advice."),
        Label("Consents", "as they stand today", _bounded(consents) or (LabelRow("None was named"),)),
    )


def _comp(comp: ReportedComp) -> str:
    """How much of a signed comp is generated."""
    return (
        f"{_share(comp.mean)}, {_share(comp.most)} at most" if comp.state != "Invalid" else "its manifest does not hold"
    )


def _group_rows(group: ReportGroup) -> tuple[LabelRow, ...]:
    stopped = f", {group.stopped} stopped" if group.stopped else ""
    count = f"{group.elements}, {group.approved} approved{stopped}"
    return (
        LabelRow(f"{group.kind} {group.name or 'without a name'}", heading=True),
        LabelRow("Of the picture, at most", _share(group.pixels)),
        LabelRow("Elements", count, alarm=group.stopped > 0),
        LabelRow("Cost", money(group.cost)),
    )


def _bounded(rows: list[LabelRow]) -> tuple[LabelRow, ...]:
    """As many rows as can be read on a page; the others are counted, and what is alarming comes first of them."""
    kept = tuple(rows[:_MOST_ROWS])
    return (
        (*kept, LabelRow(f"and {len(rows) - len(kept)} more lines", "in the HTML")) if len(rows) > len(kept) else kept
    )


def when(moment: str) -> str:
    """A moment as people read it: `2026-11-21 14:23 UTC`."""
    return f"{moment[:10]} {moment[11:16]} UTC" if len(moment) >= 16 else moment


def counted(count: int, what: str) -> str:
    """`1 take`, `2 takes`."""
    return f"{count} {what}{'' if count == 1 else 's'}"


def money(costs: tuple[Cost, ...]) -> str:
    """Amounts as people read them."""
    return ", ".join(f"{one.amount} {one.currency}" for one in costs) or "nothing"


def _yes_no(said: bool | None) -> str:
    return _UNKNOWN if said is None else "yes" if said else "no"


def _share(share: float) -> str:
    return f"{share:.1%}" if share >= 0.001 or share == 0 else "less than 0.1%"
