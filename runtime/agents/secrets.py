"""Keeps keys out of everything that is stored or shown: whatever comes from a provider passes here first."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, cast

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

    def clean_data(self, value: Any, *, limit: int) -> Any:  # noqa: ANN401  JSON
        """Return JSON-like data without secrets, each of its texts cut to `limit` characters."""
        if isinstance(value, str):
            text = self.clean(value)
            return text if len(text) <= limit else f"{text[:limit]}… ({len(text) - limit} more)"
        if isinstance(value, Mapping):
            items = cast(Mapping[Any, Any], value).items()
            return {
                self.clean_data(str(name), limit=limit): self.clean_data(item, limit=limit)
                for name, item in items
            }
        if isinstance(value, list | tuple):
            return [self.clean_data(item, limit=limit) for item in cast(list[Any], value)]
        return value
