"""A duration that ticks in the browser alone, from a figure of the server: clocks that differ do not matter."""

from typing import Any

import reflex as rx

_CODE = """
const elapsedText = (ms) => {
  const s = Math.floor(ms / 1000), two = (n) => String(n).padStart(2, "0");
  return s >= 3600 ? `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`
    : `${two(Math.floor(s / 60))}:${two(s % 60)}`;
};
const Elapsed = ({ ms, ticking, ...rest }) => {
  const [now, setNow] = useState(0);
  const base = useRef({ ms: -1, at: 0 });
  if (base.current.ms !== ms) base.current = { ms, at: typeof performance === "undefined" ? 0 : performance.now() };
  useEffect(() => {
    if (!ticking) return undefined;
    const timer = setInterval(() => setNow(performance.now()), 250);
    return () => clearInterval(timer);
  }, [ticking]);
  const passed = ticking ? Math.max(0, now - base.current.at) : 0;
  return jsx("span", { role: "timer", ...rest }, elapsedText(ms + passed));
};
"""


class Elapsed(rx.Component):
    """`Elapsed.create(ms=..., ticking=...)`: minutes and seconds since a start that only the server knows."""

    tag = "Elapsed"

    ms: rx.Var[float]
    ticking: rx.Var[bool]

    def add_imports(self) -> dict[str, Any]:
        """Return what the code needs of React."""
        return {"react": ["useState", "useEffect", "useRef"]}

    def add_custom_code(self) -> list[str]:
        """Return the component itself."""
        return [_CODE]


def elapsed(ms: float | rx.Var[float], *, ticking: bool | rx.Var[bool], **props: object) -> rx.Component:
    """Return a duration in milliseconds as `mm:ss`, going on by itself while `ticking`."""
    return Elapsed.create(ms=ms, ticking=ticking, **props)
