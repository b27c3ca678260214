"""The one table of controls. The panel's widgets and the Blender add-on's properties are generated from it.

A test holds it against the request: every word of a request has a control here, or stands in `NOT_SHOWN` with the
reason, and every default is the request's own. Standard library only.
"""

from __future__ import annotations

from .field import Choice, Field, Group, OperationKind
from .reference_fields import REFERENCE_FIELDS, REFERENCE_ROLES, SOURCE_TYPES, WITH_MATTE
from .rights_fields import RIGHTS_FIELDS

__all__ = [
    "COVERS", "FIELDS", "GROUPS", "NOT_SHOWN", "OPERATIONS", "REFERENCE_FIELDS", "REFERENCE_ROLES", "SOURCE_TYPES",
    "field_named", "fields_of",
]  # fmt: skip

OPERATIONS: tuple[Choice, ...] = (
    Choice("regenerate", "Regenerate", "Fill what the matte covers, over a frame range."),
    Choice("extend", "Extend", "Grow the plate outward; its own pixels stay as they are."),
    Choice("replace_sky", "Replace sky", "Put another sky behind the foreground."),
)

GROUPS: tuple[Group, ...] = (
    Group("what", "What", "What is made, for which frames."),
    Group("again", "Make again", "Go on from a take that is there: what you leave out stays as it is, bit for bit."),
    Group("size", "Size", "How far the plate grows on each side."),
    Group("sky", "Sky", "Which sky comes behind the foreground, and how the two meet."),
    Group("matte", "Matte", "How the matte is read. The comp's own node is never changed.", advanced=True),
    Group("context", "Context", "What the generator looks at. It never changes pixels outside the matte."),
    Group("generator", "Generator", "Who makes the pixels, and how."),
    Group(
        "choices", "Automatic choices", "What the built-in generator decides by itself, to be turned.", advanced=True
    ),
    Group("rights", "Show and rights", "For whom this is done, and under which rules.", advanced=True),
    Group("job", "Job", "How the job is meant, and what the ledger keeps of it.", advanced=True),
    Group("placing", "In the comp", "How a take is placed. Your own nodes are never changed.", advanced=True),
    Group("plate", "Plate", "What has to be known to read the plate.", advanced=True),
)

_WITH_CONTEXT: tuple[OperationKind, ...] = ("regenerate", "extend")
_EXTEND: tuple[OperationKind, ...] = ("extend",)
_SKY: tuple[OperationKind, ...] = ("replace_sky",)
_AGAIN: tuple[str, tuple[str, ...]] = ("base.how", ("frames", "region"))


def _pad(side: str) -> Field:
    words = f"Pixels to add at the {side} of the plate. 0 adds nothing there."
    return Field(
        f"operation.pads.{side}", "size", "whole", side.capitalize(), words, 0, unit="px", least=0, most=8192, step=16,
        operations=_EXTEND, remembered=False,
    )  # fmt: skip


def _strength(name: str, label: str, words: str, default: float = 1.0) -> Field:
    return Field(
        f"operation.{name}", "choices", "number", label, words, default, least=0, most=1, step=0.05,
        operations=_WITH_CONTEXT,
    )  # fmt: skip


FIELDS: tuple[Field, ...] = (
    Field(
        "element", "what", "text", "Element",
        "The name of what is being made, as in rig_removal_left: letters, digits, _ and -, and no version. "
        "Takes are versions of an element.",
        "regenerated", defaults=(("extend", "extension"), ("replace_sky", "sky")), remembered=False,
    ),
    Field(
        "host.frames", "what", "frames", "Frames",
        "The frames to make, as in 1001-1016 or 1001,1005-1009. Empty: all frames of the plate.", remembered=False,
    ),
    Field(
        "host.range", "what", "choice", "All frames of", "Which frames are meant where none are typed.", "input",
        choices=(
            Choice("input", "The plate", "As the selected node says."),
            Choice("script", "The script", "The range of the script's settings."),
        ),
        needs="script range",
    ),
    Field(
        "host.view", "what", "text", "View",
        "The view to make and to place it in; others keep the plate. Empty: the first one.", needs="views",
        remembered=False,
    ),
    Field(
        "host.handles", "what", "whole", "Handles", "As many further frames at both ends.", 0, unit="frames",
        least=0, most=1000,
    ),
    Field(
        "host.takes", "what", "whole", "Takes",
        "How many takes to make at once. Each is a version of its own and varies what is a matter of taste.", 1,
        least=1, most=20,
    ),
    Field(
        "host.clean", "what", "switch", "Clean patch too",
        "Make it a second time without grain, as an element of its own (…_clean): for the branch of the comp that has "
        "no grain. Select that branch and bring it in.",
        False, needs="placing",
    ),
    Field(
        "host.root", "what", "folder", "Folder",
        "Where elements are kept. Each gets a folder of its own below. A folder named v001 would be changed "
        "by version keys: leave versions out of its path.",
    ),
    Field(
        "prompt", "what", "long_text", "Prompt",
        "What is to be seen there, in words. The chosen generator reads it; others have no field for it.",
        needs="prompt", remembered=False,
    ),
    Field(
        "base.how", "again", "choice", "What",
        "Of a take that is there: its bad frames alone, or a smaller matte alone. All else is taken over byte for "
        "byte.",
        "all",
        choices=(
            Choice("all", "Everything", "A take made whole."),
            Choice("frames", "Some frames", "The frames you type; all others are the earlier take's own files."),
            Choice("region", "A smaller matte", "Inside your matte alone; elsewhere the earlier take's pixels stay."),
        ),
        operations=_WITH_CONTEXT, remembered=False,
    ),
    Field(
        "base.version", "again", "whole", "Of version", "The take to go on from. 0: the element's latest.", 0,
        least=0, most=999_999, operations=_WITH_CONTEXT, when=_AGAIN, remembered=False,
    ),
    Field(
        "base.frames", "again", "frames", "Frames",
        "The frames to make again, as in 1007-1009. With a smaller matte, empty means: wherever it covers anything.",
        operations=_WITH_CONTEXT, when=_AGAIN, remembered=False,
    ),
    Field(
        "base.overlap", "again", "whole", "Beside them", "As many frames next to those are made again too.", None,
        optional=True, unit="frames", least=0, most=1000, operations=_WITH_CONTEXT, when=("base.how", "frames"),
        remembered=False,
    ),
    _pad("left"), _pad("right"), _pad("top"), _pad("bottom"),
    Field(
        "operation.grow_display", "size", "switch", "Larger format",
        "On: the result is a larger format. Off: the new pixels are overscan around the same format.", False,
        operations=_EXTEND,
    ),
    Field(
        "sky.from", "sky", "choice", "New sky",
        "A picture of your own, a sky computed from the sun's place, or one that a model paints.", "picture",
        choices=(
            Choice("picture", "Picture", "A still or a sequence: a photograph, a panorama, a matte painting."),
            Choice("formula", "Computed sky", "Physical daylight for a place of the sun; no picture needed."),
            Choice("model", "Painted by a model", "The generator that is chosen paints it from the prompt, once."),
        ),
        operations=_SKY,
    ),
    Field(
        "sky.picture", "sky", "file", "Picture", "The new sky: a still, or a sequence as in sky.####.exr.",
        operations=_SKY, when=("sky.from", "picture"), remembered=False,
    ),
    Field(
        "operation.form", "sky", "choice", "It is", "What the picture shows: the whole sky around, or a part of it.",
        "auto",
        choices=(
            Choice("auto", "Told by its size", "A panorama where it is twice as wide as high, else flat."),
            Choice("panorama", "A panorama", "A whole sphere, as HDRIs are: the horizon is its middle row."),
            Choice("flat", "Flat", "A photograph or painting: the horizon is near its lower edge."),
        ),
        operations=_SKY, when=("sky.from", "picture"), remembered=False,
    ),
    Field(
        "sky.azimuth", "sky", "number", "Sun direction",
        "Where the sun stands, to the right of straight ahead in the first frame. 180 is behind the camera.", 220.0,
        unit="°", least=-360, most=360, step=5, digits=1, operations=_SKY, when=("sky.from", "formula"),
    ),
    Field(
        "sky.elevation", "sky", "number", "Sun height", "How high the sun stands above the horizon.", 35.0,
        unit="°", least=0, most=90, step=1, digits=1, operations=_SKY, when=("sky.from", "formula"),
    ),
    Field(
        "sky.turbidity", "sky", "number", "Turbidity", "1.8 is very clear mountain air, 10 is thick haze.", 3.0,
        least=1.8, most=10, step=0.2, digits=1, operations=_SKY, when=("sky.from", "formula"),
    ),
    Field(
        "sky.overcast", "sky", "number", "Overcast", "0 is a clear sky, 1 a closed one.", 0.0,
        least=0, most=1, step=0.05, operations=_SKY, when=("sky.from", "formula"),
    ),
    Field(
        "operation.relight", "sky", "number", "Relight",
        "How far the foreground's light follows the new sky: 0 leaves it as it is. This changes foreground pixels.",
        0.5, least=0, most=1, step=0.05, operations=_SKY,
    ),
    Field(
        "operation.haze", "sky", "number", "Haze",
        "How far the new sky fades into the plate's own haze at the horizon.", 0.5, least=0, most=1, step=0.05,
        operations=_SKY,
    ),
    Field(
        "operation.horizon", "sky", "number", "Horizon",
        "The horizon's height in the first frame, from the top of the format. Automatic: it is estimated.", None,
        optional=True, unit="px", least=-16384, most=16384, step=1, digits=1, operations=_SKY, remembered=False,
    ),
    Field(
        "operation.field_of_view", "sky", "number", "Field of view",
        "Horizontal, of the camera. Automatic: from the file's header, or a usual lens.", None, optional=True,
        unit="°", least=1, most=179, step=1, digits=1, operations=_SKY, remembered=False,
    ),
    Field(
        "matte.channel", "matte", "text", "Channel",
        "The channel to use. Empty: the alpha, else the only one there is.", operations=WITH_MATTE,
    ),
    Field(
        "matte.invert", "matte", "switch", "Invert", "The matte is 0 where it should be 1.", False,
        operations=WITH_MATTE,
    ),
    Field(
        "matte.grow", "matte", "number", "Grow",
        "Pixels by which the matte is grown outward before it is used; a negative number shrinks it.", 0.0,
        unit="px", least=-500, most=500, step=1, digits=1, operations=WITH_MATTE,
    ),
    Field(
        "matte.feather", "matte", "number", "Feather", "Pixels over which its edge is softened outward.", 0.0,
        unit="px", least=0, most=500, step=1, digits=1, operations=WITH_MATTE,
    ),
    Field(
        "operation.context", "context", "whole", "Look around",
        "Pixels around the region that are looked at. 0: chosen by itself. More helps with large structures and "
        "takes longer.", 0, unit="px", least=0, most=4096, step=16, operations=_WITH_CONTEXT,
    ),
    Field(
        "region", "context", "box", "Stay inside",
        "A rectangle of the plate to stay inside, as x0 y0 x1 y1 in pixels from the top left. Empty: everywhere.", "",
        remembered=False,
    ),
    Field(
        "operation.window", "context", "whole", "Frames to look at",
        "Most frames held in memory at a time, which is also how far in time a pixel may come from.", 24,
        unit="frames", least=2, most=500,
    ),
    Field(
        "backend", "generator", "choice", "Generator",
        "Who makes the pixels. Below it stands what it can do, what it costs, and where your pixels go.", "builtin",
    ),
    Field(
        "host.also", "generator", "several", "Bake-off with",
        "Further generators that make the same request at once. Each one's price and the sum are told before anything "
        "is sent; the takes come side by side.", when=("base.how", "all"), remembered=False,
    ),
    Field(
        "operation.grain", "generator", "switch", "Plate's grain",
        "Give new pixels the grain that was measured in the plate. Off for a branch that is grained later.", True,
    ),
    Field(
        "seed", "generator", "whole", "Seed",
        "All randomness follows from it: the same seed and the same settings give the same take.", 0, least=0,
        most=2**31 - 1, remembered=False,
    ),
    Field(
        "operation.depth", "choices", "choice", "Depth", "Tell near from far where the camera's move shows it.", "auto",
        choices=(Choice("auto", "Where it helps"), Choice("on", "Always"), Choice("off", "Never")),
        operations=_WITH_CONTEXT,
    ),
    Field(
        "operation.moving_texture", "choices", "choice", "Moving texture",
        "Let waves go on, and take other water, leaves and smoke from one frame at a time.", "auto",
        choices=(Choice("auto", "Where it moves"), Choice("off", "Never")), operations=_WITH_CONTEXT,
    ),
    Field(
        "operation.seen", "choices", "choice", "Other frames",
        "With a model: whether what other frames show goes before what it makes.", "auto",
        choices=(Choice("auto", "First, unless there is a prompt"), Choice("first", "First"), Choice("never", "Never")),
        operations=("regenerate",),
    ),
    _strength("exposure_match", "Exposure match", "How far other frames are brought to this one's light and balance."),
    _strength(
        "sharpness_match", "Sharpness match",
        "How far frames that are blurred alike are preferred, and others made as soft or sharp.",
    ),
    _strength(
        "outlier_tolerance", "Outlier tolerance",
        "How different a look at a pixel may be and still count; less keeps out faint ghosts.", 0.5,
    ),
    _strength("seam_healing", "Seam healing", "How far the fill is made to meet the shade around it."),
    _strength("grain_strength", "Grain strength", "Of the grain that is given back; 1 is the plate's own."),
    *RIGHTS_FIELDS,
    Field(
        "submission.intent", "job", "choice", "Meant as",
        "A draft is for looking. A final needs an approved draft of the same element, or a reason.", "draft",
        choices=(Choice("draft", "Draft"), Choice("final", "Final")), remembered=False,
    ),
    Field(
        "submission.override", "job", "text", "Reason",
        "Why a final goes without an approved draft; it lands in the ledger for good.",
        when=("submission.intent", "final"), remembered=False,
    ),
    Field(
        "submission.anew", "job", "switch", "Make it anew",
        "Make it even where a take of the same request is there already; else that take is used, for nothing.", False,
        remembered=False,
    ),
    Field(
        "submission.priority", "job", "whole", "Priority", "A greater number goes first within its shot.", 0,
        least=-1000, most=1000, remembered=False,
    ),
    Field(
        "submission.who", "job", "text", "Your name", "Who asks; it stands in the ledger and beside approvals.",
    ),
    Field(
        "submission.why", "job", "text", "Note", "In your own words, for the ledger.", remembered=False,
    ),
    Field(
        "host.rewire", "placing", "switch", "Rewire", "Let what hangs on the plate hang on the result instead.", False,
        needs="placing",
    ),
    Field(
        "host.reformat", "placing", "switch", "Larger format",
        "Make the extension's overscan the format. Off: the format stays, and the new pixels are overscan.", False,
        needs="placing", operations=_EXTEND, when=("operation.grow_display", False),
    ),
    Field(
        "host.layers", "placing", "switch", "Sky in layers",
        "The new sky and its matte apart, to balance it. Off: the picture that was made.", True, needs="placing",
        operations=_SKY,
    ),
    Field(
        "host.disclose", "placing", "switch", "Disclose",
        "Say in every frame's metadata which take it is and what made it.", True, needs="placing",
    ),
    Field(
        "plate.colour_space", "plate", "text", "Colour space",
        "The plate's colour space by its name in the OCIO configuration. Empty: what its file says, or your host.",
        remembered=False,
    ),
    Field(
        "plate.layer", "plate", "text", "Layer",
        "The EXR layer or part that holds the picture. Empty: the plain R, G and B.", remembered=False,
    ),
)  # fmt: skip

COVERS: dict[str, tuple[str, ...]] = {
    "operation.sky": ("sky.from", "sky.azimuth", "sky.elevation", "sky.turbidity", "sky.overcast"),
    "plate.frames": ("host.frames", "host.handles"),
    "take": ("host.takes",),
    "base.region": ("base.how",),
    "submission.root": ("host.root",),
}
"""What of a request several controls make together."""

NOT_SHOWN: dict[str, str] = {
    "rights.territories": "a show's settings say where it will be shown; the command line has --territory",
    "operation.kind": "the tabs above the controls choose it",
    "plate.pattern": "the host brings it, from what is selected or opened",
    "matte.pattern": "the host brings it, from what is selected or drawn",
    "base.record": "the engine fills it in when it takes the request on",
    "references.of_set": "the menu of the show's reference sets brings it; a copied take keeps it",
    "controls": "the chosen generator tells which there are: see backend_controls",
    "colour": "the session sends the host's own OCIO configuration along",
    "submission.threads": "the engine shares the machine's threads among its workers",
    "submission.request": "it is what the other controls make",
    "submission.key": "made anew for every click, so that a job is never handed in twice",
    "submission.accept_cost": "set from the quote that stands beside the button when it is pressed",
}

_BY_NAME = {field.name: field for field in (*FIELDS, *REFERENCE_FIELDS)}


def field_named(name: str) -> Field:
    """The field of that name. Raises KeyError."""
    return _BY_NAME[name]


def fields_of(operation: str, group: str = "") -> tuple[Field, ...]:
    """An operation's fields in their order, of one group or of all."""
    return tuple(field for field in FIELDS if operation in field.operations and (not group or field.group == group))
