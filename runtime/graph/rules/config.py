"""Every config fits the schema of its kind."""

from collections.abc import Iterable

from pydantic import ValidationError

from runtime.graph.connect import title_of
from runtime.graph.issue import Issue
from runtime.graph.rule import Rule
from runtime.graph.topology import Topology
from runtime.spec import sentence


class BadConfig(Rule):
    """A field is missing, of the wrong type, out of bounds or unknown."""

    codes = ("G102",)

    def issues(self, drawing: Topology) -> Iterable[Issue]:
        """Validate with the kind's own pydantic model."""
        for node_id, kind in drawing.kinds.items():
            node = drawing.nodes[node_id]
            try:
                kind.Config.model_validate(kind.migrate(node.config, node.kind_version))
            except ValidationError as error:
                for detail in error.errors(include_url=False):
                    field = str(detail["loc"][0]) if detail["loc"] else ""
                    info = kind.Config.model_fields.get(field)
                    name = (info.title if info else None) or field or "config"
                    yield Issue(
                        code="G102",
                        severity="error",
                        node=node_id,
                        field=field,
                        message=f"{title_of(node)}, {name}: {sentence(detail['msg'])}",
                        fix="Change the field, or set it back to its default."
                        if info
                        else "Remove the field.",
                    )
