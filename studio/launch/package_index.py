"""Hands pip's configuration to uv, which does not read it: a person's mirror and certificate count once, for both."""

from __future__ import annotations

import ast
from collections.abc import Mapping

# pip's option -> the variable uv reads, and the separator between several values.
TRANSLATIONS: Mapping[str, tuple[str, str]] = {
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "cert": ("SSL_CERT_FILE", ""),
    "default-timeout": ("UV_HTTP_TIMEOUT", ""),
    "timeout": ("UV_HTTP_TIMEOUT", ""),
    "proxy": ("ALL_PROXY", ""),
}
# Any of these set by the person means that uv is configured already and nothing is added to its indexes.
OWN_INDEX_SETTINGS = ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_CONFIG_FILE")


def parse_pip_config(listing: str) -> dict[str, str]:
    """Read the output of `pip config list`; of an option named twice the environment's value wins, as in pip."""
    options: dict[str, str] = {}
    from_environment: dict[str, str] = {}
    for line in listing.splitlines():
        name, separator, value = line.partition("=")
        section, _, option = name.rpartition(".")
        if not separator or section not in ("global", "install", ":env:"):
            continue
        try:
            text = str(ast.literal_eval(value))
        except (SyntaxError, ValueError):
            continue
        (from_environment if section == ":env:" else options)[option] = text
    return options | from_environment


def uv_environment(pip_options: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, str]:
    """What to add to uv's environment so that it installs from where pip would.

    Values may hold credentials: they go into the child's environment and nowhere else.
    """
    added: dict[str, str] = {}
    for option, (variable, separator) in TRANSLATIONS.items():
        value = pip_options.get(option, "").strip()
        if not value or variable in environment:
            continue
        if variable.startswith("UV_") and "INDEX" in variable and _has_own_index(environment):
            continue
        added[variable] = separator.join(value.split()) if separator else value
    if "UV_INDEX" in added:
        # pip takes a version from whichever index has it; uv stops at the first index that knows the name.
        # The lock names one version and its hashes, so a wider search cannot bring in another file.
        added.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    return added


def _has_own_index(environment: Mapping[str, str]) -> bool:
    return any(environment.get(name) for name in OWN_INDEX_SETTINGS)
