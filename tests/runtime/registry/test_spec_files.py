"""YAML in and out: the same spec again, and a sentence for whatever is wrong."""

import logging
import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.errors import InvalidSpec, TooLarge
from runtime.library import named_specs, shipped
from runtime.spec import WorkflowSpec
from runtime.spec_files import MAX_BYTES, load_folder, load_spec, spec_from_yaml, spec_to_yaml

# YAML cannot hold control characters, and neither can what people type.
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=12,
)
SPECS = st.builds(
    WorkflowSpec,
    name=st.text(string.ascii_letters + string.digits, min_size=1, max_size=30).filter(
        lambda name: name.lower() not in ("runs", "halt", "adapters")
    ),
    description=TEXT,
    adapter=st.sampled_from(["LangGraphAdapter", "WorkflowStudioAdapter"]),
    adapter_kind=st.sampled_from([None, "graph", "studio"]),
    params=st.dictionaries(TEXT, JSON, max_size=4),
    max_rounds=st.integers(1, 50),
    annotations=st.lists(TEXT, max_size=3).map(tuple),
    extras=st.dictionaries(TEXT, JSON, max_size=3),
)


@given(SPECS)
def test_a_spec_survives_yaml_with_its_hash(spec: WorkflowSpec) -> None:
    again = spec_from_yaml(spec_to_yaml(spec))

    assert again == spec
    assert again.snapshot_hash() == spec.snapshot_hash()


@pytest.mark.parametrize(
    "spec", [*(entry.spec for entry in shipped()), *named_specs()], ids=lambda spec: spec.name
)
def test_every_shipped_spec_survives_yaml(spec: WorkflowSpec) -> None:
    assert spec_from_yaml(spec_to_yaml(spec)) == spec


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name: x\nadapter: y\nadaptor: z\n", "Field 'adaptor'"),
        ("name: x\nadapter: y\nguardrails: {max_cals: 3}\n", "Field 'guardrails.max_cals'"),
        ("name: x\nadapter: y\nschedule: {cron: '', seconds: 1}\n", "Field 'schedule.seconds'"),
        ("name: x\n", "Field 'adapter'"),
        ("name: x\nadapter: y\nmax_rounds: 0\n", "Field 'max_rounds'"),
        ("name: x\nadapter: y\nadapter_kind: quantum\n", "Field 'adapter_kind'"),
        ("name: x\nadapter: y\nparams: {a: .nan}\n", "Field 'params.a': must be a finite number."),
        ("name: x\nname: y\nadapter: z\n", "the key 'name' is there twice. Line 2"),
        ("- just\n- a list\n", "holds no workflow"),
        ("", "holds no workflow"),
        ("name: [unclosed\n", "not YAML that can be read"),
        ("name: !!python/object/apply:os.system ['true']\nadapter: x\n", "not YAML that can be read"),
    ],
)
def test_what_is_wrong_is_named(text: str, words: str) -> None:
    with pytest.raises(InvalidSpec) as refused:
        spec_from_yaml(text)

    assert words in refused.value.message


def test_a_file_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "big.yaml"
    path.write_text("#" * (MAX_BYTES + 1), encoding="utf-8")

    with pytest.raises(TooLarge, match=r"big\.yaml is larger than 2048 KB"):
        load_spec(path)


def test_a_folder_is_read_by_name_and_what_cannot_be_read_is_left_out_and_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("b", "a"):
        spec = WorkflowSpec(name=name, adapter="LangGraphAdapter")
        (tmp_path / f"{name}.yaml").write_text(spec_to_yaml(spec), encoding="utf-8")
    (tmp_path / "broken.yaml").write_text("name: [", encoding="utf-8")
    (tmp_path / "latin.yaml").write_bytes("name: ü".encode("latin-1"))
    (tmp_path / "notes.txt").write_text("name: no", encoding="utf-8")

    with caplog.at_level(logging.WARNING):
        found = load_folder(tmp_path)

    assert [spec.name for spec in found] == ["a", "b"]
    assert [record.message.split(":")[1].split(" is")[0].strip() for record in caplog.records] == [
        "broken.yaml",
        "latin.yaml",
    ]
    assert load_folder(tmp_path / "absent") == []
