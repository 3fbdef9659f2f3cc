"""Every node is of a kind that this installation knows, in a version it knows, and that is switched on."""

from collections.abc import Iterable

from runtime.catalog import node_kinds
from runtime.errors import did_you_mean
from runtime.graph.connect import title_of
from runtime.graph.issue import Issue
from runtime.graph.rule import Rule
from runtime.graph.topology import Topology
from runtime.settings import environment_name


class UnknownKind(Rule):
    """The kind is not installed here; the node stays in the drawing."""

    codes = ("G101",)

    def issues(self, drawing: Topology) -> Iterable[Issue]:
        """Look every kind up."""
        for node in drawing.nodes.values():
            if node.id not in drawing.kinds:
                hint = did_you_mean(node.kind, node_kinds().keys())
                yield Issue(
                    code="G101",
                    severity="error",
                    node=node.id,
                    message=f"The kind {node.kind!r} is unknown here.",
                    fix=f"{hint} Install what provides it, or replace the node.".strip(),
                )


class NewerKind(Rule):
    """The drawing was made with a newer version of the kind."""

    codes = ("G103",)

    def issues(self, drawing: Topology) -> Iterable[Issue]:
        """Compare versions."""
        for node_id, kind in drawing.kinds.items():
            version = drawing.nodes[node_id].kind_version
            if version > kind.version:
                yield Issue(
                    code="G103",
                    severity="error",
                    node=node_id,
                    message=f"{kind.title} is at version {version} in the drawing, {kind.version} is installed.",
                    fix="Upgrade this installation, or replace the node.",
                )


class ExtraIsMissing(Rule):
    """The optional package that the kind needs is not installed here; only a worker's own word is final, so it warns."""

    codes = ("G105",)

    def issues(self, drawing: Topology) -> Iterable[Issue]:
        """Look for the package."""
        for node_id, kind in drawing.kinds.items():
            if kind.extra is not None and not kind.extra.installed:
                yield Issue(
                    code="G105",
                    severity="warning",
                    node=node_id,
                    message=f"{title_of(drawing.nodes[node_id])} needs the package {kind.extra.package!r}, "
                    "which is not installed here.",
                    fix=f"Install the extra {kind.extra.name!r} on the workers.",
                )


class CapabilityIsOff(Rule):
    """The flag that the kind needs is off."""

    codes = ("G104",)

    def issues(self, drawing: Topology) -> Iterable[Issue]:
        """Read the flags, where they were given."""
        if drawing.live is None:
            return
        for node_id, kind in drawing.kinds.items():
            if kind.requires and not getattr(drawing.live, kind.requires):
                yield Issue(
                    code="G104",
                    severity="error",
                    node=node_id,
                    message=f"{title_of(drawing.nodes[node_id])} needs a capability that is switched off.",
                    fix=f"An admin switches it on with {environment_name(kind.requires)}=true.",
                )
