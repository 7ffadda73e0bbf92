# SPDX-License-Identifier: MIT
"""How a store hears of what was counted: each batch once, whatever the store does, and before the process ends.

`teller` tells and asks, `flushing` is the thread that has it tell, `exits` sees to the ends of processes; `harvesting` makes
batches, with `templates` instead of messages, and `trusted_time` says when old counts may go.
"""
