"""A trace goes through every process, for its id is the correlation id that every event carries."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from services.missing.api import examples
from shared import tracing
from shared.embedded import Postgres
from tests.support.apps import running_apps

REPORT = examples.REPORT["json_schema_extra"]["examples"][0]  # type: ignore[index]


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    tracing.set_up("test", exporter)
    yield exporter
    tracing.turn_off()


@pytest.mark.integration
@pytest.mark.asyncio
async def test_a_report_is_one_trace_from_the_request_to_the_views(
    postgres: Postgres, tmp_path: Path, spans: InMemorySpanExporter
) -> None:
    request = uuid4()
    async with running_apps(postgres, tmp_path, "missing", "intake", "mash", bus=True) as apps:
        sent = await apps.ask(
            "missing", "POST", "/episodes", "northvale-police-system", json=REPORT,
            headers={"Correlation-Id": str(request)},
        )  # fmt: skip
        assert sent.status_code == 201
        projector = apps.running["mash"].state.projector
        await projector.reached("missing", await apps.head("missing"))
        await projector.reached("intake", 1)

    found = [
        span
        for span in spans.get_finished_spans()
        if span.context is not None and span.context.trace_id == request.int
    ]
    names = {span.name for span in found}
    assert "POST request" in names
    assert "handle missing.episode-reported.v1" in names
    assert "project missing.episode-reported.v1" in names
    assert any(name.startswith("project intake.") for name in names)
    everything = str([(span.name, dict(span.attributes or {})) for span in found])
    assert "Ashdown" not in everything
    assert any(dict(s.attributes or {}).get("http.route") == "/episodes" for s in found)


def test_a_fault_within_a_span_is_kept_without_its_words(spans: InMemorySpanExporter) -> None:
    with pytest.raises(RuntimeError), tracing.span("work", uuid4()):
        raise RuntimeError("Wren did not come home")

    (span,) = spans.get_finished_spans()
    assert not span.status.is_ok
    assert "Wren" not in span.to_json()


def test_without_a_place_to_send_them_no_traces_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(tracing.ENDPOINT, raising=False)
    tracing.set_up("test")
    assert not tracing.enabled()
    with tracing.span("work", uuid4()) as attributes:
        assert attributes == {}
