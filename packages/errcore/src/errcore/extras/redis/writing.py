# SPDX-License-Identifier: MIT
"""How a batch gets into Redis: all of it in one step and once, or not at all.

What is to be written is decided in Python from what was read before. A short script on the server then looks whether the
batch was applied already, whether what was read still holds, and whether each key is what it should be, and only then writes.
`WATCH` and `MULTI` could do the first two, in twice as many round trips, and with an error half-way the rest would be written.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["DIGEST", "SCRIPT", "Writes"]

Argument: TypeAlias = str | bytes | int | float

SCRIPT = """
-- KEYS: the version, the workers, all that is written to. ARGV: the worker, its number, its time, seconds for which it is
-- remembered, the version that was read, seconds for which that is kept; then: what, key, seconds, how many pairs, the pairs.
if ARGV[1] ~= '' then
  local told = redis.call('HGET', KEYS[2], ARGV[1])
  if told and (tonumber(string.match(told, '^%d+')) or 0) >= tonumber(ARGV[2]) then
    return 'told'
  end
end
if ARGV[5] ~= '' and (redis.call('GET', KEYS[1]) or '0') ~= ARGV[5] then
  return 'moved'
end
for i = 2, #KEYS do
  local sort = redis.call('TYPE', KEYS[i]).ok
  if sort ~= 'hash' and sort ~= 'none' then
    return redis.error_reply('WRONGTYPE A key of errcore holds a ' .. sort .. '; nothing was written')
  end
end
if ARGV[5] ~= '' then
  redis.call('INCR', KEYS[1])
  redis.call('EXPIRE', KEYS[1], ARGV[6])
end
if ARGV[1] ~= '' then
  redis.call('HSET', KEYS[2], ARGV[1], ARGV[2] .. ' ' .. ARGV[3])
  redis.call('EXPIRE', KEYS[2], ARGV[4])
end
local at = 7
while at <= #ARGV do
  local what, key, seconds = ARGV[at], KEYS[tonumber(ARGV[at + 1])], ARGV[at + 2]
  local pairs_ = tonumber(ARGV[at + 3])
  at = at + 4
  for i = at, at + 2 * pairs_ - 2, 2 do
    local field, value = ARGV[i], ARGV[i + 1]
    if what == 'add' then
      local done = redis.pcall('HINCRBY', key, field, value)
      if type(done) == 'table' and done.err then -- it held something else than a number
        redis.call('HSET', key, field, value)
      end
    elseif what == 'put' then
      redis.call('HSET', key, field, value)
    elseif what == 'copy' then
      local kept = redis.call('HGET', key, field)
      if kept then
        redis.call('HSET', key, value, kept)
      end
    elseif value == '' or redis.call('HGET', key, field) == value then
      redis.call('HDEL', key, field)
    end
  end
  at = at + 2 * pairs_
  if what == 'drop' then
    redis.call('UNLINK', key)
  elseif seconds ~= '0' then
    redis.call('EXPIRE', key, seconds)
  end
end
return 'done'
"""

DIGEST = hashlib.sha1(SCRIPT.encode(), usedforsecurity=False).hexdigest()
"""By which a server that has run the script knows it."""


class Writes:
    """What is to be written, in order; keys live for so many seconds from now on.

    >>> writes = Writes()
    >>> writes.add("counts", 60, {b"errors": 2})
    >>> writes.keys, writes.arguments
    (['counts'], ['add', 3, 60, 1, b'errors', 2])
    """

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.arguments: list[Argument] = []
        self._places: dict[str, int] = {}

    def add(self, key: str, seconds: int, counts: Mapping[bytes, int]) -> None:
        """Add to the counts in a hash."""
        self._note("add", key, seconds, counts.items())

    def put(self, key: str, seconds: int, values: Mapping[str, str | int]) -> None:
        """Set fields of a hash."""
        self._note("put", key, seconds, values.items())

    def copy(self, key: str, source: int, target: int) -> None:
        """Copy a field of a hash, if it is there, over another one."""
        self._note("copy", key, 0, ((source, target),))

    def cut(self, key: str, fields: Iterable[str]) -> None:
        """Remove fields of a hash."""
        self._note("cut", key, 0, [(field, "") for field in fields])

    def cut_unchanged(self, key: str, values: Mapping[bytes | str, bytes | str]) -> None:
        """Remove fields of a hash that are still what they were."""
        self._note("cut", key, 0, values.items())

    def drop(self, key: str) -> None:
        """Remove a key."""
        self._note("drop", key, 0, ())

    def _note(self, what: str, key: str, seconds: int, pairs: Iterable[tuple[Argument, Argument]]) -> None:
        place = self._places.get(key)
        if place is None:
            self.keys.append(key)
            place = self._places[key] = len(self.keys) + 2  # behind the version and the workers
        flat = [each for pair in pairs for each in pair]
        self.arguments += (what, place, seconds, len(flat) // 2, *flat)
