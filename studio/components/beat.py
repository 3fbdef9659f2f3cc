"""A slow heartbeat of a page: an event at once and then every so many seconds, while somebody can see the page."""

from typing import Any

import reflex as rx
from reflex.event import no_args_event_spec
from reflex.vars.base import Var
from reflex_base.utils.imports import ImportDict
from reflex_components_core.base.fragment import Fragment


class Beat(Fragment):
    """`Beat.create(seconds=15, on_beat=State.look)`: silent in hidden tabs, and at once when they are shown again."""

    seconds: rx.Var[int]
    on_beat: rx.EventHandler[no_args_event_spec]

    def _exclude_props(self) -> list[str]:
        return [*super()._exclude_props(), "seconds", "on_beat"]

    def add_imports(self) -> ImportDict:
        """Return what the hook needs."""
        return {"react": ["useEffect", "useRef"]}

    def add_hooks(self) -> list[str | Var[Any]]:
        """Return the effect that beats."""
        event = Var.create(self.event_triggers["on_beat"])
        return [
            Var(
                f"""const beat = useRef(null);
beat.current = {event};
useEffect(() => {{
  const tell = () => document.hidden || beat.current();
  tell();
  const timer = setInterval(tell, {self.seconds} * 1000);
  document.addEventListener("visibilitychange", tell);
  return () => {{ clearInterval(timer); document.removeEventListener("visibilitychange", tell); }};
}}, []);""",
                _var_data=event._get_all_var_data(),  # pyright: ignore[reportPrivateUsage]  a var's imports travel with it
            )
        ]
