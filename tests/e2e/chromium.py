"""The browser as the tests start it, and a signed-in window of it."""

from __future__ import annotations

from typing import Literal

from playwright.sync_api import Browser, BrowserContext, Playwright, StorageState, expect

from studio.launch import browser as installed

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Two shared cores: what takes 0.2 s here takes seconds beside a build.
PATIENCE_MS = 20_000


def launch(playwright: Playwright) -> Browser:
    """Start the system's Chromium."""
    found = installed.find()
    assert found is not None, f"no Chromium was found; name one with {installed.VARIABLE}"
    expect.set_options(timeout=PATIENCE_MS)
    return playwright.chromium.launch(executable_path=str(found), args=ARGUMENTS)


def new_window(
    browser: Browser,
    base_url: str,
    cookies: StorageState | None,
    *,
    size: tuple[int, int] = (1440, 900),
    theme: Literal["light", "dark"] = "light",
) -> BrowserContext:
    """Open a window of its own session; `cookies` are those of who is signed in."""
    context = browser.new_context(
        base_url=base_url,
        storage_state=cookies,
        viewport={"width": size[0], "height": size[1]},
        color_scheme=theme,
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE_MS)
    return context
