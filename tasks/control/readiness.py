"""Whether this process can do its work now: whoever balances load asks, and so does whoever waits for a start."""

from dataclasses import dataclass
from functools import cache

from redis.exceptions import RedisError

from persistence import migrate
from runtime.errors import Unavailable
from tasks.control.context import Control


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """The parts that everything needs. A part that cannot be read is not well."""

    database: bool
    """It answers."""
    schema: bool
    """It is at the revision that this code needs; false while the database does not answer."""
    redis: bool
    """It answers."""

    @property
    def missing(self) -> tuple[str, ...]:
        """What is wrong, in sentences that name no host: a stranger may read them."""
        wrong: list[str] = []
        if not self.database:
            wrong.append("The database does not answer.")
        elif not self.schema:
            wrong.append("The database is not at the revision that this code needs.")
        if not self.redis:
            wrong.append("Redis does not answer.")
        return tuple(wrong)


def readiness(control: Control) -> Readiness:
    """Look at every part now. Asks nobody's rights: it tells nothing but yes or no."""
    try:
        with control.database.read() as session:
            revision, answers = migrate.revision_of(session), True
    except Unavailable:
        revision, answers = None, False
    return Readiness(database=answers, schema=answers and revision == _head(), redis=_redis_answers(control))


def _redis_answers(control: Control) -> bool:
    try:
        return bool(control.redis.ping())
    except (RedisError, OSError):
        return False


@cache
def _head() -> str:
    """The newest revision, read from the files once: they do not change under a process."""
    return migrate.head()
