"""A moment in words that stay true: relative up to an hour, then local; the exact time with its zone on hover.

A moment that is to come is told as such only where it is meant so: clocks differ, and what has just begun lies ahead for some.
Beside a clock of another zone only the distance is told, however far: two clocks in a line would be taken for each other.
"""

import reflex as rx
from reflex_base.utils.imports import ImportDict

_CODE = """
const RelativeTime = ({ at, ahead, distance, ...rest }) => {
  const [now, setNow] = useState(null);
  useEffect(() => {
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const then = new Date(at);
  if (!at || Number.isNaN(then.getTime()) || now === null) return jsx("span", rest, at ? "…" : "–");
  const past = Math.round((now - then.getTime()) / 1000);
  const coming = ahead && past < 0;
  const seconds = coming ? -past : Math.max(0, past);
  const say = (amount) => coming ? `in ${amount}` : `${amount} ago`;
  const sameYear = then.getFullYear() === new Date(now).getFullYear();
  const day = { month: "short", day: "numeric", ...(sameYear ? {} : { year: "numeric" }) };
  const text = seconds < 2 ? "just now"
    : seconds < 60 ? say(`${seconds} s`)
    : seconds < 3600 ? say(`${Math.floor(seconds / 60)} min`)
    : distance && seconds < 48 * 3600 ? say(`${Math.floor(seconds / 3600)} h`)
    : distance ? say(`${Math.floor(seconds / 86400)} days`)
    : then.toLocaleString("en", { ...day, hour: "2-digit", minute: "2-digit", hour12: false });
  const title = then.toLocaleString("en", { dateStyle: "full", timeStyle: "long", hour12: false });
  return jsx("time", { dateTime: then.toISOString(), title, ...rest }, text);
};
"""


class RelativeTime(rx.Component):
    """`RelativeTime.create(at=...)` with an ISO 8601 text; empty shows a dash."""

    tag = "RelativeTime"

    at: rx.Var[str]
    ahead: rx.Var[bool]
    distance: rx.Var[bool]

    def add_imports(self) -> ImportDict:
        """Return what the code needs of React."""
        return {"react": ["useState", "useEffect"]}

    def add_custom_code(self) -> list[str]:
        """Return the component itself."""
        return [_CODE]


def relative_time(at: str | rx.Var[str], *, ahead: bool = False, distance: bool = False) -> rx.Component:
    """Return a moment (ISO 8601, aware) as a `time` element that keeps itself current.

    `ahead` for one that may be to come, `distance` to tell how far it is and never its clock.
    """
    return RelativeTime.create(at=at, ahead=ahead, distance=distance)
