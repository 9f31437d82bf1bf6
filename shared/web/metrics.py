"""Metrics in Prometheus' format: how much, how long, how far behind; never who.

Labels are names of ours (store, route template, status): a label with a value from outside would be
a person's, or a million of them.
"""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from shared.web.condition import Condition

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """What one service counts while it works, and what is read of its condition when asked."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.requests = Counter(
            "throughline_http_requests",
            "Requests answered.",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self.request_seconds = Histogram(
            "throughline_http_request_seconds",
            "From the first byte of a request to the last of its answer.",
            ("method", "route"),
            buckets=SECONDS,
            registry=self._registry,
        )
        self.append_seconds = Histogram(
            "throughline_append_seconds",
            "From asking a store to append until it is durable.",
            ("store",),
            buckets=SECONDS,
            registry=self._registry,
        )
        self.disclosure_failures = Counter(
            "throughline_disclosure_failures",
            "Disclosures that could not be recorded, so that nothing was shown.",
            registry=self._registry,
        )

    def page(self, condition: Condition) -> bytes:
        """Everything, for a scrape."""
        now = CollectorRegistry()
        now.register(_Collector(condition))
        return generate_latest(self._registry) + generate_latest(now)


class _Collector:
    """A condition as metrics."""

    def __init__(self, condition: Condition) -> None:
        self._condition = condition

    def collect(self) -> Iterator[Metric]:
        """Prometheus' interface."""
        yield GaugeMetricFamily(
            "throughline_ready",
            "1 when everything that the service needs answers and nothing waits for a person.",
            value=int(self._condition.ready),
        )
        yield from self._relays()
        yield from self._readers()
        yield from self._pools()
        restarts = CounterMetricFamily(
            "throughline_task_restarts",
            "Faults after which a task was begun anew.",
            labels=("task",),
        )
        fenced = GaugeMetricFamily(
            "throughline_fenced", "1 when a part waits for a person.", labels=("task",)
        )
        for task, count in self._condition.restarts.items():
            restarts.add_metric((task,), count)
            fenced.add_metric((task,), int(task in self._condition.fenced))
        yield restarts
        yield fenced

    def _relays(self) -> Iterator[Metric]:
        recorded = GaugeMetricFamily(
            "throughline_store_position", "The last event of a store.", labels=("store",)
        )
        lag = GaugeMetricFamily(
            "throughline_relay_lag_events", "Recorded and not published yet.", labels=("store",)
        )
        for relay in self._condition.relays:
            recorded.add_metric((relay.store,), relay.recorded)
            lag.add_metric((relay.store,), relay.lag)
        yield recorded
        yield lag

    def _readers(self) -> Iterator[Metric]:
        labels = ("reader", "source")
        lag = GaugeMetricFamily(
            "throughline_reader_lag_events", "Published and not taken in yet.", labels=labels
        )
        oldest = GaugeMetricFamily(
            "throughline_reader_oldest_seconds",
            "Age of the oldest event that is not taken in yet; 0 when there is none.",
            labels=labels,
        )
        parked = GaugeMetricFamily(
            "throughline_parked_events", "Events put aside for a person.", labels=labels
        )
        for reader in self._condition.readers:
            names = (reader.name, reader.source)
            if reader.lag is not None:
                lag.add_metric(names, reader.lag)
                oldest.add_metric(names, reader.oldest_seconds or 0)
            parked.add_metric(names, reader.parked)
        yield lag
        yield oldest
        yield parked

    def _pools(self) -> Iterator[Metric]:
        for name, what, value in (
            ("in_use", "Connections in use.", self._condition.pool.in_use),
            ("limit", "Connections that there may be.", self._condition.pool.limit),
            ("wait_seconds", "How long this scrape waited for one.", self._condition.pool.waited),
        ):
            yield GaugeMetricFamily(f"throughline_pool_{name}", what, value=value)
