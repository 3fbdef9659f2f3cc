"""A form that the browser itself submits. Reflex's form never leaves the page; signing in has to."""

import reflex as rx
from reflex_components_core.el.elements.base import BaseHTML


class PlainForm(BaseHTML):
    """`PlainForm.create(..., action="/api/session")`: a POST, as forms have always done it."""

    tag = "form"

    action: rx.Var[str]
    method: rx.Var[str]


def plain_form(*content: rx.Component, action: str, test_id: str) -> rx.Component:
    """Return a form that posts its fields to an address of ours."""
    return PlainForm.create(*content, action=action, method="post", custom_attrs={"data-testid": test_id})
