"""Keys of the editor: one table, which the listener and the sheet both read."""

from dataclasses import dataclass

import reflex as rx

from studio import theme
from studio.canvas.keys import Keys
from studio.components.section import key_hint
from studio.pages.editor.shown import EDITOR


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortcut:
    """A row of the sheet; without `action` it is the canvas's own."""

    group: str
    label: str
    keys: tuple[str, ...]
    combinations: tuple[str, ...] = ()
    action: str = ""
    while_typing: bool = False


SHORTCUTS: tuple[Shortcut, ...] = (
    Shortcut(group="Edit", label="Undo", keys=("Ctrl", "Z"), combinations=("mod+z",), action="undo"),
    Shortcut(
        group="Edit",
        label="Redo",
        keys=("Ctrl", "Shift", "Z"),
        combinations=("mod+shift+z", "mod+y"),
        action="redo",
    ),
    Shortcut(
        group="Edit", label="Duplicate", keys=("Ctrl", "D"), combinations=("mod+d",), action="duplicate"
    ),
    Shortcut(group="Edit", label="Delete", keys=("Delete",)),
    Shortcut(group="Edit", label="Tidy", keys=("Shift", "T"), combinations=("shift+t",), action="tidy"),
    Shortcut(
        group="Edit",
        label="Say what is saved",
        keys=("Ctrl", "S"),
        combinations=("mod+s",),
        action="save",
        while_typing=True,
    ),
    Shortcut(group="Canvas", label="Add a node here", keys=("Double-click",)),
    Shortcut(group="Canvas", label="Select several", keys=("Shift", "Drag")),
    Shortcut(group="Canvas", label="Move the selection", keys=("Arrows",)),
    Shortcut(group="Canvas", label="Show everything", keys=("1",), combinations=("1",), action="fit"),
    Shortcut(group="Canvas", label="Actual size", keys=("0",), combinations=("0",), action="zoom"),
    Shortcut(group="Canvas", label="Wire two ports", keys=("Click", "Click")),
    Shortcut(
        group="Run",
        label="Run",
        keys=("Ctrl", "Enter"),
        combinations=("mod+enter",),
        action="run",
        while_typing=True,
    ),
    Shortcut(group="Help", label="This sheet", keys=("?",), combinations=("?",), action="sheet"),
)


def shortcut_keys() -> rx.Component:
    """Return the listener."""
    return Keys.create(
        combinations={key: each.action for each in SHORTCUTS for key in each.combinations},
        while_typing=[key for each in SHORTCUTS if each.while_typing for key in each.combinations],
        on_action=EDITOR.pressed,
    )


def shortcut_sheet() -> rx.Component:
    """Return the sheet that `?` opens."""
    groups = dict.fromkeys(each.group for each in SHORTCUTS)
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title("Keyboard shortcuts", font_size=theme.HEADING, line_height="20px"),
            rx.dialog.description(
                "On a Mac, Cmd takes the place of Ctrl. None of them counts while you type in a field, but Ctrl+S and Ctrl+Enter.",
                size="2",
                color=theme.MUTED,
            ),
            rx.el.div(*(_group(group) for group in groups), class_name="as-sheet"),
            rx.dialog.close(
                rx.button("Close", size="2", variant="soft", color_scheme="gray", margin_top=theme.SPACE_4)
            ),
            max_width="560px",
            custom_attrs={"data-testid": "shortcuts"},
        ),
        open=EDITOR.sheet_open,
        on_open_change=EDITOR.show_sheet,
    )


def _group(group: str) -> rx.Component:
    return rx.el.section(
        rx.el.h3(group, class_name="as-family"),
        *(
            rx.el.div(rx.el.span(each.label), key_hint(*each.keys), class_name="as-row as-between as-hint")
            for each in SHORTCUTS
            if each.group == group
        ),
    )
