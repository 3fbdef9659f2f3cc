"""Shipped workflows, copied into the installation."""

from runtime.errors import NotFound
from runtime.graph.document import GraphDocument, Layout
from runtime.library import named_specs, templates
from tasks.access import Actor
from tasks.control.context import Control
from tasks.control.deletions import deleted_workflows, restore_workflow
from tasks.control.specs import Workflow, create_workflow, drawn_payload, list_workflows


def create_from_template(control: Control, actor: Actor, template: str) -> Workflow:
    """Save a copy of a shipped workflow under its name, or `name-2`, `name-3` … when that is taken.

    Parts that it uses come along as workflows of their own; one that is there already is used as it is, and one in the bin
    is taken out.
    """
    entries = {entry.spec.name: (entry.spec, entry.layout) for entry in templates()}
    entries |= {spec.name: (spec, Layout()) for spec in named_specs()}
    if template not in entries:
        raise NotFound("template", template, known=entries.keys())
    spec, layout = entries[template]
    there = {workflow.record.name for workflow in list_workflows(control, actor)}
    deleted = {each.name for each in deleted_workflows(control, actor)}
    for part, body in GraphDocument.parse(spec.params.get("graph") or {}).bodies.items():
        if part in deleted:
            restore_workflow(control, actor, part)
        elif part not in there:
            graph = GraphDocument(nodes=body.nodes, edges=body.edges)
            create_workflow(control, actor, drawn_payload(part, f"A part of {template}.", graph))
    number = 1
    while (name := template if number == 1 else f"{template}-{number}") in there | deleted:
        number += 1
    return create_workflow(control, actor, {**spec.dump(), "name": name}, layout)
