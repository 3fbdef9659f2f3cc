"""Replays: exactly the same run again, from what was frozen beside its row; anything else is refused."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy.orm import Session

from persistence.runs import RunRecord, RunRepository
from persistence.specs import SpecRepository
from runtime.adapter import adapter_named
from runtime.adapters.graph import LangGraphAdapter, document_of
from runtime.catalog import node_kinds
from runtime.errors import DrawingRefused, InvalidSpec, NotFound, NotReproducible, UserError
from runtime.graph.document import GraphDocument, GraphNode
from runtime.ids import RunId, VersionId
from runtime.spec import WorkflowSpec, canonical_hash
from tasks.access import Actor, Permission, require
from tasks.control.context import Control
from tasks.control.runs import StartedRun, accept_run
from tasks.control.specs import RunnableSpec


def replay_run(control: Control, actor: Actor, run_id: str) -> StartedRun:
    """Start a run with the frozen content and inputs of another one, as its child.

    Raises `NotFound`, and `NotReproducible` when what would run is not exactly what ran: nothing frozen, a changed content or
    version, an adapter or a node kind that is gone or has another version by now.
    """
    require(actor, Permission.RUN)
    with control.database.read() as session:
        record = RunRepository(session).get(RunId(run_id))
    if record is None:
        raise NotFound("run", run_id)
    try:
        return accept_run(
            control,
            actor,
            lambda session: _frozen(session, record),
            record.inputs,
            parent=record.summary.run_id,
            why="asked for again, exactly as it was",
            replay_of=record.summary.run_id,
        )
    except DrawingRefused as error:
        raise NotReproducible(f"Run {run_id} cannot be replayed: {error.message}") from error


def _frozen(session: Session, record: RunRecord) -> RunnableSpec:
    run, dispatch = record.summary, record.dispatch
    if dispatch is None:
        raise _refused(run.run_id, "its content was not frozen")
    try:
        spec = WorkflowSpec.parse(dispatch.spec)
    except InvalidSpec as error:
        raise _refused(
            run.run_id, f"its content is not a workflow of this version ({error.message})"
        ) from error
    if spec.snapshot_hash() != dispatch.spec_hash:
        raise _refused(run.run_id, "its content has changed since")
    _check_version(session, record, dispatch.spec_hash)
    _check_code(run.run_id, spec, record.crumbs)
    _check_builder(record, spec)
    return RunnableSpec(spec=spec, layout=dispatch.layout, version_id=run.spec_version_id)


def _check_version(session: Session, record: RunRecord, spec_hash: str) -> None:
    version_id: VersionId | None = record.summary.spec_version_id
    if version_id is None:
        return
    version = SpecRepository(session).version(version_id)
    if version is None or version.spec_hash != spec_hash:
        raise _refused(record.summary.run_id, "the version it ran is not the one that is kept")


def _check_code(run_id: RunId, spec: WorkflowSpec, crumbs: Sequence[Mapping[str, Any]]) -> None:
    try:
        adapter = adapter_named(spec.adapter)
    except NotFound as error:
        raise _refused(run_id, f"there is no adapter {spec.adapter!r} any more") from error
    if not adapter.reproducible:
        raise _refused(run_id, f"{spec.adapter} asks a chat model; start a new run instead")
    graph = spec.params.get("graph")
    if not isinstance(graph, dict):
        return
    document = GraphDocument.parse(cast(dict[str, Any], graph))
    for node in document.nodes:
        _check_node(run_id, node, recalled=_recalled(crumbs, node.id))
    for body in document.bodies.values():
        for node in body.nodes:
            _check_node(run_id, node, recalled=_recalled(crumbs, node.id, inside=True))


def _check_node(run_id: RunId, node: GraphNode, *, recalled: int) -> None:
    kind = node_kinds().get(node.kind)
    if kind is None:
        raise _refused(run_id, f"there is no node kind {node.kind!r} any more")
    if kind.version != node.kind_version:
        raise _refused(
            run_id, f"{kind.title} is at version {kind.version} by now, it ran at {node.kind_version}"
        )
    if not kind.reproducible(node.config):
        raise _refused(run_id, f"{kind.title} asks a chat model; start a new run instead")
    if not kind.reproducible(node.config, recalled=recalled):
        raise _refused(
            run_id,
            f"{kind.title} was reminded of {recalled} past decisions, and a replay has no memory; start a new run instead",
        )


def _recalled(crumbs: Sequence[Mapping[str, Any]], node_id: str, *, inside: bool = False) -> int:
    """Return of how many past decisions the agent of a node was reminded; `inside` of whichever cards run it."""
    return sum(
        int((crumb.get("extras") or {}).get("recalled") or 0)
        for crumb in crumbs
        if crumb["node"] == node_id or (inside and crumb["node"].endswith(f"/{node_id}"))
    )


def _check_builder(record: RunRecord, spec: WorkflowSpec) -> None:
    """Compare the graph that a named builder draws now with the one that ran; a run that never came so far ran none."""
    ran = (record.final_state or {}).get("plan_digest")
    if spec.adapter != LangGraphAdapter.adapter_alias or ran is None:
        return
    try:
        document = document_of(spec.params)
    except UserError as error:
        raise _refused(record.summary.run_id, error.message) from error
    if canonical_hash(document.dump()) != ran:
        raise _refused(record.summary.run_id, "the named graph is drawn differently by now")


def _refused(run_id: RunId, reason: str) -> NotReproducible:
    return NotReproducible(f"Run {run_id} cannot be replayed exactly: {reason}.")
