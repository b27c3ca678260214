"""Options that several verbs share, and their way into the words of the contract."""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path
from typing import Any

from platewright.contract.colour_config import ColourConfig
from platewright.contract.errors import RequestError
from platewright.contract.frames import FrameRange
from platewright.contract.request import CONDITIONING, Base, Matte, Plate, Reference

from .rights_options import add_rights_options

__all__ = [
    "add_choice_options",
    "add_base_options",
    "add_generator_options",
    "add_mark_options",
    "add_matte_options",
    "add_output_options",
    "add_plate_options",
    "add_queue_options",
    "add_reference_options",
    "add_take_options",
    "choices_of",
    "base_of",
    "colour_of",
    "frames_of",
    "full_path",
    "generator_of",
    "is_on",
    "marks_of",
    "matte_of",
    "out_of",
    "plate_of",
    "reference_of",
    "use_threads",
]


def add_plate_options(parser: argparse.ArgumentParser) -> None:
    """`--plate` and what has to be known to read it."""
    group = parser.add_argument_group("plate")
    group.add_argument("--plate", required=True, metavar="PATTERN", help="the plate, as in 'plate.####.exr'")
    group.add_argument("--frames", default="", metavar="RANGE", help="as in 1001-1016 (default: all that are there)")
    group.add_argument("--handles", type=int, default=0, metavar="N", help="as many further frames at both ends")
    group.add_argument(
        "--colour-space", "--color-space", default="", metavar="NAME", help="the plate's (default: what its EXR says)"
    )
    group.add_argument("--layer", default="", metavar="NAME", help="the EXR layer or part that holds the picture")


def add_matte_options(parser: argparse.ArgumentParser, *, required: bool) -> None:
    """`--matte` and how it is read."""
    group = parser.add_argument_group("matte")
    purpose = "1 = regenerate, 0 = leave alone" if required else "1 = sky (default: estimated)"
    group.add_argument("--matte", required=required, default="", metavar="PATTERN", help=f"the matte; {purpose}")
    group.add_argument("--matte-channel", default="", metavar="NAME", help="default: A, else the only one")
    group.add_argument("--invert-matte", action="store_true", help="the matte is 0 where it should be 1")
    group.add_argument("--grow", type=float, default=0.0, metavar="PIXELS", help="grow the matte; negative shrinks")
    group.add_argument("--feather", type=float, default=0.0, metavar="PIXELS", help="soften its edge outward")


def add_take_options(parser: argparse.ArgumentParser, element: str) -> None:
    """Where takes go and how many."""
    group = parser.add_argument_group("takes")
    group.add_argument("--element", default=element, metavar="NAME", help=f"what is being made (default: {element})")
    group.add_argument("--out", default="elements", metavar="FOLDER", help="root of all elements (default: elements)")
    group.add_argument("--takes", type=int, default=1, metavar="N", help="how many to make, each a new version")
    group.add_argument("--show", default="", metavar="ID", help="the show this is for")
    group.add_argument("--shot", default="", metavar="ID", help="the shot this is for")
    add_rights_options(parser)
    add_queue_options(parser)


def add_base_options(parser: argparse.ArgumentParser, *, region: bool = True) -> None:
    """`--base` and which frames are made again. region: also a part of the region, by a matte."""
    group = parser.add_argument_group("going on from an earlier take")
    group.add_argument("--base", default="", metavar="v003", help="take its frames over but for those made again")
    group.add_argument("--redo", default="", metavar="RANGE", help="the frames to make again (default: what changed)")
    if region:
        group.add_argument(
            "--redo-region", action="store_true", help="only inside --matte; elsewhere that take's own pixels stay"
        )
    else:
        parser.set_defaults(redo_region=False)
    group.add_argument(
        "--overlap", type=int, default=None, metavar="N", help="frames beside them too (default: 2; with --redo none)"
    )


def base_of(options: argparse.Namespace) -> Base | None:
    """The take to go on from; the latest where only frames are named; None where neither is. Raises RequestError."""
    from platewright.imaging.sequence import parse_frames

    match = re.fullmatch(r"v?(\d{1,9})", options.base)
    if options.base and not match and options.base != "latest":
        raise RequestError(
            f"--base {options.base[:40]} is no version of a take",
            code="base_invalid",
            hint="Write it as --base v003, or --base latest.",
        )
    if not options.base and not options.redo and not options.redo_region:
        if options.overlap is not None:
            raise RequestError("--overlap needs --redo or --base", code="usage", hint="See --help.")
        return None
    frames = parse_frames(options.redo) if options.redo else None
    return Base(int(match[1]) if match else 0, frames, options.overlap, region=options.redo_region)


def add_queue_options(parser: argparse.ArgumentParser) -> None:
    """`--direct`, `--queue` and how a job is meant."""
    group = parser.add_argument_group("job")
    group.add_argument("--direct", action="store_true", help="make it in this process, in the foreground, no engine")
    group.add_argument("--queue", action="store_true", help="hand it in for a worker, and don't wait for it")
    group.add_argument("--intent", choices=("draft", "final"), default="draft", help="a final needs an approved draft")
    group.add_argument("--override", default="", metavar="REASON", help="why a final goes without an approved draft")
    group.add_argument("--anew", action="store_true", help="make every frame, whatever an earlier take has")
    group.add_argument("--accept-cost", default="", metavar="12.50USD", help="the most you accept; more waits")
    group.add_argument("--priority", type=int, default=0, metavar="N", help="greater goes first within its shot")
    group.add_argument("--who", default="", metavar="NAME", help="who asks (default: the login name)")
    group.add_argument("--why", default="", metavar="TEXT", help="for the ledger")
    group.add_argument("--key", default="", metavar="KEY", help="the same key again is the same job")


def add_generator_options(parser: argparse.ArgumentParser, *, context: bool = True) -> None:
    """Who makes the pixels, and what they may be told."""
    group = parser.add_argument_group("generator")
    group.add_argument("--backend", default="builtin", metavar="NAME", help="see `platewright backends`; a,b: by each")
    group.add_argument("--prompt", default="", metavar="TEXT", help="what is to be seen there, for backends that read")
    group.add_argument(
        "--control", action="append", default=[], metavar="NAME=VALUE", help="an input of the backend's own; again"
    )
    group.add_argument("--seed", type=int, default=0, metavar="N", help="number that all randomness follows from")
    group.add_argument("--grain", choices=("on", "off"), default="on", help="give new pixels the plate's grain")
    group.add_argument("--window", type=int, default=24, metavar="N", help="most frames held in memory (default: 24)")
    if context:
        group.add_argument("--context", type=int, default=0, metavar="PIXELS", help="how far around to look")


def generator_of(options: argparse.Namespace) -> dict[str, Any]:
    """The fields of a Request that say who makes it and with what words. Raises RequestError."""
    controls = {}
    for text in options.control:
        name, between, value = text.partition("=")
        if not between or not name:
            raise RequestError(
                f"--control {text[:80]} names no input",
                code="control_invalid",
                hint="Write it as --control NAME=VALUE.",
            )
        controls[name] = value
    return {"backend": options.backend, "prompt": options.prompt, "seed": options.seed, "controls": controls}


def add_choice_options(parser: argparse.ArgumentParser) -> None:
    """The generator's automatic choices, for who wants to turn them."""
    group = parser.add_argument_group("automatic choices (strengths go from 0 to 1)")
    group.add_argument(
        "--depth",
        choices=("auto", "on", "off"),
        default="auto",
        help="tell near from far where the camera's move shows it",
    )
    group.add_argument(
        "--moving-texture",
        choices=("auto", "off"),
        default="auto",
        help="let waves go on, and take other water, leaves, smoke from one frame at a time",
    )
    for name, default, text in (
        ("exposure-match", 1.0, "bring other frames to this one's exposure and balance"),
        ("sharpness-match", 1.0, "prefer frames that are blurred alike"),
        ("outlier-tolerance", 0.5, "how different a look may be and still count; less keeps out faint ghosts"),
        ("seam-healing", 1.0, "make the fill meet the shade around it"),
        ("grain-strength", 1.0, "of the grain that is given back"),
    ):
        group.add_argument(f"--{name}", type=float, default=default, metavar="S", help=f"{text} (default: {default:g})")


def choices_of(options: argparse.Namespace) -> dict[str, Any]:
    """The fields of Regenerate and Extend that `add_choice_options` sets."""
    names = (
        "depth", "moving_texture", "exposure_match", "sharpness_match", "outlier_tolerance", "seam_healing",
        "grain_strength",
    )  # fmt: skip
    return {name: getattr(options, name) for name in names}


def add_mark_options(parser: argparse.ArgumentParser) -> None:
    """`--take-from` and `--never-from`."""
    group = parser.add_argument_group("where pixels may be copied from (mattes: one for all frames, or a sequence)")
    group.add_argument("--take-from", default="", metavar="PATTERN", help="copy from here alone")
    group.add_argument("--never-from", default="", metavar="PATTERN", help="never copy from here; wins over the other")


def marks_of(options: argparse.Namespace) -> tuple[Reference, ...]:
    """The artist's marks. Raises RequestError."""
    asked = (("take_from", options.take_from), ("never_from", options.never_from))
    return tuple(Reference(role=role, pattern=full_path(text)) for role, text in asked if text)  # type: ignore[arg-type]


def add_reference_options(parser: argparse.ArgumentParser) -> None:
    """What is known of the pictures that are brought in."""
    group = parser.add_argument_group("references")
    group.add_argument("--reference-licence", default="", metavar="ID", help="what allows the use, for the manifest")
    group.add_argument(
        "--reference-source-type",
        default="",
        metavar="TYPE",
        help="IPTC digital source type, as digitalCapture, humanEdits or trainedAlgorithmicMedia",
    )
    group.add_argument("--reference-colour-space", default="", metavar="NAME", help="theirs (default: as EXR says)")


def add_output_options(parser: argparse.ArgumentParser, *, nested: bool = False) -> None:
    """What every verb has. nested: for an action below a verb, where what stands before it must not be undone."""
    unset = argparse.SUPPRESS
    group = parser.add_argument_group("output")
    group.add_argument(
        "--json", action="store_true", default=unset if nested else False, help="one JSON document, nothing else"
    )
    group.add_argument(
        "--quiet", action="store_true", default=unset if nested else False, help="no progress and no remarks"
    )
    group.add_argument(
        "--threads", type=int, default=unset if nested else 0, metavar="N", help="threads to use (default: every core)"
    )
    group.add_argument(
        "--debug", action="store_true", default=unset if nested else False, help="show where an error comes from"
    )


def full_path(text: str) -> str:
    """A pattern as a full path, so that the record still finds its plate when read from another folder.

    Raises RequestError for a name that is no text, which no record could hold.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        shown = text.encode(errors="replace").decode()
        raise RequestError(
            f"the path {shown[:200]} is not valid text",
            code="path_not_text",
            hint="Rename the file or folder in UTF-8.",
        ) from None
    if "\0" in text:
        raise RequestError("a path can't hold a zero character", code="path_not_text", hint="Check the path.")
    return os.path.abspath(os.path.expanduser(text))


def is_on(text: str) -> bool:
    """`on` or `off` as a truth value."""
    return text == "on"


def plate_of(options: argparse.Namespace) -> Plate:
    """The plate with the frames to make. Raises InputError where files are missing."""
    return Plate(full_path(options.plate), frames_of(options), options.colour_space, options.layer)


def matte_of(options: argparse.Namespace) -> Matte | None:
    """The matte, or None where none was given."""
    if not options.matte:
        return None
    return Matte(full_path(options.matte), options.matte_channel, options.invert_matte, options.grow, options.feather)


def reference_of(options: argparse.Namespace, role: str, pattern: str, frame: int | None = None) -> Reference:
    """A reference with what the command says of it. Raises RequestError where the source type does not exist."""
    from platewright.provenance.vocabulary import SOURCE_TYPES

    kind = options.reference_source_type
    if kind and kind not in SOURCE_TYPES:
        raise RequestError(
            f"'{kind[:60]}' is not a digital source type",
            code="reference_source_type_unknown",
            hint="Use one of " + ", ".join(sorted(SOURCE_TYPES)) + ".",
        )
    if role not in ("clean_plate", "anchor", "sky", "take_from", "never_from", *CONDITIONING):
        raise RequestError(f"no reference plays the role '{role}'")
    return Reference(
        role=role,  # type: ignore[arg-type]
        pattern=full_path(pattern),
        frame=frame,
        colour_space=options.reference_colour_space,
        licence=options.reference_licence,
        source_type=kind,
    )


def colour_of(options: argparse.Namespace) -> ColourConfig:
    """The colour configuration as it is now: $OCIO, the show's or the user's setting, else the built-in one.

    Raises ColourError for one that can't be used, RequestError, StorageError for settings that can't be read.
    """
    from platewright.imaging.colour_config import pinned
    from platewright.settings.layers import load_settings

    return pinned(load_settings(out_of(options)).colour.ocio)


def frames_of(options: argparse.Namespace) -> FrameRange:
    """The frames to make: those asked for, else all that plate and matte both have; then the handles.

    Raises RequestError, PlateError or MatteError where there are none.
    """
    from platewright.imaging.sequence import find_sequence, parse_frames

    if options.handles < 0:
        raise RequestError("--handles can't be negative", code="handles_invalid", hint="Use 0 or more.")
    if options.frames:
        return parse_frames(options.frames).with_handles(options.handles)
    plate = find_sequence(full_path(options.plate), None, "plate")
    shared = set(plate.frames)
    if getattr(options, "matte", ""):
        matte = find_sequence(full_path(options.matte), None, "matte")
        if not matte.is_still:
            # A still plate under a matte sequence is made for every frame of the matte.
            shared = set(matte.frames) if plate.is_still else shared & set(matte.frames)
    if not shared:
        raise RequestError(
            "plate and matte have no frame in common",
            code="range_empty",
            hint="Check both patterns, or say which frames with --frames.",
        )
    return FrameRange.of(shared).with_handles(options.handles)


def out_of(options: argparse.Namespace) -> Path:
    """The root folder of all elements."""
    return Path(full_path(options.out))


def use_threads(options: argparse.Namespace) -> None:
    """Let every library use as many threads as asked for, and memory go back when frames are dropped."""
    from platewright.imaging.memory import return_dropped_frames
    from platewright.imaging.threads import use_threads as use

    return_dropped_frames()
    use(options.threads or None)
