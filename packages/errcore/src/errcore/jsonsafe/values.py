# SPDX-License-Identifier: MIT
"""Any Python object in, bounded JSON data out. Total: whatever the object does, no error.

What an object says about itself is not believed: `type(obj)` decides, and its data are read with the methods of the
builtin base class. Nothing is copied before it is bounded, and no foreign `repr` runs. json (`ensure_ascii=False`), orjson
and msgspec write the result with the same bytes; only floats with an exponent (1e16, 1e-05) are spelled differently.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

from errcore.jsonsafe import reading
from errcore.jsonsafe.bounds import SHORTEST, Bounds
from errcore.jsonsafe.plain import KEY_LIMIT, NAMES_VALUE, plain_copy, shows_card
from errcore.jsonsafe.texts import REDACTED, clean, cut, is_more, mask_and_cut, more, type_mark

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["JSON", "to_json"]

JSON: TypeAlias = "dict[str, JSON] | list[JSON] | str | int | float | bool | None"

_UNREADABLE, _CYCLE, _DEEP, _MORE_KEY = "<unreadable>", "<cycle>", "<...>", "..."
_SCALAR_COST = 8  # characters


_BOUNDS = Bounds()
_KEY_BOUNDS = Bounds(depth=1, items=8, text=KEY_LIMIT, total=512)


def to_json(
    obj: object,
    *,
    bounds: Bounds = _BOUNDS,
    hide: Callable[[str], bool] | None = None,
    text: Callable[[str], str] | None = None,
    open_objects: bool = False,
) -> JSON:
    """Turn any object into JSON data of bounded size.

    Numbers, text, None and booleans stay (NaN and infinities become None; integers beyond 64 bits decimal text); dates,
    UUID, Decimal, paths and enum members become their text or value, a timedelta its seconds; mappings become dicts,
    lists, tuples, deques and dict views lists, sets sorted lists; bytes their length; everything else, exceptions too,
    `<TypeName>`. Of a set with more than 256 members, which ones are shown depends on its iteration order.

    Args:
        obj: anything.
        bounds: how much is shown.
        hide: says of a key whether its value becomes `[redacted]`. It also sees the name in `(name, value)`, in
            `[[name, value], ...]` and in `{"name": name, "value": ...}` (also "key", "header", "field", "param"; any case), and options in `["--option", value]`.
        text: applied to every key and string that is shown; should be idempotent.
        open_objects: walk attrs and dataclass instances field by field; a field with `repr=False` is hidden.

    >>> to_json({"when": float("nan"), "raw": b"abc", "who": {"b", "a"}, "why": ValueError("no")})
    {'when': None, 'raw': '<bytes: 3>', 'who': ['a', 'b'], 'why': '<ValueError>'}
    """
    try:
        if type(obj) is dict and bounds.depth:
            plain = plain_copy(obj, bounds, hide, text)  # pyright: ignore[reportUnknownArgumentType]
            if plain is not None:
                return plain
        return _Walk(bounds, hide, text, open_objects).value(obj, 0, listed=False)
    except Exception:  # noqa: BLE001 - total: also at the recursion limit, or out of memory
        return _UNREADABLE


def _key_text(raw: Any) -> str:
    """A key as text: what JSON would write for it, bytes decoded (header names), a tuple as `(a, b)`."""
    if issubclass(type(raw), str):
        return str.__str__(raw)
    if issubclass(type(raw), bytes):
        return bytes.decode(bytes.__getitem__(raw, slice(256)), "latin-1")
    shown = _Walk(_KEY_BOUNDS, None, None, open_objects=False).value(raw, 0, listed=False)
    if isinstance(shown, list):
        return f"({', '.join(map(str, shown))})"
    if shown is None or isinstance(shown, bool):
        return {None: "null", True: "true", False: "false"}[shown]
    return str(shown)


def _rank(member: Any) -> tuple[int, float, str]:
    """Where a member of a set stands: numbers by value, then text.

    Sets inside are told apart by their text members only: to rank the members of members again would take exponential
    time on sets that share members.
    """
    kind = reading.kind_of(member)
    if kind is str:
        return 1, 0, member
    if kind is int or (kind is float and member - member == 0):
        return 0, member, ""
    if issubclass(kind, frozenset):
        return 2, 0, repr(sorted(text for text in reading.set_members(member) if type(text) is str))
    return 1, 0, _key_text(member)


class _Walk:
    """One conversion: what is left of the total, and the containers it is inside of.

    The cost of a value is a function of its output, and what replaces a value afterwards costs extra: a second conversion
    never has less left than the first had at the same place, so it changes nothing.
    """

    __slots__ = ("bounds", "hide", "left", "open", "path", "text")

    def __init__(
        self,
        bounds: Bounds,
        hide: Callable[[str], bool] | None,
        text: Callable[[str], str] | None,
        open_objects: bool,
    ) -> None:
        self.bounds = bounds
        self.hide = hide
        self.text = text
        self.open = open_objects
        self.left = bounds.total
        self.path: set[int] = set()

    def value(self, obj: Any, depth: int, *, listed: bool) -> JSON:
        kind: type[Any] = reading.kind_of(obj)
        if kind is str:
            return self.string(obj)
        if obj is None or kind is bool:
            return self.scalar(obj)
        if kind is int:
            return self.integer(obj)
        if kind is float:
            return self.real(obj)
        try:
            if kind is dict or kind is list or kind is tuple:
                return self.container(obj, kind, depth, listed)
            return self.other(obj, kind, depth, listed)
        except KeyboardInterrupt:
            raise
        # The object's own code: its tzinfo, its iterator, a released buffer; it may even raise SystemExit.
        except BaseException:  # noqa: BLE001
            return self.string(type_mark(kind))

    def string(self, text: str) -> str:
        limit = self.bounds.text if self.left >= self.bounds.text else max(self.left, SHORTEST)
        if self.text is not None:
            text = self.masked(text, limit)
        elif len(text) > limit:
            text = clean(cut(text, limit))
        elif not text.isascii():
            text = clean(text)
        self.left -= len(text) + 2
        return text

    def masked(self, text: str, limit: int) -> str:
        if self.text is None:
            return clean(cut(text, limit))
        try:
            return mask_and_cut(text, limit, self.text)
        except Exception:  # noqa: BLE001 - what could not be checked is not shown
            return REDACTED

    def integer(self, number: int) -> JSON:
        if -(2**63) <= number < 2**64:
            return self.string(int.__repr__(number)) if shows_card(number, self.text) else self.scalar(number)
        try:
            return self.string(int.__repr__(number))
        except ValueError:  # longer than sys.get_int_max_str_digits(): the conversion would be quadratic
            return self.string(f"<int: {int.bit_length(number)} bits>")

    def real(self, number: float) -> JSON:
        if number - number != 0:
            return self.scalar(None)
        return self.string(str(int(number))) if shows_card(number, self.text) else self.scalar(number)

    def scalar(self, obj: JSON) -> JSON:
        self.left -= _SCALAR_COST
        return obj

    def other(self, obj: Any, kind: type[Any], depth: int, listed: bool) -> JSON:
        """Everything but the exact builtin types: by what the object holds, whatever its class has put on top."""
        plain = reading.as_builtin(obj, kind)
        if plain is not reading.NOTHING:
            return (
                self.value(plain, depth + 1, listed=listed)
                if depth <= self.bounds.depth
                else self.string(_DEEP)
            )
        if issubclass(kind, (dict, *reading.LISTED, Mapping)) or (self.open and reading.fields(kind)):
            return self.container(obj, kind, depth, listed)
        return self.string(type_mark(kind))

    def container(self, obj: Any, kind: type[Any], depth: int, listed: bool) -> JSON:
        if id(obj) in self.path:
            return self.string(_CYCLE)
        if depth >= self.bounds.depth:
            return self.string(_DEEP)
        self.path.add(id(obj))
        self.left -= 2
        limit = self.bounds.items
        try:
            if issubclass(kind, dict):
                return self.pairs(list(islice(reading.dict_items(obj), limit)), reading.dict_size(obj), depth)
            if issubclass(kind, reading.LISTED):
                members, size = reading.members(obj, kind, limit, _rank)
                return self.sequence(members, size, depth, listed or issubclass(kind, tuple))
            if issubclass(kind, Mapping):
                return self.pairs([(key, obj[key]) for key in islice(iter(obj), limit)], len(obj), depth)
            names = reading.fields(kind)
            return self.pairs(reading.contents(obj, names[:limit]), len(names), depth)
        finally:
            self.path.discard(id(obj))

    def sequence(self, members: list[Any], size: int, depth: int, listed: bool) -> list[JSON]:
        out: list[JSON] = []
        limit = self.bounds.items
        for member in members if size <= limit else members[: limit - 1]:
            if self.left <= 0:
                break
            out.append(self.value(member, depth + 1, listed=True))
            self.left -= 1
        if size > len(out):
            out.append(self.rest(size - len(out), members[len(out)] if len(out) < len(members) else None))
            self.left -= 1
        if self.hide is not None:
            self.hide_in_list(members, out, listed)
        return out

    def rest(self, count: int, following: Any) -> str:
        """Say how many were left out; what an earlier conversion said at this place is repeated."""
        is_said = is_more(following) or (type(following) is str and following == REDACTED)
        return self.string(following if count == 1 and is_said else more(count))

    def hide_in_list(self, members: list[Any], out: list[JSON], listed: bool) -> None:
        """Headers come as [name, value], command lines as [..., "--option", value]."""
        if listed and len(out) == 2 and (self.hidden(out[0]) or self.hidden(members[0])):
            out[1] = self.replacement(out[1])
        for place, item in enumerate(out[:-1]):
            if type(item) is str and item[:1] == "-" and "=" not in item and self.hidden(item):
                out[place + 1] = self.replacement(out[place + 1])

    def replacement(self, shown: JSON = None) -> str:
        if shown != REDACTED:  # what an earlier conversion has put there was charged as a text
            self.left -= len(REDACTED) + 2
        return REDACTED

    def hidden(self, name: object) -> bool:
        """Whether `hide` wants the value under this name hidden; a long name is judged by its ends."""
        if self.hide is None or type(name) not in (str, bytes):
            return False
        text = _key_text(name)
        try:
            return bool(self.hide(text if len(text) <= 256 else f"{text[:128]} {text[-128:]}"))
        except Exception:  # noqa: BLE001 - what could not be checked is not shown
            return True

    def pairs(self, items: list[tuple[Any, Any]], size: int, depth: int) -> dict[str, JSON]:
        out: dict[str, JSON] = {}
        limit = self.bounds.items
        for raw, value in items if size <= limit else items[: limit - 1]:
            if self.left <= 0:
                break
            self.entry(out, raw, value, depth)
        if size > len(out):
            raw, value = items[len(out)] if len(out) < len(items) else (None, None)
            if type(raw) is not str or not raw.startswith(_MORE_KEY) or not is_more(value):
                raw, value = _MORE_KEY, None
            name = self.key(raw, out)
            out[name] = self.rest(size - len(out), value)
        if self.hide is not None:
            self.hide_in_pair(out)
        return out

    def hide_in_pair(self, out: dict[str, JSON]) -> None:
        """An entry of a list of headers, variables or fields: `{"name": name, "value": value}`."""
        low = {name.lower(): name for name in out}
        value = low.get("value")
        if value is not None and any(self.hidden(out[low[name]]) for name in NAMES_VALUE if name in low):
            out[value] = self.replacement(out[value])

    def entry(self, out: dict[str, JSON], raw: Any, value: Any, depth: int) -> None:
        text = raw if type(raw) is str else _key_text(raw)
        name = self.key(text, out)
        if self.hide is not None and (self.hidden(text) or (name != text and self.hidden(name))):
            out[name] = self.replacement()
        else:
            out[name] = self.value(value, depth + 1, listed=False)

    def key(self, text: str, out: dict[str, JSON]) -> str:
        """The key as it is shown; one that is taken already gets a number."""
        if self.text is not None or len(text) > KEY_LIMIT or not text.isascii():
            text = self.masked(text, KEY_LIMIT)
        name, number = text, 1
        while name in out:
            number += 1
            name = f"{text[: KEY_LIMIT - 8]}~{number}"
        self.left -= len(name) + 4
        return name
