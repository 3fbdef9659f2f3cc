"""The two places outside a run where a halt is written: Redis and the rows. Both read as `runtime.ports.HaltSource`."""

from redis.asyncio import Redis

from persistence.controls import ControlRepository
from persistence.database import Database
from persistence.desk_runs import DeskRunRepository
from persistence.runs import RunRepository
from runtime.desks import DeskName
from runtime.ids import RunId
from runtime.ports import HaltReading
from tasks.halt.keys import EPOCH_KEY, halt_all_key, run_halt_key
from tasks.worker.offload import Offload


class RedisHalts:
    """The global kill switch, the desk's key and the run's own. The client must have short timeouts and no retries."""

    def __init__(self, redis: Redis, *, kill_switch_key: str, desk: DeskName = "workflows") -> None:
        self._redis = redis
        self._kill_switch_key = kill_switch_key
        self._desk_key = halt_all_key(desk)

    async def read(self, run_id: RunId) -> HaltReading | None:
        """Return what the keys say; None when Redis has lost its memory. Raises when it does not answer."""
        # Existence counts, not the value: an empty reason is engaged as well.
        async with self._redis.pipeline(transaction=False) as pipe:
            keys = (self._kill_switch_key, run_halt_key(run_id), self._desk_key)
            for key in (*keys, EPOCH_KEY):
                pipe.exists(key)
            pipe.mget(keys)
            switch, run, every, epoch, reasons = await pipe.execute()
        if switch:
            return HaltReading(engaged=True, reason=reasons[0] or "kill switch engaged", source="kill switch")
        if run or every:
            return HaltReading(engaged=True, reason=reasons[1] or reasons[2] or "halted", source="run key")
        return HaltReading(engaged=False, source="redis") if epoch else None


class RowHalts:
    """The kill switch's row and the run's row, whatever desk it is of."""

    def __init__(self, database: Database, offload: Offload) -> None:
        self._database = database
        self._offload = offload

    async def read(self, run_id: RunId) -> HaltReading | None:
        """Return what the rows say; raises when they cannot be read."""
        return await self._offload(self.read_now, run_id)

    def read_now(self, run_id: RunId) -> HaltReading:
        """The same, blocking."""
        with self._database.read() as session:
            switch = ControlRepository(session).kill_switch()
            desks = DeskRunRepository(session)
            of_desk = desks.is_halted(run_id)
            runs = RunRepository(session) if of_desk is None else desks
            standing = runs.standing(run_id) if runs.is_halted(run_id) else None
        if switch.engaged:
            return HaltReading(
                engaged=True, reason=switch.reason or "kill switch engaged", source="kill switch row"
            )
        if standing is not None:
            return HaltReading(engaged=True, reason=standing.error or "halted", source="run row")
        return HaltReading(engaged=False, source="rows")
