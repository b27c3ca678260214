"""What the adapter asks of a server, whichever of ComfyUI's two languages it speaks (see `server` and `api_v2`)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from platewright.contract.progress import Step
from platewright.settings.secrets import secret

from .workflow import Graph

__all__ = ["FOLDER", "MOST_FILES", "MOST_PICTURE", "Made", "Serving", "first_mistake", "headers"]

FOLDER = "platewright"
"""The server's folder that our uploads and results lie in."""
MOST_PICTURE = 2 * 1024**3
MOST_FILES = 2000


@dataclass(frozen=True, slots=True)
class Made:
    """How a job stands on a server. files: what its output node saved. why: what the server says went wrong.

    step: how far it is, where asking tells.
    """

    state: Literal["queued", "running", "done", "failed", "cancelled", "missing"]
    files: tuple[dict[str, str], ...] = ()
    why: str = ""
    step: Step | None = None


class Serving(Protocol):
    """A server. base: its address, as the settings write it. is_paid: it wants money, which nothing here counts.

    Every method may raise BackendError.
    """

    @property
    def base(self) -> str:
        """The address, as in the settings."""

    @property
    def is_paid(self) -> bool:
        """Whether it is somebody else's, for money."""

    def lacks(self, graph: Graph) -> list[str]:
        """What a graph needs and the server has not, by name, as far as it can be asked."""

    def waiting(self) -> int:
        """How many jobs it has."""

    def upload(self, data: bytes) -> Any:
        """Put a picture there; what stands for it in a graph."""

    def submit(self, key: str, graph: Graph) -> str:
        """Hand a graph in, marked by a key of ours; the id that it has there. Raises as Api.pay does."""

    def found(self, key: str, output: str) -> str:
        """The id of what was handed in with a key; empty where the server has no such job."""

    def stands(self, remote: str, output: str) -> Made:
        """How a job stands."""

    def step(self, remote: str, state: str) -> Step | None:
        """How far a job is that stands so, where the server tells."""

    def fetch(self, file: dict[str, str], target: Path) -> None:
        """Write one of a job's pictures."""

    def cancel(self, remote: str) -> None:
        """Stop this job, and no other."""

    def forget(self) -> None:
        """Ask anew what nodes and models there are: somebody may have installed some."""

    def told(self) -> str:
        """What answers there, and what was looked at, for people."""


def headers() -> dict[str, str]:
    """What tells a server behind a login who we are."""
    token = secret("comfyui_token")
    return {"Authorization": f"Bearer {token.reveal()}"} if token is not None else {}


def first_mistake(errors: Any) -> str:
    """The first mistake that the server finds, by node and input."""
    if not isinstance(errors, dict):
        return ""
    for node, part in errors.items():
        for error in part.get("errors", []) if isinstance(part, dict) else []:
            extra = error.get("extra_info") if isinstance(error.get("extra_info"), dict) else {}
            kind, name = str(error.get("type", ""))[:60], str(extra.get("input_name", ""))[:60]
            value = str(extra.get("received_value", ""))[:80]
            return f"node {str(node)[:20]} ({str(part.get('class_type', ''))[:60]}) {name} {value}: {kind}"
    return ""
