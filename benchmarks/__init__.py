# SPDX-License-Identifier: MIT
"""errcore beside hand-written code and its peers: ratios with a gate, `python -m benchmarks` in the repository root.

The harness is the modules of this folder; each row of the table has its file below `rows`.
"""
