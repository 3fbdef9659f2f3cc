"""Talks to the identity provider: OpenID Connect Core 1.0, authorization code flow with PKCE (RFC 7636, S256).

Authlib speaks the protocol; here is what is asked of it, and that every failure is one error which tells a person what to do.
Synchronous: callers use threads. Nothing is kept: keys that were rotated are known at the next sign-in.
"""

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from runtime.ports import Clock
from studio.services.accounts import SignInRefused
from studio.services.oidc.config import OidcConfig

_log = logging.getLogger(__name__)

SECONDS = 10.0
LEEWAY = 60
"""Seconds by which the clocks of provider and installation may differ."""
SUBJECT_MAX = 255
"""Characters, by OpenID Connect Core 1.0, section 2."""
ALGORITHMS = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA",
)  # fmt: skip
"""Signatures by a key of the provider's; never `none`, nor one by a secret that we know as well."""


class ProviderFailed(SignInRefused):
    """The provider does not answer, or answers what it must not; the log has the cause."""

    code = "oidc-failed"


class ProviderRefused(SignInRefused):
    """The provider did not let them in, or they turned back."""

    code = "oidc-refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What an answer of the provider is checked against; kept by the browser that asked."""

    state: str
    nonce: str
    verifier: str
    """Of PKCE."""
    again: bool
    """Whether the person has to show the provider once more who they are, whatever it remembers."""


def new_request(*, again: bool) -> Request:
    """Return a request that nobody can guess."""
    return Request(
        state=secrets.token_urlsafe(24),
        nonce=secrets.token_urlsafe(24),
        verifier=secrets.token_urlsafe(48),
        again=again,
    )


class Provider:
    """One identity provider."""

    def __init__(self, config: OidcConfig, clock: Clock) -> None:
        self._config = config
        self._clock = clock

    def check(self) -> None:
        """Raise `ProviderFailed`, with its cause, unless the provider describes itself."""
        self._discovered()

    def address(self, asked: Request, *, back: str) -> str:
        """Return where the browser goes to sign in; `back` is where it returns with the answer."""
        found = self._discovered()
        extras = {"prompt": "login", "max_age": "0"} if asked.again else {}
        with self._client(back) as client:
            url, _ = client.create_authorization_url(
                _text(found, "authorization_endpoint"),
                state=asked.state,
                nonce=asked.nonce,
                code_verifier=asked.verifier,
                **extras,
            )
        return str(url)

    def claims(self, asked: Request, code: str, *, back: str) -> Mapping[str, Any]:
        """Exchange a code for the claims of a checked ID token; raises `ProviderFailed`."""
        found = self._discovered()
        try:
            with self._client(back) as client:
                token = client.fetch_token(
                    _text(found, "token_endpoint"), code=code, code_verifier=asked.verifier
                )
            # Joserfc checks what is in it.
            keys = KeySet.import_key_set(cast("Any", _fetched(_text(found, "jwks_uri"))))
            return self._checked(str(token["id_token"]), str(token["access_token"]), keys, asked)
        except (AuthlibBaseError, JoseError, httpx2.HTTPError, ValueError, KeyError, TypeError) as error:
            raise self._failure(error) from error

    def _checked(self, written: str, access: str, keys: KeySet, asked: Request) -> Mapping[str, Any]:
        decoded = jwt.decode(written, keys, algorithms=list(ALGORITHMS))
        options = {
            "iss": {"essential": True, "value": self._config.issuer},
            "aud": {"essential": True, "value": self._config.client_id},
            "sub": {"essential": True, "allow_blank": False},
        }
        params = {
            "nonce": asked.nonce,
            "client_id": self._config.client_id,
            "access_token": access,
            "max_age": asked.again,
        }
        claims = CodeIDToken(decoded.claims, decoded.header, options, params)
        claims.validate(now=int(self._clock.now().timestamp()), leeway=LEEWAY)
        if len(claims["sub"]) > SUBJECT_MAX:
            raise ValueError("its subject is too long")
        return dict(claims)

    def _discovered(self) -> Mapping[str, Any]:
        """Return the provider's own description (OpenID Connect Discovery 1.0)."""
        address = f"{self._config.issuer}/.well-known/openid-configuration"
        try:
            found = _fetched(address)
            named = str(found.get("issuer")).rstrip("/")
        except (httpx2.HTTPError, ValueError, AttributeError) as error:
            raise self._failure(error) from error
        if named != self._config.issuer:
            lie = ValueError(f"it calls itself {named!r}")
            raise self._failure(lie) from lie
        return found

    def _client(self, back: str) -> Any:  # noqa: ANN401  Authlib tells no types
        return OAuth2Client(
            client_id=self._config.client_id,
            client_secret=self._config.client_secret or None,
            token_endpoint_auth_method="client_secret_basic" if self._config.client_secret else "none",
            scope=self._config.scopes,
            redirect_uri=back,
            code_challenge_method="S256",
            timeout=SECONDS,
        )

    def _failure(self, error: Exception) -> ProviderFailed:
        _log.warning("the identity provider failed: %r", error, extra={"issuer": self._config.issuer})
        return ProviderFailed(
            f"Signing in with {self._config.title} did not work. Try again; if it fails again, the log of the studio's "
            "web process has the cause."
        )


def _fetched(address: str) -> dict[str, Any]:
    with httpx2.Client(timeout=SECONDS) as client:
        return client.get(address).raise_for_status().json()


def _text(found: Mapping[str, Any], name: str) -> str:
    address = found.get(name)
    if not isinstance(address, str):
        raise ProviderFailed(f"The identity provider does not say its {name}.")
    return address
