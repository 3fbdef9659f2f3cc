"""The link to the identity provider, where there is one: asked of the server, since the built page knows no installation."""

import reflex as rx
from reflex_base.utils.imports import ImportDict

from studio import theme

_CODE = """
const OtherWayIn = ({ next, again, label, ...rest }) => {
  const [title, setTitle] = useState(null);
  useEffect(() => {
    let live = true;
    fetch("/api/session/ways")
      .then((answer) => (answer.ok ? answer.json() : { oidc: null }))
      .then((ways) => { if (live) setTitle(ways.oidc); })
      .catch(() => {});
    return () => { live = false; };
  }, []);
  if (!title) return null;
  const query = new URLSearchParams({ ...(next ? { next } : {}), ...(again ? { again: "true" } : {}) });
  return jsx("a", { href: `/api/session/oidc?${query}`, ...rest }, `${label} ${title}`);
};
"""


class OtherWayIn(rx.Component):
    """`OtherWayIn.create(next=..., label=...)`: nothing while there is no provider."""

    tag = "OtherWayIn"

    next: rx.Var[str]
    again: rx.Var[bool]
    label: rx.Var[str]

    def add_imports(self) -> ImportDict:
        """Return what the code needs of React."""
        return {"react": ["useState", "useEffect"]}

    def add_custom_code(self) -> list[str]:
        """Return the component itself."""
        return [_CODE]


def other_way_in(
    then: str | rx.Var[str], *, label: str, again: bool = False, width: str = "auto"
) -> rx.Component:
    """Return a link that signs in at the provider and comes back to `then`; `again` has it ask who somebody is."""
    return OtherWayIn.create(
        next=then,
        again=again,
        label=label,
        style={
            "display": "inline-flex",
            "align_items": "center",
            "justify_content": "center",
            "width": width,
            "height": "32px",
            "padding": "0 12px",
            "font_weight": "500",
            "color": theme.INK,
            "background": theme.RAISED,
            "border": f"{theme.LINE} solid {theme.BORDER_STRONG}",
            "border_radius": theme.RADIUS,
            "text_decoration": "none",
            "_hover": {"background": theme.HOVER},
        },
        custom_attrs={"data-testid": "other-way-in"},
    )
