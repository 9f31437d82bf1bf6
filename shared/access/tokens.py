"""Signed tokens: who is asking, in a form that nobody can change.

One algorithm (Ed25519), one audience, one type, a short life; the key is found by its id in our own
set, never in the token. Each issuer is bound to what it may say: a key that belongs to one agency
cannot name another.
"""

import json
import os
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from joserfc.util import urlsafe_b64decode

from shared.access.actor import Actor
from shared.contracts.refusals import Refused

ALGORITHM = "Ed25519"
AUDIENCE = "throughline"
TYPE = "at+jwt"
MAX_TOKEN_BYTES = 8 * 1024
MAX_LIFETIME_SECONDS = 12 * 3600
LEEWAY_SECONDS = 30
MAX_TEXT = 200
MAX_ROLES = 20


class NotAuthenticated(Refused):
    """The caller did not show who they are. The reason is not told: it would help to forge."""

    def __init__(self) -> None:
        super().__init__("show a valid token: Authorization: Bearer <token>")


@dataclass(frozen=True)
class IssuerRule:
    """What one issuer's key may say.

    Attributes:
        agency: the only agency it may name; None for the demonstration's issuer, which may name
            any.
        roles: the only roles it may give; None for any but `service`.
    """

    issuer: str
    key: OKPKey
    agency: str | None
    roles: frozenset[str] | None


class Issuer:
    """Signs tokens with a private key kept in a file."""

    def __init__(self, path: Path) -> None:
        stored = json.loads(path.read_text())
        self.issuer: str = stored["issuer"]
        self._key = OKPKey.import_key(stored["key"])

    def issue(self, actor: Actor, *, lifetime_seconds: int = 300) -> str:
        """A token that says who the actor is. `actor.id` is `<issuer>|<subject>`."""
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "sub": actor.id.partition("|")[2] or actor.id,
            "aud": AUDIENCE,
            "iat": now,
            "exp": now + min(lifetime_seconds, MAX_LIFETIME_SECONDS),
            "jti": secrets.token_urlsafe(12),
            "agency": actor.agency,
            "kind": actor.kind,
            "roles": sorted(actor.roles),
            "purpose": actor.purpose,
            "basis": actor.basis,
            "regime": actor.regime,
        }
        header = {"alg": ALGORITHM, "typ": TYPE, "kid": self._key.kid}
        return jwt.encode(header, claims, self._key, algorithms=[ALGORITHM])


def make_issuer(
    path: Path,
    issuer: str,
    *,
    agency: str | None = None,
    roles: Iterable[str] | None = None,
) -> None:
    """Make an issuer's private key file, readable by its owner only, unless it exists."""
    if path.exists():
        return
    key = OKPKey.generate_key("Ed25519", auto_kid=True)
    stored = {
        "issuer": issuer,
        "agency": agency,
        "roles": sorted(roles) if roles is not None else None,
        "key": key.as_dict(private=True),
    }
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(stored, file)


def publish_issuers(private: Iterable[Path], public: Path) -> None:
    """Write the public keys of these issuers, with what each may say."""
    issuers = []
    for path in private:
        stored = json.loads(path.read_text())
        key = OKPKey.import_key(stored["key"])
        issuers.append({**stored, "key": key.as_dict(private=False)})
    new = public.with_suffix(".new")
    new.write_text(json.dumps({"issuers": issuers}))
    new.replace(public)


class Verifier:
    """Says who a token is about, or refuses it."""

    def __init__(self, public: Path) -> None:
        rules = [
            IssuerRule(
                issuer=stored["issuer"],
                key=OKPKey.import_key(stored["key"]),
                agency=stored["agency"],
                roles=frozenset(stored["roles"]) if stored["roles"] is not None else None,
            )
            for stored in json.loads(public.read_text())["issuers"]
        ]
        self._rules = {rule.key.kid: rule for rule in rules}
        self._claims = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            aud={"essential": True, "value": AUDIENCE},
            iss={"essential": True},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            jti={"essential": True},
        )

    def actor(self, token: str) -> Actor:
        """The actor that a token speaks of.

        Raises:
            NotAuthenticated: for whatever reason.
        """
        if len(token) > MAX_TOKEN_BYTES or not token.isascii():
            raise NotAuthenticated
        try:
            rule = self._rules[_kid_of(token)]
            found = jwt.decode(token, rule.key, algorithms=[ALGORITHM], decoder_cls=_Decoder)
            self._claims.validate(found.claims)
            return _actor(found.header, found.claims, rule)
        except (JoseError, KeyError, ValueError, TypeError, RecursionError) as reason:
            raise NotAuthenticated from reason


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        # Whoever reads the first of two and whoever reads the last would see two tokens.
        raise ValueError("the same key twice")
    return found


class _Decoder(json.JSONDecoder):
    """Refuses an object that has a key twice."""

    def __init__(self) -> None:
        super().__init__(object_pairs_hook=_once_each)


def _kid_of(token: str) -> str:
    header = json.loads(urlsafe_b64decode(token.partition(".")[0].encode()), cls=_Decoder)
    if set(header) != {"alg", "typ", "kid"} or header["typ"] != TYPE:
        raise ValueError("header")
    kid = header["kid"]
    if not isinstance(kid, str):
        raise TypeError("kid")
    return kid


def _actor(header: dict[str, Any], claims: dict[str, Any], rule: IssuerRule) -> Actor:
    if header.get("typ") != TYPE or claims["iss"] != rule.issuer or claims["aud"] != AUDIENCE:
        raise ValueError("not for us")
    for name in ("exp", "iat"):
        if type(claims[name]) is not int:
            raise TypeError(name)
    if claims["exp"] - claims["iat"] > MAX_LIFETIME_SECONDS:
        raise ValueError("too long a life")
    texts = {
        name: _text(claims[name])
        for name in ("sub", "agency", "kind", "purpose", "basis", "regime", "jti")
    }
    roles = claims["roles"]
    if (
        not isinstance(roles, list)
        or len(roles) > MAX_ROLES
        or not all(_text(role) for role in roles)
    ):
        raise TypeError("roles")
    if texts["kind"] not in {"person", "system"}:
        raise ValueError("kind")
    if texts["regime"] not in {"uk-gdpr", "dpa-part-3"}:
        raise ValueError("regime")
    if rule.agency is not None and texts["agency"] != rule.agency:
        raise ValueError("an issuer names another agency")
    allowed = rule.roles
    if (allowed is not None and not allowed.issuperset(roles)) or (
        allowed is None and "service" in roles
    ):
        raise ValueError("an issuer gives a role that is not its to give")
    return Actor(
        id=f"{rule.issuer}|{texts['sub']}",
        agency=texts["agency"],
        kind=texts["kind"],  # type: ignore[arg-type] # checked above
        roles=frozenset(roles),
        purpose=texts["purpose"],
        basis=texts["basis"],
        regime=texts["regime"],  # type: ignore[arg-type] # checked above
    )


def _text(value: object) -> str:
    if not isinstance(value, str) or not value or len(value) > MAX_TEXT or not value.isprintable():
        raise TypeError("text")
    return value
