"""`validate`, `diff`, `export` and `import`."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from runtime.library import shipped
from runtime.spec_files import spec_to_yaml
from studio.cli.comparing import differences
from tasks.access import Actor
from tasks.control.context import Control
from tasks.control.runs import start_run
from tasks.control.specs import get_workflow
from tests.studio.cli.conftest import WORKFLOW, Shell

[SPEC] = [entry.spec for entry in shipped() if entry.spec.name == WORKFLOW]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "debate.yaml"
    path.write_text(spec_to_yaml(SPEC), encoding="utf-8")
    return path


def test_a_good_file_is_valid_without_any_installation(shell: Shell, file: Path) -> None:
    told = shell("validate", str(file))

    assert told.exit_code == 0, told.output
    assert "debate.yaml can run." in told.stdout


def test_what_is_wrong_with_a_drawing_is_named(shell: Shell, file: Path) -> None:
    payload = yaml.safe_load(file.read_text())
    payload["params"]["graph"]["nodes"][0]["kind"] = "data.pricez"
    file.write_text(yaml.safe_dump(payload))

    told = shell("validate", str(file))

    assert told.exit_code == 1
    assert "error G101" in told.stdout
    assert "cannot run" in told.stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: a\nname: b\n", "twice"),
        ("name: a\nadapter: NoSuchAdapter\n", "NoSuchAdapter"),
        ("name: a\nadapter: WorkflowStudioAdapter\ncolour: red\n", "colour"),
        ("- 1\n", "no workflow"),
    ],
)
def test_a_file_that_is_no_workflow_is_refused_by_name(
    shell: Shell, tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(text)

    refused = shell("validate", str(path))

    assert refused.exit_code == 1
    assert said in refused.stderr


def test_a_file_that_is_not_there_is_bad_usage(shell: Shell, tmp_path: Path) -> None:
    assert shell("validate", str(tmp_path / "none.yaml")).exit_code == 2


def test_with_an_account_what_is_off_counts_as_well(shell: Shell, file: Path, admin: Actor) -> None:
    shell("flags", "set", "orchestration_fusion_enabled=off", "--reason", "x", "--as", "ada")

    alone, here = shell("validate", str(file)), shell("validate", str(file), "--as", "ada")

    assert alone.exit_code == 0
    assert here.exit_code == 1
    assert "G104" in here.stdout


def test_a_workflow_goes_out_and_in_again_without_a_difference(
    shell: Shell, here: Control, admin: Actor, workflow: str, tmp_path: Path
) -> None:
    out = tmp_path / "out.yaml"
    before = get_workflow(here, admin, workflow)

    written = shell.json("export", workflow, "-o", str(out), "--as", "ada")
    taken = shell("import", str(out), "--as", "ada")
    made = shell("import", str(out), "--name", "copy", "--as", "ada")

    assert made.exit_code == 0, made.output
    after = get_workflow(here, admin, "copy")
    assert after.layout == before.layout
    assert after.spec.model_copy(update={"name": workflow}) == before.spec
    assert written["snapshot_hash"] == before.spec.snapshot_hash()
    assert out.read_text() == shell("export", workflow, "--as", "ada").stdout
    assert taken.exit_code == 1
    assert "There already is a workflow" in taken.stderr


def test_files_that_are_there_are_not_written_over(shell: Shell, workflow: str, tmp_path: Path) -> None:
    out = tmp_path / "out.yaml"
    out.write_text("mine")

    refused = shell("export", workflow, "-o", str(out), "--as", "ada")
    kept = out.read_text()
    forced = shell("export", workflow, "-o", str(out), "--force", "--as", "ada")

    assert (refused.exit_code, kept) == (1, "mine")
    assert "out.yaml is there already" in refused.stderr
    assert forced.exit_code == 0


def test_a_layout_that_is_none_is_refused(shell: Shell, admin: Actor, file: Path) -> None:
    file.with_suffix(".layout.json").write_text("[]")

    refused = shell("import", str(file), "--as", "ada")

    assert refused.exit_code == 1
    assert "debate.layout.json is no layout" in refused.stderr


def test_a_viewer_may_export_and_not_import(shell: Shell, viewer: Actor, workflow: str, file: Path) -> None:
    assert shell("export", workflow, "--as", "vic").exit_code == 0
    refused = shell("import", str(file), "--name", "copy", "--as", "vic")

    assert refused.exit_code == 1
    assert "may not change workflows" in refused.stderr


def test_two_files_are_compared_place_by_place(shell: Shell, file: Path, tmp_path: Path) -> None:
    payload = yaml.safe_load(file.read_text())
    payload["max_rounds"] = 7
    gone = payload["params"]["graph"]["nodes"].pop()["id"]
    other = tmp_path / "other.yaml"
    other.write_text(yaml.safe_dump(payload))

    same, changed = shell("diff", str(file), str(file)), shell("diff", str(file), str(other))

    assert same.stdout == "No difference.\n"
    assert f"max_rounds: {SPEC.max_rounds} -> 7" in changed.stdout
    assert f"params.graph.nodes.{gone}.kind: " in changed.stdout
    assert changed.exit_code == 0


def test_two_versions_of_a_workflow_are_compared(
    shell: Shell, here: Control, admin: Actor, workflow: str, file: Path
) -> None:
    start_run(here, admin, workflow, {})

    told = shell.json("diff", f"{workflow}@1", workflow, "--as", "ada")
    with_file = shell.json("diff", str(file), f"{workflow}@1", "--as", "ada")
    missing = shell("diff", f"{workflow}@9", workflow, "--as", "ada")

    assert told == {"same": True, "differences": []}
    assert with_file["same"] is True
    assert missing.exit_code == 1
    assert "There is no version" in missing.stderr


def test_an_other_order_is_a_difference_as_it_is_to_the_hash() -> None:
    graph = SPEC.params["graph"]
    turned = SPEC.model_copy(
        update={"params": {**SPEC.params, "graph": {**graph, "nodes": graph["nodes"][::-1]}}}
    )

    assert [one.path for one in differences(SPEC, turned)] == ["params.graph.nodes.order"]
    assert SPEC.snapshot_hash() != turned.snapshot_hash()
