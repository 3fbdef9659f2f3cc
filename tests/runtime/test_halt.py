"""The gate has three answers, and unknown is not go."""

import asyncio

import pytest

from runtime.halt import HaltGate, HaltToken
from runtime.ids import RunId
from runtime.ports import HaltReading
from tests.fakes import FakeClock
from tests.runtime.probes import Switch

GO = HaltReading(engaged=False, source="a")
STOP = HaltReading(engaged=True, reason="drill", source="a")
RUN = RunId("run")


class Silent(Switch):
    """Never answers."""

    async def read(self, run_id: RunId) -> HaltReading | None:
        await asyncio.get_running_loop().create_future()
        return None


def gate(*sources: Switch, token: HaltToken | None = None) -> HaltGate:
    return HaltGate(sources, token=token or HaltToken(), clock=FakeClock())


@pytest.mark.parametrize(
    ("sources", "verdict"),
    [
        ((Switch(GO),), "go"),
        ((Switch(STOP),), "halt"),
        ((Switch(None), Switch(GO)), "go"),
        ((Switch(OSError()), Switch(STOP)), "halt"),
        ((Switch(None), Switch(OSError())), "unknown"),
        ((Silent(), Switch(STOP)), "halt"),
        ((Silent(), Silent()), "unknown"),
        ((), "go"),
    ],
)
async def test_the_first_source_that_can_tell_decides(sources: tuple[Switch, ...], verdict: str) -> None:
    assert (await gate(*sources).check(RUN, budget_seconds=0.05)).verdict == verdict


async def test_a_source_that_answers_keeps_the_next_from_being_asked() -> None:
    second = Switch(STOP)

    await gate(Switch(GO), second).check(RUN, budget_seconds=0.05)

    assert second.asked == 0


async def test_the_token_of_the_process_is_asked_first() -> None:
    token = HaltToken()
    token.engage("first")
    token.engage("second")

    answer = await gate(Switch(GO), token=token).check(RUN, budget_seconds=0.05)

    assert (answer.verdict, answer.reason, answer.source) == ("halt", "first", "token")


async def test_an_unknown_answer_says_what_each_source_did() -> None:
    answer = await gate(Switch(None), Switch(OSError())).check(RUN, budget_seconds=0.05)

    assert answer.reason == "Switch: not to be trusted now; Switch: OSError"


async def test_a_cancelled_check_is_cancelled_and_not_unknown() -> None:
    task = asyncio.create_task(gate(Silent()).check(RUN, budget_seconds=60))
    await asyncio.sleep(0)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
