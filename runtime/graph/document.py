"""The saved drawing: nodes and edges. Positions live beside it, in `Layout`, outside the hash."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from runtime.errors import InvalidSpec
from runtime.spec import sentence

MAX_NODES = 1_000
MAX_EDGES = 5_000
MAX_ID = 80


class GraphNode(BaseModel):
    """One node: which kind, at which version of the kind, with which config."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(min_length=1, max_length=MAX_ID)
    kind: str = Field(min_length=1, max_length=MAX_ID)
    kind_version: int = Field(default=1, ge=1)
    title: str = Field(default="", max_length=120)
    config: dict[str, Any] = Field(default_factory=dict[str, Any])


class GraphEdge(BaseModel):
    """One wire from an output port to an input port."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(min_length=1, max_length=4 * MAX_ID + 16)
    source: str
    source_port: str
    target: str
    target_port: str


class Body(BaseModel):
    """Another workflow that a node of the drawing runs, frozen: what it draws, or why it cannot be used."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    nodes: tuple[GraphNode, ...] = ()
    edges: tuple[GraphEdge, ...] = ()
    problem: str = ""


class GraphDocument(BaseModel):
    """A drawing. Loading never drops anything: what cannot run stays and is reported as a problem."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    nodes: tuple[GraphNode, ...] = ()
    edges: tuple[GraphEdge, ...] = ()
    bodies: dict[str, Body] = Field(default_factory=dict[str, Body])
    """Reference (`runtime.body`) → the workflow that nodes name by it. Drafts are saved without, runs are frozen with it."""

    @classmethod
    def parse(cls, payload: Mapping[str, Any]) -> Self:
        """Build a drawing from untrusted data; raises `InvalidSpec` naming the first bad field."""
        try:
            return cls.model_validate(payload)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(["params.graph", *(str(part) for part in first["loc"])])
            raise InvalidSpec(f"Field {field!r}: {sentence(first['msg'])}", field=field) from error

    def dump(self) -> dict[str, Any]:
        """Return the drawing as JSON-ready data; a drawing that uses no other workflow says nothing about it."""
        return self.model_dump(mode="json", exclude=None if self.bodies else {"bodies"})

    def node(self, node_id: str) -> GraphNode | None:
        """Return the first node with this id."""
        return next((node for node in self.nodes if node.id == node_id), None)


def edge_id(source: str, source_port: str, target: str, target_port: str) -> str:
    """Return the id of a wire; the canvas computes the same one in the browser."""
    return f"xy-edge__{source}{source_port}-{target}{target_port}"


class Position(BaseModel):
    """Where a node's top left corner stands on the canvas, in canvas pixels."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    x: float = Field(allow_inf_nan=False)
    y: float = Field(allow_inf_nan=False)


class Layout(BaseModel):
    """What a drawing looks like: never part of the hash, so moving a node makes no version."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    positions: dict[str, Position] = Field(default_factory=dict[str, Position])
