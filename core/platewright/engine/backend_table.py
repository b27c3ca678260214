"""The backends that requests may name, as a table that is read on one screen."""

from __future__ import annotations

from platewright.contract.wire import Backend, Backends

__all__ = ["BACKENDS"]

BACKENDS = Backends(
    (
        Backend(
            name="builtin",
            title="Built-in generator",
            operations=("regenerate", "extend", "replace_sky"),
            determinism="bitwise",
            local=True,
            trained=False,
            prompt=False,
            soft_matte=True,
            references=("clean_plate", "anchor", "sky", "take_from", "never_from"),
            untouched=True,
            price="free",
        ),
    )
)
