"""What CI holds of halting: every halt is proved, in order, and nothing is done after it. `make bench-halt` prints the times."""

from tests.benchmarks import halting


def test_every_halt_of_every_kind_is_proved_in_order_with_no_line_after_it() -> None:
    timings = halting.measured(halts=7, revocations=0)

    assert {name: timing.count for name, timing in timings.items()} == dict.fromkeys(
        (*halting.KINDS, halting.PAPER), 7
    )


def test_a_halt_of_everything_reaches_what_runs_and_what_waits() -> None:
    all_of_it = halting.crowd(queued=60, running=2)

    assert (all_of_it.runs, all_of_it.claimed) == (62, 2)
