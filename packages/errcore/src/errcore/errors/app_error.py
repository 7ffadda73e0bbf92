# SPDX-License-Identifier: MIT
"""The error that users declare and raise.

The class statement is the declaration; construction only stores. Ids, time, stack and context are nobody's business
until an `Occurrence` is made of it.
"""

from __future__ import annotations

# At run time, too: `typing.get_type_hints` of any error below looks for them here.
from collections.abc import Mapping, Sequence  # noqa: TC003
from typing import TYPE_CHECKING, Any, ClassVar, SupportsIndex, dataclass_transform

from errcore.errors import pickling, reading
from errcore.errors.catalogue import catalog
from errcore.errors.causes import Cause, chain_of
from errcore.errors.declaration import declare
from errcore.errors.fields import internal, public, secret, setting
from errcore.errors.message import public_sentence, safe_line
from errcore.errors.spec import ErrorSpec  # noqa: TC001

if TYPE_CHECKING:
    from errcore.errors.kinds import Fault, Kind, Retriable, Severity

__all__ = ["AppError", "Declared"]


@dataclass_transform(
    kw_only_default=True, eq_default=False, field_specifiers=(public, internal, secret, setting)
)
class Declared(Exception):  # noqa: N818 - it is AppError that users see
    """What turns a class statement into a declaration. Use `AppError` or a class below it."""

    code: ClassVar[str]
    spec: ClassVar[ErrorSpec]

    def __init_subclass__(
        cls,
        *,
        code: str | None = None,
        kind: Kind | str | None = None,
        message: str | None = None,
        status: int | None = None,
        fault: Fault | str | None = None,
        category: str | None = None,
        severity: Severity | str | None = None,
        retriable: Retriable | str | bool | None = None,
        recoverable: bool | None = None,
        answers_as: type[Declared] | None = None,
    ) -> None:
        super().__init_subclass__()
        given: dict[str, object] = {
            "code": code,
            "kind": kind,
            "message": message,
            "status": status,
            "fault": fault,
            "category": category,
            "severity": severity,
            "retriable": retriable,
            "recoverable": recoverable,
            "answers_as": answers_as,
        }
        spec = declare(cls, {name: value for name, value in given.items() if value is not None})
        if spec.declares_code:
            catalog.register(cls, spec)


class AppError(Declared, code="APP_ERROR", kind="unknown"):
    """The root of declared errors.

    Note:
        Class keywords, inherited by subclasses: `code`, `kind`, `message`, `status`, `fault`, `category`, `severity`,
        `retriable`, `recoverable`, `answers_as`.

    Args:
        message: What happened. Public for caller faults; of other faults the client reads the class's own sentence.
        details: Ad hoc public facts.
        internal: Ad hoc facts for the log.
        field_errors: Messages by field name, for rejected input.
        retry_after: Seconds after which the same request may work.
        headers: Extra response headers, such as `WWW-Authenticate`.

    Raises:
        TypeError: At the class statement, if the declaration is wrong; the message names the place.

    >>> from errcore import AppError, public
    >>> class SeatTaken(
    ...     AppError, code="DOC_SEAT_CONFLICT", kind="already_exists", message="Seat {seat} is taken."
    ... ):
    ...     seat: str = public()
    >>> SeatTaken(seat="12A")
    <SeatTaken DOC_SEAT_CONFLICT: Seat 12A is taken.>
    """

    message: str | None = setting(default=None, kw_only=False)
    details: Mapping[str, object] | None = setting(default=None)
    internal: Mapping[str, object] | None = setting(default=None)
    field_errors: Mapping[str, Sequence[str]] | None = setting(default=None)
    retry_after: float | None = setting(default=None)
    headers: Mapping[str, str] | None = setting(default=None)

    @property
    def cause_chain(self) -> tuple[Cause, ...]:
        """What led to this error, nearest first, as redacted text; survives pickling.

        >>> from errcore import AppError, InternalError
        >>> try:
        ...     raise InternalError("no ledger") from OSError("disk gone")
        ... except AppError as error:
        ...     [cause.type_name for cause in error.cause_chain]
        ['OSError']
        """
        return chain_of(self)

    def __str__(self) -> str:
        message = reading.attributes(self).get("message")
        return public_sentence(self, type(self).spec) if message is None else safe_line(message)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {type(self).spec.code}: {self}>"

    def __reduce_ex__(self, protocol: SupportsIndex, /) -> tuple[Any, ...]:
        return pickling.reduce(self)

    def __copy__(self) -> AppError:
        return pickling.duplicate(self)  # type: ignore[no-any-return]

    def __deepcopy__(self, memo: dict[int, Any]) -> AppError:
        return pickling.duplicate(self, memo)  # type: ignore[no-any-return]
