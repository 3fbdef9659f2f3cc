"""Answering from the screen: the comment and amount that are being typed, and what became of an answer."""

from collections.abc import AsyncGenerator

import reflex as rx

from runtime.errors import InvalidValue, StudioError
from studio.run_view.state import RunState
from studio.session_state import actor_of
from studio.wiring import services
from tasks.control.approvals import MAX_COMMENT, answer_approval


class AskingState(rx.State):
    """What is typed into the questions of the followed run, by subject."""

    comments: dict[str, str] = {}
    amounts: dict[str, str] = {}
    sending: str = ""
    """Subject of the question whose answer is on its way."""
    problem: str = ""
    problem_of: str = ""
    """Subject of the question that the problem is about."""

    @rx.event
    def write_comment(self, subject: str, text: str) -> None:
        """Take a comment over."""
        self.comments = {**self.comments, subject: text[:MAX_COMMENT]}

    @rx.event
    def write_amount(self, subject: str, text: str) -> None:
        """Take an amount over."""
        self.amounts = {**self.amounts, subject: text[:20]}

    @rx.event
    async def answer(self, subject: str, approve: bool) -> AsyncGenerator[None]:  # noqa: FBT001  the browser's event
        """Send the answer; the followed run shows what comes of it, here and in every other tab."""
        run = await self.get_state(RunState)
        actor, control, run_id = await actor_of(self), services().control, run.run_id
        comment = self.comments.get(subject, "")
        self.sending, self.problem, self.problem_of = subject, "", subject
        yield
        try:
            amount = _amount(self.amounts.get(subject, "")) if approve else None
            await rx.run_in_thread(
                lambda: answer_approval(
                    control, actor, run_id, subject, approve=approve, comment=comment, amount_usd=amount
                )
            )
        except StudioError as error:
            self.problem = error.message
        self.sending = ""


def _amount(text: str) -> float | None:
    if not text.strip():
        return None
    try:
        return float(text)
    except ValueError:
        raise InvalidValue(f"{text!r} is no amount in USD.", field="amount_usd") from None
