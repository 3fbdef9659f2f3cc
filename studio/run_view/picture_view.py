"""The small picture of a drawing as SVG: boxes coloured by family, or by state once there is a run."""

from collections.abc import Callable

import reflex as rx

from runtime.catalog import node_kinds
from studio import theme
from studio.components.icon import icon
from studio.run_view.picture import FAMILY_COLORS, Box, Picture, Wire
from studio.run_view.state import RunState


def thumbnail(picture: Picture) -> rx.Component:
    """Return the picture of a card: families by colour, kinds by icon."""
    return _svg(picture, lambda box: _family_box(box, picture), max_height="148px", test_id="picture")


def run_picture(picture: Picture) -> rx.Component:
    """Return the picture of the followed run: states by colour, icon and name; a click opens the node's transition."""
    return _svg(picture, lambda box: _state_box(box, picture), max_height="360px", test_id="run-picture")


def _svg(
    picture: Picture, draw: Callable[[Box], rx.Component], *, max_height: str, test_id: str
) -> rx.Component:
    return rx.el.svg(
        rx.foreach(picture.wires, _wire),
        rx.foreach(picture.boxes, draw),
        view_box=f"0 0 {picture.width} {picture.height}",
        role="img",
        aria_label=picture.name,
        class_name="as-picture",
        style={"max_height": max_height, "max_width": f"calc({picture.width} * 1.15px)"},
        custom_attrs={"data-testid": test_id, "preserveAspectRatio": "xMidYMid meet"},
    )


def _wire(wire: Wire) -> rx.Component:
    return rx.el.path(
        d=wire.path, fill="none", stroke=wire.color, stroke_width="1.5", custom_attrs={"strokeOpacity": 0.75}
    )


def _family_box(box: Box, picture: Picture) -> rx.Component:
    fill, ink = _family(box.palette, "3"), _family(box.palette, "11")
    return rx.el.g(
        rx.el.title(box.name),
        rx.el.rect(
            x=box.x,
            y=box.y,
            width=picture.box_width,
            height=picture.box_height,
            rx=5,
            fill=fill,
            stroke=_family(box.palette, "7"),
        ),
        rx.el.g(
            kind_icon(box.icon, color=ink),
            custom_attrs={"transform": box.mark},
        ),
    )


def _state_box(box: Box, picture: Picture) -> rx.Component:
    status = RunState.statuses[box.node]
    return rx.el.g(
        rx.el.title(box.label, ": ", status),
        rx.el.rect(
            x=box.x,
            y=box.y,
            width=picture.box_width,
            height=picture.box_height,
            rx=6,
            fill=_state(status, "soft", theme.RAISED),
            stroke=_state(status, "solid", theme.BORDER_STRONG),
        ),
        rx.el.text(
            box.short,
            x=box.text_x,
            y=box.text_y,
            class_name="as-picture-label",
        ),
        rx.el.g(
            kind_icon(box.icon, color=_state(status, "ink", theme.MUTED)),
            custom_attrs={"transform": box.mark},
        ),
        on_click=RunState.inspect_node(box.node),
        style={"cursor": "pointer"},
        custom_attrs={"data-testid": f"picture-{box.node}", "data-state": status},
    )


def kind_icon(name: str, *, color: str | rx.Var[str]) -> rx.Component:
    """Return the icon of a kind; a kind of a later plug-in shows a box."""
    names = sorted({kind.icon for kind in node_kinds().values()} | {"circle-help"})
    return rx.match(name, *((each, icon(each, color=color)) for each in names), icon("box", color=color))  # pyright: ignore[reportReturnType]  components in, component out


def _family(palette: str, step: str) -> rx.Var[str]:
    pairs = ((name, f"var(--{name}-{step})") for name in sorted(set(FAMILY_COLORS.values())))
    return rx.match(palette, *pairs, f"var(--gray-{step})")  # pyright: ignore[reportReturnType]  texts in, text out


def _state(status: str, part: str, default: str) -> rx.Var[str]:
    pairs = (
        (name, str(getattr(look, part)))
        for name, look in theme.STATES.items()
        if name not in ("pending", "skipped")
    )
    return rx.match(status, *pairs, default)  # pyright: ignore[reportReturnType]  texts in, text out
