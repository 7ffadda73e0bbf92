# SPDX-License-Identifier: MIT
"""The one redactor: text and data in, the same without secrets out; total, idempotent, and linear in what it looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from errcore.jsonsafe import JSON, Bounds, mask_and_cut, safe_text, to_json
from errcore.redaction import patterns
from errcore.redaction.assignments import mask_assignments, mask_encoded
from errcore.redaction.keys import key_rule
from errcore.redaction.urls import mask_urls

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Redactor", "default_redactor"]

_WORD = 12
"""Characters of a word that is too short to be a token or a card number; nothing else is one word with dashes."""

_FAILED = "[redacted: the redactor failed]"


def _names(names: object) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)  # type: ignore[arg-type]


def _rule(redactor: Redactor) -> Callable[[str], bool]:
    return key_rule(redactor.extra_keys)


@attrs.frozen(eq=False)
class Redactor:
    """Replaces secrets by `[redacted]`: values of secret names, and what has the form of a secret.

    Applying it twice changes nothing more. If it fails, the result is a fixed text, never the one it was given.

    Attributes:
        extra_keys: further names whose values are secrets; matched like the known ones, as whole words.
        emails: mask e-mail addresses, too.
        limit: characters of `text` that are kept, at least 64; what comes after them is dropped, and counted in a marker.
        bounds: how much `data` shows.

    >>> redact = Redactor(extra_keys=["customer no"])
    >>> redact.text("GET /?api_key=k1&page=2 by jo@example.com")
    'GET /?api_key=[redacted]&page=2 by [redacted]'
    >>> redact.data({"customerNo": 17, "max_tokens": 5, "headers": [("Authorization", "Basic eDp5")]})
    {'customerNo': '[redacted]', 'max_tokens': 5, 'headers': [['Authorization', '[redacted]']]}
    """

    extra_keys: tuple[str, ...] = attrs.field(default=(), converter=_names)
    emails: bool = attrs.field(default=True, kw_only=True)
    limit: int = attrs.field(default=8192, kw_only=True, validator=attrs.validators.ge(64))
    bounds: Bounds = attrs.field(default=Bounds(depth=6, items=32), kw_only=True)
    is_secret_key: Callable[[str], bool] = attrs.field(
        init=False, repr=False, default=attrs.Factory(_rule, takes_self=True)
    )

    def text(self, text: str) -> str:
        """Mask the secrets in a text.

        Args:
            text: any text; of anything else, its `str()` is taken, guarded.

        >>> Redactor().text("postgres://app:hunter2@db/x refused")
        'postgres://[redacted]@db/x refused'
        """
        try:
            if type(text) is not str:
                text = safe_text(text, self.limit)
            elif len(text) <= _WORD and text.replace("-", "_").isidentifier():
                return text
            return mask_and_cut(text, self.limit, self._once)
        except Exception:  # noqa: BLE001 - what could not be checked is not shown
            return _FAILED

    def data(self, obj: object) -> JSON:
        """Turn any object into JSON data without secrets, as `to_json` does; attrs and dataclass instances are opened.

        Args:
            obj: anything.

        >>> Redactor().data({"password": "x", "note": "pin=1234", "raw": b"x"})
        {'password': '[redacted]', 'note': 'pin=[redacted]', 'raw': '<bytes: 1>'}
        """
        return to_json(obj, bounds=self.bounds, hide=self.is_secret_key, text=self.text, open_objects=True)

    def _once(self, text: str) -> str:
        text = patterns.mask_pem(text)
        text = mask_urls(text)
        text = mask_assignments(text, self.is_secret_key)
        text = mask_encoded(text, self.is_secret_key)
        text = patterns.mask_forms(text)
        if self.emails:
            text = patterns.mask_emails(text)
        return patterns.mask_cards(text)


default_redactor: Redactor = Redactor()
"""The one that serves where nobody brought another. Making it compiles nothing."""
