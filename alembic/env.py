"""Runs migrations: all in one transaction, one process at a time.

The URL is the `url` attribute of the config (`persistence.migrate` sets it), else that of the settings.
"""

from alembic import context
from alembic.util import CommandError

from persistence.migrate import differs, locked_connection
from persistence.models import Base
from runtime.settings import Settings

if context.is_offline_mode():
    raise CommandError("Migrations look at the server they run on, so there is no SQL to print beforehand.")

url: str = context.config.attributes.get("url") or Settings().resolved_database_url()
with locked_connection(url) as connection:
    # The transaction is already open: SQLite can roll DDL back as well, Alembic only assumes that it cannot.
    context.configure(
        connection=connection, target_metadata=Base.metadata, transactional_ddl=True, compare_type=differs
    )
    with context.begin_transaction():
        context.run_migrations()
