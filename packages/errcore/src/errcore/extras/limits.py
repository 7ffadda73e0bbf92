# SPDX-License-Identifier: MIT
"""A storage for the strategies of limits, and for what is built on them: slowapi, Flask-Limiter and others.

It is in the memory of this process, like `memory://` of limits, but starts no thread, keeps a bounded number of keys, and
does not notice when the wall clock is set. The library comes with errcore. It is not for the asynchronous strategies in
`limits.aio`.

>>> from limits import parse
>>> from limits.strategies import MovingWindowRateLimiter
>>> limiter = MovingWindowRateLimiter(EmbeddedStorage())
>>> [limiter.hit(parse("2/minute"), "198.51.100.7") for _ in range(3)]
[True, True, False]

Where a library takes an address, such as `storage_uri=`, import this module and name it "errcore://":

>>> from limits.storage import storage_from_string
>>> type(storage_from_string("errcore://", most=10_000)) is EmbeddedStorage
True
"""

from __future__ import annotations

from errcore.policies.limiting._limits import EmbeddedStorage

__all__ = ["EmbeddedStorage"]
