"""`platewright backends`: the registry as people and programs read it."""

from __future__ import annotations

from platewright.backends.registry import TABLE
from platewright.contract.capabilities import Capabilities
from platewright.contract.mapper import from_json
from platewright.contract.wire import Backends
from tests.cli.conftest import Command


def test_every_backend_is_listed_with_the_built_in_one_first(command: Command) -> None:
    said = command("backends", "--json")
    assert said.code == 0, said.err
    found = from_json(Backends, said.json).backends
    assert found[0].name == "builtin" and {"mock", "mock-clip"} <= {one.name for one in found}
    plain = command("backends")
    assert all(f"{one.name}  " in plain.out for one in found)


def test_show_says_all_that_is_declared(command: Command) -> None:
    said = command("backends", "show", "mock", "--json")
    limits = from_json(Capabilities, said.json["capabilities"])
    assert limits.name == "mock" and limits.pretend and said.json["available"]
    plain = command("backends", "show", "mock").out
    assert "play money" in plain and "behaviour" in plain and "stay here" in plain


def test_test_asks_it_and_says_so_by_the_exit_code(command: Command) -> None:
    said = command("backends", "test", "mock", "--json")
    assert said.code == 0 and said.json["checks"][0]["state"] == "passed"


def test_a_name_that_is_none_is_an_error_that_names_those_there_are(command: Command) -> None:
    said = command("backends", "show", "dall-e-1", "--json")
    assert said.code == 2 and said.json["error"]["code"] == "backend_unknown" and "mock" in said.json["error"]["hint"]


def test_every_row_of_the_table_opens_without_anything_set_up(command: Command) -> None:
    said = command("backends", "--json")
    found = from_json(Backends, said.json).backends
    assert not [one for one in found if one.name in TABLE and not one.operations and one.why_not]


def test_what_is_elsewhere_is_not_called_free_where_no_price_is_written_down(command: Command) -> None:
    found = from_json(Backends, command("backends", "--json").json).backends
    unpriced = [one for one in found if not one.local and one.name != "builtin"]
    assert {"bria-fill", "stability-inpaint", "firefly-fill", "router-bfl-fill", "runway-ruby"} <= {
        one.name for one in unpriced
    }
    assert not [one.name for one in unpriced if one.price or one.available]
    assert "prices.toml" in command("backends", "show", "firefly-fill").out


def test_a_vendor_without_an_account_fails_its_test_and_names_the_secret(command: Command) -> None:
    said = command("backends", "test", "stability-erase", "--json")
    assert said.code in (6, 7) and "STABILITY_TOKEN" in str(said.json["checks"])


def test_the_built_in_one_is_shown_and_tested_as_every_other_that_is_listed(command: Command) -> None:
    said = command("backends", "show", "builtin", "--json")
    assert said.code == 0 and said.json["backend"]["name"] == "builtin" and said.json["available"]
    assert "nothing in it was trained" in command("backends", "show", "builtin").out
    tested = command("backends", "test", "builtin", "--json")
    assert tested.code == 0 and [one["state"] for one in tested.json["checks"]] == ["passed"]


def test_what_is_experimental_says_so_in_the_list_also_where_it_is_not_set_up(command: Command) -> None:
    found = from_json(Backends, command("backends", "--json").json).backends
    plain = command("backends").out
    unsure = [one for one in found if one.experimental and not one.available]
    assert unsure and all(f"experimental: {one.experimental}" in plain for one in unsure)
