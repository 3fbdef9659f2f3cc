"""The node catalogue over HTTP: every kind that can be drawn, with its ports and the schema of its config."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from runtime.catalog import kind_named, node_kinds
from runtime.node import NodeKind, Port
from runtime.settings import LiveSettings
from studio.api.auth import CurrentActor, Services
from tasks.access import Permission, require
from tasks.control.settings import settings_in_force

router = APIRouter(prefix="/api/nodes", tags=["catalogue"])


class PortDescription(BaseModel):
    """A typed plug."""

    id: str
    type: str
    title: str
    required: bool
    many: bool


class NodeSummary(BaseModel):
    """A kind of node in a list."""

    kind: str
    version: int
    title: str
    family: str
    summary: str
    effects: str
    """`pure`, `reads`, `local` or `side_effect`."""
    enabled: bool
    """False while the flag that it needs is off."""
    requires: str | None
    """The setting that must be on."""
    extra: str | None
    """The optional package that the workers must have."""


class NodeDescription(NodeSummary):
    """A kind of node with all that a drawing needs to know."""

    inputs: list[PortDescription]
    outputs: list[PortDescription]
    config_schema: dict[str, Any]
    """JSON Schema of its config."""
    example: dict[str, Any]
    doc: str


@router.get("")
def list_kinds(actor: CurrentActor, container: Services) -> list[NodeSummary]:
    """Return every kind, by family and title."""
    require(actor, Permission.READ)
    live = settings_in_force(container.control).live
    return [NodeSummary(**_fields(kind, live)) for kind in node_kinds().values()]


@router.get("/{kind}")
def get_kind(kind: str, actor: CurrentActor, container: Services) -> NodeDescription:
    """Return one kind with its ports, its config and an example; 404 names the nearest one."""
    require(actor, Permission.READ)
    found = kind_named(kind)
    return NodeDescription(
        **_fields(found, settings_in_force(container.control).live),
        inputs=[_port(port) for port in found.inputs],
        outputs=[_port(port) for port in found.outputs],
        config_schema=found.Config.model_json_schema(),
        example=found.example,
        doc=(found.__doc__ or "").strip(),
    )


def _fields(kind: type[NodeKind], live: LiveSettings) -> dict[str, Any]:
    return {
        "kind": kind.kind,
        "version": kind.version,
        "title": kind.title,
        "family": kind.family,
        "summary": kind.summary,
        "effects": kind.effects,
        "enabled": kind.requires is None or bool(getattr(live, kind.requires)),
        "requires": kind.requires,
        "extra": kind.extra.name if kind.extra else None,
    }


def _port(port: Port) -> PortDescription:
    return PortDescription(
        id=port.id, type=port.type, title=port.title, required=port.required, many=port.many
    )
