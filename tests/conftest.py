# SPDX-License-Identifier: MIT
"""How properties are searched: as thoroughly as usual on the first Python, briefly on the others. Time decides nothing."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("usual", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("brief", settings.get_profile("usual"), max_examples=20)
settings.load_profile("usual")
