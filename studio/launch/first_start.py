"""What a start does to the workspace's data: migrations, the rollout of a fresh local one, and the link to open."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError
from sqlalchemy.engine import make_url

from persistence.errors import DatabaseUnavailable
from persistence.migrate import upgrade
from runtime.settings import ENV_PREFIX, Settings
from studio.launch.problems import LaunchProblem
from studio.launch.schema_mark import remember
from studio.services.accounts import first_run_link
from tasks.control.context import build_control
from tasks.control.settings import open_local_rollout


def prepare_database(*, is_local: bool, mark: Path, root: Path) -> list[str]:
    """Bring the database that the environment names to the newest revision; return what there is to tell.

    On a local workspace whose settings nobody ever touched the orchestration flags are switched on, and `mark` is
    written, with which the next start passes over all this.
    """
    with _as_problems():
        settings = Settings()
        url = settings.resolved_database_url()
        upgrade(url)
        if not is_local:
            return []
        news = _open_rollout(settings)
    remember(mark, root, Path(str(make_url(url).database)))
    return news


def link(base_url: str) -> str:
    """The address to open: it creates the first admin while there is no account, else it asks to sign in."""
    with _as_problems():
        return first_run_link(base_url) or f"{base_url}/login"


def _open_rollout(settings: Settings) -> list[str]:
    control = build_control(settings)
    try:
        switched = open_local_rollout(control)
    finally:
        control.close()
    if not switched:
        return []
    return [f"a new local workspace: switched {len(switched)} orchestration flags on ({', '.join(switched)})"]


@contextmanager
def _as_problems() -> Generator[None]:
    """Turn settings that cannot be read, and a database that cannot be used, into what a person is told."""
    try:
        yield
    except ValidationError as error:
        first = error.errors()[0]
        name = f"{ENV_PREFIX}{'_'.join(str(part) for part in first['loc'])}".upper()
        raise LaunchProblem(
            f"{name} cannot be used: {first['msg']}.", remedy="Correct the variable or unset it."
        ) from error
    except DatabaseUnavailable as error:
        raise LaunchProblem(
            str(error), remedy="Check ALPHASWARM_DATABASE_URL, or unset it to use SQLite in the workspace."
        ) from error
