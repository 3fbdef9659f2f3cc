"""The workflows that ship with the studio: specs as YAML, with the layout of each drawing beside it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from runtime.builders import Builder, builders
from runtime.graph.document import Layout
from runtime.graph.tidy import tidy_positions
from runtime.spec import WorkflowSpec

_ORDER: Sequence[str] = (
    "research.debate_fusion",
    "trader.momentum_paper",
    "trader.momentum_approved",
    "research.momentum_vs_reversion",
    "analysis.risk_report",
    "trader.trend_filter",
    "research.each_share",
    "utility.halt_practice",
)
"""As the gallery shows them; a spec that is not named here comes after them, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryEntry:
    """One shipped workflow."""

    spec: WorkflowSpec
    layout: Layout
    title: str
    sentence: str
    """What it does, in one sentence."""


@cache
def shipped() -> tuple[LibraryEntry, ...]:
    """Return all shipped workflows, in the gallery's order."""
    names = sorted(
        file.name.removesuffix(".yaml") for file in files(__name__).iterdir() if file.name.endswith(".yaml")
    )
    ranks = {name: rank for rank, name in enumerate(_ORDER)}
    return tuple(_entry(name) for name in sorted(names, key=lambda name: (ranks.get(name, len(ranks)), name)))


@cache
def templates() -> tuple[LibraryEntry, ...]:
    """Return what the gallery offers: the shipped workflows, then every named builder as a drawing."""
    return (*shipped(), *(_drawn(builder) for builder in builders().values()))


@cache
def named_specs() -> tuple[WorkflowSpec, ...]:
    """Return the shipped specs that name a builder instead of drawing a graph, by name."""
    folder = files(__name__) / "specs"
    return tuple(
        WorkflowSpec.parse(yaml.safe_load(file.read_text(encoding="utf-8")))
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if file.name.endswith(".yaml")
    )


def _drawn(builder: Builder) -> LibraryEntry:
    document = builder.build()
    spec = WorkflowSpec(
        name=f"builder.{builder.alias}",
        description=builder.sentence,
        adapter="WorkflowStudioAdapter",
        adapter_kind="studio",
        params={"graph": document.dump()},
        annotations=("builder", builder.alias),
        template_target="research",
        extras={"title": builder.title},
    )
    layout = Layout(positions=tidy_positions(document))
    return LibraryEntry(spec=spec, layout=layout, title=builder.title, sentence=builder.sentence)


def _entry(name: str) -> LibraryEntry:
    folder = files(__name__)
    spec = WorkflowSpec.parse(yaml.safe_load((folder / f"{name}.yaml").read_text(encoding="utf-8")))
    layout = Layout.model_validate(json.loads((folder / f"{name}.layout.json").read_text(encoding="utf-8")))
    return LibraryEntry(spec=spec, layout=layout, title=str(spec.extras["title"]), sentence=spec.description)
