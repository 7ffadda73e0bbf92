# SPDX-License-Identifier: MIT
"""Settings from environment variables. What is misspelt is said, with the name that was probably meant."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, cast

from errcore.errors.stock import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from errcore.runtime.settings import SettingsKeywords


__all__ = ["PRESETS", "settings_from"]

PRESETS = {"production": "production", "development": "development", "test": "for_tests"}
"""What `ERRCORE_ENV` may be, and the preset that it means."""

_PREFIX = "ERRCORE_"
_STAGE = "ERRCORE_ENV"


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",")]


_SETTINGS: dict[str, tuple[str, Callable[[str], object]]] = {
    "ERRCORE_SERVICE": ("service", str),
    "ERRCORE_ENVELOPE": ("envelope", _names),
    "ERRCORE_DOCS_URL": ("docs_url", str),
    "ERRCORE_LOG_LEVEL": ("log_level", str),
    "ERRCORE_STORE": ("store", str),
    "ERRCORE_RELEASE": ("release", str),
}
"""Each variable, the setting that it gives, and how its text is read; whether the value is right, `Settings` says."""

_ELSEWHERE = ("ERRCORE_CHAOS",)
"""Names that a part reads for itself: `errcore.policies.chaos`."""

_KNOWN = (_STAGE, *_SETTINGS, *_ELSEWHERE)

_NOT_YET = frozenset({"ERRCORE_WEBHOOKS", "ERRCORE_ADMIN_TOKENS", "ERRCORE_TRUSTED_PROXIES"})
"""Names that are settings' own, though nothing here reads them: not misspelt, so nothing else was meant."""


def settings_from(environ: Mapping[str, str]) -> tuple[str, SettingsKeywords]:
    """The name of the preset, and the settings that the variables give. An empty variable counts as not set.

    Raises:
        errcore.ConfigurationError: If `ERRCORE_ENV` names no preset.

    >>> settings_from({"ERRCORE_ENV": "development", "ERRCORE_ENVELOPE": "text, problem"})
    ('development', {'envelope': ['text', 'problem']})
    """
    for name in sorted(environ):
        if name.startswith(_PREFIX) and name not in _KNOWN:
            _warn(name)
    stage = environ.get(_STAGE) or "production"
    if stage not in PRESETS:
        raise ConfigurationError(
            f"Cannot use {_STAGE}={stage!r}, because it is none of {', '.join(PRESETS)}; set it to one of these, or "
            f"unset it for production."
        )
    found = {
        setting: parse(text) for name, (setting, parse) in _SETTINGS.items() if (text := environ.get(name))
    }
    return PRESETS[stage], cast("SettingsKeywords", found)


def _warn(name: str) -> None:
    from difflib import get_close_matches  # only where somebody mistyped

    if name in _NOT_YET:
        said = f"{name} is not read by this version of errcore; unset it."
    else:
        nearest = get_close_matches(name, _KNOWN, n=1)
        meant = f"did you mean {nearest[0]}" if nearest else f"it reads {', '.join(_KNOWN)}"
        said = f"errcore reads no variable {name}; {meant}?"
    # Up to the caller of Runtime.from_env.
    warnings.warn(said, RuntimeWarning, stacklevel=4)
