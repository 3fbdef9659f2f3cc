"""What a start does to the workspace's data: migrations, the rollout of a fresh local one, and the link to open."""

from __future__ import annotations

from persistence.errors import DatabaseUnavailable
from persistence.migrate import upgrade
from runtime.settings import Settings
from studio.launch.problems import LaunchProblem
from studio.services.accounts import first_run_link


def prepare_database() -> None:
    """Bring the database that the environment names to the newest revision."""
    try:
        upgrade(Settings().resolved_database_url())
    except DatabaseUnavailable as error:
        raise LaunchProblem(
            f"The database cannot be used: {error}",
            remedy="Check ALPHASWARM_DATABASE_URL, or unset it to use SQLite in the workspace.",
        ) from error


def link(base_url: str) -> str:
    """The address to open: it signs the first admin in while there is no account, else asks to sign in."""
    return first_run_link(base_url) or f"{base_url}/login"
