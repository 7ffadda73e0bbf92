# SPDX-License-Identifier: MIT
"""What errcore does for one library at a time: a module for each, named like the library and the extra that installs it.

`errcore.extras.sqlalchemy` (`pip install "errcore[sqlalchemy]"`) ends transactions. `errcore.extras.orjson`
(`pip install "errcore[orjson]"`) writes and reads JSON faster, and is imported by whoever asks for it by name: a runtime
or `from_response` with `json="orjson"`. `errcore.extras.redis` (`pip install "errcore[redis]"`) keeps counts where the
workers of all hosts find them, and is imported by whoever names an address such as "redis://host:6379/0".
`errcore.extras.limits`, which needs no extra, is a storage for the strategies of limits. Otherwise nothing in errcore imports
a module of this room, and importing the room imports none of them.

Public names: none; import the module that you need.
"""

from __future__ import annotations

__all__: list[str] = []
