"""What every hosted backend must do when its vendor, or the way there, does wrong: one suite over each one's fake."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest

from platewright.backends.protocol import Generator
from platewright.contract.errors import BackendError, SendRefused, SendUnknown
from platewright.contract.vendors import RemoteStatus
from tests.fakes.hosted import HostedFake
from tests.suites.backends import BackendPromises, Case, legal_inputs, legal_size, send, wait

__all__ = ["HostedPromises", "SentPromises", "Setting"]


@dataclass(frozen=True)
class Setting:
    """A vendor as the suite sets it up. opened: its backend at a base. fake: its server for a size, with faults.

    paid: where the addresses of paid calls begin. secrets: further ones, by name.
    """

    name: str
    token: str
    opened: Callable[[str], Generator]
    fake: Callable[..., HostedFake]
    paid: str
    secrets: dict[str, str] = field(default_factory=dict)


class SentPromises(BackendPromises):
    """What holds for every vendor that is sent to. A subclass gives the fixture `setting`."""

    folder = ""

    @pytest.fixture
    def setting(self) -> Setting:
        raise NotImplementedError

    @pytest.fixture(autouse=True)
    def _token(self, setting: Setting, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv(f"PLATEWRIGHT_SECRET_{setting.token.upper()}", HostedFake.token)
        for name, text in setting.secrets.items():
            monkeypatch.setenv(f"PLATEWRIGHT_SECRET_{name.upper()}", text)
        self.folder = str(tmp_path)

    @pytest.fixture
    def case(self, setting: Setting) -> Iterator[Case]:
        with self.started(setting) as (case, _):
            yield case

    @contextmanager
    def started(self, setting: Setting, *faults: str) -> Iterator[tuple[Case, HostedFake]]:
        limits = setting.opened("").capabilities()
        fake = setting.fake(legal_size(limits), *faults)
        with fake.serving():
            generator = setting.opened(fake.base)
            yield Case(generator, legal_inputs(limits), fake.charged, HostedFake.token, self.folder), fake

    @pytest.mark.parametrize("fault", ["busy for seconds", "busy until a date"])
    def test_too_many_requests_are_asked_again_after_the_time_it_says(self, setting: Setting, fault: str) -> None:
        with self.started(setting, fault) as (case, fake):
            with pytest.raises(BackendError) as caught:
                send(case)
            assert caught.value.retry and 0 < caught.value.after_s <= 3
            assert not isinstance(caught.value, (SendRefused, SendUnknown)) and not fake.jobs

    def test_a_no_is_a_no_and_costs_nothing(self, setting: Setting) -> None:
        with self.started(setting, "refused") as (case, fake):
            with pytest.raises(SendRefused) as caught:
                send(case)
            assert "not like this" in caught.value.message and not fake.jobs

    @pytest.mark.parametrize("fault", ["lost before", "lost after", "broken after", "garbled after"])
    def test_an_answer_that_does_not_come_is_unknown_and_sent_once(self, setting: Setting, fault: str) -> None:
        with self.started(setting, fault) as (case, fake):
            with pytest.raises(SendUnknown):
                send(case)
            assert len(fake.jobs) == (fault != "lost before")
            assert len([one for one in fake.log if one.path.startswith(setting.paid)]) == 1, "the one paid call"

    def test_nobody_there_is_known_to_have_got_nothing(self, setting: Setting) -> None:
        with self.started(setting) as (_, fake):
            base = fake.base
        generator = setting.opened(base)
        case = Case(generator, legal_inputs(generator.capabilities()), folder=self.folder)
        with pytest.raises(BackendError) as caught:
            send(case)
        assert caught.value.code == "backend_unreachable" and caught.value.retry
        assert not isinstance(caught.value, SendUnknown)

    def test_a_vendor_that_says_the_token_back_is_not_quoted(
        self, setting: Setting, caplog: pytest.LogCaptureFixture
    ) -> None:
        with self.started(setting, "says the token") as (case, fake):
            secrets = [fake.token, *setting.secrets.values()]
            with caplog.at_level("DEBUG"), pytest.raises(SendRefused) as caught:
                send(case)
            said = f"{caught.value!r} {caught.value} {caught.value.hint} {caplog.text} {case.generator.check()}"
            assert not [one for one in secrets if one in said], said
            address = [one.path for one in fake.log]
            assert not [one for one in secrets if one in str(address)], "no secret in an address"


class HostedPromises(SentPromises):
    """The suite for a vendor with jobs, that are asked for and fetched."""

    @pytest.mark.parametrize("fault", ["moderated", "moderated and charged"])
    def test_what_moderation_keeps_back_is_terminal(self, setting: Setting, fault: str) -> None:
        with self.started(setting, fault) as (case, _):
            status = wait_patiently(case.generator, send(case)[0])
            assert status.state == "failed" and status.moderated and status.failure is not None
            if status.charged is not None:
                assert (Decimal(status.charged.amount) > 0) == (fault == "moderated and charged")

    def test_a_failed_job_says_so(self, setting: Setting) -> None:
        with self.started(setting, "failing") as (case, _):
            status = wait_patiently(case.generator, send(case)[0])
            assert status.state == "failed" and not status.moderated and status.failure is not None

    def test_asking_that_fails_is_asked_again(self, setting: Setting) -> None:
        with self.started(setting, "poll fails") as (case, _):
            remote, _ = send(case)
            with pytest.raises(BackendError) as caught:
                case.generator.poll(remote)
            assert caught.value.retry
            assert wait_patiently(case.generator, remote).state == "done"

    @pytest.mark.parametrize(("fault", "code"), [("expired", "result_expired"), ("truncated", "result_truncated")])
    def test_a_result_that_is_gone_or_cut_off_is_fetched_anew(
        self, setting: Setting, fault: str, code: str, tmp_path: Path
    ) -> None:
        with self.started(setting, fault) as (case, _):
            remote, _ = send(case)
            wait(case.generator, remote)
            with pytest.raises(BackendError) as caught:
                case.generator.fetch(remote, tmp_path / "result")
            assert caught.value.retry and caught.value.code in (code, "backend_silent")
            case.generator.fetch(remote, tmp_path / "result")
            assert case.generator.pictures(tmp_path / "result", case.inputs).shape == case.inputs.frames.shape

    @pytest.mark.parametrize(
        ("fault", "code"), [("oversized", "result_too_large"), ("hostile address", "address_refused")]
    )
    def test_what_is_too_large_or_leads_astray_is_not_fetched(
        self, setting: Setting, fault: str, code: str, tmp_path: Path
    ) -> None:
        with self.started(setting, fault) as (case, _):
            remote, _ = send(case)
            wait(case.generator, remote)
            with pytest.raises(BackendError) as caught:
                case.generator.fetch(remote, tmp_path / "result")
            assert caught.value.code == code

    @pytest.mark.parametrize(("fault", "code"), [("wrong size", "result_wrong_"), ("lying type", "result_unreadable")])
    def test_what_is_no_such_picture_is_no_result(
        self, setting: Setting, fault: str, code: str, tmp_path: Path
    ) -> None:
        with self.started(setting, fault) as (case, _):
            remote, _ = send(case)
            wait(case.generator, remote)
            case.generator.fetch(remote, tmp_path / "result")
            with pytest.raises(BackendError) as caught:
                case.generator.pictures(tmp_path / "result", case.inputs)
            assert caught.value.code.startswith(code)

    def test_without_its_token_nothing_is_sent(self, setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv(f"PLATEWRIGHT_SECRET_{setting.token.upper()}")
        with self.started(setting) as (case, fake):
            assert setting.token.upper() in case.generator.missing()
            with pytest.raises(SendRefused) as caught:
                send(case)
            assert caught.value.code == "backend_unauthorised" and not fake.log


def wait_patiently(generator: Generator, remote: str) -> RemoteStatus:
    """As wait, but asking that fails is asked again."""
    for _ in range(20):
        try:
            return wait(generator, remote)
        except BackendError as error:
            assert error.retry
    raise AssertionError("it never answers")
