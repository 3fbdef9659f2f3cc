"""`NodeKind`: everything about one kind of node, in one class in one file.

Subclassing registers: palette, inspector form, canvas ports, validation, docs and contract tests follow from the class.
"""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict

from runtime.approvals import Answer, Who
from runtime.errors import AlreadyExists, Unavailable
from runtime.extras import Extra
from runtime.ids import NodeId, RunId, SpecName
from runtime.settings import LiveSettings, SettingName
from runtime.values import PortType, Value

if TYPE_CHECKING:
    from runtime.agents.memory import AgentMemory, Memory
    from runtime.graph.document import Body
    from runtime.ports import Clock, OrderBook, Outbound, PriceSource, QueuedRun, SideEffect

Family = Literal["data", "quant", "agents", "decision", "control", "output"]
FAMILIES: tuple[Family, ...] = ("data", "quant", "agents", "decision", "control", "output")
Effects = Literal["pure", "reads", "local", "side_effect"]
"""`pure`: inputs and config only. `reads`: outside data. `local`: writes in the run's own folder, or asks the studio for a
run that has gates of its own. `side_effect`: acts on the world (signals, orders), so it must stand behind the risk gate."""

T = TypeVar("T")


class Ask(Protocol):
    """Asks a person on behalf of a node; one question per node."""

    async def __call__(
        self, text: str, *, who: Who = "operator", timeout_seconds: float | None = None
    ) -> Answer:
        """Return the answer.

        Raises `AnswerAwaited` until there is one: then the run waits, and the node runs again from its start with the answer.
        """
        ...


async def _ask_nobody(text: str, **_: object) -> Answer:
    raise Unavailable(f"Nobody can be asked here: {text}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """A typed plug of a node."""

    id: str
    type: PortType
    title: str = ""
    required: bool = True
    """Inputs only: without a wire the node cannot run."""
    many: bool = False
    """Inputs only: takes any number of wires; the node then gets a list of values."""
    same_as: str = ""
    """Outputs of type `any` only: the input port whose concrete type comes out here."""


class NodeConfig(BaseModel):
    """Base of all configs. Fields carry title, description, bounds, and `json_schema_extra={"unit": …}`."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


@dataclass(slots=True)
class Ledger:
    """What one node execution spent, did and wrote; filled by the node through its context."""

    cost_usd: float = 0.0
    n_calls: int = 0
    n_tool_calls: int = 0
    n_rag_hits: int = 0
    slots: dict[str, Any] = field(default_factory=dict[str, Any])
    notes: dict[str, Any] = field(default_factory=dict[str, Any])
    """More fields for the crumb's extras; kept when the node fails, too."""
    agents: int = 0
    """Executions of agents that have begun."""
    past: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """What an agent was reminded of; the engine adds it to the slot `past_context`."""
    memories: "list[Memory]" = field(default_factory=list)
    """What is to be remembered when the transition has completed."""

    def spend(self, *, cost_usd: float = 0.0, calls: int = 0, tool_calls: int = 0, rag_hits: int = 0) -> None:
        """Account for what a model, tool or retrieval call used."""
        self.cost_usd += cost_usd
        self.n_calls += calls
        self.n_tool_calls += tool_calls
        self.n_rag_hits += rag_hits


def _kept_nowhere(_step: Mapping[str, Any]) -> None:
    """Keep nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyResult:
    """What one pass through a body gave."""

    outputs: Mapping[str, Value]
    """By output port; a branch that was not taken has none."""
    slots: Mapping[str, Any]
    """Shared slots that its nodes wrote."""


class BodyRun(Protocol):
    """The workflow that a node runs inside of itself; every node in it is a transition of the run."""

    @property
    def inputs(self) -> Sequence[Port]:
        """Its input ports."""
        ...

    @property
    def outputs(self) -> Sequence[Port]:
        """Its output ports."""
        ...

    async def run(
        self, label: str, inputs: Mapping[str, Value], *, slots: Mapping[str, Any] | None = None
    ) -> BodyResult:
        """Pass through it once; `label` tells this pass from the others, `slots` adds to what its nodes see of the state.

        Raises what a transition raises.
        """
        ...


class Enqueue(Protocol):
    """Has another workflow run after this one, with the rights of who started this one."""

    async def __call__(
        self, workflow: str, inputs: Mapping[str, Any], *, version_id: str | None = None
    ) -> "QueuedRun":
        """Accept a run; raises what `RunQueue.enqueue` raises."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeContext:
    """What a node may use of the world while it runs."""

    run_id: RunId
    node_id: NodeId
    workflow: SpecName
    config_hash: str
    """Hash of the spec; with `node_id` it seeds everything random."""
    inputs: Mapping[str, Any]
    """The inputs the run was started with, e.g. `as_of`."""
    settings: LiveSettings
    """In force at the start of this transition."""
    refresh: Callable[[], Awaitable[LiveSettings]]
    """Reads the live settings again; loops inside a node call it once a round. Raises `HaltRequested` when told to stop."""
    market: "PriceSource"
    orders: "OrderBook"
    clock: "Clock"
    folder: Path
    """The run's own folder; exists."""
    ledger: Ledger
    side_effect: "SideEffect"
    """Call right after each thing done to the world: stamps the time of the run's last side effect."""
    progress: Callable[[float, str], None]
    """Tell watchers how far (0..1) and what; cheap, may be called often."""
    compute: Callable[..., Awaitable[Any]]
    """`await ctx.compute(function, *args)`: run a function that blocks or computes in a process that a halt can kill.

    The function is one of a module; it, its arguments and its result can be pickled.
    """
    state: Mapping[str, Any]
    """Shared slots written by nodes before this one."""
    origins: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    """Input port → where each of its values came from, in words and in the order of the values."""
    files: Sequence[Path] = ()
    """Folders that files may be read from, through `runtime.files.folders.find_file`; the first that has a file wins."""
    outbound: "Outbound | None" = None
    """The way out to other systems; None where an installation has none."""
    agent_step: Callable[[Mapping[str, Any]], None] = _kept_nowhere
    """Keep one step of an agent; see `runtime.agents.context.recorder`."""
    memory: "AgentMemory | None" = None
    """What agents remember; None where an installation keeps nothing."""
    body: BodyRun | None = None
    """Kinds that run another workflow only: that workflow."""
    enqueue: Enqueue | None = None
    """None where there are no workers."""
    ask: Ask = _ask_nobody
    """Ask a person and wait for the answer, for days if need be; no worker is kept meanwhile."""

    @property
    def seed(self) -> int:
        """A seed that is equal for equal specs and nodes: 0 .. 2**32 - 1."""
        return int(hashlib.sha256(f"{self.config_hash}:{self.node_id}".encode()).hexdigest()[:8], 16)

    def spend(self, *, cost_usd: float = 0.0, calls: int = 0, tool_calls: int = 0, rag_hits: int = 0) -> None:
        """Account for what a model, tool or retrieval call used."""
        self.ledger.spend(cost_usd=cost_usd, calls=calls, tool_calls=tool_calls, rag_hits=rag_hits)

    def note(self, name: str, value: Any) -> None:  # noqa: ANN401  any JSON value
        """Add a field to the extras of this transition's crumb."""
        self.ledger.notes[name] = value

    def write(self, slot: str, value: Any) -> None:  # noqa: ANN401  any JSON value
        """Write a shared slot of the run's state; the kind must list it in `writes`.

        Every kind may write `halt_token`, true or a reason: the run halts before its next transition.
        """
        self.ledger.slots[slot] = value


class NodeKind(ABC):
    """One kind of node. Subclasses set the class attributes and implement `run`; instances hold no state."""

    kind: ClassVar[str] = ""
    version: ClassVar[int] = 1
    title: ClassVar[str] = ""
    family: ClassVar[Family] = "control"
    icon: ClassVar[str] = "box"
    """A Lucide icon name."""
    summary: ClassVar[str] = ""
    """One sentence: what it does."""
    example: ClassVar[dict[str, Any]] = {}
    """A config that runs."""
    inputs: ClassVar[tuple[Port, ...]] = ()
    outputs: ClassVar[tuple[Port, ...]] = ()
    effects: ClassVar[Effects] = "pure"
    writes: ClassVar[tuple[str, ...]] = ()
    """Slots of the shared state that it writes."""
    joins: ClassVar[bool] = False
    """Runs as soon as every wire has settled and at least one carries a value; others wait for all required ones."""
    needs_any: ClassVar[bool] = False
    """None of its inputs is required, but at least one must be wired."""
    terminal: ClassVar[bool] = False
    """Counts as an output of the workflow."""
    asks: ClassVar[bool] = False
    """Asks a person, so that its run may wait; not possible inside of what repeats."""
    gates: ClassVar[tuple[str, ...]] = ()
    """Output ports behind which side effects are allowed (the risk gate's approved ports)."""
    requires: ClassVar[SettingName | None] = None
    """The flag that must be on for nodes of this kind to run."""
    extra: ClassVar[Extra | None] = None
    """The optional package that the workers must have to run it; imported only then."""
    headline: ClassVar[tuple[str, ...]] = ()
    """Config fields that the node card shows, most important first."""
    Config: ClassVar[type[NodeConfig]] = NodeConfig

    def __init_subclass__(cls, *, variant: bool = False) -> None:
        """Register concrete kinds; raises `AlreadyExists` when the id is taken by another class.

        A `variant` is what `fitted` returns: the registered kind with the ports of one node.
        """
        super().__init_subclass__()
        if variant or not cls.kind:
            return
        known = _KINDS.get(cls.kind)
        if known is not None and known.__qualname__ != cls.__qualname__:
            raise AlreadyExists(f"Node kind {cls.kind!r} is already registered by {known.__qualname__}.")
        _KINDS[cls.kind] = cls

    @abstractmethod
    async def run(self, inputs: Mapping[str, Any], config: Any, ctx: NodeContext) -> Mapping[str, Any]:  # noqa: ANN401
        """Turn inputs into outputs.

        `inputs` maps port id to the plain value (table in `runtime.values`); ports of type `any` give a `Value`, `many`
        ports a list, optional ports without a value are absent. Return port id → value; leave a port out to leave its
        branch untaken. Raise any Exception to fail the run. Let `CancelledError` pass.
        """

    @classmethod
    def migrate(cls, config: dict[str, Any], version: int) -> dict[str, Any]:  # noqa: ARG003
        """Return a config written for an older `version` in today's form."""
        return config

    @classmethod
    def reproducible(cls, config: Mapping[str, Any], *, recalled: int = 0) -> bool:  # noqa: ARG003
        """Say whether a node with this config does the same when its run is replayed.

        `recalled`: of how many past decisions its agent was reminded in that run. A replay has no memory.
        """
        return recalled == 0

    @classmethod
    def fitted(
        cls,
        config: Mapping[str, Any],  # noqa: ARG003
        bodies: Mapping[str, "Body"],  # noqa: ARG003
    ) -> type["NodeKind"]:
        """Return the kind with the ports that a node with this config has; most kinds have the same ones always."""
        return cls

    @classmethod
    def input(cls, port_id: str) -> Port | None:
        """Return the input port with this id."""
        return next((port for port in cls.inputs if port.id == port_id), None)

    @classmethod
    def output(cls, port_id: str) -> Port | None:
        """Return the output port with this id."""
        return next((port for port in cls.outputs if port.id == port_id), None)


_KINDS: dict[str, type[NodeKind]] = {}


def registered_kinds() -> Mapping[str, type[NodeKind]]:
    """Return what has been registered so far; `runtime.catalog` makes sure that everything is."""
    return _KINDS


def as_value(data: Any) -> Value:  # noqa: ANN401
    """Narrow what an `any` port delivered."""
    if not isinstance(data, Value):
        raise TypeError(f"expected a Value, got {type(data).__name__}")
    return data
