"""What a person does in the inspector's form."""

import reflex as rx

from runtime.catalog import kind_named
from runtime.graph.edits import Configure, Connect, Rename
from studio.pages.editor.drawing_state import DrawingState, Effects
from studio.pages.editor.fields import parse_field
from studio.pages.editor.ports import SEPARATOR


class FormEvents(DrawingState, mixin=True):
    """Events of fields; a field that is not on the screen any more is left alone."""

    @rx.event
    async def field_typed(self, node: str, name: str, text: str) -> Effects:
        """Store what stands in a field, right or wrong."""
        view = self._field(node, name)
        if view is not None and view.value != text:
            value = parse_field(kind_named(self.inspector.kind), name, text)
            async for effect in self._save(Configure(node=node, field=name, value=value), typed=name):
                yield effect

    @rx.event
    async def field_left(self, node: str, name: str, text: str) -> Effects:
        """Store a field at once when it is left; the pause of typing may not be over."""
        async for effect in self.field_typed(node, name, text):
            yield effect

    @rx.event
    async def field_chosen(self, node: str, name: str, value: str) -> Effects:
        """Store a choice."""
        if self._field(node, name) is not None:
            chosen = parse_field(kind_named(self.inspector.kind), name, value)
            async for effect in self._save(Configure(node=node, field=name, value=chosen)):
                yield effect

    @rx.event
    async def field_switched(self, node: str, name: str, on: bool) -> Effects:  # noqa: FBT001  payload
        """Store a switch."""
        if self._field(node, name) is not None:
            async for effect in self._save(Configure(node=node, field=name, value=bool(on))):
                yield effect

    @rx.event
    async def tags_added(self, node: str, name: str, text: str) -> Effects:
        """Add words, separated by commas or spaces, to a list."""
        view, words = self._field(node, name), text.replace(",", " ").split()
        if view is not None and words:
            tags = list(dict.fromkeys((*view.tags, *words)))
            async for effect in self._save(Configure(node=node, field=name, value=tags)):
                yield effect

    @rx.event
    async def tag_removed(self, node: str, name: str, tag: str) -> Effects:
        """Take a word out of a list."""
        view = self._field(node, name)
        if view is not None:
            tags = [each for each in view.tags if each != tag]
            async for effect in self._save(Configure(node=node, field=name, value=tags or None)):
                yield effect

    @rx.event
    async def field_reset(self, node: str, name: str) -> Effects:
        """Set a field back to its default."""
        async for effect in self._save(Configure(node=node, field=name, value=None)):
            yield effect

    @rx.event
    async def wire_chosen(self, node: str, port: str, chosen: str) -> Effects:
        """Draw a wire to an input without a mouse; `chosen` is one of the port's choices."""
        source, _, source_port = chosen.partition(SEPARATOR)
        if source and node == self.inspector.node:
            edit = Connect(source=source, source_port=source_port, target=node, target_port=port)
            async for effect in self._save(edit):
                yield effect

    @rx.event
    async def renamed(self, node: str, title: str) -> Effects:
        """Give the node another title."""
        if node == self.inspector.node and title.strip() != self.inspector.custom_title:
            async for effect in self._save(Rename(node=node, title=title), typed="title"):
                yield effect
