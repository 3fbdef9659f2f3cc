"""The states as pages see them: in a page an attribute of a state is a Var, which the class's annotations do not say."""

from typing import Any

from studio.pages.editor.state import EditorState
from studio.run_view.state import RunState
from studio.session_state import SessionState

EDITOR: Any = EditorState
SESSION: Any = SessionState
RUN: Any = RunState

Shown = Any
"""A Var of a view model, as `foreach` hands it to the function that draws one row."""
EventSource = Any
"""An event or an event handler."""
