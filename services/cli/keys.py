"""The token keys of an installation: the demonstration's issuer, and one for each service."""

from pathlib import Path

from services.topology import SERVICES
from shared.access.tokens import make_issuer, publish_issuers

DEMO_ISSUER = "demonstration"


class TokenKeys:
    """Token keys in a folder, made where absent."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.public = folder / "issuers.json"
        self.demo = folder / "token-demo.json"
        self.of_services = {name: folder / f"token-{name}.json" for name in SERVICES}
        make_issuer(self.demo, DEMO_ISSUER)
        for name, path in self.of_services.items():
            make_issuer(path, f"service-{name}", agency="throughline", roles=("service",))
        publish_issuers([self.demo, *self.of_services.values()], self.public)
