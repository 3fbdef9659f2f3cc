"""The audit log is append-only: the database itself refuses to change or delete an entry. Additive."""

from collections.abc import Sequence

from alembic import op

revision: str = "0052_append_only_audit"
down_revision: str | None = "0051_agent_memory"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

WORDS = "The audit log is append-only."
EVENTS = ("update", "delete")


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        guard_postgresql()
        return
    for event in EVENTS:
        op.execute(
            f"CREATE TRIGGER audit_entries_no_{event} BEFORE {event.upper()} ON audit_entries "
            f"BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER audit_entries_append_only ON audit_entries")
        op.execute("DROP TRIGGER audit_entries_no_truncate ON audit_entries")
        op.execute("DROP FUNCTION refuse_audit_change()")
        return
    for event in EVENTS:
        op.execute(f"DROP TRIGGER audit_entries_no_{event}")


def guard_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN RAISE EXCEPTION '{WORDS}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE ON audit_entries "
        "FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()"
    )
    op.execute(
        "CREATE TRIGGER audit_entries_no_truncate BEFORE TRUNCATE ON audit_entries "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()"
    )
