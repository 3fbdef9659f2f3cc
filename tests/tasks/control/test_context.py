"""What a control does when it is closed."""

from __future__ import annotations

from persistence.database import Database
from runtime.settings import Settings
from tasks.control.context import Control, build_control


def test_what_was_begun_on_the_side_has_ended_before_connections_go(
    database: Database, clean_redis_url: str
) -> None:
    control: Control = build_control(Settings(redis_url=clean_redis_url), database=database)
    done: list[bool] = []

    def leave_when_closed() -> None:
        done.append(control.closing.wait(30))
        with control.database.read():
            done.append(True)

    control.aside(leave_when_closed, name="side")
    control.close()

    assert done == [True, True]
