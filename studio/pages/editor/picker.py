"""The picker: opens where a wire was let go or the canvas was double-clicked, and offers the kinds that fit there."""

import reflex as rx
from reflex.vars.base import Var

from studio import theme
from studio.canvas.node_card import kind_icon
from studio.components.icon import icon
from studio.pages.editor.shown import EDITOR, Shown

WIDTH, HEIGHT = 280, 320

# Arrow keys walk through the list, Escape closes; both stay in the browser.
_WALK = Var(
    """((e) => {
  const box = e.currentTarget, stops = [...box.querySelectorAll('input, button[data-pick]')];
  const step = e.key === 'ArrowDown' ? 1 : e.key === 'ArrowUp' ? -1 : 0;
  if (step) { e.preventDefault(); stops.at((stops.indexOf(document.activeElement) + step) % stops.length)?.focus(); }
  if (e.key === 'Escape') box.querySelector('[data-close]')?.click();
  e.stopPropagation();
})"""
)


def picker() -> rx.Component:
    """Return the picker; nothing while it is closed."""
    view = EDITOR.picker
    left = f"min({view.left}px, calc(100vw - {WIDTH + 12}px))"
    top = f"min({view.top}px, calc(100vh - {HEIGHT + 36}px))"
    return rx.cond(
        view.open,
        rx.el.div(
            rx.el.div(
                class_name="as-veil",
                on_click=EDITOR.picker_closed,
                custom_attrs={"data-close": "", "aria-hidden": "true"},
            ),
            rx.el.div(
                _search(),
                rx.el.div(
                    rx.foreach(view.choices, _item),
                    rx.cond(
                        view.choices.length() == 0,
                        rx.el.p("No node takes this wire.", class_name="as-quiet as-pad"),
                    ),
                    class_name="as-picker-list",
                ),
                role="dialog",
                aria_label=rx.cond(view.source != "", "Add a node that takes this wire", "Add a node"),
                class_name="as-picker",
                style={"left": left, "top": top},
                custom_attrs={"data-testid": "picker"},
            ),
            custom_attrs={"onKeyDown": _WALK},
        ),
    )


def _search() -> rx.Component:
    return rx.el.form(
        icon("search", color=theme.MUTED),
        rx.el.input(
            placeholder=rx.cond(EDITOR.picker.source != "", "Nodes that take this wire", "Add a node"),
            aria_label="Find a node; Enter adds the first one",
            auto_focus=True,
            auto_complete="off",
            max_length=100,
            on_change=EDITOR.picker_filtered,
            class_name="as-bare-input",
            custom_attrs={"data-testid": "picker-search"},
        ),
        on_submit=EDITOR.picker_entered,
        class_name="as-search",
    )


def _item(item: Shown) -> rx.Component:
    return rx.cond(
        item.words.contains(EDITOR.picker_query.strip().lower()),
        rx.el.button(
            kind_icon(item.icon),
            rx.el.span(item.title, class_name="as-grow"),
            rx.el.span(item.hint, class_name="as-quiet as-small"),
            type="button",
            on_click=EDITOR.picked(item.kind),
            class_name="as-item",
            custom_attrs={"data-testid": f"picker-item-{item.kind}", "data-pick": ""},
        ),
    )
