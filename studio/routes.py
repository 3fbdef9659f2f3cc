"""Addresses of the UI, written once. The REST API lives elsewhere (`studio.api`)."""

from urllib.parse import quote

GALLERY = "/"
EDITOR = "/studio/[name]"
RUNS = "/runs"
RUN = "/runs/[run_id]"
SCHEDULES = "/schedules"
AUDIT = "/audit"
SETTINGS = "/settings"
ACCOUNTS = "/accounts"
ACCOUNT = "/account"
CONTROL = "/control"
DESK_RUN = "/control/[desk]/[run_id]"
LOGIN = "/login"
MISSING = "404"
"""Reflex's name for the page of unknown addresses."""


def editor(name: str) -> str:
    """Return the address of one workflow's editor."""
    return f"/studio/{quote(name, safe='')}"


def run(run_id: str) -> str:
    """Return the address of one run."""
    return f"/runs/{quote(run_id, safe='')}"


def desk_run(desk: str, run_id: str) -> str:
    """Return the address of one run of any desk."""
    if desk == "workflows":
        return run(run_id)
    return f"{CONTROL}/{quote(desk, safe='')}/{quote(run_id, safe='')}"


def login(*, then: str = "", code: str = "", name: str = "", link: str = "") -> str:
    """Return the address of the sign-in page: where to go afterwards, what to say, which link to redeem."""
    query = {"next": then, "code": code, "name": name, "link": link}
    parts = [f"{key}={quote(value, safe='')}" for key, value in query.items() if value]
    return f"{LOGIN}?{'&'.join(parts)}" if parts else LOGIN


def is_own_address(address: str) -> bool:
    """Tell whether an address stays on this site: one slash at the start, no scheme, no control characters."""
    return (
        address.startswith("/")
        and not address.startswith(("//", "/\\"))
        and "\\" not in address
        and address.isprintable()
    )
