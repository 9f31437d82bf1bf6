"""`python -m services.cli` is `throughline`."""

from services.cli.commands import main

main()
