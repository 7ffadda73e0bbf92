# SPDX-License-Identifier: MIT
"""errcore for Flask: planned, not there yet.

Version 0.1.0 reserves the package name, carries the licence and the typing marker, and exports nothing.
The adapter arrives with a later version; until then a Flask service can use `errcore` by itself.
"""
