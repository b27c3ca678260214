"""The one error tree of Platewright.

Every error carries a stable `code`, a sentence an artist understands, a `hint` that says what to do, the
`frame` it is about where there is one, and whether a `retry` of the same thing can help.

    PlatewrightError
    ├── InputError             what was handed in can't be used as it is                     exit 2
    │   ├── RequestError       the words of the request (a flag, a range, an element's name)
    │   ├── PlateError         the plate: missing, truncated, deep, NaN where it matters
    │   ├── MatteError         the matte: missing, empty, another size than the plate
    │   └── ColourError        a colour space that is unknown or can't be converted
    ├── StorageError           a folder or a disk: unreadable, unwritable, full              exit 3
    │   └── TakeConflict       another process holds the version that was asked for
    ├── SynthesisError         the generator could not make what was asked for               exit 4
    │   └── BackendError       a generator elsewhere failed, or can't be reached
    │       ├── SendRefused    it said no to the request; nothing was accepted
    │       └── SendUnknown    nobody can tell whether it accepted the request
    ├── ProvenanceError        signing or reading a manifest failed                          exit 5
    │   ├── SigningError       no usable identity, an expired certificate, a locked token
    │   └── ManifestError      a manifest or record that is missing, malformed or hostile
    ├── VerificationFailed     a check ran and said no                                       exit 6
    ├── CheckCouldNotRun       a check could not run: it counts as failed                    exit 7
    ├── JobError               the job can't do what was asked of it                         exit 8
    │   ├── JobNotFound        there is no such job
    │   └── JobConflict        it is in a state where that can't be done
    ├── RefusedError           a rule, a budget or a person said no; nothing was charged     exit 9
    │   ├── BudgetExceeded     it would cost more than the show, shot or user has left
    │   └── ApprovalMissing    a person has to approve something first
    ├── EngineError            the engine: not there, not answering, of another version      exit 10
    ├── Cancelled              the user stopped it                                           exit 130
    └── InternalError          our own mistake, with the text to report                      exit 70
"""

from __future__ import annotations

from typing import ClassVar

__all__ = [
    "ApprovalMissing",
    "BackendError",
    "BudgetExceeded",
    "Cancelled",
    "CheckCouldNotRun",
    "ColourError",
    "EngineError",
    "InputError",
    "InternalError",
    "JobConflict",
    "JobError",
    "JobNotFound",
    "ManifestError",
    "MatteError",
    "PlateError",
    "PlatewrightError",
    "ProvenanceError",
    "RefusedError",
    "RequestError",
    "SendRefused",
    "SendUnknown",
    "SigningError",
    "StorageError",
    "SynthesisError",
    "TakeConflict",
    "VerificationFailed",
]


class PlatewrightError(Exception):
    """The root. `str(error)` is the sentence; code, hint and frame stand beside it.

    code: stable identifier in lower case with underscores, for scripts and documentation.
    hint: one sentence that says what to do; empty where there is nothing to say.
    frame: the frame number it is about, or None.
    retry: True where doing the same again can help (a network, a full disk that was cleared).
    """

    exit_code: ClassVar[int] = 1
    default_code: ClassVar[str] = "error"

    def __init__(
        self, message: str, *, code: str = "", hint: str = "", frame: int | None = None, retry: bool = False
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.hint = hint
        self.frame = frame
        self.retry = retry

    def as_dict(self) -> dict[str, object]:
        """The error as plain JSON values, for `--json` and for the wire."""
        return {
            "code": self.code,
            "message": self.message,
            "hint": self.hint,
            "frame": self.frame,
            "retry": self.retry,
        }


class InputError(PlatewrightError):
    """What was handed in can't be used as it is."""

    exit_code = 2
    default_code = "input_invalid"


class RequestError(InputError):
    """The words of the request: a flag, a range, an element's name."""

    default_code = "request_invalid"


class PlateError(InputError):
    """The plate: missing, truncated, deep, or with NaN where it matters."""

    default_code = "plate_unreadable"


class MatteError(InputError):
    """The matte: missing, empty, or of another size than the plate."""

    default_code = "matte_unusable"


class ColourError(InputError):
    """A colour space that is unknown or can't be converted."""

    default_code = "colour_unknown"


class StorageError(PlatewrightError):
    """A folder or a disk: unreadable, unwritable, full."""

    exit_code = 3
    default_code = "storage_failed"


class TakeConflict(StorageError):
    """Another process holds the version that was asked for."""

    default_code = "take_conflict"


class SynthesisError(PlatewrightError):
    """The generator could not make what was asked for."""

    exit_code = 4
    default_code = "synthesis_failed"


class BackendError(SynthesisError):
    """A generator elsewhere failed, or can't be reached. after_s: seconds it asks us to wait before another try."""

    default_code = "backend_failed"

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        hint: str = "",
        frame: int | None = None,
        retry: bool = False,
        after_s: float = 0.0,
    ) -> None:
        super().__init__(message, code=code, hint=hint, frame=frame, retry=retry)
        self.after_s = after_s


class SendRefused(BackendError):
    """The backend said no to the request: it was not accepted, and nothing is charged for it."""

    default_code = "send_refused"


class SendUnknown(BackendError):
    """Nobody can tell whether the backend accepted the request; it is never sent again blindly."""

    default_code = "send_unknown"


class ProvenanceError(PlatewrightError):
    """Signing or reading a manifest failed."""

    exit_code = 5
    default_code = "provenance_failed"


class SigningError(ProvenanceError):
    """No usable signing identity, an expired certificate, a locked token."""

    default_code = "signing_failed"


class ManifestError(ProvenanceError):
    """A manifest or a record that is missing, malformed or hostile."""

    default_code = "manifest_invalid"


class VerificationFailed(PlatewrightError):
    """A check ran and said no."""

    exit_code = 6
    default_code = "verification_failed"


class CheckCouldNotRun(PlatewrightError):
    """A check could not run, which counts as failed."""

    exit_code = 7
    default_code = "check_could_not_run"


class JobError(PlatewrightError):
    """The job can't do what was asked of it."""

    exit_code = 8
    default_code = "job_failed"


class JobNotFound(JobError):
    """There is no such job."""

    default_code = "job_not_found"


class JobConflict(JobError):
    """The job is in a state where that can't be done."""

    default_code = "job_conflict"


class RefusedError(PlatewrightError):
    """A rule, a budget or a person said no; nothing was charged."""

    exit_code = 9
    default_code = "refused"


class BudgetExceeded(RefusedError):
    """It would cost more than the show, the shot or the user has left."""

    default_code = "budget_exceeded"


class ApprovalMissing(RefusedError):
    """A person has to approve something first."""

    default_code = "approval_missing"


class EngineError(PlatewrightError):
    """The engine is not there, does not answer, speaks another version, or refuses the call."""

    exit_code = 10
    default_code = "engine_failed"


class Cancelled(PlatewrightError):
    """The user stopped the work; nothing of it is left behind."""

    exit_code = 130
    default_code = "cancelled"


class InternalError(PlatewrightError):
    """A mistake of ours; the message holds what to report."""

    exit_code = 70
    default_code = "internal"
