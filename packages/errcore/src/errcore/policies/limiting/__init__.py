# SPDX-License-Identifier: MIT
"""How often something may happen: the grammar of rates, four ways to count, and counts by key in bounded memory.

`rate_limit` has the settings; `limiter` counts one thing and `keyed_limits` many; `counting` and `moving` are the ways to
count, `rates` what is counted against, `recent` the map that forgets. `limits` is known to `_limits` alone.
"""
