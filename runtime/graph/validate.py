"""Check a drawing: every rule, every problem, in a stable order."""

from runtime.graph.document import GraphDocument
from runtime.graph.issue import Issue
from runtime.graph.rule import rules
from runtime.graph.topology import topology
from runtime.settings import LiveSettings


def validate(document: GraphDocument, live: LiveSettings | None = None) -> list[Issue]:
    """Return all problems, errors first, then by code and place. With `live`, capabilities that are off count too."""
    view = topology(document, live)
    order = {node.id: index for index, node in enumerate(document.nodes)}
    found = [issue for rule in rules() for issue in rule.issues(view)]
    return sorted(found, key=lambda i: (i.severity, i.code, order.get(i.node, -1), i.edge, i.field))


def errors(issues: list[Issue]) -> list[Issue]:
    """Return those that keep a drawing from running."""
    return [issue for issue in issues if issue.severity == "error"]
