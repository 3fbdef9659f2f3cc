"""`migrate`: the database up to this code's newest revision, or to a named one."""

from typing import Annotated

import typer
from alembic.util import CommandError

from persistence import migrate
from runtime.errors import InvalidValue
from studio.cli.options import AsJson
from studio.cli.output import tell
from studio.cli.place import settings_here

group = typer.Typer()


@group.command("migrate")
def migrate_database(
    *,
    revision: Annotated[str, typer.Argument(help="Up to which revision; its number will do.")] = "head",
    as_json: AsJson = False,
) -> None:
    """Bring the database up to a revision, creating the SQLite file when it is missing. Never goes back."""
    url = settings_here().resolved_database_url()
    before = migrate.current(url)
    try:
        migrate.upgrade(url, revision)
    except CommandError as error:
        raise InvalidValue(f"It cannot be migrated to {revision!r}: {error}.", field="revision") from error
    after = migrate.current(url)
    said = f"The database is at {after}" + (
        "; there was nothing to do." if after == before else f"; it was at {before or 'no revision'}."
    )
    tell({"before": before, "after": after, "head": migrate.head()}, [said], as_json=as_json)
