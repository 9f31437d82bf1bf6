"""The story of `make demo`, played against an installation that runs already.

Everybody and every place in it is invented. Played twice, it is not told twice.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

if __name__ == "__main__":  # run as a file: the project's root is where imports begin
    sys.path.insert(0, str(Path(__file__).parents[1]))

from services.cli.demo import played
from services.cli.installation import NotReady
from services.cli.reading import NotShown, addresses
from services.cli.showing import print_child

console = Console(highlight=False)


@dataclass(frozen=True)
class Found:
    """An installation that somebody else started."""

    folder: Path
    addresses: dict[str, str]


def main(
    data: Annotated[
        Path, typer.Option("--data", help="The folder of the installation.", metavar="FOLDER")
    ] = Path("data"),
) -> None:
    """Play the story through the interfaces of a running installation, and show the child's view.

    Example: start one with `throughline up`, then `python examples/story.py` in another terminal.
    """
    try:
        print_child(played(Found(data, addresses(data)), console), console)
    except (NotReady, NotShown) as reason:
        console.print(f"[red]{reason}[/]", soft_wrap=True)
        sys.exit(1)


if __name__ == "__main__":
    typer.run(main)
