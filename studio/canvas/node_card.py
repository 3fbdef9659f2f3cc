"""The card of any node, drawn from its catalogue entry. Two levels: React Flow's per-frame props stop at the outer one."""

from typing import Any, cast

import reflex as rx
from reflex.vars.base import Var, VarData
from reflex_base.utils.imports import ImportVar

from runtime.catalog import node_kinds
from studio import theme
from studio.canvas.bridge import RUN_STORE_CODE
from studio.canvas.projection import UNKNOWN_ICON
from studio.canvas.react_flow import Handle
from studio.components.icon import icon
from studio.components.state_badge import state_icon, state_word

FALLBACK_ICON = "box"
Shown = Any
"""A Var of a record, whose fields its type does not say."""


def kind_icon(name: rx.Var[str], *, size: int = theme.ICON_SMALL) -> rx.Component:
    """Return the icon of a kind. All icons of the catalogue are part of the build; a later plug-in shows a box."""
    names = sorted({kind.icon for kind in node_kinds().values()} | {UNKNOWN_ICON})
    pairs = ((each, icon(each, size=size)) for each in names)
    return cast(rx.Component, rx.match(name, *pairs, icon(FALLBACK_ICON, size=size)))


class RunStore(rx.Fragment):
    """Brings the store's code to the module that the card is compiled into."""

    def add_custom_code(self) -> list[str]:
        """Return the store."""
        return [RUN_STORE_CODE]


@rx.memo
def step_body(data: rx.Var[dict[str, Any]], node: rx.Var[str]) -> rx.Component:
    """Return what is in the card; renders when its node or its own run state changes."""
    card: Shown = data
    status, line = _run_var(node, "status"), _run_var(node, "line")
    level = card["level"].to(str)
    return rx.el.div(
        RunStore.create(),
        rx.el.div(
            kind_icon(card["icon"].to(str)),
            rx.el.span(card["title"].to(str), class_name="as-card-title", title=card["title"].to(str)),
            rx.cond(status != "", _state(status), rx.fragment()),
            class_name="as-card-head",
        ),
        rx.el.div(
            rx.el.div(card["line"].to(str), class_name="as-card-line", title=card["line"].to(str)),
            rx.el.div(
                rx.cond(line != "", line, rx.cond(status != "", state_word(status), "")),
                class_name="as-card-line as-card-result",
                title=line,
                custom_attrs={"data-testid": f"result-{node}"},
            ),
            class_name="as-card-body",
        ),
        rx.foreach(
            card["ins"].to(list[dict[str, str]]), lambda port, at: _plug(port, at, node, source=False)
        ),
        rx.foreach(
            card["outs"].to(list[dict[str, str]]), lambda port, at: _plug(port, at, node, source=True)
        ),
        rx.cond(
            level != "",
            rx.el.div(
                card["problems"].to(str),
                class_name=f"as-card-problems as-card-{level}",
                title=f"{card['problems']} to mend; the Problems panel says what",
                custom_attrs={"data-testid": f"node-problems-{node}"},
            ),
        ),
        class_name="as-card",
        custom_attrs={
            "data-testid": f"node-{node}",
            "data-state": status,
            "data-level": level,
            "data-known": card["known"].to(str),
        },
    )


@rx.memo
def step_node(data: rx.Var[dict[str, Any]], id: rx.Var[str]) -> rx.Component:
    """Return the node as React Flow mounts it; takes the props that change, passes on those that matter."""
    return step_body(data=data, node=id)


# React Flow wants the component itself; a memo has no public way to give it (the name is private in Reflex 0.10).
NODE_TYPES = rx.Var.create({"step": cast(Any, step_node)._as_var()})


def _run_var(node: rx.Var[str], part: str) -> rx.Var[str]:
    hook = (
        "const run = useSyncExternalStore("
        f"useCallback((f) => alphaswarmRun.watch({node!s}, f), [{node!s}]), "
        f"() => alphaswarmRun.get({node!s}), () => alphaswarmRun.get({node!s}));"
    )
    data = VarData(
        hooks={hook: None},
        imports={"react": [ImportVar("useSyncExternalStore"), ImportVar("useCallback")]},
    )
    return Var(f"run.{part}", _var_type=str, _var_data=data).to(str)


def _state(status: rx.Var[str]) -> rx.Component:
    return rx.el.span(
        state_icon(status),
        rx.el.span(state_word(status), class_name="as-hidden"),
        class_name="as-card-state",
        title=state_word(status),
    )


def _plug(port: Shown, at: rx.Var[int], node: rx.Var[str], *, source: bool) -> rx.Component:
    side = "out" if source else "in"
    kind = port["type"]
    return rx.el.div(
        Handle.create(
            id=port["id"],
            type="source" if source else "target",
            position="right" if source else "left",
            class_name=f"as-port as-port-{kind}",
            custom_attrs={
                "data-port": kind,
                "data-testid": f"handle-{node}-{side}-{port['id']}",
                "aria-label": f"{port['title']}, {'output' if source else 'input'} of {kind}",
            },
        ),
        rx.el.span(f"{port['title']} · {kind}", class_name="as-port-name", aria_hidden="true"),
        class_name=f"as-plug as-plug-{side}",
        style={"top": f"calc({theme.CONTROL} + 2px + {at} * 20px)"},
    )
