"""Runs that other runs ask for. A child has the rights of who started its parent, and never starts an ancestor again."""

from sqlalchemy.orm import Session

from persistence.accounts import AccountRepository
from persistence.runs import RunRepository
from persistence.specs import SpecRepository
from runtime.errors import AccessDenied, InvalidSpec, NotFound, Unavailable
from runtime.ids import RunId, SpecName, UserId, VersionId
from runtime.ports import QueuedRun, QueueRequest
from runtime.spec import WorkflowSpec
from tasks.access import Actor, Role
from tasks.control.context import Control
from tasks.control.runs import accept_run
from tasks.control.settings import require_flag
from tasks.control.specs import RunnableSpec, runnable_spec

MAX_GENERATIONS = 10


def enqueue_child(control: Control, request: QueueRequest) -> QueuedRun:
    """Accept a run that a running run asks for.

    Raises `CapabilityOff`, `AccessDenied`, `NotFound`, `InvalidSpec` when the workflow is one of the run's own ancestors, and
    `Unavailable` when the parent has been halted or the kill switch is engaged.
    """
    require_flag(control, "orchestration_schedule_enabled")
    started = accept_run(
        control,
        starter_of(control, request.actor),
        lambda session: _found(control, session, request),
        request.inputs,
        parent=request.parent_run_id,
        why=f"asked for by run {request.parent_run_id}",
    )
    return QueuedRun(run_id=started.run_id, task_id=started.task_id)


def starter_of(control: Control, actor: str) -> Actor:
    """Return who started a run, with the rights of now; raises `AccessDenied` when there is no such account any more."""
    with control.database.read() as session:
        user = AccountRepository(session).user_by_id(UserId(actor))
    if user is None:
        raise AccessDenied("Who started the run has no account any more, so it may not start another one.")
    return Actor(id=user.id, name=user.name, role=Role(user.role))


def _found(control: Control, session: Session, request: QueueRequest) -> RunnableSpec:
    _check_ancestors(session, request)
    if request.version_id is None:
        return runnable_spec(control, session, request.workflow)
    return _version(session, request.workflow, request.version_id)


def _check_ancestors(session: Session, request: QueueRequest) -> None:
    runs = RunRepository(session)
    parent = runs.get(request.parent_run_id)
    if parent is None or parent.summary.status != "running":
        raise Unavailable("The run that asks for another one is not running any more.")
    ancestor: RunId | None = request.parent_run_id
    for _ in range(MAX_GENERATIONS):
        record = None if ancestor is None else runs.get(ancestor)
        if record is None:
            return
        if record.summary.spec_name == request.workflow:
            raise InvalidSpec(
                f"Workflow {request.workflow!r} is among those that led to this run; it would run for ever.",
                field="params.target_spec_name",
            )
        ancestor = record.summary.parent_run_id
    raise InvalidSpec(
        f"Runs have enqueued one another {MAX_GENERATIONS} times in a row; that is the limit.",
        field="params.target_spec_name",
    )


def _version(session: Session, name: SpecName, version_id: VersionId) -> RunnableSpec:
    version = SpecRepository(session).version(version_id)
    spec = None if version is None else WorkflowSpec.parse(version.payload)
    if spec is None or spec.name != name:
        raise NotFound(f"version of {name!r}", version_id)
    return RunnableSpec(spec=spec, layout={}, version_id=version_id)
