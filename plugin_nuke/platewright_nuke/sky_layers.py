"""A sky as layers to balance: the new sky by itself, its matte, and everything that was made around it.

    Read (picture, blend matte) ──────────────────────────────────────► plus ──► picture, blend matte
      └─ Copy (new sky, sky matte) ─┬──────────► minus ─► Premult ───────┘
                                    └─ Grade ────┘

What the take made is kept, and what the artist changes of the sky is added to it through the sky's matte: relit
foreground, grain and cleaned edges stay, and an untouched Grade adds 0 and gives the take's own bits. Another picture
in the Grade's place is another sky.
"""

from __future__ import annotations

from typing import Any

from .graph import ALWAYS_ON, Made
from .layout import Spot
from .shapes import SKY_LAYERS

__all__ = ["sky_in_layers"]

_MERGE = {
    "Achannels": "rgba", "Bchannels": "rgba", "output": "rgb", "also_merge": "none", "bbox": "B", "mix": 1,
    "maskChannelInput": "none", "maskChannelMask": "none", "process_mask": False, "sRGB": False, "screen_alpha": False,
    "metainput": "B", "rangeinput": "B", **ALWAYS_ON,
}  # fmt: skip
_NEUTRAL = {
    "channels": "rgb", "blackpoint": 0, "whitepoint": 1, "black": 0, "white": 1, "multiply": 1, "add": 0, "gamma": 1,
    "reverse": False, "black_clamp": False, "white_clamp": False, "maskChannelInput": "none", "unpremult": "none",
    "mix": 1, "mix_luminance": 0, "process_mask": False, **ALWAYS_ON,
}  # fmt: skip


def sky_in_layers(made: Made, read: Any, spot: Spot) -> Any:
    """Put the layers between a sky's Read and the Keymix; returns the node that has picture and blend matte."""
    copied: dict[str, object] = {"channels": "none", "bbox": "union", "mix": 1, "maskChannelInput": "none"}
    for number, (source, target) in enumerate(SKY_LAYERS):
        copied |= {f"from{number}": source, f"to{number}": target}
    copied |= {"unpremult": "none", "invert_unpremult": False, "process_mask": False, **ALWAYS_ON}
    sky = made.add("Copy", copied, (read, read), spot.at(1, 1))
    balanced = made.add("Grade", _NEUTRAL, (sky,), spot.at(2, 1))
    change = made.add("Merge2", {"operation": "minus", **_MERGE}, (sky, balanced), spot.at(2, 2))
    premult = {"channels": "rgb", "alpha": "rgba.alpha", "invert": False, **ALWAYS_ON}
    inside = made.add("Premult", premult, (change,), spot.at(2, 3))
    return made.add("Merge2", {"operation": "plus", **_MERGE}, (read, inside), spot.at(1, 3))
