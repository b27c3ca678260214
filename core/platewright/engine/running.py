"""Running the engine: the lock, the desk, the server, the workers, and an orderly end."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, closing, suppress
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

import uvicorn

import platewright
from platewright import __version__
from platewright.backends.home import Home
from platewright.contract.endpoint import COMMAND_NAME, PROTOCOL, Endpoint
from platewright.contract.errors import EngineError, PlatewrightError
from platewright.contract.jobs import Desk
from platewright.contract.mapper import canonical
from platewright.contract.wire import Health, Stop
from platewright.settings.schema import Settings

from .app import make_server_app
from .backend_table import backends
from .bell import Bell, latest_number
from .guard import Door
from .instance import Instance
from .kept import KeptPictures
from .looks import Looker
from .parts import Parts
from .workers import Workers

__all__ = ["Engine", "Plan", "run"]

_BACKLOG = 256
_GRACE_S = 6
_LOOK_EVERY_S = 0.5
_log = logging.getLogger("platewright.engine")


@dataclass(frozen=True)
class Plan:
    """What an engine is made of.

    open_desk: gives the desk for as long as the engine runs. worker: the command that runs one worker, empty for none.
    command: what runs `platewright` here, so that hosts can start the next engine.
    """

    state: Path
    settings: Settings
    open_desk: Callable[[], AbstractContextManager[Desk]]
    worker: Sequence[str] = ()
    command: tuple[str, ...] = ()
    ready: Callable[[Endpoint], None] = field(default=lambda endpoint: None)


class Engine(uvicorn.Server):
    """The server with what belongs to it: says where it is once it answers, and ends when there is nothing to do."""

    def __init__(self, plan: Plan, instance: Instance, desk: Desk, listening: socket.socket) -> None:
        self.plan = plan
        self.instance = instance
        self.desk = desk
        port = listening.getsockname()[1]
        now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        token = secrets.token_urlsafe(32)
        self.endpoint = Endpoint(port, token, os.getpid(), PROTOCOL, __version__, now, plan.command)
        # The workers run the very Platewright that this engine is, wherever it was loaded from.
        environment = {**os.environ, "PYTHONPATH": str(Path(platewright.__file__).resolve().parents[1])}
        self.workers = Workers(plan.worker, plan.settings.engine.workers, plan.state, environment)
        self.bell = Bell(desk, latest_number(desk))
        self.looks, self.verifies = Looker(), Looker(most_waiting=20)
        self._begun = self._busy = time.monotonic()
        self._idle_watch: asyncio.Task[None] | None = None
        config = uvicorn.Config(
            make_server_app(self._parts(), Door(port, token)),
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            ws="none",
            timeout_keep_alive=60,
            timeout_graceful_shutdown=_GRACE_S,
            limit_concurrency=512,
        )
        super().__init__(config)

    def _parts(self) -> Parts:
        kept = KeptPictures(self.plan.state / "pictures", self.plan.settings.engine.pictures_mb << 20)
        home = Home.of(self.plan.settings)
        return Parts(
            self.desk, self.bell, self.looks, self.verifies, self.health, self.ask_to_stop, kept, lambda: backends(home)
        )

    def health(self) -> Health:
        """How the engine is."""
        self._busy = time.monotonic()
        notes: tuple[str, ...] = ()
        try:
            open_jobs = len(self.desk.jobs(open_only=True, limit=1000))
        except PlatewrightError as error:
            open_jobs, notes = 0, (error.message,)
        return Health(
            version=__version__,
            protocol=PROTOCOL,
            pid=self.endpoint.pid,
            started=self.endpoint.started,
            uptime_s=round(time.monotonic() - self._begun, 3),
            open_jobs=open_jobs,
            workers=self.workers.alive,
            last_event=self.bell.latest,
            ocio=self.plan.settings.colour.ocio,
            notes=notes,
            identity=self.plan.settings.signing_id(),
        )

    def ask_to_stop(self, asked: Stop) -> None:
        """End soon. Raises EngineError `engine_working` where jobs are open and nobody said `now`."""
        count = len(self.desk.jobs(open_only=True, limit=1000))
        if count and not asked.now:
            raise EngineError(
                f"{count} {'job is' if count == 1 else 'jobs are'} not finished",
                code="engine_working",
                hint="Wait, or end it now with `platewright engine stop --now`; the next start goes on with them.",
            )
        self.end()

    def end(self) -> None:
        """Begin to end: listeners are let go first, so that the server needn't wait for them."""
        self.instance.withdraw()
        self.bell.let_go()
        self.should_exit = True

    def handle_exit(self, sig: int, frame: object) -> None:
        """A signal asks to end."""
        self.end()
        super().handle_exit(sig, frame)  # type: ignore[arg-type]

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to serve, then tell where."""
        await super().startup(sockets)
        if self.should_exit:
            return
        self.bell.start(asyncio.get_running_loop())
        self.workers.start()
        self.instance.announce(self.endpoint)
        self._remember_command()
        self._idle_watch = asyncio.create_task(self._end_when_idle())
        _log.info("the engine serves", extra={"port": self.endpoint.port, "version": __version__})
        self.plan.ready(self.endpoint)

    def _remember_command(self) -> None:
        """Leave a note of how this engine is started, for hosts that don't know where it is installed."""
        if self.plan.command:
            with suppress(OSError):
                (self.plan.state / COMMAND_NAME).write_bytes(canonical(list(self.plan.command)))

    async def _end_when_idle(self) -> None:
        """End after a while without callers, when no job is open."""
        patience = self.plan.settings.engine.idle_s
        while patience > 0:
            await asyncio.sleep(min(_LOOK_EVERY_S, patience / 4))
            if self.server_state.connections or self.bell.listeners:
                self._busy = time.monotonic()
            if time.monotonic() - self._busy < patience:
                continue
            self._busy = time.monotonic()
            try:
                working = await asyncio.to_thread(self.desk.jobs, True, "", 1)
            except PlatewrightError:
                continue  # who can't see the jobs can't know that none is open
            if not working:
                _log.info("the engine ends: nothing to do")
                self.end()
                return

    def close(self) -> None:
        """Everything that is not the server itself."""
        self.bell.stop()
        self.workers.stop()
        self.looks.close()
        self.verifies.close()
        _log.info("the engine has ended")


def run(plan: Plan) -> None:
    """Be the engine until it ends. Raises EngineError `engine_running`, StorageError."""
    logging.getLogger("uvicorn").setLevel(logging.WARNING)  # it says when it starts and ends; so do we, with more
    with Instance(plan.state) as instance, closing(_listen()) as listening, plan.open_desk() as desk:
        engine = Engine(plan, instance, desk, listening)
        try:
            engine.run(sockets=[listening])
        finally:
            engine.close()


def _listen() -> socket.socket:
    """A socket on a free port of this machine's own address. Raises EngineError where there is none."""
    # With the protocol by its name: asyncio turns off Nagle's delay, 40 ms a call, only where it reads that word.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.bind(("127.0.0.1", 0))
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        raise EngineError(
            "no port of this machine can be opened",
            code="port_refused",
            hint="Check that 127.0.0.1 is there and that not too many files are open.",
            retry=True,
        ) from error
    return listening
