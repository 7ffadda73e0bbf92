# SPDX-License-Identifier: MIT
"""How many paths one text can have through an automaton: their number's degree, or that it has none.

Two paths that read the same text are followed side by side, as pairs of states. A pair of one state that comes back to
itself by way of a pair of two is exponential. For the degree three paths are followed: one stays in a loop, one is in a
later loop, and one gets from the first to the second meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import TypeAlias, TypeVar

__all__ = ["EndlessError", "TooMuchWorkError", "ambiguity", "most_paths"]

_MOST_WORK = 400_000  # steps of ours, for one automaton

State = TypeVar("State", bound=Hashable)
Pair: TypeAlias = tuple[int, int]
Edges: TypeAlias = list[list[tuple[int, int]]]


class EndlessError(Exception):
    """One text can have exponentially many paths."""


class TooMuchWorkError(Exception):
    """It would take too long to find out."""


def ambiguity(edges: Edges) -> tuple[int, bool]:
    """The degree of the number of paths, and whether any two paths of one text ever come together.

    Args:
        edges: For each state the states after it, each with the set of characters by which it is entered, as bits.

    Raises:
        EndlessError: If the number has no degree.
        TooMuchWorkError: If that takes too long to find out.

    >>> ambiguity([[(1, 1)], [(1, 1), (2, 1)], [(2, 1)]])
    (1, True)
    """
    work = _Work()
    reached = _reached(0, lambda state: (to for to, _ in edges[state]), work)
    pairs, doubled = _pairs(edges, sorted(reached), work)
    parts = _components(pairs)
    for pair, after in pairs.items():
        for other in after:
            if parts[pair] == parts[other] and (pair[0] == pair[1]) != (other[0] == other[1]):
                raise EndlessError
    for start, end in doubled:
        if parts[start, start] == parts[end, end]:
            raise EndlessError
    merges = bool(doubled) or any(
        pair[0] != pair[1] and any(one == two for one, two in after) for pair, after in pairs.items()
    )
    return _degree(edges, sorted(reached), work), merges


class _Work:
    """Counts what was done, and stops where it is too much."""

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = _MOST_WORK

    def take(self, steps: int) -> None:
        self._left -= steps
        if self._left < 0:
            raise TooMuchWorkError


def _pairs(edges: Edges, states: list[int], work: _Work) -> tuple[dict[Pair, list[Pair]], set[Pair]]:
    """Two paths that read the same text, step by step; and the steps that can be made in two ways."""
    doubled: set[Pair] = set()
    after: dict[Pair, list[Pair]] = {}
    ahead: list[Pair] = [(state, state) for state in states]
    while ahead:
        pair = ahead.pop()
        if pair in after:
            continue
        one, two = pair
        work.take(1 + len(edges[one]) * len(edges[two]))
        found: set[Pair] = set()
        for index, (left, by) in enumerate(edges[one]):
            for right, also_by in edges[two][index if one == two else 0 :]:
                if by & also_by:
                    found.add((left, right) if left <= right else (right, left))
        if one == two:
            doubled.update((one, to) for to in _doubles(edges[one]))
        after[pair] = list(found)
        ahead.extend(found)
    return after, doubled


def _doubles(edges: list[tuple[int, int]]) -> Iterable[int]:
    seen: dict[int, int] = {}
    for to, by in edges:
        if seen.get(to, 0) & by:
            yield to
        seen[to] = seen.get(to, 0) | by


def _degree(edges: Edges, states: list[int], work: _Work) -> int:
    """How many times a loop can be left for a later one that reads the same."""
    graph = {state: [to for to, _ in edges[state]] for state in states}
    part_of = _components(graph)
    members: dict[int, list[int]] = {}
    for state in states:
        members.setdefault(part_of[state], []).append(state)
    loops = [part for part, inside in members.items() if any(to in inside for to in graph[inside[0]])]
    reach = {part: _reached(members[part][0], graph.__getitem__, work) for part in loops}
    loops.sort(key=lambda part: len(reach[part]))  # what comes later reaches less
    best: dict[int, int] = {}
    for part in loops:
        best[part] = 0
        for later in loops:
            if later in best and later != part and members[later][0] in reach[part]:
                worth = best[later]
                if worth + 1 > best[part]:
                    worth += _leads(edges, members[part], members[later], reach[part], work)
                best[part] = max(best[part], worth)
    return max(best.values(), default=0)


def _leads(edges: Edges, early: list[int], late: list[int], between: set[int], work: _Work) -> bool:
    """Whether a loop can be left for a later one, over a text that both can read round and round."""
    first, second = set(early), set(late)
    both: dict[Pair, list[Pair]] = {}
    for one in early:
        for two in late:
            work.take(1 + len(edges[one]) * len(edges[two]))
            both[one, two] = [
                (left, right)
                for left, by in edges[one]
                for right, also_by in edges[two]
                if by & also_by and left in first and right in second
            ]
    rounds = _components(both)
    turning = {pair: [each for each in after if rounds[each] == rounds[pair]] for pair, after in both.items()}
    turning = {pair: after for pair, after in turning.items() if after}

    def steps(place: tuple[int, int, int]) -> Iterable[tuple[int, int, int]]:
        one, middle, two = place
        work.take(1 + len(edges[one]) * len(edges[two]))
        for left, right in turning[one, two]:
            by = _by(edges[one], left) & _by(edges[two], right)
            for to, also_by in edges[middle]:
                if by & also_by and to in between:
                    yield left, to, right

    seen = {(one, one, two) for one, two in turning}
    ahead = list(seen)
    while ahead:
        for place in steps(ahead.pop()):
            if place[1] == place[2]:
                return True
            if place not in seen:
                seen.add(place)
                ahead.append(place)
    return False


def most_paths(edges: Edges, length: int) -> int:
    """How many places one text can lead to at most, counted for each path and each of its characters.

    For each character the numbers of paths to the states are worked out; of two such lists, one that is nowhere greater
    is dropped.

    Args:
        edges: As for `ambiguity`.
        length: Characters of the longest text.

    Raises:
        TooMuchWorkError: If that takes too long to find out.

    >>> most_paths([[(1, 1), (2, 1)], [], []], 1)
    2
    """
    work = _Work()
    atoms = _atoms({by for each in edges for _, by in each})
    counts: list[dict[int, int]] = [{0: 1}]
    total = 0
    for _ in range(length):
        counts = _greatest([_read(edges, count, atom, work) for count in counts for atom in atoms], work)
        total += max(sum(count.values()) for count in counts)
    return total


def _read(edges: Edges, count: dict[int, int], atom: int, work: _Work) -> dict[int, int]:
    """The numbers of paths one character later."""
    after: dict[int, int] = {}
    for state, paths in count.items():
        work.take(1 + len(edges[state]))
        for to, by in edges[state]:
            if by >> atom & 1:
                after[to] = after.get(to, 0) + paths
    return after


def _greatest(counts: list[dict[int, int]], work: _Work) -> list[dict[int, int]]:
    kept: list[dict[int, int]] = []
    for count in sorted(counts, key=lambda each: -sum(each.values())):
        work.take(1 + len(kept) * len(count))
        if not any(all(other.get(state, 0) >= paths for state, paths in count.items()) for other in kept):
            kept.append(count)
    return kept


def _atoms(sets: Iterable[int]) -> list[int]:
    """One character for each way in which characters can be in some of the sets, and not in others."""
    each = list(sets)
    most = max((characters.bit_length() for characters in each), default=0) + 1
    return list({tuple(known >> index & 1 for known in each): index for index in range(most)}.values())


def _by(edges: list[tuple[int, int]], state: int) -> int:
    """All characters that lead to a state."""
    found = 0
    for to, by in edges:
        if to == state:
            found |= by
    return found


def _reached(start: int, after: Callable[[int], Iterable[int]], work: _Work) -> set[int]:
    """The states that can be reached, the start among them."""
    seen = {start}
    ahead = [start]
    while ahead:
        for state in after(ahead.pop()):
            work.take(1)
            if state not in seen:
                seen.add(state)
                ahead.append(state)
    return seen


def _components(graph: Mapping[State, list[State]]) -> dict[State, int]:
    """The strongly connected component of each node, as a number (Tarjan, without recursion)."""
    order: dict[State, int] = {}
    low: dict[State, int] = {}
    part: dict[State, int] = {}
    open_: list[State] = []
    for root in graph:
        if root in order:
            continue
        way = [(root, iter(graph[root]))]
        order[root] = low[root] = len(order)
        open_.append(root)
        while way:
            node, rest = way[-1]
            for after in rest:
                if after not in order:
                    order[after] = low[after] = len(order)
                    open_.append(after)
                    way.append((after, iter(graph[after])))
                    break
                if after not in part:
                    low[node] = min(low[node], order[after])
            else:
                way.pop()
                if way:
                    low[way[-1][0]] = min(low[way[-1][0]], low[node])
                if low[node] == order[node]:
                    _close(node, open_, part)
    return part


def _close(node: State, open_: list[State], part: dict[State, int]) -> None:
    """Everything since the node is one component."""
    number = len(part)
    while node not in part:
        part[open_.pop()] = number
