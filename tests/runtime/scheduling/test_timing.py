"""Times by the wall clock and by real time, through both changes of the clock."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.errors import InvalidValue
from runtime.scheduling.timing import Timing, checked_timing, in_words, occurrences, preview

ANCHOR = datetime(2026, 1, 1, tzinfo=UTC)
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC")


def cron(expression: str, zone: str = "Europe/Berlin") -> Timing:
    return checked_timing(cron=expression, interval_seconds=0, timezone=zone, anchor=ANCHOR)


def every(seconds: int, anchor: datetime = ANCHOR) -> Timing:
    return checked_timing(cron="", interval_seconds=seconds, timezone="UTC", anchor=anchor)


def local(timing: Timing, start: str, count: int) -> list[str]:
    after = datetime.fromisoformat(start).replace(tzinfo=timing.zone)
    return [f"{seen.local[5:16]}{seen.local[-6:]}" for seen in preview(timing, after, count=count)]


@pytest.mark.parametrize(
    ("expression", "zone", "start", "expected"),
    [
        # Spring: 02:00 to 03:00 does not exist.
        ("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00", ["03-29T03:00+02:00", "03-30T02:30+02:00"]),
        ("30 2 * * *", "America/New_York", "2026-03-07T12:00", ["03-08T03:00-04:00", "03-09T02:30-04:00"]),
        ("0 2,3 * * *", "Europe/Berlin", "2026-03-28T12:00", ["03-29T03:00+02:00", "03-30T02:00+02:00"]),
        ("*/30 * * * *", "Europe/Berlin", "2026-03-29T01:00", ["03-29T01:30+01:00", "03-29T03:00+02:00"]),
        ("0 * * * *", "America/New_York", "2026-03-08T00:30", ["03-08T01:00-05:00", "03-08T03:00-04:00"]),
        # Autumn: 02:00 to 03:00 (01:00 to 02:00) comes twice.
        ("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00", ["10-25T02:30+02:00", "10-26T02:30+01:00"]),
        ("30 1 * * *", "America/New_York", "2026-10-31T12:00", ["11-01T01:30-04:00", "11-02T01:30-05:00"]),
        (
            "0 * * * *",
            "Europe/Berlin",
            "2026-10-25T01:30",
            ["10-25T02:00+02:00", "10-25T02:00+01:00", "10-25T03:00+01:00"],
        ),
        # Plain days.
        ("0 9 * * mon-fri", "Europe/Berlin", "2026-06-05T10:00", ["06-08T09:00+02:00", "06-09T09:00+02:00"]),
        ("0 0 L * *", "America/New_York", "2026-01-31T12:00", ["02-28T00:00-05:00", "03-31T00:00-04:00"]),
        ("0 12 29 2 *", "UTC", "2026-01-01T00:00", ["02-29T12:00+00:00", "02-29T12:00+00:00"]),
    ],
)
def test_cron_follows_the_wall_clock(expression: str, zone: str, start: str, expected: list[str]) -> None:
    assert local(cron(expression, zone), start, len(expected)) == expected


@settings(max_examples=60, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    day=st.dates(date(2024, 1, 1), date(2028, 12, 31)),
    hour=st.integers(0, 23),
    minute=st.integers(0, 59),
)
def test_a_time_of_day_comes_exactly_once_on_every_day(zone: str, day: date, hour: int, minute: int) -> None:
    timing = cron(f"{minute} {hour} * * *", zone)
    begin = datetime.combine(day, time(), tzinfo=timing.zone) - timedelta(seconds=1)

    found = list(islice(occurrences(timing, begin), 5))

    assert found == [_once(day + timedelta(days=place), hour, minute, timing.zone) for place in range(5)]


def _once(day: date, hour: int, minute: int, zone: ZoneInfo) -> datetime:
    """The first instant at which the wall clock shows the time, or the end of the gap that leaves it out."""
    wall = datetime.combine(day, time(hour, minute))
    while True:
        instant = wall.replace(tzinfo=zone).astimezone(UTC)
        if instant.astimezone(zone).replace(tzinfo=None) == wall:
            return instant
        wall += timedelta(minutes=1)


@settings(max_examples=60, deadline=None)
@given(
    zone=st.sampled_from(("Europe/Berlin", "America/New_York")),
    start=st.integers(0, 4 * 366 * 24 * 60).map(lambda passed: ANCHOR + timedelta(minutes=passed)),
    minutes=st.sampled_from([1, 5, 15, 30]),
)
def test_a_star_goes_by_real_time_through_gap_and_repeat(zone: str, start: datetime, minutes: int) -> None:
    found = list(islice(occurrences(cron(f"*/{minutes} * * * *", zone), start), 200))

    assert {after - before for before, after in pairwise(found)} == {timedelta(minutes=minutes)}


EXPRESSIONS = ("30 2 * * *", "0,30 1,2 * * *", "*/20 * * * *", "0 * * * *", "15 2,3 * * sun", "0 3 1 * *")
CHANGES = (
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(2026, 3, 8, 7, tzinfo=UTC),
    datetime(2026, 11, 1, 6, tzinfo=UTC),
)


@settings(max_examples=100, deadline=None)
@given(
    expression=st.sampled_from(EXPRESSIONS),
    zone=st.sampled_from(ZONES),
    first=st.builds(
        lambda change, early, micro: change + timedelta(minutes=early, microseconds=micro),
        st.sampled_from(CHANGES),
        st.integers(-48 * 60, 48 * 60),
        st.integers(0, 999_999),
    ),
    later=st.integers(0, 24 * 60),
)
def test_where_one_starts_to_look_does_not_matter(
    expression: str, zone: str, first: datetime, later: int
) -> None:
    timing = cron(expression, zone)
    second = first + timedelta(minutes=later)

    from_first = list(islice(occurrences(timing, first), 200))
    from_second = list(islice(occurrences(timing, second), 20))

    rest = [at for at in from_first if at > second]
    assert rest[:20] == from_second[: len(rest)]
    assert all(before < after for before, after in pairwise(from_first))
    assert from_first[0] > first


@given(seconds=st.integers(10, 90_000), offset=st.integers(-10_000_000, 10_000_000))
def test_an_interval_counts_from_its_anchor_and_never_starts_before_it(seconds: int, offset: int) -> None:
    after = ANCHOR + timedelta(seconds=offset)

    found = list(islice(occurrences(every(seconds), after), 3))

    assert found[0] > max(after, ANCHOR)
    assert all((at - ANCHOR).total_seconds() % seconds == 0 for at in found)
    assert found[0] - max(after, ANCHOR) <= timedelta(seconds=seconds)


def test_an_interval_wins_over_cron() -> None:
    timing = checked_timing(cron="not cron", interval_seconds=60, timezone="UTC", anchor=ANCHOR)

    assert next(occurrences(timing, ANCHOR)) == ANCHOR + timedelta(minutes=1)


def test_a_preview_shows_ten_times_in_the_zone_and_in_utc() -> None:
    shown = preview(cron("0 9 * * *"), datetime(2026, 3, 27, 12, tzinfo=UTC))

    assert len(shown) == 10
    assert [(seen.local, seen.at.isoformat()) for seen in shown[:2]] == [
        ("2026-03-28T09:00:00+01:00", "2026-03-28T08:00:00+00:00"),
        ("2026-03-29T09:00:00+02:00", "2026-03-29T07:00:00+00:00"),
    ]


@pytest.mark.parametrize(
    ("cron_text", "seconds", "zone", "field", "words"),
    [
        ("", 0, "UTC", "cron", "Say when"),
        ("0 9 * *", 0, "UTC", "cron", "has 4 fields; it needs 5"),
        ("0 0 9 * * *", 0, "UTC", "cron", "has 6 fields"),
        ("61 9 * * *", 0, "UTC", "cron", "The minute of the cron expression '61 9"),
        ("0 25 * * *", 0, "UTC", "cron", "The hour of"),
        ("0 9 * * funday", 0, "UTC", "cron", "The day of week of"),
        ("0 9 31 2 *", 0, "UTC", "cron", "The day of month of"),
        ("0 9 * * *", 5, "UTC", "interval_seconds", "10 to 31,622,400 seconds, not 5"),
        ("0 9 * * *", -60, "UTC", "interval_seconds", "not -60"),
        ("0 9 * * *", 0, "Europe/Berlín", "timezone", "Did you mean 'Europe/Berlin'"),
        ("0 9 * * *", 0, "../etc/passwd", "timezone", "There is no time zone"),
        ("0 9 * * *", 0, "Europe", "timezone", "There is no time zone"),
    ],
)
def test_a_bad_field_is_named_and_says_what_to_write(
    cron_text: str, seconds: int, zone: str, field: str, words: str
) -> None:
    with pytest.raises(InvalidValue, match=words) as caught:
        checked_timing(cron=cron_text, interval_seconds=seconds, timezone=zone, anchor=ANCHOR)

    assert caught.value.field == field


@pytest.mark.parametrize(
    ("timing", "words"),
    [
        (every(10), "Every 10 seconds"),
        (every(90), "Every 90 seconds"),
        (every(60), "Every minute"),
        (every(2 * 3600), "Every 2 hours"),
        (every(7 * 24 * 3600), "Every 7 days"),
        (cron("30 13 * * 1-5"), "At 13:30 on Monday through Friday"),
        (cron("0 0 L * *"), "At 00:00 on the last day of every month"),
        (cron("0 9 * * mon#1"), "At 09:00 on the first Monday of the month"),
    ],
)
def test_a_rhythm_is_told_in_words(timing: Timing, words: str) -> None:
    assert in_words(timing) == words
