"""What an installation knows of its identity provider, from its environment."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from runtime.errors import InvalidValue
from runtime.settings import Settings
from tasks.access import Role

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_STRONGEST_FIRST = tuple(reversed(Role))


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcConfig:
    """A provider of OpenID Connect, and what its groups mean here."""

    issuer: str
    client_id: str
    client_secret: str
    title: str
    """What people call it: "Sign in with …"."""
    scopes: str
    name_claim: str
    roles_claim: str
    """Where a token lists groups or roles; only looked at when there are `roles`."""
    roles: dict[str, Role]
    """By group. With any of them the provider decides the role at each sign-in."""
    default_role: Role | None
    """Of who is in none of the groups; None: they may not come in."""

    def role_of(self, groups: frozenset[str]) -> Role | None:
        """Return the strongest role that somebody's groups give."""
        given = {self.roles[group] for group in groups if group in self.roles}
        return next((role for role in _STRONGEST_FIRST if role in given), self.default_role)


def oidc_config(settings: Settings) -> OidcConfig | None:
    """Return the provider of an installation; None without one. Raises `InvalidValue` naming the variable."""
    if not settings.oidc_issuer:
        return None
    if not settings.oidc_client_id:
        raise InvalidValue(
            "ALPHASWARM_OIDC_ISSUER names a provider, but ALPHASWARM_OIDC_CLIENT_ID is empty. Set it to the name under "
            "which the provider knows this installation.",
            field="oidc_client_id",
        )
    return OidcConfig(
        issuer=_issuer(settings.oidc_issuer),
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret.get_secret_value(),
        title=settings.oidc_title,
        scopes=settings.oidc_scopes,
        name_claim=settings.oidc_name_claim,
        roles_claim=settings.oidc_roles_claim,
        roles=_roles(settings.oidc_roles),
        default_role=_role(settings.oidc_default_role, "oidc_default_role")
        if settings.oidc_default_role
        else None,
    )


def _issuer(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        return url.rstrip("/")
    raise InvalidValue(
        f"ALPHASWARM_OIDC_ISSUER is {url!r}; it must begin with https:// (http:// only on this machine).",
        field="oidc_issuer",
    )


def _roles(text: str) -> dict[str, Role]:
    roles: dict[str, Role] = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        group, separator, role = pair.rpartition("=")
        if not separator or not group.strip():
            raise InvalidValue(
                f"ALPHASWARM_OIDC_ROLES holds {pair!r}; write group=role, separated by commas.",
                field="oidc_roles",
            )
        roles[group.strip()] = _role(role.strip(), "oidc_roles")
    return roles


def _role(text: str, field: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        known = ", ".join(role.value for role in Role)
        raise InvalidValue(
            f"ALPHASWARM_{field.upper()} names the role {text!r}; roles are {known}.", field=field
        ) from None
