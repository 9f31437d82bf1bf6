"""The story, played through the real interfaces, shown, and checked."""

import json
import shlex
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import httpx
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from services.cli.checking import REFERRALS, SPOKE, Wrong, check_story
from services.cli.finding import PATIENCE_SECONDS, POLL_SECONDS, Finder, Running
from services.cli.installation import Installation, NotReady, Tell
from services.cli.people import PERSONAS
from services.cli.reading import child_answer, token_for
from services.cli.reference import loading_behind
from services.cli.showing import print_child
from services.cli.story import STEPS, Step
from services.mash.application import ChildAnswer
from shared.contracts import times

STORY = "story.json"


def play(
    data: Path, *, check: bool, tell: Tell, console: Console, wait: Callable[[], None]
) -> None:
    """Play the story; then check it and stop, or keep serving.

    Raises:
        NotReady: something did not start, or what was shown is not right.
    """
    if not check:
        kept = data / "demo"
        with Installation(kept, tell=tell) as installation:
            answer = played(installation, console)
            print_child(answer, console)
            for line in _what_next(installation, kept, answer.view.subject_id):
                console.print(line, soft_wrap=True)
            with loading_behind(kept, installation.log_of("reference")):
                wait()
        return
    with TemporaryDirectory(prefix="throughline-smoke-") as folder:
        with Installation(Path(folder), tell=tell) as installation:
            answer = played(installation, console)
            print_child(answer, console)
            wrong = check_story(installation, answer)
            processes = [process.pid for process in installation.processes.values()]
        wrong += [Wrong(f"process {pid} still runs") for pid in processes if _runs(pid)]
    if wrong:
        raise NotReady("the story did not end as it should:\n" + "\n".join(map(str, wrong)))
    console.print("[bold green]All is as it should be, and everything is stopped.[/]")


def played(installation: Running, console: Console) -> ChildAnswer:
    """The child's view after the story; a story that was played before is not played again.

    Raises:
        NotReady: a step was refused, or what was sent does not come to the views in time.
    """
    story = installation.folder / STORY
    with httpx.Client(timeout=10) as client:
        if not story.exists():
            console.print(
                "\n[bold]The story[/], of spring 2015, told today (everybody in it is invented)"
            )
            kept: dict[str, str] = {}
            finder = Finder(installation, client, kept)
            for step in STEPS:
                if step.after is not None:
                    kept["before"] = _shown(finder.filled(step.after), installation, client)
                receipt = _send(step, finder, installation, client, console)
                if step.keep is not None:
                    kept[step.keep] = receipt["id"]
            story.write_text(json.dumps(kept))
        else:
            console.print("\nThe story was played in this folder before; it is all still there.")
        child = UUID(json.loads(story.read_text())["wren"])
        answer = _whole(installation, child)
    console.print("\nA MASH worker looks for her by name, and opens what is found:\n")
    return answer


def _what_next(installation: Installation, folder: Path, child: UUID) -> list[str]:
    """What whoever has just seen the story can do, in lines to copy into another terminal."""
    kept = json.loads((installation.folder / STORY).read_text())
    own = Path(sys.argv[0])
    program = shlex.quote(str(own)) if own.name == "throughline" else "throughline"
    here = f"--data {shlex.quote(str(folder))}"
    token = f'"Authorization: Bearer $({program} token mash-worker {here})"'
    return [
        "\n[bold]Everything keeps running.[/] In another terminal, in this folder:",
        "\nHer view as the interface gives it; the token lasts an hour:",
        f"  curl -H {escape(token)} {installation.addresses['mash']}/children/{child}",
        "\nHer view as above; or as somebody who may not see it:",
        f"  {program} show child {child} {here}",
        f"  {program} show child {child} {here} --as auditor",
        "\nThe man who had no name, as he is known now; and as he was before:",
        f"  {program} show perpetrator {kept['named']} {here}",
        f"  {program} show perpetrator {kept['man']} {here} --as-at {kept['before']}",
        "\nEverything that waits for somebody to look:",
        f"  {program} alerts list {here}",
        "\nFold all views anew from the archive, and compare:",
        f"  {program} rebuild {here}",
        "\nWho can ask, by `token` and `--as`:",
        *(f"  {persona.name:<25}{persona.about}" for persona in PERSONAS.values()),
        "\nWhat each service takes:",
        *(
            f"  {name:<13}{address}/openapi.json"
            for name, address in installation.addresses.items()
        ),
        f"\nAll data lies in {escape(str(installation.folder))}; the logs in logs/ below it.",
        "[bold]Ctrl-C stops everything.[/] `make demo` shows it again; `make clean` removes it.\n",
    ]


def _send(
    step: Step,
    finder: Finder,
    installation: Running,
    client: httpx.Client,
    console: Console,
) -> dict[str, Any]:
    number = STEPS.index(step) + 1
    line = Table.grid(padding=(0, 1, 0, 0))
    line.add_row(f"{number:>4}.", step.says)  # where it is long, it goes on below its first word
    console.print(line)
    headers = {
        "Authorization": f"Bearer {token_for(installation.folder, step.persona)}",
        "Idempotency-Key": f"the-story-step-{number:04}",
        "Content-Type": "application/json",
    }
    path, body = finder.filled(step.path), finder.filled(json.dumps(step.body))
    url = f"{installation.addresses[step.service]}{path}"
    response = client.post(url, content=body, headers=headers)
    if step.again:
        again = client.post(url, content=body, headers=headers)
        if again.content != response.content:
            raise NotReady("the same request sent twice was answered differently")
    if response.is_error:
        raise NotReady(f"step {number} was refused: {response.text}")
    receipt: dict[str, Any] = response.json()
    return receipt


def _shown(path: str, installation: Running, client: httpx.Client) -> str:
    """The moment from which mash shows something.

    Raises:
        NotReady: it does not come to mash's views.
    """
    headers = {"Authorization": f"Bearer {token_for(installation.folder, 'mash-worker')}"}
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if client.get(f"{installation.addresses['mash']}/{path}", headers=headers).is_success:
            return times.written(times.now())
        time.sleep(POLL_SECONDS)
    raise NotReady(f"mash does not show {path} in time")


def _whole(installation: Running, child: UUID) -> ChildAnswer:
    """Her view, once the alerts and referrals are in it that come by themselves.

    Raises:
        NotReady: they did not come.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        answer = child_answer(installation.folder, child, "mash-worker")
        spoke = {alert.rule for alert in answer.alerts}
        if spoke >= SPOKE and len(answer.view.referrals) >= REFERRALS:
            return answer
        time.sleep(POLL_SECONDS)
    raise NotReady("alerts or referrals did not come to the child's view in time")


def _runs(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()
