"""What a sky replacement has to say about its own work."""

from __future__ import annotations

from platewright.contract.findings import Finding, Severity

__all__ = ["TAKEN_FOR_A_SPHERE", "absent", "track_lost", "uncertain"]

TAKEN_FOR_A_SPHERE = Finding(
    "sky_taken_for_a_sphere",
    Severity.NOTE,
    "the sky's picture was taken for a panorama of the whole sphere, because it is twice as wide as high",
    remedy="If it is a flat picture, say so: --sky-form flat, or 'It is' in the panel.",
)
"""What is said where only the size told."""


def uncertain(number: int, confidence: float) -> Finding:
    """The first matte below the confidence that a person need not look at; those that follow it are no surer."""
    return Finding(
        "sky_matte_uncertain",
        Severity.WARNING,
        f"the sky matte is a guess from frame {number} on (confidence {confidence:.2f}): its outline is "
        "faint or open, or straight edges run through it",
        frame=number,
        remedy="Look at the matte (channel sky.A of the patch). If it is wrong, give --horizon or a matte of the sky.",
    )


def absent(number: int) -> Finding:
    """A frame whose sky has gone."""
    return Finding(
        "sky_absent",
        Severity.NOTE,
        f"no sky was found in frame {number}, though in the one before; the frame stays as it is",
        frame=number,
        remedy="If there is sky in it, give a matte of the sky.",
    )


def track_lost(number: int) -> Finding:
    """A frame whose turn was not found."""
    return Finding(
        "sky_track_lost",
        Severity.WARNING,
        f"the camera's turn could not be found in frame {number}; the sky stays where it was",
        frame=number,
        remedy="Watch the sky for a slide there. If it is a cut, split the range.",
    )
