"""A heartbeat for pages that list things: an event every so many seconds, while somebody can see the page."""

from typing import Any

import reflex as rx
from reflex.vars.base import Var
from reflex_components_core.base.fragment import Fragment


class Refresh(Fragment):
    """Fires `on_beat` every `every` milliseconds, not in a hidden tab, and at once when the tab is seen again."""

    every: rx.Var[int]
    on_beat: rx.EventHandler[rx.event.no_args_event_spec]

    def _exclude_props(self) -> list[str]:
        return [*super()._exclude_props(), "every", "on_beat"]

    def add_imports(self) -> dict[str, Any]:
        """Return what the hook needs."""
        return {"react": ["useEffect", "useRef"]}

    def add_hooks(self) -> list[str | Var[Any]]:
        """Return the effect."""
        beat = Var.create(self.event_triggers["on_beat"])
        return [
            Var(
                f"""const onBeat = useRef(null);
onBeat.current = {beat};
useEffect(() => {{
  const fire = () => {{ if (document.visibilityState === "visible") onBeat.current(); }};
  const timer = setInterval(fire, {self.every});
  document.addEventListener("visibilitychange", fire);
  return () => {{ clearInterval(timer); document.removeEventListener("visibilitychange", fire); }};
}}, []);"""
            )
        ]
