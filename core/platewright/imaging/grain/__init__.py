"""Grain: measured on the plate against level with its spatial spectrum, made again, and compared.

Why it exists: a synthesised or averaged pixel lacks the plate's grain and shows. All in scene-linear light. This
package must not know operations, requests or files: arrays in, arrays and values out.
"""

from __future__ import annotations

from .between import sampled_apart
from .match import merge, score
from .measure import measure
from .model import NO_GRAIN, GrainModel
from .synthesis import regrain, synthesise

__all__ = ["NO_GRAIN", "GrainModel", "measure", "merge", "regrain", "sampled_apart", "score", "synthesise"]
