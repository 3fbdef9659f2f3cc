"""What Reflex is told before it loads the app. Everything about looks is in `studio.theme`."""

import os

import reflex as rx
from reflex.plugins import RadixThemesPlugin, SitemapPlugin

from studio.theme import RADIX_THEME, ThemePlugin

config = rx.Config(
    app_name="studio",
    app_module_import="studio.app",
    # The address is only a place-holder of the build: the page connects to the host it was loaded from (`studio.theme`).
    api_url="http://localhost:8321",
    deploy_url=None,
    telemetry_enabled=False,
    show_built_with_reflex=False,
    # No other origin may call us; an empty list leaves the check of the socket's origin to `studio.api.door`.
    cors_allowed_origins=[],
    default_color_mode="system",
    # One web process keeps the state of open tabs in memory; several share it through Redis.
    state_manager_mode=(
        rx.constants.StateManagerMode.REDIS
        if os.environ.get("REFLEX_REDIS_URL")
        else rx.constants.StateManagerMode.MEMORY
    ),
    plugins=[RadixThemesPlugin(theme=rx.theme(**RADIX_THEME)), ThemePlugin()],
    disable_plugins=[SitemapPlugin],
)
