"""The gate of rights as jobs pass it: when they are handed in, approved, begun, and before each send.

Records and profiles are read anew each time, so that a revocation or an expiry holds from the moment it is there.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

from platewright.contract.jobs import Submission
from platewright.contract.request import Request
from platewright.contract.rules import RuleFinding
from platewright.rights.case import Case, Generator
from platewright.rights.folder import Records
from platewright.rights.gate import look, refusal
from platewright.rights.profiles import policy_for

from .desk_settings import DeskSettings, RightsSettings
from .rights_book import RightsBook, today

__all__ = ["judge", "require", "rules_of"]

_NO_SHOW = "no-show"
_NEED_RECORDS = ("PW2", "PW302", "PW303", "PW304", "PW4")
"""Rules that compare with a show's records: where no show keeps any they are told and stop nothing."""


def rules_of(settings: DeskSettings, submission: Submission) -> tuple[RuleFinding, ...]:
    """What the rules say to a submission now, heaviest first.

    Raises RequestError `profile_unknown`, ManifestError, StorageError, CheckCouldNotRun: what can't be looked at stops.
    """
    generator = settings.backend(submission.request.backend).generator
    return judge(settings.rights, generator, submission.request, submission.intent)


def require(settings: DeskSettings, submission: Submission) -> None:
    """Raises RefusedError `rule_blocks`, ApprovalMissing `rule_escalates` where a rule stops it, else as `rules_of`."""
    error = refusal(rules_of(settings, submission))
    if error is not None:
        raise error


def judge(
    rights: RightsSettings, generator: Generator, request: Request, intent: Literal["draft", "final"]
) -> tuple[RuleFinding, ...]:
    """What the rules say to a request made by a generator. Raises as `rules_of`."""
    folder = rights.folder if rights.folder is not None and rights.folder.is_dir() else None
    named = tuple(name.strip() for name in request.rights.policy.split(",") if name.strip())
    records = RightsBook(folder).records() if folder is not None else Records(Path())
    policy = policy_for((*rights.profiles, *named), folder)
    found = look(Case(request, intent, generator, records, policy, today(), rights.territories))
    bound = rights.always or folder is not None or bool(rights.profiles or named)
    return found if bound else tuple(_told(one) for one in found)


def _told(found: RuleFinding) -> RuleFinding:
    """A finding where no show keeps records: those that compare with records stop nothing."""
    return replace(found, lifted_with=_NO_SHOW) if found.stops and found.rule.startswith(_NEED_RECORDS) else found
