"""One engine, several shows: what a show's own file says holds for its jobs, and for no other's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from platewright.contract.errors import RequestError
from platewright.contract.jobs import JobState, Submission
from platewright.contract.money import Budget
from platewright.contract.prices import Price, Work
from platewright.contract.request import Rights
from platewright.contract.takes import Cost
from platewright.engine.opening import desk_settings
from platewright.imaging.colour_config import BUILTIN_CONFIG
from platewright.jobs.backend import Backend
from platewright.jobs.desk import LocalDesk, open_desk
from platewright.jobs.making import Made, Task
from platewright.jobs.worker import work
from platewright.settings.layers import load_settings
from tests.jobs.small_shot import SmallShot, small_shot

DEAR = Backend("dear", prices=(Price("image", Cost("10", "USD")),), counts=lambda request: Work(images=3))


@pytest.fixture
def shot(tmp_path: Path) -> SmallShot:
    return small_shot(tmp_path / "plates")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalDesk]:
    """As the engine opens it, with one backend more."""
    monkeypatch.setenv("PLATEWRIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PLATEWRIGHT_STUDIO_SETTINGS", str(tmp_path / "studio.toml"))
    (tmp_path / "studio.toml").write_text('[budgets]\nshow = "50 USD"\nuser = "65USD"\nwarn_at = 0.5\n')
    (tmp_path / "home").mkdir()
    settings = desk_settings(load_settings())
    with closing(open_desk(replace(settings, backends={"dear": DEAR}))) as found:
        yield found


def show(tmp_path: Path, name: str, text: str) -> Path:
    folder = tmp_path / name / "sh010" / "elements"
    folder.mkdir(parents=True)
    (tmp_path / name / "platewright.toml").write_text(text)
    return folder


def asked(shot: SmallShot, root: Path, element: str, at: str, **changes: object) -> Submission:
    request = replace(shot.request(element, backend="dear"), rights=Rights(show=at, shot="sh010"))
    return Submission(request, str(root), who="ada", accept_cost=Cost("100", "USD"), **changes)  # type: ignore[arg-type]


def test_each_show_has_its_own_budget_and_the_studio_s_holds_for_the_others(
    tmp_path: Path, shot: SmallShot, desk: LocalDesk
) -> None:
    apollo = show(tmp_path, "apollo", '[budgets]\nshow = "35 USD"\nuser = ""\n')
    gemini = show(tmp_path, "gemini", "")
    assert desk.submit(asked(shot, apollo, "a", "apollo")).state is JobState.QUEUED
    refused = desk.submit(asked(shot, apollo, "b", "apollo"))
    assert refused.state is JobState.REFUSED
    assert refused.failure is not None and "5 USD left of 35" in refused.failure.message
    assert desk.submit(asked(shot, gemini, "c", "gemini")).state is JobState.QUEUED
    quote = desk.quote(asked(shot, gemini, "d", "gemini"))
    assert (quote.within_budget, quote.budget_left) == (False, Cost("5", "USD")), "the person's: 65, less both shows'"
    assert any("has 5 USD left of 65" in note for note in quote.notes)
    states = {(state.budget.scope, state.budget.name): state for state in desk.budgets()}
    assert set(states) == {("show", "apollo"), ("show", "gemini"), ("user", "ada")}
    assert states["show", "apollo"].budget == Budget("show", "apollo", Cost("35", "USD"), "0.5")
    assert states["show", "gemini"].left == Cost("20", "USD")


def test_a_budget_by_name_comes_before_the_one_for_each(tmp_path: Path, shot: SmallShot, desk: LocalDesk) -> None:
    (tmp_path / "home/budgets.json").write_text(
        '[{"scope": "show", "name": "apollo", "limit": {"amount": "5", "currency": "USD"}}]'
    )
    apollo = show(tmp_path, "apollo", '[budgets]\nshow = "500 USD"\n')
    assert desk.submit(asked(shot, apollo, "a", "apollo")).state is JobState.REFUSED


def test_deadlines_and_the_signer_are_the_show_s_in_the_worker_too(
    tmp_path: Path, shot: SmallShot, desk: LocalDesk
) -> None:
    apollo = show(tmp_path, "apollo", '[jobs]\nrunning_s = 7\n[identity]\nchain = "/apollo.pem"\nkey = "/apollo.key"\n')
    gemini = show(tmp_path, "gemini", "")
    seen = {}

    def look(task: Task) -> Made:
        seen[task.row.show] = (task.settings.deadlines("dear").running_s, task.settings.identity.chain_file)
        return Made("/nowhere", 0)

    for root, name in ((apollo, "apollo"), (gemini, "gemini")):
        desk.submit(asked(shot, root, name, name))
    work(desk, perform=look, until_idle=True)
    assert seen == {"apollo": (7.0, Path("/apollo.pem")), "gemini": (1800.0, None)}


def test_the_plate_s_show_counts_where_the_takes_lie_in_none(tmp_path: Path, shot: SmallShot, desk: LocalDesk) -> None:
    (shot.folder / "platewright.toml").write_text('[budgets]\nshow = "1 USD"\n')
    outside = tmp_path / "scratch"
    assert desk.submit(asked(shot, outside, "a", "apollo")).state is JobState.REFUSED
    inside = show(tmp_path, "gemini", "")
    assert desk.submit(asked(shot, inside, "b", "gemini")).state is JobState.QUEUED, "the takes' own file comes first"


def test_a_show_s_file_that_cannot_be_read_refuses_its_jobs_and_nobody_else_s(
    tmp_path: Path, shot: SmallShot, desk: LocalDesk
) -> None:
    apollo = show(tmp_path, "apollo", '[budgets]\nshow = "many dollars"\n')
    gemini = show(tmp_path, "gemini", "")
    with pytest.raises(RequestError) as caught:
        desk.submit(asked(shot, apollo, "a", "apollo"))
    assert caught.value.code == "setting_invalid"
    assert "500 USD" in caught.value.message
    job = desk.submit(asked(shot, gemini, "b", "gemini"))
    (tmp_path / "gemini/platewright.toml").write_text("[budget\n")
    work(desk, until_idle=True)
    ended = desk.job(job.id)
    assert ended.state is JobState.FAILED
    assert ended.failure is not None and ended.failure.code == "setting_invalid"
    assert desk.costs("show")[0].reserved.amount == "0"
    assert desk.budgets(), "what can be told is told"


def test_a_request_that_brings_no_colour_gets_its_own_show_s(tmp_path: Path, shot: SmallShot, desk: LocalDesk) -> None:
    apollo = show(tmp_path, "apollo", '[colour]\nocio = "ocio://studio-config-latest"\n')
    gemini = show(tmp_path, "gemini", "")
    sources = {}
    for root, name in ((apollo, "apollo"), (gemini, "gemini")):
        colour = desk.submit(asked(shot, root, name, name)).submission.request.colour
        assert colour is not None
        sources[name] = colour.source
    assert sources["apollo"].startswith("ocio://studio-config-v")
    assert sources["gemini"] == BUILTIN_CONFIG
