"""The audit log's lines and filters: days count whole, and the CSV is what the page shows."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from persistence.controls import AuditEntry
from runtime.errors import InvalidValue
from studio.pages.audit.views import Asked, audit_filter, audit_lines, csv_address
from tests.fakes import EPOCH


def test_both_days_count_whole_in_utc() -> None:
    wanted = audit_filter(Asked(first_day="2024-01-02", last_day="2024-01-02"))

    assert wanted.since == datetime(2024, 1, 2, tzinfo=UTC)
    assert wanted.until == datetime(2024, 1, 3, tzinfo=UTC)


@pytest.mark.parametrize(("day", "field"), [("2024-13-01", "from"), ("9999-12-31", "to")])
def test_a_day_that_is_none_is_named(day: str, field: str) -> None:
    asked = Asked(first_day=day) if field == "from" else Asked(last_day=day)

    with pytest.raises(InvalidValue, match=field):
        audit_filter(asked)
    assert csv_address(asked) == "/api/audit.csv"


def test_the_csv_has_the_filters_of_the_page() -> None:
    asked = Asked(text=" a&b ", actor="ada", action="halt.run", first_day="2024-01-02", last_day="2024-01-03")

    assert parse_qs(urlsplit(csv_address(asked)).query) == {
        "text": ["a&b"],
        "actor": ["ada"],
        "action": ["halt.run"],
        "from": ["2024-01-02T00:00:00+00:00"],
        "to": ["2024-01-04T00:00:00+00:00"],
    }
    assert csv_address(Asked()) == "/api/audit.csv"


@pytest.mark.parametrize(
    ("action", "target", "address"),
    [("run.start", "r1", "/runs/r1"), ("halt.run", "r1", "/runs/r1"), ("setting.change", "flag", "")],
)
def test_an_entry_about_a_run_leads_to_it(action: str, target: str, address: str) -> None:
    entry = AuditEntry(
        id=7,
        at=EPOCH,
        actor_id=None,
        actor_name="ada",
        action=action,
        target=target,
        detail={"runs": ["ü"]},
    )

    (line,) = audit_lines([entry])

    assert (line.address, line.family) == (address, action.split(".", maxsplit=1)[0])
    assert '"ü"' in line.detail
