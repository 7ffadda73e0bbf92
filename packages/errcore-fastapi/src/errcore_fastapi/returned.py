# SPDX-License-Identifier: MIT
"""`return` written for `raise`: FastAPI would send every field of the error, secrets included, with status 200."""

from __future__ import annotations

from typing import Any, NoReturn

from fastapi import encoders

from errcore import AppError

__all__ = ["refuse_returned_errors"]


def refuse_returned_errors() -> None:
    """Let FastAPI's encoder refuse errcore's errors instead of opening them.

    Process-wide, like the encoder's table. A FastAPI without that table is left alone.

    >>> from errcore import NotFoundError
    >>> refuse_returned_errors()
    >>> encoders.jsonable_encoder(NotFoundError())
    Traceback (most recent call last):
    ...
    TypeError: Cannot send NotFoundError, because an error is no response; write `raise` where `return` stands.
    """
    table: Any = getattr(encoders, "encoders_by_class_tuples", None)
    if isinstance(table, dict):
        table[_refuse] = (AppError,)


def _refuse(error: AppError) -> NoReturn:
    raise TypeError(
        f"Cannot send {type(error).__name__}, because an error is no response; write `raise` where `return` stands."
    )
