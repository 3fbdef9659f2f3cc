"""`validate`, `diff`, `export` and `import`: workflows as YAML files."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from runtime.errors import AlreadyExists, InvalidSpec
from runtime.graph.document import Layout
from runtime.graph.issue import Issue
from runtime.spec import WorkflowSpec
from runtime.spec_files import load_spec, spec_to_yaml
from studio.cli.acting import VARIABLE, acting
from studio.cli.comparing import Difference, differences
from studio.cli.front import Exit
from studio.cli.options import As, AsJson
from studio.cli.output import tell
from tasks.control import specs

group = typer.Typer()
YamlFile = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, metavar="FILE.yaml")]
SIDE = "A file, a workflow by name (as it is saved now), or NAME@VERSION."


@group.command("validate")
def validate_file(file: YamlFile, *, name: As = "", as_json: AsJson = False) -> None:
    """Say what is wrong with a workflow file; exit code 1 when it cannot run.

    With an account, other workflows that it uses are looked up, and capabilities that are off count.
    """
    payload = load_spec(file).dump()
    if name or os.environ.get(VARIABLE):
        with acting(name) as at:
            issues = specs.check_spec(at.control, at.actor, payload)
    else:
        issues = specs.issues_of(specs.checked_spec(payload))
    bad = sum(issue.severity == "error" for issue in issues)
    verdict = f"{file.name} cannot run: {bad} errors." if bad else f"{file.name} can run."
    tell({"ok": not bad, "issues": issues}, [*map(_line, issues), verdict], as_json=as_json)
    if bad:
        raise typer.Exit(int(Exit.REFUSED))


@group.command("diff")
def diff(
    old: Annotated[str, typer.Argument(help=SIDE)],
    new: Annotated[str, typer.Argument(help=SIDE)],
    *,
    name: As = "",
    as_json: AsJson = False,
) -> None:
    """Show every place at which two workflows differ."""
    found = differences(_side(old, name), _side(new, name))
    tell({"same": not found, "differences": found}, _compared(found), as_json=as_json)


@group.command("export")
def export(
    workflow: str,
    *,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A file; its layout goes beside it.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over files that are there.")] = False,
    name: As = "",
    as_json: AsJson = False,
) -> None:
    """Write a workflow as YAML, as it is saved now; `import` reads it back without a difference."""
    with acting(name) as at:
        found = specs.get_workflow(at.control, at.actor, workflow)
    text, layout = spec_to_yaml(found.spec), found.layout.model_dump(mode="json")
    if output is None:
        tell({"spec": found.spec, "layout": layout}, [text.removesuffix("\n")], as_json=as_json)
        return
    beside = _layout_file(output)
    there = [file.name for file in (output, beside) if file.exists()]
    if there and not force:
        raise AlreadyExists(f"{' and '.join(there)} is there already. Name another file, or give --force.")
    output.write_text(text, encoding="utf-8")
    beside.write_text(json.dumps(layout, indent=1) + "\n", encoding="utf-8")
    written = {"spec": str(output), "layout": str(beside), "snapshot_hash": found.spec.snapshot_hash()}
    tell(written, [f"Written: {output}, and its layout in {beside.name}."], as_json=as_json)


@group.command("import")
def import_file(
    file: YamlFile,
    *,
    rename: Annotated[
        str, typer.Option("--name", help="Save it under this name instead of the file's.")
    ] = "",
    name: As = "",
    as_json: AsJson = False,
) -> None:
    """Save a file as a new workflow, with the layout beside it if there is one."""
    payload = load_spec(file).dump()
    layout = _layout_beside(file)
    with acting(name) as at:
        made = specs.create_workflow(
            at.control, at.actor, payload | ({"name": rename} if rename else {}), layout
        )
    told = {"name": made.record.name, "snapshot_hash": made.spec.snapshot_hash(), "revision": made.revision}
    tell(told, [f"Workflow {made.record.name} is saved."], as_json=as_json)


def _side(text: str, name: str) -> WorkflowSpec:
    path = Path(text)
    if path.suffix in (".yaml", ".yml") or path.is_file():
        return load_spec(path)
    workflow, _, number = text.rpartition("@")
    with acting(name) as at:
        if workflow and number.isdecimal():
            return specs.version_spec(at.control, at.actor, workflow, int(number))
        return specs.get_workflow(at.control, at.actor, text).spec


def _compared(found: Sequence[Difference]) -> list[str]:
    if not found:
        return ["No difference."]
    return [f"{one.path}: {_short(one.old)} -> {_short(one.new)}" for one in found]


def _short(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _line(issue: Issue) -> str:
    where = " ".join(part for part in (issue.node, issue.edge, issue.field) if part)
    return f"{issue.severity} {issue.code}{f' at {where}' if where else ''}: {issue.message} {issue.fix}".rstrip()


def _layout_file(file: Path) -> Path:
    return file.with_suffix(".layout.json")


def _layout_beside(file: Path) -> Layout | None:
    beside = _layout_file(file)
    if not beside.is_file():
        return None
    try:
        return Layout.model_validate_json(beside.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InvalidSpec(
            f"{beside.name} is no layout. Correct it, or take it away to do without."
        ) from error
