"""The rules that there are: one line each, as data. Which of them hold for a show, and how much, its profiles say.

The codes are stable for ever. What can't be waived is fixed here, in the program, and no profile or record changes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from platewright.contract.rules import Weight

__all__ = ["RULES", "Rule"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its least weight, what it finds, what to do then, and who may lift it.

    authority: the role that may approve or waive it; empty where there is nothing to lift. waivable: whether a rule
    that blocks may be set aside by a waiver; one that escalates is lifted by an approval.
    """

    code: str
    weight: Weight
    finds: str
    remedy: str
    authority: str = ""
    waivable: bool = True


_B, _E, _W, _N = Weight.BLOCK, Weight.ESCALATE, Weight.WARN, Weight.NOTE
_NEVER = False

# Rule(code, weight, what it finds, what to do, who may lift it[, never])
_TABLE = (
    # Evidence and integrity
    Rule(
        "PW001",
        _B,
        "a manifest is missing or can't be read for a generated frame",
        "Fetch the manifest from the take, or make the take again.",
        "",
        _NEVER,
    ),
    Rule("PW002", _B, "a file is not the one its manifest speaks of", "Bring the take's own file back.", "", _NEVER),
    Rule(
        "PW003",
        _B,
        "a signature does not hold, or its signer is not trusted",
        "Sign with a trusted identity, or add its root to the trusted ones.",
        "",
        _NEVER,
    ),
    Rule(
        "PW004",
        _B,
        "not every generated frame is covered, or versions are mixed",
        "Publish one whole version.",
        "",
        _NEVER,
    ),
    Rule(
        "PW005",
        _B,
        "not every expected check was run",
        "Run the checks again; a check that can't run is a failure.",
        "",
        _NEVER,
    ),
    Rule(
        "PW006", _W, "marks that came with an input were stripped", "Keep the input's own marks, or say where they are."
    ),
    Rule(
        "PW007",
        _B,
        "the digital source type is missing or does not fit the matte",
        "Stamp the file again from the ledger.",
        "",
        _NEVER,
    ),
    # Likeness
    Rule(
        "PW101",
        _B,
        "a person is seen or declared and no active consent is named",
        "Name the consent's id, or add one with `platewright rights add`.",
        "rights manager",
    ),
    Rule(
        "PW102",
        _B,
        "a consent is expired, revoked, suspended, or not yet in force",
        "Get a new consent, or leave this out.",
        "",
        _NEVER,
    ),
    Rule(
        "PW103",
        _B,
        "the use, shot, modality or territory lies outside the consent's scope",
        "Get a consent that covers it, or stay inside its scope.",
        "rights manager",
    ),
    Rule(
        "PW104",
        _B,
        "a consent's evidence is absent or is not what was recorded",
        "Put the signed document back into the evidence folder.",
        "rights manager",
    ),
    Rule(
        "PW105",
        _B,
        "a consent's description is not specific",
        "Write in the consent what is to be done, in at least 40 characters.",
        "rights manager",
    ),
    Rule("PW106", _E, "a deceased person or a public figure", "Have legal approve it in writing.", "legal"),
    Rule(
        "PW107",
        _B,
        "a minor without a guardian or a court, or in any sexual or nude use",
        "Have the guardian or the court agree; nude and sexual use is never allowed.",
        "",
        _NEVER,
    ),
    Rule(
        "PW108",
        _E,
        "a synthetic performer in a human role",
        "Show the significant additional value and the union's notice.",
        "legal",
    ),
    Rule(
        "PW109",
        _E,
        "a performance is changed beyond what was scripted",
        "Have the performer and the studio approve it in writing.",
        "legal",
    ),
    Rule("PW110", _W, "notice was shorter than 48 hours", "Give notice at least 48 hours before."),
    Rule(
        "PW111",
        _B,
        "a model trained on talent is used in another production",
        "Use the model only where it was trained for.",
        "rights manager",
    ),
    Rule(
        "PW112",
        _W,
        "a consent runs longer than 10 years, or 5 for a minor",
        "Have the consent renewed with a shorter term.",
    ),
    Rule("PW113", _E, "nobody represented the person", "Have counsel or the union look at the consent.", "legal"),
    Rule(
        "PW114",
        _W,
        "a face is found in the generated matte and nobody is declared",
        "Look at the frames; declare who is seen, if somebody is.",
    ),
    # Model and licence
    Rule(
        "PW201",
        _B,
        "the model has no card, or is not the one its card speaks of",
        "Add the model's card with `platewright rights add`.",
        "supervisor of technology",
    ),
    Rule(
        "PW202",
        _B,
        "the licence does not allow commercial or final use",
        "Use another model for finals, or get another licence.",
        "legal",
    ),
    Rule(
        "PW203",
        _B,
        "a base model or adapter in the chain has no card",
        "Add a card for each model it is made of.",
        "supervisor of technology",
    ),
    Rule(
        "PW204",
        _E,
        "the training data is unknown or scraped, and this is a final",
        "Have it approved in writing, or use another model.",
        "legal",
    ),
    Rule(
        "PW205",
        _W,
        "the licence's text changed, or its review is older than 180 days",
        "Read the licence again and write down the day.",
    ),
    Rule(
        "PW206",
        _E,
        "the model is not on the studio's list",
        "Ask for the model to be allowed.",
        "supervisor of technology",
    ),
    Rule(
        "PW207",
        _E,
        "trained or tuned on data that the production does not own",
        "Have it approved in writing.",
        "legal",
    ),
    Rule("PW208", _W, "there is a note of litigation about the model", "Ask legal before it goes into a final."),
    Rule("PW209", _N, "nobody indemnifies for this model", "Know that claims are yours to answer."),
    Rule(
        "PW210",
        _E,
        "a reference has no right to be used, or none for this",
        "Name the reference's licence or right, or add one with `platewright rights add`.",
        "rights manager",
    ),
    # Data handling
    Rule(
        "PW301",
        _B,
        "production material would go to, or went to, a tool that keeps it or trains on it",
        "Use a local model, or an enterprise contract.",
        "",
        _NEVER,
    ),
    Rule(
        "PW302",
        _E,
        "the endpoint is not an enterprise one, or nobody reviewed it",
        "Have it reviewed, or use an enterprise endpoint.",
        "security",
    ),
    Rule(
        "PW303",
        _B,
        "the endpoint is not on the list, or lies in the wrong region",
        "Use an endpoint that the show allows.",
        "security",
    ),
    Rule("PW304", _W, "the data terms were read more than 90 days ago", "Read the terms again and write down the day."),
    Rule(
        "PW305",
        _B,
        "personal data or a consent's text stands in a prompt, a manifest or a header",
        "Take it out; name the consent's id instead.",
        "",
        _NEVER,
    ),
    Rule(
        "PW306",
        _W,
        "the prompt names a living artist, a title or a performer",
        "Describe what is seen instead of whose it is.",
    ),
    # Creative and union
    Rule(
        "PW401",
        _E,
        "a key visual, a character or a story's setting, in a final",
        "Have the client approve it in writing.",
        "client",
    ),
    Rule("PW402", _W, "a background element in a final", "Tell the client early.", "client"),
    Rule("PW403", _E, "content is presented as a real event or news", "Have legal approve it in writing.", "legal"),
    Rule(
        "PW404",
        _E,
        "no record that the use was reported to the studio",
        "Report it, and add the statement with `platewright rights add`.",
        "client",
    ),
    Rule(
        "PW405", _W, "no entry of human contribution on a final", "Write down who worked on it and what they decided."
    ),
    Rule("PW406", _W, "no reference to the director's consultation", "Write down when the director was consulted."),
    Rule(
        "PW407",
        _E,
        "something made for temp only is used in a final",
        "Make it anew as a final, or have it approved.",
        "client",
    ),
    # Disclosure
    Rule(
        "PW501",
        _B,
        "the disclosure report is missing or older than the files",
        "Make the report anew.",
        "rights manager",
    ),
    Rule(
        "PW502",
        _W,
        "what may pass for real has no line of disclosure",
        "Put the proposed line into the credits or the metadata.",
    ),
    Rule(
        "PW503",
        _W,
        "an advertisement with a synthetic performer carries no label",
        "Add the label that New York asks for.",
    ),
    Rule("PW504", _N, "a platform asks to be told", "Switch on the platform's own label when it is uploaded."),
    # Image and pipeline
    Rule(
        "PW601",
        _B,
        "frames are missing, or there are more than declared",
        "Render the range with its handles again.",
        "supervisor",
    ),
    Rule("PW602", _B, "a frame is truncated or can't be read", "Render the frame again.", "", _NEVER),
    Rule("PW603", _B, "a frame holds NaN or infinity", "Find the node that makes them and render again.", "supervisor"),
    Rule(
        "PW604",
        _B,
        "the colour space is absent or not the declared one",
        "Declare the colour space and write the file again.",
        "supervisor",
    ),
    Rule("PW605", _B, "the set of channels differs", "Write the channels that were asked for.", "supervisor"),
    Rule(
        "PW606",
        _B,
        "the data window, display window or pixel aspect differs from the plate's",
        "Write the plate's own format, or declare the extension.",
        "supervisor",
    ),
    Rule(
        "PW607",
        _W,
        "pixels outside the matte differ from the plate",
        "Bring the plate's pixels back with the take's own patch.",
    ),
    Rule("PW608", _W, "pixel type or compression is not the show's", "Write the files as the show asks."),
    Rule("PW609", _W, "negative values, or a plateau clipped at 1.0", "Check that the pixels are scene-linear."),
    Rule("PW610", _W, "a frame stands out from its neighbours", "Look at the frame; have it made again."),
    Rule("PW611", _B, "a version would be overwritten", "Publish as a new version.", "", _NEVER),
    Rule("PW612", _W, "frame rate or timecode is lost", "Write them into the file again."),
    Rule("PW613", _W, "both chromaticities and colorInteropID are set", "Keep colorInteropID alone."),
)

RULES = MappingProxyType({rule.code: rule for rule in _TABLE})
"""By code."""
