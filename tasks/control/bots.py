"""Bots: saved in versions, deployed, halted. A deployment is a run of the bots desk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from persistence.bots import BotContent, BotRecord, BotRepository, BotVersion
from persistence.controls import AuditEntry, ControlRepository
from persistence.desk_runs import DeskRunRecord, DeskRunRepository, DeskRunSummary
from runtime.bots.spec import BotSpec
from runtime.desks import DESK_ACTIVE
from runtime.errors import AlreadyExists, InvalidValue, NotFound
from tasks.access import Actor, Permission, may, require, require_any
from tasks.control.context import Control
from tasks.control.desk_halts import halt_desk
from tasks.control.desks import (
    ShownDeskStatus,
    StartedDeskRun,
    list_desk_runs,
    shown_desk_status,
    start_desk_run,
)
from tasks.control.halts import carry_out, new_halt, unproved_items
from tasks.control.paper import Stopped, attempted, session_of_task, stop_session
from tasks.control.settings import checked_reason
from tasks.worker.paper_session import PAPER_SESSION

MAX_NOTES = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentView:
    """A deployment of a bot."""

    record: DeskRunRecord
    shown: ShownDeskStatus


def create_bot(control: Control, actor: Actor, payload: Mapping[str, Any], *, notes: str = "") -> BotRecord:
    """Save a new bot with its first version.

    Raises `InvalidSpec`, `InvalidValue` or `NotFound` for what is wrong with it, `AlreadyExists` when the slug is taken.
    """
    require(actor, Permission.DRAW)
    spec = BotSpec.parse(payload)
    with control.database.write() as session:
        bots, now = BotRepository(session), control.clock.now()
        if bots.create(spec.slug, _content(spec, actor, notes), owner=actor.id, now=now) is None:
            raise AlreadyExists(
                f"The slug {spec.slug!r} is taken, by a bot there is or by one that was deleted. Choose another one.",
                field="slug",
            )
        _audit(control, ControlRepository(session), actor, "bot.create", spec.slug)
        return _found(bots, spec.slug)


def update_bot(
    control: Control, actor: Actor, ref: str, payload: Mapping[str, Any], *, notes: str = ""
) -> BotRecord:
    """Save a bot's content as its next version; a content that it has had is that version again."""
    require(actor, Permission.DRAW)
    spec = BotSpec.parse(payload)
    with control.database.write() as session:
        bots = BotRepository(session)
        bot = _found(bots, ref)
        if spec.slug != bot.slug:
            raise InvalidValue(
                f"The slug of bot {bot.slug!r} does not change: its deployments are found by it.",
                field="slug",
            )
        version = bots.add_version(bot.id, _content(spec, actor, notes), control.clock.now())
        detail = {"version": version.version, "hash": version.spec_hash}
        _audit(control, ControlRepository(session), actor, "bot.update", bot.slug, **detail)
        return _found(bots, bot.slug)


def delete_bot(control: Control, actor: Actor, ref: str) -> None:
    """Take a bot out of the lists; refused while a deployment of it runs. Deployments and versions stay."""
    require(actor, Permission.DRAW)
    with control.database.write() as session:
        bots = BotRepository(session)
        bot = _found(bots, ref)
        active = DeskRunRepository(session).list(desk="bots", name=bot.slug, statuses=DESK_ACTIVE, limit=1)
        if active:
            raise InvalidValue(
                f"Bot {bot.slug!r} has a deployment that has not ended: halt it first.", field="ref"
            )
        bots.delete(bot.id, control.clock.now())
        _audit(control, ControlRepository(session), actor, "bot.delete", bot.slug)


def list_bots(control: Control, actor: Actor) -> Sequence[BotRecord]:
    """Return all bots by slug."""
    require(actor, Permission.READ)
    with control.database.read() as session:
        return BotRepository(session).list()


def get_bot(control: Control, actor: Actor, ref: str) -> BotRecord:
    """Return a bot by slug or id; raises `NotFound`."""
    require(actor, Permission.READ)
    with control.database.read() as session:
        return _found(BotRepository(session), ref)


def bot_versions(control: Control, actor: Actor, ref: str) -> Sequence[BotVersion]:
    """Return the versions of a bot, newest first; raises `NotFound`."""
    require(actor, Permission.READ)
    with control.database.read() as session:
        bots = BotRepository(session)
        return bots.versions(_found(bots, ref).id)


def deployments(
    control: Control, actor: Actor, ref: str, *, limit: int = 50, before: str | None = None
) -> list[DeploymentView]:
    """Return the deployments of a bot, newest first; raises `NotFound`."""
    bot = get_bot(control, actor, ref)
    runs = list_desk_runs(control, actor, desk="bots", name=bot.slug, limit=limit, before=before)
    with control.database.read() as session:
        records = DeskRunRepository(session).records([run.run_id for run in runs])
    halting = unproved_items(control.database)
    return [
        DeploymentView(record=records[run.run_id], shown=shown_desk_status(run, halting.get(run.run_id)))
        for run in runs
        if run.run_id in records
    ]


def deploy(
    control: Control,
    actor: Actor,
    ref: str,
    *,
    target: str = "spec",
    version: int | None = None,
    run_name: str = "",
) -> StartedDeskRun:
    """Deploy a bot, to where it says itself unless a target is given. Raises as `start_desk_run`.

    A research bot is refused a paper session.
    """
    config = {"bot": ref, "target": target, "version": version, "run_name": run_name}
    return start_desk_run(control, actor, "bots", config)


def stop_paper(control: Control, actor: Actor, ref: str, task_id: str, reason: str) -> Stopped:
    """Halt one paper session of a bot; raises `NotFound` when it is none of this bot's."""
    require_any(actor, Permission.HALT)
    bot = get_bot(control, actor, ref)
    run = session_of_task(control, task_id)
    if run.desk != "bots" or run.name != bot.slug:
        raise NotFound(f"paper session of bot {bot.slug!r} with task", task_id)
    return stop_session(control, actor, task_id, reason)


def halt_bot(control: Control, actor: Actor, ref: str, reason: str) -> Stopped:
    """Halt everything that a bot runs; an analyst may when all of it is their own."""
    require_any(actor, Permission.HALT)
    why = checked_reason(reason)
    bot = get_bot(control, actor, ref)
    if may(actor, Permission.HALT_ALL):
        # Which runs those are is found as they are halted, so that none slips in between.
        return attempted(why, lambda: halt_desk(control, actor, "bots", why, names=[bot.slug]))
    active = _active(control, name=bot.slug)
    if not active:
        require(actor, Permission.HALT, owner=bot.created_by)
    for run in active:
        require(actor, Permission.HALT, owner=run.created_by)
    halt = new_halt(control, actor, "bots", why)
    return attempted(why, lambda: carry_out(control, halt, [run.run_id for run in active], desk="bots"))


def halt_all(control: Control, actor: Actor, reason: str) -> tuple[Stopped, int]:
    """Halt everything that bots run; return it with how many paper sessions were among it."""
    require(actor, Permission.HALT_ALL)
    why = checked_reason(reason)
    stopped = attempted(why, lambda: halt_desk(control, actor, "bots", why))
    return stopped, _paper_sessions(control, stopped)


def _paper_sessions(control: Control, stopped: Stopped) -> int:
    with control.database.read() as session:
        hit = DeskRunRepository(session).records(stopped.run_ids)
    return sum(record.summary.kind == PAPER_SESSION for record in hit.values())


def _active(control: Control, *, name: str) -> list[DeskRunSummary]:
    with control.database.read() as session:
        return DeskRunRepository(session).list(desk="bots", name=name, statuses=DESK_ACTIVE, limit=10_000)


def _found(bots: BotRepository, ref: str) -> BotRecord:
    bot = bots.find(ref)
    if bot is None:
        raise NotFound("bot", ref, known=[known.slug for known in bots.list()])
    return bot


def _content(spec: BotSpec, actor: Actor, notes: str) -> BotContent:
    if len(notes) > MAX_NOTES:
        raise InvalidValue(f"The notes are longer than {MAX_NOTES} characters.", field="notes")
    return BotContent(
        name=spec.name,
        kind=spec.kind,
        spec_hash=spec.snapshot_hash(),
        payload=spec.dump(),
        notes=notes,
        author=actor.name,
    )


def _audit(
    control: Control,
    controls: ControlRepository,
    actor: Actor,
    action: str,
    slug: str,
    **detail: Any,  # noqa: ANN401  JSON
) -> None:
    controls.append_audit(
        AuditEntry(
            at=control.clock.now(),
            actor_id=actor.id,
            actor_name=actor.name,
            action=action,
            target=slug,
            detail=detail or None,
        )
    )
