# SPDX-License-Identifier: MIT
"""A batch from what was counted: messages become templates, failures become records. Not for the path of a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from errcore.monitor.batches import OTHER, OVERFLOW, Batch, GroupCounts, added
from errcore.monitor.groups import merged
from errcore.monitor.records import record_of
from errcore.monitor.series import dropped_for, errors_of_route, requests_in_bucket, requests_with
from errcore.monitor.telling.templates import template_of
from errcore.monitor.windows import minute_of

if TYPE_CHECKING:
    from errcore.errors.occurrence import Occurrence
    from errcore.monitor.batches import GroupFacts
    from errcore.monitor.counting.tally import Harvest
    from errcore.monitor.records import EventRecord
    from errcore.redaction import Redactor

__all__ = ["Packer"]


@attrs.frozen(kw_only=True)
class Packer:
    """Makes batches, with what is the same in all of them.

    Attributes:
        service: The name of the service.
        release: Which release of it.
        redactor: What cleans texts; errcore's own where None.
    """

    service: str | None = None
    release: str | None = None
    redactor: Redactor | None = None

    def batch(self, harvest: Harvest, worker: str, number: int, now: float) -> Batch:
        """What a worker tells the store.

        Args:
            harvest: What it counted.
            worker: Its id.
            number: The number of this batch.
            now: Seconds since the epoch.
        """
        counters: dict[tuple[str, int], int] = {}

        def add(series: str, minute: int, count: int) -> None:
            counters[series, minute] = counters.get((series, minute), 0) + count

        minute_now = minute_of(now)
        dropped = dict(harvest.dropped)
        samples: list[EventRecord] = []
        for occurrence, group in harvest.samples:
            record = self._record(occurrence, group)
            if record is None:
                dropped["unreadable"] = dropped.get("unreadable", 0) + 1
            else:
                samples.append(record)
        groups: dict[str, GroupCounts] = {}
        for taken in harvest.entries:
            for minute, count in taken.minutes.items():
                add(errors_of_route(taken.route), minute, count)
            counts = GroupCounts(
                facts=taken.facts,
                minutes=taken.minutes,
                first=taken.first,
                last=taken.last,
                variants=self._templates(taken.facts, taken.variants),
            )
            known = groups.get(taken.facts.id)
            if known is not None:
                counts = added((known, counts), known.facts, merged(known.variants, counts.variants))
            groups[taken.facts.id] = counts
        for (route, outcome), requests in harvest.requests.items():
            for minute, count in requests.minutes.items():
                add(requests_with(outcome, route), minute, count)
            for bucket, count in requests.latency.items():
                add(requests_in_bucket(bucket, route), minute_now, count)
        for reason, count in dropped.items():
            add(dropped_for(reason), minute_now, count)
        return Batch(
            worker=worker,
            number=number,
            time=now,
            release=self.release,
            groups=tuple(groups.values()),
            counters=counters,
            samples=tuple(samples),
        )

    def _record(self, occurrence: Occurrence, group: str) -> EventRecord | None:
        try:
            said = occurrence.internal.get("message", occurrence.message)
            return record_of(
                occurrence,
                group,
                template_of(said, self.redactor),
                service=self.service,
                release=self.release,
                redactor=self.redactor,
            )
        except Exception:  # noqa: BLE001 - a redactor of the user's may do anything; the failure is counted all the same
            return None

    def _templates(self, facts: GroupFacts, variants: dict[str, int]) -> dict[str, int]:
        found: dict[str, int] = {}
        if facts is OVERFLOW:
            return found
        for message, count in variants.items():
            template = self._template(message)
            found[template] = found.get(template, 0) + count
        return found

    def _template(self, message: str) -> str:
        if message == OTHER:
            return message
        try:
            return template_of(message, self.redactor)
        except Exception:  # noqa: BLE001 - as above: what could not be cleaned has no name of its own
            return OTHER
