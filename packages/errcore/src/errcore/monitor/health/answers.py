# SPDX-License-Identifier: MIT
"""What health answers: frozen values, each with a document of JSON data.

A probe's document is its status and nothing else, for anybody may ask. `Detail` is for those who may know: health+json
(draft-inadarei-api-health-check-06) with members of our own. It names no host either, and quotes nobody's exception.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import attrs

from errcore.monitor.health.status import Part, Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from errcore.jsonsafe import JSON

__all__ = ["Component", "Detail", "FeatureState", "ProbeAnswer"]


@attrs.frozen
class ProbeAnswer:
    """What a probe is told.

    Attributes:
        status: How well the service is.
        note: "starting" or "shutting down", where that is why.
    """

    status: Status
    note: str | None = None

    @property
    def http_status(self) -> int:
        """200, or 503 for fail."""
        return self.status.http_status

    def document(self) -> dict[str, JSON]:
        """The status alone; and that it is shutting down, of a service that lives. Why one fails is nobody's business."""
        document: dict[str, JSON] = {"status": self.status.value}
        if self.note is not None and self.status is not Status.FAIL:
            document["notes"] = [self.note]
        return document


@attrs.frozen(kw_only=True)
class Component:
    """One thing on which the health of the service depends.

    Attributes:
        name: As it was declared.
        part: What it is: a check, a breaker, the store of the monitor, or a dependency that was marked.
        status: How well it is.
        state: What a breaker does, or that a dependency is marked or a check starting.
        code: The code of the verdict on what a check failed of.
        kind: Its kind.
        latency_ms: Milliseconds that the last run of a check took that was in time.
        age: Seconds since the last finding.
        stale: Whether that is longer than it should be.
        since: Since when it is like that, in seconds since the epoch.
        checked_at: When the last finding was made, in seconds since the epoch.
        failures: How many runs of a check failed.
        consecutive_failures: How many of them since the last good one.
        hanging: Whether a run of it is too late and has not returned.
        gates_readiness: Whether the service takes no traffic while it fails.
    """

    name: str
    part: Part
    status: Status
    state: str | None = None
    code: str | None = None
    kind: str | None = None
    latency_ms: float | None = None
    age: float | None = None
    stale: bool = False
    since: float | None = None
    checked_at: float | None = None
    failures: int = 0
    consecutive_failures: int = 0
    hanging: bool = False
    gates_readiness: bool = False

    @property
    def key(self) -> str:
        """Its key in `checks` of the document: the name, and what was measured."""
        return f"{self.name}:{_MEASURES[self.part]}"

    def document(self) -> dict[str, JSON]:
        """It in health+json; what is not known, or not so, is left out."""
        document: dict[str, Any] = {"status": self.status.value}
        if self.part is Part.CHECK:
            if self.latency_ms is not None:
                document |= {"observedValue": self.latency_ms, "observedUnit": "ms"}
            document |= {"failures": self.failures, "consecutiveFailures": self.consecutive_failures}
        else:
            document["observedValue"] = self.state
        document |= {
            name: value
            for name, value in (
                ("state", self.state if self.part is Part.CHECK else None),
                ("output", self.code),
                ("kind", self.kind),
                ("time", _moment(self.checked_at)),
                ("since", _moment(self.since)),
                ("age", None if self.age is None else round(self.age, 3)),
                ("stale", self.stale or None),
                ("hanging", self.hanging or None),
                ("gatesReadiness", self.gates_readiness or None),
            )
            if value is not None
        }
        return document


_MEASURES = {
    Part.CHECK: "responseTime",
    Part.BREAKER: "breaker",
    Part.STORE: "store",
    Part.DEPENDENCY: "dependency",
}


@attrs.frozen
class FeatureState:
    """How a feature is.

    Attributes:
        name: As it was declared.
        degraded: Whether something that it needs is in trouble.
        because: What, by name.
        answer: What to tell a user meanwhile.
    """

    name: str
    degraded: bool
    because: tuple[str, ...]
    answer: str

    def document(self) -> dict[str, JSON]:
        """It without the answer, which is for users."""
        return {"degraded": self.degraded, "because": list(self.because)}


@attrs.frozen
class Detail:
    """Everything that health knows.

    Attributes:
        status: fail if the service takes no traffic, warn if anything else is not well.
        note: "starting" or "shutting down", where that is why.
        service: Its name.
        release: Of the service.
        components: Checks, breakers, the store, and marked dependencies.
        features: By name.
        left_out: Breakers that are not listed, because there are too many.
    """

    status: Status
    note: str | None
    service: str | None
    release: str | None
    components: tuple[Component, ...]
    features: Mapping[str, FeatureState]
    left_out: int = 0

    @property
    def http_status(self) -> int:
        """200, or 503 for fail."""
        return self.status.http_status

    def document(self) -> dict[str, JSON]:
        """It in health+json; `features` is a member of ours."""
        notes = [] if self.note is None else [self.note]
        if self.left_out:
            notes.append(f"{self.left_out} breakers are not listed")
        document: dict[str, Any] = {"status": self.status.value}
        if self.service is not None:
            document["serviceId"] = self.service
        if self.release is not None:
            document["releaseId"] = self.release
        if notes:
            document["notes"] = notes
        checks: dict[str, Any] = {}
        for component in self.components:
            checks.setdefault(component.key, []).append(component.document())
        document["checks"] = checks
        document["features"] = {name: state.document() for name, state in self.features.items()}
        return document


def _moment(seconds: float | None) -> str | None:
    """An instant as RFC 3339 has it, in UTC; None where there is none, or no calendar goes that far."""
    if seconds is None:
        return None
    try:
        text = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError, OSError):
        return None
    return text.replace("+00:00", "Z")
