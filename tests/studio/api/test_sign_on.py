"""Signing in at an identity provider: a local one that keeps to the protocol, and the same one lying."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from joserfc.jwk import OctKey, RSAKey

from persistence.controls import AuditFilter, ControlRepository
from runtime.errors import InvalidValue
from runtime.settings import Settings
from studio.api.app import create_api
from studio.api.auth import COOKIE
from studio.api.sign_on import REQUEST_COOKIE
from studio.services.accounts import ATTEMPTS_PER_ADDRESS, VERIFIED_LIFE, hash_token
from studio.services.oidc.config import oidc_config
from studio.services.oidc.sign_on import SingleSignOn
from studio.wiring import Container
from tasks.access import Role
from tests.studio.api.conftest import HOST
from tests.studio.conftest import NAME, PASSWORD, Office
from tests.support.oidc_provider import CLIENT_ID, CLIENT_SECRET, GRACE, OidcProvider, running_provider

GROUPS = "boss=admin, desk=operator, quants=analyst"


@pytest.fixture(scope="module")
def server() -> Iterator[OidcProvider]:
    with running_provider() as running:
        yield running


@dataclass(frozen=True, kw_only=True)
class Front:
    """A browser without a session, in front of an installation with a provider."""

    browser: TestClient
    provider: OidcProvider
    container: Container
    office: Office

    def begin(self, query: str = "") -> Response:
        """Press the link."""
        return self.browser.get(f"/api/session/oidc{query}")

    def sign_in(self, query: str = "") -> Response:
        """Go to the provider and back."""
        return self.browser.get(self.provider.answer(self.begin(query).headers["location"]))

    def who(self) -> dict[str, Any]:
        """Return who is signed in."""
        answer = self.browser.get("/api/session")
        return answer.json() if answer.status_code == 200 else {}

    def sign_out(self) -> None:
        """Forget the session, here only."""
        self.browser.cookies.clear()


def settings(provider: OidcProvider, **changes: str) -> Settings:
    values = {
        "oidc_issuer": provider.issuer,
        "oidc_client_id": CLIENT_ID,
        "oidc_client_secret": CLIENT_SECRET,
        "oidc_title": "Example",
        "oidc_roles": GROUPS,
    }
    return Settings.model_validate(values | changes)


def front_of(office: Office, provider: OidcProvider, **changes: str) -> Iterator[Front]:
    config = oidc_config(settings(provider, **changes))
    assert config is not None
    accounts, clock = office.container.accounts, office.clock
    container = replace(office.container, sign_on=SingleSignOn(config, accounts, clock))
    with TestClient(
        create_api(container),
        base_url=HOST,
        headers={"Origin": HOST},
        raise_server_exceptions=False,
        follow_redirects=False,
    ) as browser:
        yield Front(browser=browser, provider=provider, container=container, office=office)


@pytest.fixture
def provider(server: OidcProvider, office: Office) -> OidcProvider:
    """The provider as it is when nobody has told it to lie, on the office's clock."""
    server.person, server.lies, server.refuses = dict(GRACE), {}, ""
    server.signs_with, server.algorithm, server.secret = None, "RS256", CLIENT_SECRET
    server.now = lambda: office.clock.now().timestamp()
    server.asked.clear()
    return server


@pytest.fixture
def front(office: Office, provider: OidcProvider) -> Iterator[Front]:
    yield from front_of(office, provider)


def code_of(answer: Response) -> str:
    """Return what the sign-in page is told."""
    address = urlsplit(answer.headers["location"])
    assert (answer.status_code, address.path) == (303, "/login")
    return parse_qs(address.query)["code"][0]


def test_somebody_whom_the_provider_vouches_for_comes_in_and_has_an_account(front: Front) -> None:
    answer = front.sign_in("?next=/runs/abc")

    assert (answer.status_code, answer.headers["location"]) == (303, "/runs/abc")
    assert front.who() == {"name": "Grace Hopper", "role": "analyst"}
    cookie = next(each for each in answer.headers.get_list("set-cookie") if each.startswith(COOKIE))
    assert "SameSite=strict" in cookie
    assert REQUEST_COOKIE not in front.browser.cookies
    with front.container.database.read() as session:
        actions = [entry.action for entry in ControlRepository(session).audit(AuditFilter(text="Grace"))]
    assert actions[:2] == ["account.sign_in", "account.create"]


def test_the_request_is_protected_by_state_nonce_and_a_proof_of_possession(front: Front) -> None:
    front.sign_in()
    front.sign_in()

    first, second = front.provider.asked
    assert (first["response_type"], first["code_challenge_method"], first["client_id"]) == (
        "code",
        "S256",
        CLIENT_ID,
    )
    assert first["redirect_uri"] == f"{HOST}/api/session/oidc/callback"
    assert {first["state"], first["nonce"], first["code_challenge"]}.isdisjoint(second.values())


def test_the_same_person_keeps_their_account_whatever_they_are_called(front: Front) -> None:
    front.sign_in()
    front.provider.person["name"] = "Admiral Hopper"
    front.sign_in()

    assert front.who()["name"] == "Grace Hopper"
    assert len(front.container.directory.all(front.office.admin)) == 2


def test_a_name_that_somebody_else_has_never_gives_their_account_away(front: Front) -> None:
    front.provider.person |= {"sub": "u-2", "name": NAME.upper()}

    front.sign_in()

    assert front.who() == {"name": f"{NAME.upper()} 2", "role": "analyst"}


@pytest.mark.parametrize(
    ("groups", "role"),
    [(["quants", "boss"], "admin"), ("desk other", "operator"), (["quants"], "analyst")],
)
def test_the_strongest_group_gives_the_role_at_each_sign_in(front: Front, groups: object, role: str) -> None:
    front.sign_in()
    front.provider.person["groups"] = groups

    front.sign_in()

    assert front.who()["role"] == role


@pytest.mark.parametrize("groups", [[], None, ["others"], 7, {"quants": True}])
def test_who_is_in_no_group_has_no_role_and_stays_out(front: Front, groups: object) -> None:
    front.provider.person["groups"] = groups

    assert code_of(front.sign_in()) == "oidc-no-role"

    assert front.who() == {}
    assert len(front.container.directory.all(front.office.admin)) == 1


def test_who_has_left_every_group_comes_in_no_more(front: Front) -> None:
    front.sign_in()
    front.sign_out()
    front.provider.person["groups"] = []

    assert code_of(front.sign_in()) == "oidc-no-role"
    assert front.who() == {}


def test_without_groups_the_admins_give_roles(office: Office, provider: OidcProvider) -> None:
    for front in front_of(office, provider, oidc_roles="", oidc_default_role="viewer"):
        front.sign_in()
        (grace,) = [
            view.record for view in front.container.directory.all(office.admin) if view.record.name != NAME
        ]
        proof = office.container.accounts.reauthenticate(office.admin, PASSWORD)
        front.container.directory.set_role(office.admin, grace.id, "operator", "Watches", proof)

        front.sign_in()

        assert front.who()["role"] == "operator"


def test_the_last_admin_stays_one(front: Front) -> None:
    front.provider.person["groups"] = ["boss"]
    front.sign_in()
    grace = front.container.accounts.actor(hash_token(front.browser.cookies[COOKIE]))
    assert grace is not None
    front.container.directory.disable(grace, front.office.admin.id, "Left")
    front.provider.person["groups"] = ["quants"]

    front.sign_in()

    assert front.who()["role"] == "admin"


def test_a_disabled_account_stays_out(front: Front) -> None:
    front.sign_in()
    (grace,) = [v.record for v in front.container.directory.all(front.office.admin) if v.record.name != NAME]
    front.container.directory.disable(front.office.admin, grace.id, "Left")
    front.sign_out()

    assert code_of(front.sign_in()) == "account-disabled"
    assert front.who() == {}


@pytest.mark.parametrize(
    "lies",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "another client"},
        {"aud": [CLIENT_ID, "another client"]},
        {"azp": "another client"},
        {"exp": 1},
        {"exp": None},
        {"iat": None},
        {"iat": 4_000_000_000},
        {"nbf": 4_000_000_000},
        {"nonce": "of somebody else"},
        {"nonce": None},
        {"sub": None},
        {"sub": ""},
        {"sub": "x" * 300},
        {"at_hash": "wrong"},
    ],
    ids=lambda lies: str(lies)[:40],
)
def test_a_token_that_does_not_hold_opens_nothing(front: Front, lies: dict[str, Any]) -> None:
    front.provider.lies = lies

    assert code_of(front.sign_in()) == "oidc-failed"

    assert front.who() == {}
    assert len(front.container.directory.all(front.office.admin)) == 1


def test_a_signature_by_another_key_or_by_our_own_secret_opens_nothing(front: Front) -> None:
    front.provider.signs_with = RSAKey.generate_key(2048)
    assert code_of(front.sign_in()) == "oidc-failed"

    front.provider.signs_with, front.provider.algorithm = OctKey.import_key(CLIENT_SECRET), "HS256"
    assert code_of(front.sign_in()) == "oidc-failed"

    assert front.who() == {}


def test_a_provider_that_refuses_or_is_turned_away_from_says_so(front: Front) -> None:
    front.provider.refuses = "access_denied"

    assert code_of(front.sign_in("?next=/runs")) == "oidc-refused"


def test_a_wrong_client_secret_opens_nothing(front: Front) -> None:
    front.provider.secret = "another one"

    assert code_of(front.sign_in()) == "oidc-failed"


def test_an_answer_that_this_browser_did_not_ask_for_opens_nothing(front: Front) -> None:
    back = front.provider.answer(front.begin().headers["location"])
    kept = front.browser.cookies[REQUEST_COOKIE]
    front.browser.cookies.clear()
    assert code_of(front.browser.get(back)) == "oidc-stale"

    front.begin()
    assert code_of(front.browser.get(back)) == "oidc-stale"

    front.browser.cookies.clear()
    front.browser.cookies.set(REQUEST_COOKIE, kept, domain="studio.test", path="/api/session/oidc")
    assert front.browser.get(back).headers["location"] == "/"
    assert front.who()["name"] == "Grace Hopper"


def test_an_answer_serves_once(front: Front) -> None:
    back = front.provider.answer(front.begin().headers["location"])
    kept = front.browser.cookies[REQUEST_COOKIE]
    front.browser.get(back)
    front.sign_out()
    front.browser.cookies.set(REQUEST_COOKIE, kept, domain="studio.test", path="/api/session/oidc")

    assert code_of(front.browser.get(back)) == "oidc-failed"
    assert front.who() == {}


@pytest.mark.parametrize(
    "cookie",
    [
        "",
        "x",
        "e30=",
        urlsafe_b64encode(b"[]").decode(),
        urlsafe_b64encode(b'{"next": 1, "state": "s"}').decode(),
    ],
)
def test_a_cookie_that_is_none_of_ours_opens_nothing(front: Front, cookie: str) -> None:
    front.browser.cookies.set(REQUEST_COOKIE, cookie, domain="studio.test", path="/api/session/oidc")

    assert code_of(front.browser.get("/api/session/oidc/callback?code=c&state=s")) == "oidc-stale"


@pytest.mark.parametrize("wanted", ["https://evil.example", "//evil.example", "/\\evil.example", "runs"])
def test_the_way_back_stays_on_this_site(front: Front, wanted: str) -> None:
    assert front.sign_in(f"?next={wanted}").headers["location"] == "/"


def test_a_provider_that_is_away_or_calls_itself_something_else_is_told(
    office: Office, provider: OidcProvider
) -> None:
    for front in front_of(office, provider, oidc_issuer="http://127.0.0.1:9"):
        assert code_of(front.begin("?next=/runs")) == "oidc-failed"
    for front in front_of(office, provider, oidc_issuer=provider.issuer.replace("127.0.0.1", "localhost")):
        assert code_of(front.begin()) == "oidc-failed"


def test_nobody_has_the_provider_asked_without_end(front: Front) -> None:
    for _ in range(ATTEMPTS_PER_ADDRESS):
        assert front.begin().headers["location"].startswith(front.provider.issuer)

    assert code_of(front.begin("?next=/runs")) == "too-many-attempts"


def test_the_sign_in_page_learns_whether_there_is_a_provider(front: Front, stranger: TestClient) -> None:
    assert front.browser.get("/api/session/ways").json() == {"oidc": "Example"}
    assert stranger.get("/api/session/ways").json() == {"oidc": None}
    assert code_of(stranger.get("/api/session/oidc")) == "not-found"
    assert code_of(stranger.get("/api/session/oidc/callback?code=c&state=s")) == "not-found"


def test_what_asks_for_a_password_takes_a_fresh_sign_in_of_who_has_none(front: Front) -> None:
    front.provider.person["groups"] = ["boss"]
    body = {"name": "Eve", "password": "a sentence for Eve", "role": "viewer", "your_password": ""}
    front.sign_in()
    refused = front.browser.post("/api/accounts", json=body)

    front.sign_in("?again=true")
    asked = front.provider.asked[-1]
    made = front.browser.post("/api/accounts", json=body)
    front.office.clock.advance(VERIFIED_LIFE.total_seconds() + 1)
    late = front.browser.post("/api/accounts", json=body | {"name": "Mallory"})

    assert (asked["prompt"], asked["max_age"]) == ("login", "0")
    assert (refused.status_code, refused.json()["code"]) == (403, "sign-in-again")
    assert made.status_code == 201, made.text
    assert (late.status_code, late.json()["code"]) == (403, "sign-in-again")


def test_an_open_session_at_the_provider_is_no_fresh_sign_in(front: Front) -> None:
    front.provider.person["groups"] = ["boss"]
    body = {"name": "Eve", "password": "a sentence for Eve", "role": "viewer", "your_password": ""}
    front.provider.lies = {"auth_time": int(front.office.clock.now().timestamp()) - 3600}

    front.sign_in("?again=true")

    assert front.browser.post("/api/accounts", json=body).json()["code"] == "sign-in-again"
    front.provider.lies = {"auth_time": None}
    assert code_of(front.sign_in("?again=true")) == "oidc-failed"


def test_an_account_without_a_password_has_none_to_sign_in_with_or_to_change(front: Front) -> None:
    front.sign_in("?again=true")

    changed = front.browser.put(
        "/api/session/password", json={"your_password": "", "password": "a sentence of hers"}
    )
    front.sign_out()
    guessed = [
        front.browser.post("/api/session", json={"name": "Grace Hopper", "password": password}).status_code
        for password in ("", "x", PASSWORD)
    ]

    assert (changed.status_code, changed.json()["field"]) == (422, "password")
    assert 200 not in guessed


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"oidc_client_id": ""}, "oidc_client_id"),
        ({"oidc_issuer": "http://login.example.com"}, "oidc_issuer"),
        ({"oidc_issuer": "login.example.com"}, "oidc_issuer"),
        ({"oidc_roles": "quants"}, "oidc_roles"),
        ({"oidc_roles": "=admin"}, "oidc_roles"),
        ({"oidc_roles": "quants=boss"}, "oidc_roles"),
        ({"oidc_default_role": "boss"}, "oidc_default_role"),
    ],
)
def test_a_configuration_that_cannot_work_is_refused_by_its_variable(
    provider: OidcProvider, changes: dict[str, str], field: str
) -> None:
    with pytest.raises(InvalidValue, match=f"ALPHASWARM_{field.upper()}|ALPHASWARM_OIDC_ISSUER") as refused:
        oidc_config(settings(provider, **changes))

    assert refused.value.field == field


def test_a_group_may_have_an_equals_sign_and_no_group_means_no_mapping(provider: OidcProvider) -> None:
    config = oidc_config(settings(provider, oidc_roles="cn=quants=analyst,, "))

    assert config is not None
    assert config.roles == {"cn=quants": Role.ANALYST}
    assert oidc_config(Settings()) is None
