"""One filtered key listener: only the combinations asked for go up, and none while somebody types."""

from typing import Any, cast

import reflex as rx
from reflex.vars.base import Var
from reflex_base.utils.imports import ImportVar
from reflex_components_core.base.fragment import Fragment

from studio.canvas.library import RF

_passed = cast(Any, rx.event.passthrough_event_spec)


class Keys(Fragment):
    """Sends the action of a key combination, with the ids of the selected nodes at that moment.

    A combination is written `mod+shift+z`: `mod` is Ctrl, or Cmd on a Mac; then `shift`; then the key in lower case.
    Combinations in `while_typing` also count inside of text fields.
    """

    combinations: rx.Var[dict[str, str]]
    while_typing: rx.Var[list[str]]
    on_action: rx.EventHandler[_passed(str, list[str])]

    def _exclude_props(self) -> list[str]:
        return [*super()._exclude_props(), "combinations", "while_typing", "on_action"]

    def add_imports(self) -> dict[str, Any]:
        """Return what the hook needs."""
        return {"react": [ImportVar("useEffect")]}

    def add_hooks(self) -> list[str | Var[Any]]:
        """Return the effect that listens."""
        send = Var.create(self.event_triggers["on_action"])
        return [
            Var(
                f"""useEffect(() => {{
  const actions = {self.combinations}, always = {self.while_typing}, flow = {RF};
  const listen = (e) => {{
    if (e.isComposing || e.defaultPrevented || e.altKey) return;
    const key = e.key.toLowerCase(), shifted = e.shiftKey && (key.length > 1 || /[a-z]/.test(key));
    const combination = [(e.ctrlKey || e.metaKey) && 'mod', shifted && 'shift', key].filter(Boolean).join('+');
    const action = actions[combination];
    if (!action) return;
    const typing = e.target.closest?.('input, textarea, select, [contenteditable], [role=textbox]');
    if (typing && !always.includes(combination)) return;
    if (document.querySelector('[role=dialog], [role=alertdialog], [role=menu], [role=listbox]')) return;
    e.preventDefault();
    if (action === 'fit') return flow.fitView({{padding: 0.15, maxZoom: 1, duration: 160}});
    if (action === 'zoom') return flow.zoomTo(1, {{duration: 160}});
    {send}(action, flow.getNodes().filter(n => n.selected).map(n => n.id));
  }};
  window.addEventListener('keydown', listen);
  return () => window.removeEventListener('keydown', listen);
}}, []);"""
            )
        ]
