"""The served OpenAPI document is true: whatever it allows is answered as it says, and never with a 5xx."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from tests.engine.conftest import Served
from tests.fakes.memory_desk import MemoryDesk
from tests.jobs.desks import desk_at

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    ignored_auth,
    negative_data_rejection,
]
EXAMPLES = int(os.environ.get("PLATEWRIGHT_TEST_EXAMPLES", "12"))
ENDLESS = "/v1/events/stream"


@pytest.fixture(params=["in memory", "real"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """The desk behind the routes: the strict one in memory, and the real one on SQLite."""
    if request.param == "in memory":
        yield MemoryDesk()
        return
    with closing(desk_at(tmp_path)) as found:
        yield found


@pytest.fixture
def document(served: Served) -> Any:
    return served.call("GET", "/openapi.json").json


@pytest.mark.timeout(240)
def test_whatever_the_document_allows_is_answered_as_it_says(served: Served, document: Any) -> None:
    seen: set[str] = set()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(served.engine, "end", lambda: None)  # being asked to stop is answered, and then not done
        fuzz(served, document, seen)
    assert len(seen) >= 24
    assert served.call("GET", "/v1/health").status == 200


def fuzz(served: Served, document: Any, seen: set[str]) -> None:
    schema = schemathesis.openapi.from_dict(document)
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.path == ENDLESS:
            continue
        for strategy in (operation.as_strategy(), operation.as_strategy(schemathesis.GenerationMode.NEGATIVE)):

            @given(case=strategy)
            @settings(
                max_examples=EXAMPLES,
                deadline=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
                database=None,
            )
            def ask(case: Any) -> None:
                if case.query and "wait" in case.query:
                    case.query["wait"] = 0
                seen.add(f"{case.method} {case.path}")
                case.call_and_validate(
                    base_url=f"http://127.0.0.1:{served.endpoint.port}",
                    headers={"Authorization": f"Bearer {served.endpoint.token}"},
                    checks=CHECKS,
                    timeout=60,
                )

            ask()


def test_every_schema_that_is_named_is_there(document: Any) -> None:
    def named(value: Any) -> set[str]:
        if isinstance(value, dict):
            found = {value["$ref"].rpartition("/")[2]} if "$ref" in value else set()
            return found.union(*map(named, value.values()))
        return set().union(*map(named, value)) if isinstance(value, list) else set()

    assert named(document) == set(document["components"]["schemas"])
    assert document["security"] == [{"token": []}]
    assert len(named(document)) > 30
