"""Optional packages: what needs one says so, and is told apart from what is broken."""

import importlib.util
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """An extra of this project and the package that it brings."""

    name: str
    """As in `pip install '.[name]'`."""
    package: str
    """What is imported."""

    @property
    def installed(self) -> bool:
        """Whether the package can be found here; nothing is imported."""
        return importlib.util.find_spec(self.package) is not None


CREW = Extra(name="crew", package="crewai")
