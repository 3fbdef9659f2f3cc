"""The first-run link, signing in and out, and what somebody who is not signed in gets."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from playwright.sync_api import Error, Page, expect

from studio.api.auth import COOKIE
from studio.launch.ports import free_port
from tests.e2e.conftest import FirstVisit, OpenTab
from tests.e2e.running_studio import ROOT, RunningStudio
from tests.e2e.sign_in import NAME, PASSWORD, fill_first_run, sign_in
from tests.e2e.watch import Watch
from tests.integration.installation import eventually

RECORD_HEADINGS = """
window.seen = [];
new MutationObserver(() => {
  const text = document.querySelector('h1, h2')?.textContent;
  if (text && text !== seen.at(-1)) seen.push(text);
}).observe(document, {childList: true, subtree: true, characterData: true});
"""


def test_the_link_of_the_start_creates_the_first_account_and_signs_in(
    studio: RunningStudio, first_visit: FirstVisit
) -> None:
    assert first_visit.asked == "Create the first account"
    assert first_visit.landed == f"{studio.base_url}/"
    session = next(each for each in first_visit.cookies.get("cookies", []) if each.get("name") == COOKIE)
    assert (session.get("httpOnly"), session.get("sameSite")) == (True, "Strict")


def test_the_page_of_a_link_shows_no_other_form_before_its_own(
    first_visit: FirstVisit, stranger: Page
) -> None:
    stranger.add_init_script(RECORD_HEADINGS)

    stranger.goto("/login?link=of-a-test")

    expect(stranger.get_by_test_id("first-run-form")).to_be_visible()
    assert stranger.evaluate("seen") == ["Create the first account"]


def test_the_link_works_once(studio: RunningStudio, first_visit: FirstVisit, stranger: Page) -> None:
    stranger.goto(studio.first_link)

    fill_first_run(stranger, "Somebody Else", "another long password")

    expect(stranger.get_by_test_id("login-message")).to_contain_text("was already used")
    expect(stranger.get_by_test_id("sign-in-form")).to_be_visible()


def test_a_wrong_password_is_said_and_the_name_is_kept(first_visit: FirstVisit, stranger: Page) -> None:
    stranger.goto("/login")

    sign_in(stranger, NAME, "not the password")

    expect(stranger.get_by_test_id("login-message")).to_have_text("Name and password do not belong together.")
    expect(stranger.get_by_test_id("login-name")).to_have_value(NAME)
    expect(stranger.get_by_test_id("login-password")).to_have_value("")


@pytest.mark.parametrize("address", ["/", "/runs", "/studio/anything", "/runs/0123"])
def test_whoever_is_not_signed_in_is_taken_to_the_sign_in_page(
    first_visit: FirstVisit, stranger: Page, address: str
) -> None:
    stranger.goto(address)

    expect(stranger.get_by_test_id("sign-in-form")).to_be_visible()
    expect(stranger).to_have_url(re.compile(r"/login"))


def test_signing_in_goes_on_to_the_page_that_was_asked_for(first_visit: FirstVisit, stranger: Page) -> None:
    stranger.goto("/runs")
    expect(stranger.get_by_test_id("sign-in-form")).to_be_visible()

    sign_in(stranger, NAME, PASSWORD)

    expect(stranger).to_have_url(re.compile(r"/runs$"))
    expect(stranger.get_by_test_id("account-menu")).to_be_visible()


def test_signing_out_ends_every_tab_of_the_session(first_visit: FirstVisit, stranger: Page) -> None:
    stranger.goto("/login")
    sign_in(stranger, NAME, PASSWORD)
    stranger.get_by_test_id("account-menu").click()
    expect(stranger.get_by_test_id("account-name")).to_have_text(NAME)

    stranger.get_by_test_id("sign-out").click()

    expect(stranger.get_by_test_id("login-message")).to_have_text("You are signed out.")
    stranger.goto("/")
    expect(stranger.get_by_test_id("sign-in-form")).to_be_visible()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/workflows"),
        ("POST", "/workflows"),
        ("GET", "/workflows/runs"),
        ("POST", "/workflows/halt"),
        ("GET", "/api/session"),
    ],
)
def test_the_api_answers_401_to_a_stranger(
    studio: RunningStudio, first_visit: FirstVisit, stranger: Page, method: str, path: str
) -> None:
    answer = stranger.request.fetch(path, method=method, headers={"origin": studio.base_url})

    assert answer.status == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "sign-in-required"


@pytest.mark.parametrize("origin", ["http://elsewhere.example", "null"])
def test_another_site_cannot_use_the_session(page: Page, origin: str) -> None:
    page.goto("/")
    expect(page.get_by_test_id("account-menu")).to_be_visible()

    answer = page.request.post("/workflows/halt", headers={"origin": origin}, data={})

    assert answer.status == 403
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_page_that_does_not_exist_says_so(page: Page, watch: Watch) -> None:
    # The browser itself logs the answer of 404 to the address that was asked for.
    watch.expect("404")

    page.goto("/nothing-here")

    expect(page.get_by_text("There is no page here")).to_be_visible()
    expect(page.get_by_test_id("to-workflows")).to_be_visible()


def test_a_second_tab_is_signed_in_too(page: Page, open_tab: OpenTab) -> None:
    page.goto("/login")
    expect(page.get_by_test_id("account-menu")).to_be_visible()

    other = open_tab()
    other.goto("/login")

    expect(other.get_by_test_id("account-menu")).to_be_visible()


def test_a_web_process_of_the_command_line_serves_the_same_installation_beside_the_first(
    studio: RunningStudio, first_visit: FirstVisit, stranger: Page
) -> None:
    port = free_port()
    environment = studio.environment | {"ALPHASWARM_REDIS_URL": studio.control.settings.redis_url}
    with (studio.workspace.home / "web.out").open("ab") as out:
        web = subprocess.Popen(
            [sys.executable, "-m", "studio.cli", "web", "--port", str(port)],
            cwd=ROOT,
            env=environment,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        base = f"http://127.0.0.1:{port}"
        eventually(lambda: _answers(stranger, f"{base}/readyz"), seconds=60)
        stranger.goto(f"{base}/login")
        sign_in(stranger, NAME, PASSWORD)
        expect(stranger.get_by_test_id("account-menu")).to_be_visible()
        # A page that is left open would complain that its socket goes.
        stranger.goto("about:blank")
    finally:
        web.terminate()
        web.wait(timeout=15)


def _answers(page: Page, address: str) -> bool:
    try:
        return page.request.get(address).ok
    except Error:
        return False
