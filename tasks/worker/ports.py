"""The runtime's ports over the database: artifacts and live settings."""

import copy
import logging
from collections import OrderedDict
from threading import Lock

import pandas as pd

from persistence.artifacts import ArtifactRepository
from persistence.database import Database
from runtime.errors import NotFound, Unavailable
from runtime.ids import Digest
from runtime.ports import Clock
from runtime.settings import LiveSettings, Settings, resolve
from runtime.values import ArtifactRef, Value, decode, describe, digest_of, encode
from tasks.in_force import read_settings
from tasks.worker.offload import Offload

_log = logging.getLogger(__name__)

CACHED_VALUES = 128
CACHED_BYTES = 128 * 1024 * 1024


class ValueCache:
    """The values that were used last, bounded in number and encoded bytes. Gives copies: nodes may change what they get."""

    def __init__(self, *, values: int = CACHED_VALUES, size: int = CACHED_BYTES) -> None:
        self._values = values
        self._size = size
        self._kept: OrderedDict[Digest, tuple[Value, int]] = OrderedDict()
        self._total = 0
        self._lock = Lock()

    def get(self, digest: Digest) -> Value | None:
        """Return a copy of the value, or None."""
        with self._lock:
            found = self._kept.get(digest)
            if found is None:
                return None
            self._kept.move_to_end(digest)
            value = found[0]
        return _copied(value)

    def __contains__(self, digest: Digest) -> bool:
        with self._lock:
            return digest in self._kept

    def put(self, digest: Digest, value: Value, size: int) -> None:
        """Keep a copy of the value."""
        with self._lock:
            if digest in self._kept or size > self._size:
                return
            self._kept[digest] = (_copied(value), size)
            self._total += size
            while len(self._kept) > self._values or self._total > self._size:
                _, (_, dropped) = self._kept.popitem(last=False)
                self._total -= dropped


class DbArtifacts:
    """Content-addressed values in the database, with the latest in memory."""

    def __init__(self, database: Database, offload: Offload, cache: ValueCache, clock: Clock) -> None:
        self._database = database
        self._offload = offload
        self._cache = cache
        self._clock = clock

    async def put(self, value: Value) -> ArtifactRef:
        """Store a value; equal values are stored once."""
        return await self._offload(self._put, value)

    async def get(self, ref: ArtifactRef) -> Value:
        """Return a stored value; raises `NotFound` when it is gone."""
        return self._cache.get(ref.digest) or await self._offload(self._get, ref)

    def _put(self, value: Value) -> ArtifactRef:
        data, media = encode(value)
        digest = digest_of(value.type, data)
        # What is in the cache was read from the database or written to it, and artifacts never change.
        if digest not in self._cache:
            with self._database.write() as session:
                ArtifactRepository(session).put(digest, media=media, data=data, now=self._clock.now())
            self._cache.put(digest, value, len(data))
        return ArtifactRef(digest=digest, type=value.type, size=len(data), line=describe(value))

    def _get(self, ref: ArtifactRef) -> Value:
        with self._database.read() as session:
            stored = ArtifactRepository(session).get(ref.digest)
        if stored is None:
            raise NotFound("artifact", ref.digest)
        value = decode(ref.type, stored.data)
        self._cache.put(ref.digest, value, len(stored.data))
        return value


class DbSettings:
    """The live settings, read from the database at every transition."""

    def __init__(self, settings: Settings, database: Database, offload: Offload) -> None:
        self._settings = settings
        self._database = database
        self._offload = offload
        self._last = resolve(settings.pinned(), {})[0]

    async def live(self) -> LiveSettings:
        """Return the settings in force; those read last while the database does not answer."""
        try:
            in_force = await self._offload(read_settings, self._settings, self._database)
        except Unavailable:
            _log.warning("the settings cannot be read; the last known ones stay in force")
        else:
            self._last = in_force.live
        return self._last


def _copied(value: Value) -> Value:
    if isinstance(value.data, pd.DataFrame):
        return Value(type=value.type, data=value.data.copy())
    return Value(type=value.type, data=copy.deepcopy(value.data))
