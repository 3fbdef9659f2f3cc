"""The sign-in page as the tests use it."""

from __future__ import annotations

from playwright.sync_api import Page

NAME = "Ada Lovelace"
PASSWORD = "a sentence is easier to keep"


def fill_first_run(page: Page, name: str, password: str) -> None:
    """Choose name and password of the first account, and send them."""
    page.get_by_test_id("login-name").fill(name)
    page.get_by_test_id("login-password").fill(password)
    page.get_by_test_id("create-account").click()


def sign_in(page: Page, name: str, password: str) -> None:
    """Sign in on the sign-in page that is open."""
    page.get_by_test_id("login-name").fill(name)
    page.get_by_test_id("login-password").fill(password)
    page.get_by_test_id("sign-in").click()
