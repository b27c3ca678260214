"""Stability: what every vendor must do, where the answer to the paid call is the picture itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from platewright.backends import keeping, stability
from platewright.backends.home import Home
from platewright.contract.errors import BackendError, SendRefused, SendUnknown
from tests.fakes.stability import FakeStability
from tests.suites.backends import intent_for, send
from tests.suites.hosted import SentPromises, Setting

KINDS = ("inpaint", "outpaint", "erase")


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    prices = tmp_path_factory.mktemp("home") / "prices.toml"
    prices.write_text("".join(f'[stability-{kind}]\nimage = "0.10 USD"\n' for kind in KINDS))
    return Home(prices=prices)


class TestStability(SentPromises):
    @pytest.fixture(params=KINDS)
    def setting(self, request: pytest.FixtureRequest, home: Home) -> Setting:
        place = KINDS.index(request.param)
        return Setting(
            f"stability-{request.param}", "stability_token", lambda base: stability.generators(home, base)[place],
            FakeStability, "/v2beta",
        )  # fmt: skip

    @pytest.mark.parametrize("fault", ["failing", "truncated", "oversized"])
    def test_an_answer_that_is_no_picture_in_full_is_unknown(self, setting: Setting, fault: str) -> None:
        with self.started(setting, fault) as (case, fake):
            with pytest.raises(SendUnknown):
                send(case)
            assert len(fake.jobs) == 1 and not list(Path(self.folder).iterdir())

    def test_what_its_moderation_does_not_like_is_refused_and_free(self, setting: Setting) -> None:
        with self.started(setting, "moderated") as (case, fake):
            with pytest.raises(SendRefused) as caught:
                send(case)
            assert caught.value.code == "moderated" and not fake.jobs

    def test_a_picture_that_is_held_back_may_have_cost(self, setting: Setting) -> None:
        with self.started(setting, "moderated and charged") as (case, fake):
            status = case.generator.poll(send(case)[0])
            assert status.state == "failed" and status.moderated and status.charged is None and len(fake.jobs) == 1

    @pytest.mark.parametrize(("fault", "code"), [("wrong size", "result_wrong_"), ("lying type", "result_unreadable")])
    def test_what_is_no_such_picture_is_no_result(self, setting: Setting, fault: str, code: str) -> None:
        with self.started(setting, fault) as (case, _):
            remote, target = send(case)[0], Path(self.folder) / "result"
            case.generator.fetch(remote, target)
            with pytest.raises(BackendError) as caught:
                case.generator.pictures(target, case.inputs)
            assert caught.value.code.startswith(code)

    def test_an_answer_that_nobody_heard_of_is_found_on_the_disk(self, setting: Setting) -> None:
        with self.started(setting) as (case, _):
            body = case.generator.prepare(case.request, case.inputs)
            intent = intent_for(case, body)
            assert case.generator.find(intent) == ""
            remote = case.generator.send(intent, body)
            assert case.generator.find(intent) == remote and case.generator.find(intent_for(case, body, "other")) == ""

    def test_an_answer_that_is_gone_from_the_disk_is_no_result(self, setting: Setting) -> None:
        with self.started(setting) as (case, _):
            remote = send(case)[0]
            (Path(self.folder) / remote).unlink()
            for name in (remote, "../../etc/passwd", "answer-../../x", ""):
                with pytest.raises(BackendError):
                    case.generator.fetch(name, Path(self.folder) / "result")

    def test_nothing_is_sent_where_the_answer_could_not_be_kept(
        self, setting: Setting, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with self.started(setting) as (case, fake):
            body = case.generator.prepare(case.request, case.inputs)
            (Path(self.folder) / "a file").touch()
            case.folder = str(Path(self.folder) / "a file" / "folder")
            with pytest.raises(BackendError) as caught:
                case.generator.send(intent_for(case, body), body)
            assert caught.value.code == "answer_unkeepable" and caught.value.retry and not fake.jobs
            case.folder = self.folder
            monkeypatch.setattr(keeping, "_free", lambda folder: 0)
            with pytest.raises(BackendError):
                case.generator.send(intent_for(case, body), body)
            assert not fake.log
