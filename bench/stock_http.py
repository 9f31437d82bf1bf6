"""The baseline of HTTP: FastAPI over the library's application, as its users would write it.

It checks the same form of request by pydantic, saves by `Application.save()` in the framework's
threads, and reads a child's row with one query. It signs nobody in, asks no policy, keeps no
idempotency key, seals nothing and records no disclosure.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import httpx
import psycopg_pool
from eventsourcing.application import Application
from fastapi import FastAPI, Response

from bench.stock import StockEpisode, environment, stock_report
from services.missing.api.requests import Report

READY_SECONDS = 20.0


def make() -> FastAPI:
    """The baseline's application, on the database that the environment names."""
    url = os.environ["BENCH_STOCK_DATABASE"]
    application: Application[Any] = type("StockHttp", (Application,), {})(environment(url))
    pool = psycopg_pool.ConnectionPool(url, min_size=2, max_size=8, open=True)
    with pool.connection() as connection:
        connection.execute("CREATE TABLE child (id uuid PRIMARY KEY, body bytea NOT NULL)")
        connection.execute(
            "INSERT INTO child VALUES (%s, %s)", (UUID(int=1), os.urandom(2400).hex().encode())
        )
    app = FastAPI()

    @app.post("/episodes", status_code=201)
    def report(body: Report) -> dict[str, str]:
        episode = stock_report(StockEpisode, body.force_reference)
        application.save(episode)
        return {"id": str(episode.id)}

    @app.get("/children/{child_id}")
    def child(child_id: UUID) -> Response:
        with pool.connection() as connection:
            row = connection.execute("SELECT body FROM child WHERE id = %s", (child_id,)).fetchone()
        return Response(row[0] if row else b"", media_type="application/json")

    return app


@contextmanager
def stock_server(database_url: str) -> Iterator[str]:
    """It serves in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = [sys.executable, "-m", "uvicorn", "--factory", "bench.stock_http:make"]
    process = subprocess.Popen(
        [*program, "--port", str(port), "--log-level", "warning", "--no-access-log"],
        env={**os.environ, "BENCH_STOCK_DATABASE": database_url},
    )
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + READY_SECONDS
        while not _answers(address):
            if time.monotonic() > deadline or process.poll() is not None:
                raise RuntimeError("the baseline's server did not start")
            time.sleep(0.05)
        yield address
    finally:
        process.terminate()
        process.wait()


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/children/{UUID(int=1)}").is_success
    except httpx.HTTPError:
        return False
