"""An issuer that makes any token at all, and what attackers make of one."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey

from shared.access.tokens import MAX_LIFETIME_SECONDS, Verifier, make_issuer, publish_issuers

Claims = dict[str, Any]


class Mint:
    """An issuer that can be told to make any token at all."""

    def __init__(self, folder: Path) -> None:
        self.paths = {name: folder / f"{name}.json" for name in ("demo", "force", "service")}
        make_issuer(self.paths["demo"], "demonstration")
        make_issuer(self.paths["force"], "northvale", agency="northvale-police")
        make_issuer(self.paths["service"], "service-mash", agency="throughline", roles=("service",))
        public = folder / "issuers.json"
        publish_issuers(self.paths.values(), public)
        self.verifier = Verifier(public)

    def key(self, issuer: str = "demo") -> OKPKey:
        return OKPKey.import_key(json.loads(self.paths[issuer].read_text())["key"])

    def header(self, issuer: str = "demo", **changed: Any) -> dict[str, Any]:
        return {"alg": "Ed25519", "typ": "at+jwt", "kid": self.key(issuer).kid} | changed

    def claims(self, issuer: str = "demo", **changed: Any) -> Claims:
        now = int(time.time())
        return {
            "iss": json.loads(self.paths[issuer].read_text())["issuer"],
            "sub": "somebody",
            "aud": "throughline",
            "iat": now,
            "exp": now + 300,
            "jti": "1",
            "agency": "throughline" if issuer == "service" else "northvale-police",
            "kind": "person",
            "roles": ["service"] if issuer == "service" else ["police-reporter"],
            "purpose": "missing-child",
            "basis": "sharing-agreement",
            "regime": "uk-gdpr",
        } | changed

    def raw(self, header: bytes, payload: bytes, issuer: str = "demo") -> str:
        """Any bytes, rightly signed."""
        message = f"{b64(header)}.{b64(payload)}"
        private: Any = self.key(issuer).private_key
        return f"{message}.{b64(private.sign(message.encode()))}"

    def signed(self, claims: Claims, issuer: str = "demo", **header: Any) -> str:
        return self.raw(
            json.dumps(self.header(issuer, **header)).encode(), json.dumps(claims).encode(), issuer
        )

    def with_claims(self, issuer: str = "demo", **changed: Any) -> str:
        return self.signed(self.claims(issuer, **changed), issuer)

    def without(self, *names: str) -> str:
        claims = self.claims()
        for name in names:
            del claims[name]
        return self.signed(claims)


def b64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def unsigned(mint: Mint) -> str:
    header = b64(json.dumps(mint.header(alg="none")).encode())
    return f"{header}.{b64(json.dumps(mint.claims()).encode())}."


def hmac_with_the_public_key(mint: Mint) -> str:
    message = ".".join(
        b64(json.dumps(part).encode()) for part in (mint.header(alg="HS256"), mint.claims())
    )
    public = base64.urlsafe_b64decode(mint.key().as_dict(private=False)["x"] + "==")  # type: ignore[operator]
    return f"{message}.{b64(hmac.new(public, message.encode(), hashlib.sha256).digest())}"


def another_key_of_that_name(mint: Mint) -> str:
    thief = OKPKey.generate_key("Ed25519")
    return jwt.encode(mint.header(), mint.claims(), thief, algorithms=["Ed25519"])


def key_in_the_header(mint: Mint) -> str:
    thief = OKPKey.generate_key("Ed25519")
    header = mint.header(jwk=thief.as_dict(private=False))
    return jwt.encode(header, mint.claims(), thief, algorithms=["Ed25519"])


def rsa_signed(mint: Mint) -> str:
    key = RSAKey.import_key(rsa.generate_private_key(65537, 2048))
    return jwt.encode(mint.header(alg="RS256"), mint.claims(), key, algorithms=["RS256"])


def ec_signed(mint: Mint) -> str:
    key = ECKey.import_key(ec.generate_private_key(ec.SECP256R1()))
    return jwt.encode(mint.header(alg="ES256"), mint.claims(), key, algorithms=["ES256"])


def other_payload(mint: Mint) -> str:
    head, _, signature = mint.with_claims().split(".")
    payload = json.dumps(mint.claims(roles=["mash-worker"])).encode()
    return f"{head}.{b64(payload)}.{signature}"


def with_raw_header(**added: str) -> Callable[[Mint], str]:
    """A header written by hand: what a dict cannot hold."""

    def make(mint: Mint) -> str:
        text = json.dumps(mint.header())
        for name, value in added.items():
            text = text[:-1] + f', "{name}": {value}}}'
        return mint.raw(text.encode(), json.dumps(mint.claims()).encode())

    return make


def doubled_claim(mint: Mint) -> str:
    payload = json.dumps(mint.claims())[:-1] + ', "roles": ["mash-worker"]}'
    return mint.raw(json.dumps(mint.header()).encode(), payload.encode())


def raw_claims(text: str) -> Callable[[Mint], str]:
    return lambda mint: mint.raw(json.dumps(mint.header()).encode(), text.encode())


def claims(issuer: str = "demo", **changed: Any) -> Callable[[Mint], str]:
    return lambda mint: mint.with_claims(issuer, **changed)


def later(name: str, seconds: float) -> Callable[[Mint], str]:
    def make(mint: Mint) -> str:
        return mint.signed(mint.claims() | {name: int(time.time()) + seconds})

    return make


def header(**changed: Any) -> Callable[[Mint], str]:
    return lambda mint: mint.signed(mint.claims(), **changed)


def long_life(mint: Mint) -> str:
    now = int(time.time())
    return mint.with_claims(iat=now, exp=now + MAX_LIFETIME_SECONDS + 1)
