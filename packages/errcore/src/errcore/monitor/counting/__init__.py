# SPDX-License-Identifier: MIT
"""How a process counts, in bounded memory and without waiting for anybody.

`tally` has one entry for each place that fails (`entries`, found by `sites`) and the durations of `requests`; `counted` is the
mark by which an exception is counted once. What is taken from here is told to a store by `errcore.monitor.telling`.
"""
