# SPDX-License-Identifier: MIT
"""An overload and what retries make of it: a simulation with discrete events, fixed seeds and no wall time."""
