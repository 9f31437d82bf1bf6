"""Traces that need nothing of the bus: a trace's id is the correlation id of what set it off.

Every event carries the correlation id of the request that caused it, and a trace id has as many
bits. So whoever handles an event, in whatever process and however late, adds to the same trace, and
nothing has to be passed along in headers. Off unless it is set up; then a span costs nothing.

A span's name and attributes are codes of ours: types, routes, stores, positions. Never a person.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final
from uuid import UUID

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Tracer

ENDPOINT: Final = "OTEL_EXPORTER_OTLP_ENDPOINT"
"""The standard's variable: where traces are sent. Without it none are made."""

_tracer: "Tracer | None" = None


def set_up(service: str, exporter: "SpanExporter | None" = None) -> None:
    """Trace from now on, if a place to send traces to is configured or given.

    Args:
        service: whose spans they are.
        exporter: where they go, instead of the configured endpoint; without delay.
    """
    global _tracer  # noqa: PLW0603 (one for the process, set at its start)
    if exporter is None and not os.environ.get(ENDPOINT):
        return
    # Imported here: whoever does not trace pays neither time nor memory for it.
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import (  # noqa: PLC0415
        BatchSpanProcessor,
        SimpleSpanProcessor,
    )

    provider = TracerProvider(resource=Resource({SERVICE_NAME: f"throughline-{service}"}))
    if exporter is not None:
        provider.add_span_processor(SimpleSpanProcessor(exporter))
    else:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
            OTLPSpanExporter,
        )

        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    _tracer = provider.get_tracer("throughline")


def turn_off() -> None:
    """Trace no more."""
    global _tracer  # noqa: PLW0603 (as in `set_up`)
    _tracer = None


def enabled() -> bool:
    """Whether spans are made: ask before preparing what only a span needs."""
    return _tracer is not None


@contextmanager
def span(
    name: str, correlation_id: UUID, cause: UUID | None = None, **attributes: str | int
) -> Iterator[dict[str, str | int]]:
    """Do something as part of the trace of a request.

    Args:
        name: what is done: a fixed word of ours.
        correlation_id: the request's; the trace's id.
        cause: the event that this reacts to; its own span is the parent.
        attributes: codes, positions. More can be put into what is yielded, until it ends.
    """
    if _tracer is None:
        yield {}
        return
    from opentelemetry import trace  # noqa: PLC0415

    parent = trace.SpanContext(
        trace_id=correlation_id.int or 1,
        # The parent of everything that reacts to an event is known by the event's id alone.
        span_id=((cause or correlation_id).int & (2**64 - 1)) or 1,
        is_remote=True,
        trace_flags=trace.TraceFlags(trace.TraceFlags.SAMPLED),
    )
    context = trace.set_span_in_context(trace.NonRecordingSpan(parent))
    with _tracer.start_as_current_span(
        name,
        context=context,
        # An exception's text may hold anything: that it failed is kept, and no word of it.
        record_exception=False,
        set_status_on_exception=False,
    ) as made:
        try:
            yield attributes
        except BaseException:
            made.set_status(trace.StatusCode.ERROR)
            raise
        finally:
            made.set_attributes(attributes)
