"""A small OpenID Connect provider of its own process' thread: it signs whoever is told to it in, and can be made to lie."""

from __future__ import annotations

import base64
import hashlib
import html
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from studio.launch.ports import free_port

CLIENT_ID, CLIENT_SECRET = "alphaswarm", "a secret of both"
GRACE = {"sub": "u-1", "name": "Grace Hopper", "groups": ["quants"]}


@dataclass(kw_only=True)
class OidcProvider:
    """What the provider says; tests change it while it runs."""

    issuer: str
    person: dict[str, Any] = field(default_factory=lambda: dict(GRACE))
    """Claims of who signs in."""
    lies: dict[str, Any] = field(default_factory=dict[str, Any])
    """Claims of the ID token that are replaced; None leaves one out."""
    refuses: str = ""
    """The error with which it sends everybody back."""
    now: Callable[[], float] = time.time
    key: RSAKey = field(
        default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
    )
    signs_with: Any = None
    """Another key than the one that it publishes, or None."""
    algorithm: str = "RS256"
    asked: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    """The requests of browsers."""
    secret: str = CLIENT_SECRET
    _codes: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])

    def app(self) -> Starlette:
        """Return its endpoints."""
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._configuration),
                Route("/favicon.ico", lambda _: Response(status_code=204)),
                Route("/jwks", lambda _: JSONResponse({"keys": [self.key.as_dict(private=False)]})),
                Route("/authorize", self._authorize),
                Route("/consent", self._consent, methods=["POST"]),
                Route("/token", self._token, methods=["POST"]),
            ]
        )

    def answer(self, address: str) -> str:
        """Return where the browser is sent back to, for the address that it was sent to, without a page in between."""
        query = dict(
            Request({"type": "http", "query_string": address.partition("?")[2].encode()}).query_params
        )
        return self._back(query)

    def _configuration(self, _request: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/jwks",
            }
        )

    def _authorize(self, request: Request) -> Response:
        fields = "".join(
            f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
            for name, value in request.query_params.items()
        )
        return HTMLResponse(
            f'<h1>Example</h1><form method="post" action="/consent">{fields}<button>I am Grace</button></form>'
        )

    async def _consent(self, request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        return RedirectResponse(self._back(form), 303)

    def _back(self, query: dict[str, str]) -> str:
        self.asked.append(query)
        if self.refuses:
            return f"{query['redirect_uri']}?{urlencode({'error': self.refuses, 'state': query['state']})}"
        code = secrets.token_urlsafe(16)
        self._codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    async def _token(self, request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        asked = self._codes.pop(form.get("code", ""), None)
        basic = base64.b64encode(f"{CLIENT_ID}:{self.secret.replace(' ', '+')}".encode()).decode()
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        known = request.headers.get("authorization") in {f"Basic {basic}", self._plain_basic()}
        if (
            asked is None
            or not known
            or challenge != asked["code_challenge"]
            or form["redirect_uri"] != asked["redirect_uri"]
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(self.now())
        claims = {
            "iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "auth_time": now,
            "nonce": asked.get("nonce"), **self.person, **self.lies,
        }  # fmt: skip
        told = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": self.algorithm, "kid": "one"}
        signed = jwt.encode(header, told, self.signs_with or self.key, algorithms=[self.algorithm])
        return JSONResponse({"access_token": "at", "token_type": "Bearer", "id_token": signed})

    def _plain_basic(self) -> str:
        return f"Basic {base64.b64encode(f'{CLIENT_ID}:{self.secret}'.encode()).decode()}"


@contextmanager
def running_provider() -> Iterator[OidcProvider]:
    """Serve a provider on a free port until the block ends."""
    port = free_port()
    provider = OidcProvider(issuer=f"http://127.0.0.1:{port}")
    server = uvicorn.Server(uvicorn.Config(provider.app(), host="127.0.0.1", port=port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    pause = threading.Event()
    while not server.started:
        assert thread.is_alive(), "the provider did not start"
        pause.wait(0.01)
    try:
        yield provider
    finally:
        server.should_exit = True
        thread.join(timeout=10)
