"""What storage reports: it cannot be reached, or somebody else was first."""

from runtime.errors import StaleRevision, Unavailable


class DatabaseUnavailable(Unavailable):
    """The database cannot be read or written; the message never holds a password."""

    code = "database-unavailable"

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"The database {where} cannot be used: {reason}.")
        self.where = where
        self.reason = reason


class StaleRow(StaleRevision):
    """A compare-and-set lost: the row is at `current`, the caller knew `expected`."""

    code = "stale-row"
