"""Where backends find what a user or a studio has set up: servers, workflows, programs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from platewright.settings.schema import Settings

__all__ = ["Home"]


@dataclass(frozen=True, slots=True)
class Home:
    """comfyui: addresses of servers. workflows: folder of a user's own. commands: file that names programs.
    models: file that names diffusers models. environments: folder of backends that have one of their own.
    prices: file with what hosted vendors ask.
    """

    comfyui: tuple[str, ...] = ()
    workflows: Path = Path("workflows")
    commands: Path = Path("commands.toml")
    models: Path = Path("models.toml")
    environments: Path = Path("environments")
    prices: Path = Path("prices.toml")

    @classmethod
    def of(cls, settings: Settings) -> Home:
        """As the settings say."""
        part, home = settings.backends, settings.signing().home
        return cls(
            tuple(address.rstrip("/") for address in part.comfyui.replace(",", " ").split()),
            Path(part.workflows).expanduser() if part.workflows else home / "workflows",
            Path(part.commands).expanduser() if part.commands else home / "commands.toml",
            Path(part.models).expanduser() if part.models else home / "models.toml",
            Path(part.environments).expanduser() if part.environments else home / "environments",
            home / "prices.toml",
        )
