# SPDX-License-Identifier: MIT
"""What has a `close()` is closed at the end of a `with` block."""

from __future__ import annotations

import pytest

from errcore.closing import Closing


def test_closed_whatever_happened():
    """Also where the block ends by an exception, which goes on."""
    closed: list[str] = []

    class Door(Closing):
        def close(self) -> None:
            closed.append("closed")

    with pytest.raises(KeyError), Door() as door:
        assert isinstance(door, Door)
        raise KeyError
    assert closed == ["closed"]


def test_class_that_forgot_to_close():
    """Is told what to write."""

    class Door(Closing):
        pass

    with pytest.raises(NotImplementedError, match="Door has no close\\(\\); write one"):
        Door().close()
