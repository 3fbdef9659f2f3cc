"""From the claims of a checked ID token to somebody of this installation. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from studio.services.accounts import NAME_MAX, SignInRefused
from studio.services.oidc.config import OidcConfig
from tasks.access import Role

_NAME_CLAIMS = ("name", "preferred_username", "email")


class NoRole(SignInRefused):
    """The provider knows them, this installation does not."""

    code = "oidc-no-role"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who signed in at the provider."""

    subject: str
    """Never changes and is never given to somebody else, within one issuer."""
    name: str
    """To begin with; the account keeps the one it was made with."""
    role: Role
    decides_role: bool
    """Whether the provider decides the role at each sign-in."""
    verified_at: datetime | None
    """When they last showed the provider who they are; None when it does not tell."""


def identity_in(claims: Mapping[str, Any], config: OidcConfig) -> Identity:
    """Return who the claims are of; raises `NoRole` for somebody who has none here."""
    role = config.role_of(_groups(claims.get(config.roles_claim)))
    if role is None:
        raise NoRole(
            f"{config.title} knows you, but you have no role here. Ask an admin of this installation."
        )
    verified = claims.get("auth_time")
    return Identity(
        subject=str(claims["sub"]),
        name=_name(claims, config),
        role=role,
        decides_role=bool(config.roles),
        verified_at=None if verified is None else datetime.fromtimestamp(float(verified), UTC),
    )


def _groups(told: object) -> frozenset[str]:
    """Return the groups of a claim: a list, or words separated by spaces."""
    if isinstance(told, str):
        return frozenset(told.split())
    return frozenset(str(each) for each in told) if isinstance(told, list | tuple) else frozenset()


def _name(claims: Mapping[str, Any], config: OidcConfig) -> str:
    """Return the first name that can be one here, or the subject."""
    for claim in (config.name_claim, *_NAME_CLAIMS, "sub"):
        told = "".join(letter for letter in str(claims.get(claim) or "") if letter.isprintable())
        name = " ".join(told.split())[:NAME_MAX].strip()
        if name:
            return name
    return "somebody"
