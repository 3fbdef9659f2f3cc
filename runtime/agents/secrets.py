"""Keeps keys out of everything that is stored or shown: whatever comes from a provider passes here first."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

HIDDEN = "[hidden]"
LEAST_LENGTH = 6
"""A shorter value is no secret, and hiding it would riddle ordinary words."""
_SECRET_NAMES = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL")
_LOOKS_SECRET = re.compile(
    r"\b(?:sk|pk|xai|gsk|hf)[-_][A-Za-z0-9_*-]{6,}|\bBearer\s+[^\s\"',}]+", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Scrubber:
    """Hides known secrets, and what looks like one. Has no repr: it holds what must not be shown."""

    known: tuple[str, ...] = ()

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self:
        """Return one that knows every value of the environment whose name says that it is a secret."""
        values = {
            value.strip()
            for name, value in environment.items()
            if _SECRET_NAMES.search(name.upper()) and len(value.strip()) >= LEAST_LENGTH
        }
        return cls(known=tuple(sorted(values, key=len, reverse=True)))

    def clean(self, text: str) -> str:
        """Return the text without secrets."""
        for secret in self.known:
            text = text.replace(secret, HIDDEN)
        return _LOOKS_SECRET.sub(HIDDEN, text)
