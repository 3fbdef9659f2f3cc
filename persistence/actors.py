"""Who an entry is about. Any object with an id and a name will do."""

from typing import Protocol


class Named(Protocol):
    """A person, or a part of the system (then without an id)."""

    @property
    def id(self) -> str | None:
        """Return the account, if it is one."""
        ...

    @property
    def name(self) -> str:
        """Return the name to show."""
        ...
