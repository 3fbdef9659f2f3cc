"""What the editor's panels show: plain values, made from drawings, problems and the catalogue. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from runtime.catalog import node_kinds
from runtime.graph.connect import accepts, output_types, title_of
from runtime.graph.document import GraphDocument, GraphNode
from runtime.graph.drawing import Drawing
from runtime.graph.issue import Issue
from runtime.graph.kinds import kinds_of
from runtime.node import NodeKind
from studio.canvas.projection import UNKNOWN_ICON
from studio.pages.editor.fields import FieldView, field_views
from studio.pages.editor.ports import PortView, port_views

FAMILY_TITLES = {
    "data": "Data",
    "quant": "Quant",
    "agents": "Agents",
    "decision": "Decision",
    "control": "Control",
    "output": "Output",
}
SPOT = 48
"""Canvas pixels within which two top left corners count as the same place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemView:
    """One line of the problems panel."""

    number: int
    code: str
    level: str
    message: str
    fix: str
    node: str
    edge: str
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PickerItem:
    """One kind in the picker."""

    kind: str
    title: str
    icon: str
    family: str
    hint: str
    words: str
    """What the filter looks into, in lower case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PickerView:
    """The picker that opens where a wire was let go; `source` and `port` are its start, empty for any kind."""

    open: bool = False
    left: float = 0
    top: float = 0
    x: float = 0
    y: float = 0
    source: str = ""
    port: str = ""
    prompt: str = ""
    choices: list[PickerItem] = field(default_factory=list[PickerItem])


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectorView:
    """What is selected."""

    subject: str = "nothing"
    """`nothing`, `node`, `nodes` or `wire`."""
    node: str = ""
    title: str = ""
    custom_title: str = ""
    """The node's own title; empty while it has its kind's."""
    kind: str = ""
    kind_title: str = ""
    icon: str = ""
    summary: str = ""
    count: int = 0
    wire: str = ""
    key: str = ""
    fields: list[FieldView] = field(default_factory=list[FieldView])
    ports: list[PortView] = field(default_factory=list[PortView])
    problems: list[str] = field(default_factory=list[str])
    """Sentences about the node as a whole; those of a field stand at the field."""


def problem_views(document: GraphDocument, issues: Sequence[Issue]) -> list[ProblemView]:
    """Return the lines of the problems panel, in the order of validation."""
    titles = {node.id: title_of(node) for node in document.nodes}
    return [
        ProblemView(
            number=number,
            code=issue.code,
            level=issue.severity,
            message=issue.message,
            fix=issue.fix,
            node=issue.node,
            edge=issue.edge,
            where=titles.get(issue.node, issue.node) or ("wire" if issue.edge else "workflow"),
        )
        for number, issue in enumerate(issues, start=1)
    ]


def check_words(problems: Sequence[ProblemView]) -> str:
    """Return the outcome of a check in one sentence."""
    errors = sum(problem.level == "error" for problem in problems)
    warnings = len(problems) - errors
    if not problems:
        return "Checked: no problems."
    counted = [
        f"{count} {word}{'' if count == 1 else 's'}"
        for count, word in ((errors, "error"), (warnings, "warning"))
        if count
    ]
    return f"Checked: {' and '.join(counted)}.{' Errors keep the drawing from running.' if errors else ''}"


def ends_of(document: GraphDocument, *, node: str, edge: str) -> tuple[str, ...]:
    """Return the nodes to show for a problem: the node itself, or both ends of a wire."""
    known = {each.id for each in document.nodes}
    wire = next((each for each in document.edges if each.id == edge), None)
    wanted = (node,) if node else ((wire.source, wire.target) if wire else ())
    return tuple(each for each in wanted if each in known)


def inspector_view(
    drawing: Drawing,
    issues: Sequence[Issue],
    nodes: Sequence[str],
    edges: Sequence[str],
    *,
    revision: int,
    before: InspectorView | None = None,
    typed: str = "",
    workflows: Sequence[str] = (),
) -> InspectorView:
    """Return what the inspector shows of a selection; see `field_views` for `before`, `typed` and `workflows`."""
    document = drawing.document
    chosen = [node for node in document.nodes if node.id in set(nodes)]
    if len(chosen) > 1:
        return InspectorView(subject="nodes", count=len(chosen))
    if len(chosen) == 1:
        same = before if before and before.node == chosen[0].id else None
        return _node_view(
            document, issues, chosen[0], revision=revision, before=same, typed=typed, workflows=workflows
        )
    wires = [edge for edge in document.edges if edge.id in set(edges)]
    if len(wires) != 1:
        return InspectorView(subject="nodes", count=len(wires)) if wires else InspectorView()
    edge = wires[0]
    titles = {node.id: title_of(node) for node in document.nodes}
    carried = output_types(document).get((edge.source, edge.source_port), "any")
    return InspectorView(
        subject="wire",
        title=f"{titles.get(edge.source, edge.source)} → {titles.get(edge.target, edge.target)}",
        summary=f"Carries {carried} from {edge.source_port} to {edge.target_port}.",
        wire=edge.id,
        problems=[issue.message for issue in issues if issue.edge == edge.id],
    )


def _node_view(
    document: GraphDocument,
    issues: Sequence[Issue],
    node: GraphNode,
    *,
    revision: int,
    before: InspectorView | None,
    typed: str,
    workflows: Sequence[str],
) -> InspectorView:
    kind = kinds_of(document).get(node.id)
    own = [issue for issue in issues if issue.node == node.id]
    fields = (
        field_views(
            kind,
            node.config,
            own,
            revision=revision,
            before=before.fields if before else (),
            typed=typed,
            workflows=workflows,
        )
        if kind
        else []
    )
    named = {view.name for view in fields}
    same_title = before is not None and (typed == "title" or before.custom_title == node.title)
    return InspectorView(
        subject="node",
        node=node.id,
        title=title_of(node),
        custom_title=node.title,
        kind=node.kind,
        kind_title=kind.title if kind else node.kind,
        icon=kind.icon if kind else UNKNOWN_ICON,
        summary=kind.summary if kind else "This installation does not know the kind, so the node cannot run.",
        key=before.key if before and same_title else f"{node.id}.{revision}",
        fields=fields,
        ports=port_views(document, node, kind) if kind else [],
        problems=[issue.message for issue in own if issue.field not in named],
    )


def picker_items(document: GraphDocument, source: str = "", port: str = "") -> list[PickerItem]:
    """Return the kinds that take a wire from `source`, with the input that would take it; all of them without one."""
    if not source:
        return [_item(kind, FAMILY_TITLES[kind.family]) for kind in node_kinds().values()]
    carried = output_types(document).get((source, port), "any")
    fitting = (
        (kind, next((each for each in kind.inputs if accepts(each.type, carried)), None))
        for kind in node_kinds().values()
    )
    return [_item(kind, f"into {taker.title or taker.id}") for kind, taker in fitting if taker is not None]


def first_match(items: Sequence[PickerItem], query: str) -> PickerItem | None:
    """Return the first item that the filter leaves."""
    wanted = query.strip().lower()
    return next((item for item in items if wanted in item.words), None)


def free_spot(drawing: Drawing, x: float, y: float) -> tuple[float, float]:
    """Return the place nearest to the wanted one, going down right, where no card starts already."""
    taken = [(at.x, at.y) for at in drawing.layout.positions.values()]
    while any(abs(x - left) < SPOT and abs(y - top) < SPOT for left, top in taken):
        x, y = x + SPOT, y + SPOT
    return x, y


def _item(kind: type[NodeKind], hint: str) -> PickerItem:
    return PickerItem(
        kind=kind.kind,
        title=kind.title,
        icon=kind.icon,
        family=kind.family,
        hint=hint,
        words=kind_words(kind),
    )


def kind_words(kind: type[NodeKind]) -> str:
    """Return what a filter looks into: title, id, family, summary and port types, in lower case."""
    ports = " ".join(sorted({port.type for port in (*kind.inputs, *kind.outputs)}))
    return f"{kind.title} {kind.kind} {FAMILY_TITLES[kind.family]} {kind.summary} {ports}".lower()
