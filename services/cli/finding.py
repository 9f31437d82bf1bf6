"""Ids that the story needs of what came before: found as people find them, by asking.

Links come a moment after reports, so each question is asked again until it is answered.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import httpx

from services.cli.installation import NotReady
from services.cli.reading import token_for

PATIENCE_SECONDS = 20.0
POLL_SECONDS = 0.05

Ask = Callable[[], str | None]


class Running(Protocol):
    """An installation that runs, whoever started it."""

    @property
    def folder(self) -> Path:
        """Where all of it is kept."""

    @property
    def addresses(self) -> dict[str, str]:
        """Where each service answers."""


class Finder:
    """Asks a running installation for ids, each by the name that the story has for it."""

    def __init__(self, installation: Running, client: httpx.Client, kept: dict[str, str]) -> None:
        self._installation = installation
        self._client = client
        self._kept = kept
        self._asks: dict[str, Ask] = {
            "interview": self._interview,
            "notice": self._notice,
            "wren": self._wren,
            "friend": lambda: self._linked(self._beside("people", "friend")),
            "car": lambda: self._linked(self._beside("things", "car")),
            "girl": lambda: self._linked(self._named("information", "victims", 0)),
            "dex": lambda: self._linked(self._named("information", "victims", 1)),
            "man": lambda: self._linked(self._named("information", "perpetrators", 0)),
            "hotel_car": lambda: self._linked(self._vehicle("information")),
            "named": lambda: self._linked(self._named("naming", "perpetrators", 0)),
        }

    def filled(self, text: str) -> str:
        """A path or body with its names in braces replaced by ids.

        Raises:
            NotReady: an id did not come in time.
        """
        for name in (*self._asks, *self._kept):
            if f"{{{name}}}" in text:
                text = text.replace(f"{{{name}}}", self.id_of(name))
        return text

    def id_of(self, name: str) -> str:
        """The id of what the story has this name for; kept, so that it stays the same.

        Raises:
            NotReady: it did not come in time.
        """
        if name in self._kept:
            return self._kept[name]
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if (found := self._asks[name]()) is not None:
                self._kept[name] = found
                return found
            time.sleep(POLL_SECONDS)
        raise NotReady(f"the story's {name} did not come in time")

    def _get(self, service: str, path: str, persona: str, **params: Any) -> Any:
        """An answer, or nothing while there is none."""
        token = token_for(self._installation.folder, persona)
        response = self._client.get(
            f"{self._installation.addresses[service]}{path}",
            params=params,
            headers={"Authorization": f"Bearer {token}"},
        )
        return response.json() if response.is_success else None

    def _interview(self) -> str | None:
        """The return interview of the first episode, as the council's list shows it."""
        found = self._get("missing", "/interviews", "social-care", include_closed=True)
        return next((row["interview_id"] for row in (found or {}).get("interviews", [])), None)

    def _notice(self) -> str | None:
        """What the authority in whose area she lives was told."""
        found = self._get("intake", "/boundary-notices", "southmere-social-care")
        return next((row["notice_id"] for row in (found or {}).get("notices", [])), None)

    def _wren(self) -> str | None:
        """The one child that both forces reported, once both reports and their links have come."""
        token = token_for(self._installation.folder, "mash-worker")
        response = self._client.post(
            f"{self._installation.addresses['mash']}/children/search",
            json={"name": "Wren Ashdown"},
            headers={"Authorization": f"Bearer {token}"},
        )
        for candidate in response.json().get("candidates", []) if response.is_success else []:
            if not candidate["provisional"] and len(candidate["agencies"]) > 1:
                return str(candidate["subject_id"])
        return None

    def _beside(self, section: str, which: str) -> str | None:
        """The mention of her friend, or of his car, in the first of the force's reports."""
        found = self._get("mash", f"/children/{self.id_of('wren')}", "mash-worker")
        kind = {"friend": "person", "car": "vehicle"}[which]
        role = {"friend": "associate", "car": "seen_in"}[which]
        for line in reversed((found or {}).get("view", {}).get(section, [])):
            named = line["named"]
            by_force = line["said"]["agency"] == "northvale-police"
            if by_force and named["kind"] == kind and named["role"] == role:
                return str(named["mention_id"])
        return None

    def _named(self, report: str, among: str, number: int) -> str | None:
        """The mention of somebody in an information report, as the bureau reads it."""
        data = self._submitted(report)
        return data[among][number] if data is not None else None

    def _vehicle(self, report: str) -> str | None:
        """The mention of the vehicle in an information report."""
        data = self._submitted(report)
        mentions = data["mentions"] if data is not None else []
        return next((one["mention_id"] for one in mentions if one["kind"] == "vehicle"), None)

    def _submitted(self, report: str) -> Any:
        path = f"/reports/{self._kept[report]}"
        found = self._get("intelligence", path, "intelligence-officer")
        return found["events"][0]["data"] if found is not None else None

    def _linked(self, mention_id: str | None) -> str | None:
        """The subject that a mention is about, once it is linked."""
        if mention_id is None:
            return None
        found = self._get("intake", f"/links/{mention_id}", "mash-worker")
        return found["subject_id"] if found is not None else None
