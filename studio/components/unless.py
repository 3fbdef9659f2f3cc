"""The opposite of a flag of the state: `not` would be decided once, while the page is built."""

import reflex as rx


def unless(flag: bool | rx.Var[bool]) -> rx.Var[bool]:  # noqa: FBT001  it is the subject, not an option
    """Return a var that is true while `flag` is not."""
    return ~rx.Var.create(flag).to(bool)
