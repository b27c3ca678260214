"""Generators as the desk and its workers need them: priced, sent to, and run by the operations that know models."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import cache, partial
from threading import Lock
from typing import TYPE_CHECKING, Any

from platewright.backends.home import Home
from platewright.backends.registry import TABLE, all_generators, open_generator
from platewright.contract.conditioning import check_taken
from platewright.contract.errors import RequestError
from platewright.contract.jobs import PlateShape, PriceLine
from platewright.contract.money import amount_of, cost
from platewright.contract.prices import price_lines
from platewright.contract.request import Request
from platewright.contract.takes import Cost
from platewright.contract.vendors import Sends
from platewright.rights.case import Generator as Gated

from .backend import Backend
from .run import Operate

if TYPE_CHECKING:  # loaded with the first generator that is named: most jobs name none
    from platewright.backends.protocol import Generator
    from platewright.contract.capabilities import Capabilities

__all__ = ["MODEL_OPERATIONS", "Generators", "backend_of", "can_do"]

# What each kind of request is done by when a generator does it; see backends.protocol for what these offer.
MODEL_OPERATIONS: dict[str, str] = {
    "regenerate": "platewright.operations.by_model",
    "extend": "platewright.operations.by_model",
    "replace_sky": "platewright.operations.by_model",
}


class Generators(Mapping[str, Backend]):
    """Every generator as a backend, by name; a name that is asked for loads its own adapter and no other."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._known: dict[str, Backend] = {}
        self._all: list[str] | None = None
        self._lock = Lock()

    def __getitem__(self, name: str) -> Backend:
        with self._lock:
            if name not in self._known:
                found = open_generator(name, self._home)
                if found is None:
                    raise KeyError(name)
                self._known[name] = backend_of(found)
            return self._known[name]

    def __iter__(self) -> Iterator[str]:
        with self._lock:
            if self._all is None:
                found = all_generators(self._home).generators
                self._known = {one.name: backend_of(one) for one in found} | self._known
                self._all = [one.name for one in found]
            return iter([*self._all])

    def __len__(self) -> int:
        return len([*self])

    def __contains__(self, name: object) -> bool:
        return (
            isinstance(name, str) and name.replace(":", "-").partition("-")[0] in TABLE and super().__contains__(name)
        )


def backend_of(generator: Generator) -> Backend:
    """A generator as the jobs room knows backends."""
    limits = generator.capabilities()
    return Backend(
        limits.name,
        at_once=limits.at_once,
        vendor=generator,
        operate=partial(_operate, generator),
        deadlines=limits.deadlines,
        quote=partial(_quote, generator),
        whole=True,
        gated=_gated(limits),
    )


def _gated(limits: Capabilities) -> Gated:
    """What a generator says of itself, for the gate of rights; what nobody knows stays unknown."""
    terms = limits.terms
    return Gated(
        limits.name,
        local=limits.local,
        trained=limits.card.trained,
        regions=terms.residency,
        trains_on_inputs={"yes": True, "no": False}.get(terms.trains_on_inputs),
        terms_read=terms.read,
    )


@cache
def can_do(kind: str) -> bool:
    """Whether there is an operation of that kind for generators."""
    return kind in MODEL_OPERATIONS and importlib.util.find_spec(MODEL_OPERATIONS[kind]) is not None


def _operation(generator: Generator, request: Request) -> Any:
    kind, limits = request.operation.kind, generator.capabilities()
    if kind not in limits.operations or not can_do(kind):
        raise RequestError(
            f"{limits.title} can't do {kind.replace('_', ' ')}",
            code="operation_unsupported",
            hint="Choose another backend: `platewright backends` says what each can do.",
        )
    return importlib.import_module(MODEL_OPERATIONS[kind])


def _operate(generator: Generator, request: Request, sends: Sends) -> Operate:
    run: Callable[..., Any] = _operation(generator, request).run
    return lambda asked, out, report: run(asked, out, report, generator, sends)


def _quote(
    generator: Generator, request: Request, unseen: PlateShape | None
) -> tuple[tuple[PriceLine, ...], str]:  # fmt: skip
    """The most that the sends of a request cost, as the operation counts them: one line for each thing that is paid."""
    operation, limits = _operation(generator, request), generator.capabilities()
    check_taken(limits.title, limits.references, request.references)
    missing = generator.missing()
    if missing:
        raise RequestError(
            f"{limits.title} can't be used here: {missing}", code="backend_incomplete", hint="See `backends show`."
        )
    added: dict[tuple[str, str], tuple[Decimal, Decimal]] = {}
    currency = "USD"
    works = operation.work_of(request, limits) if unseen is None else operation.work_of(request, limits, unseen)
    for work in works:
        lines, currency = price_lines(limits.prices, work)
        for line in lines:
            units, amount = added.get((line.what, line.unit_price), (Decimal(0), Decimal(0)))
            more = amount_of(Cost(line.units, "XXX")), amount_of(Cost(line.amount, currency))
            added[line.what, line.unit_price] = units + more[0], amount + more[1]
    return tuple(
        PriceLine(what, cost(units, "XXX").amount, each, cost(amount, currency).amount)
        for (what, each), (units, amount) in added.items()
    ), currency
