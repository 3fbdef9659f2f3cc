"""The palette: every node kind, by family; drag it, click it, or filter and press Enter. Below it the colours of ports."""

from typing import Any, get_args

import reflex as rx
from reflex.vars.base import Var

from runtime.catalog import node_kinds
from runtime.node import FAMILIES, Family, NodeKind
from runtime.values import PortType
from studio import theme
from studio.canvas.react_flow import CENTRE
from studio.components.icon import icon
from studio.pages.editor.shown import EDITOR, SESSION
from studio.pages.editor.views import FAMILY_TITLES, kind_words

Kind = type[NodeKind]


def palette() -> rx.Component:
    """Return the panel at the left."""
    by_family: dict[Family, list[Kind]] = {
        family: [kind for kind in node_kinds().values() if kind.family == family] for family in FAMILIES
    }
    return rx.el.aside(
        _search(),
        rx.el.div(
            *(_family(family, kinds) for family, kinds in by_family.items() if kinds),
            _no_match([kind for kinds in by_family.values() for kind in kinds]),
            class_name="as-palette-list",
        ),
        _legend(),
        aria_label="Palette",
        class_name="as-side as-palette",
        custom_attrs={"data-testid": "palette"},
    )


def _search() -> rx.Component:
    return rx.el.form(
        icon("search", color=theme.MUTED),
        rx.el.input(
            type="search",
            placeholder="Find a node",
            aria_label="Find a node; Enter adds the first one",
            auto_complete="off",
            max_length=100,
            on_change=EDITOR.palette_filtered.debounce(60),
            class_name="as-bare-input",
            custom_attrs={"data-testid": "palette-search"},
        ),
        on_submit=EDITOR.palette_entered(CENTRE),
        class_name="as-search",
    )


def _family(family: Family, kinds: list[Kind]) -> rx.Component:
    return rx.cond(
        _any_matches(kinds),
        rx.el.section(
            rx.el.h3(FAMILY_TITLES[family], class_name="as-family"),
            *(_item(kind) for kind in kinds),
            aria_label=FAMILY_TITLES[family],
        ),
    )


def _item(kind: Kind) -> rx.Component:
    return rx.cond(
        _matches(kind),
        rx.el.button(
            icon(kind.icon, color=theme.MUTED),
            rx.el.span(kind.title, class_name="as-grow"),
            icon("plus", class_name="as-plus"),
            type="button",
            title=kind.summary,
            draggable=SESSION.can_draw,
            disabled=~SESSION.can_draw,
            on_click=EDITOR.kind_added(kind.kind, CENTRE),
            class_name="as-item",
            custom_attrs={
                "data-testid": f"palette-item-{kind.kind}",
                "onDragStart": Var(
                    f"((e) => {{ e.dataTransfer.setData('text/x-kind', '{kind.kind}');"
                    " e.dataTransfer.effectAllowed = 'copy'; })"
                ),
            },
        ),
    )


def _no_match(kinds: list[Kind]) -> rx.Component:
    return rx.cond(
        _any_matches(kinds),
        rx.fragment(),
        rx.el.p(
            "No node has “",
            EDITOR.palette_query,
            "” in its name, summary or ports.",
            class_name="as-quiet as-pad",
            custom_attrs={"data-testid": "palette-empty"},
        ),
    )


def _legend() -> rx.Component:
    return rx.el.div(
        *(
            rx.el.span(
                rx.el.i(class_name=f"as-dot as-port-{port}", aria_hidden="true"),
                port,
                class_name="as-key-entry",
            )
            for port in get_args(PortType)
        ),
        aria_label="Colours of ports",
        role="group",
        class_name="as-key",
        custom_attrs={"data-testid": "port-legend"},
    )


def _matches(kind: Kind) -> Var[bool]:
    return rx.Var.create(kind_words(kind)).contains(EDITOR.palette_query.strip().lower())


def _any_matches(kinds: list[Kind]) -> Var[bool]:
    found: Any = _matches(kinds[0])
    for kind in kinds[1:]:
        found = found | _matches(kind)
    return found
