"""Tokens that an attacker, or a careless issuer, might send: all refused, and all alike."""

import json
from collections.abc import Callable

import pytest

from shared.access.actor import Actor
from shared.access.tokens import Issuer, NotAuthenticated, make_issuer
from tests.access.mint import (
    Mint,
    another_key_of_that_name,
    claims,
    doubled_claim,
    ec_signed,
    header,
    hmac_with_the_public_key,
    key_in_the_header,
    later,
    long_life,
    other_payload,
    raw_claims,
    rsa_signed,
    unsigned,
    with_raw_header,
)

SENTENCE = "show a valid token: Authorization: Bearer <token>"

ATTACKS: dict[str, Callable[[Mint], str]] = {
    "nothing": lambda mint: "",
    "dots": lambda mint: "..",
    "four parts": lambda mint: mint.with_claims() + ".",
    "alg none": unsigned,
    "hs256 with the public key": hmac_with_the_public_key,
    "another key under that kid": another_key_of_that_name,
    "the key in the header": key_in_the_header,
    "jku": header(jku="https://thief.example/keys"),
    "x5u": header(x5u="https://thief.example/chain"),
    "crit": header(crit=["exp"]),
    "b64 false": header(b64=False, crit=["b64"]),
    "rs256": rsa_signed,
    "es256": ec_signed,
    "alg in other letters": header(alg="ed25519"),
    "alg EdDSA": header(alg="EdDSA"),
    "no kid": lambda mint: mint.raw(b'{"alg":"Ed25519","typ":"at+jwt"}', b"{}"),
    "unknown kid": header(kid="somebody-else"),
    "kid null": header(kid=None),
    "kid a list": header(kid=["a"]),
    "header a list": lambda mint: mint.raw(b'["alg", "typ", "kid"]', b"{}"),
    "header too deep": lambda mint: mint.raw(b"[" * 5000, b"{}"),
    "typ twice": with_raw_header(typ='"at+jwt"'),
    "kid twice": with_raw_header(kid='"somebody-else"'),
    "typ of an id token": header(typ="JWT"),
    "typ in other letters": header(typ="AT+JWT"),
    "expired": later("exp", -31),
    "not yet valid": later("nbf", 120),
    "nbf as text": claims(nbf="0"),
    "issued in the future": later("iat", 120),
    "another audience": claims(aud="elsewhere"),
    "audience a list": claims(aud=["throughline"]),
    "audience two": claims(aud=["elsewhere", "throughline"]),
    "audience blank": claims(aud=""),
    "no audience": lambda mint: mint.without("aud"),
    "another issuer": claims(iss="northvale"),
    "issuer a number": claims(iss=1),
    "no issuer": lambda mint: mint.without("iss"),
    "no exp": lambda mint: mint.without("exp"),
    "exp null": claims(exp=None),
    "exp a float": later("exp", 300.5),
    "exp true": claims(exp=True),
    "exp text": claims(exp="4000000000"),
    "exp without end": raw_claims('{"exp": Infinity}'),
    "exp far away": claims(exp=10**400),
    "no iat": lambda mint: mint.without("iat"),
    "iat a float": later("iat", 0.5),
    "iat true": claims(iat=True),
    "no jti": lambda mint: mint.without("jti"),
    "no sub": lambda mint: mint.without("sub"),
    "sub with a line end": claims(sub="a\nb"),
    "sub too long": claims(sub="a" * 201),
    "a life too long": long_life,
    "truncated": lambda mint: mint.with_claims()[:-8],
    "without signature": lambda mint: mint.with_claims().rpartition(".")[0] + ".",
    "another payload": other_payload,
    "a claim twice": doubled_claim,
    "claims a list": raw_claims("[]"),
    "claims no JSON": raw_claims("{"),
    "claims too deep": raw_claims('{"a":' + "[" * 4000),
    "300 KB": claims(sub="a" * 300_000),
    "not ascii": lambda mint: mint.with_claims() + "é",
    "roles text": claims(roles="mash-worker"),
    "roles an object": claims(roles={"mash-worker": True}),
    "roles of lists": claims(roles=[["mash-worker"]]),
    "roles of numbers": claims(roles=[1]),
    "too many roles": claims(roles=[f"role-{n}" for n in range(21)]),
    "no roles": lambda mint: mint.without("roles"),
    "an unknown kind": claims(kind="robot"),
    "kind a list": claims(kind=["person"]),
    "an unknown regime": claims(regime="none"),
    "agency blank": claims(agency=""),
    "agency null": claims(agency=None),
    "no purpose": lambda mint: mint.without("purpose"),
    "a service names another agency": claims("service", agency="northvale-police"),
    "a service gives another role": claims("service", roles=["service", "mash-worker"]),
    "a force names another agency": claims("force", agency="eastmere-police"),
    "a force makes a service": claims("force", roles=["service"]),
    "the demonstration makes a service": claims(roles=["police-reporter", "service"]),
    "a service's claims under the demonstration's key": lambda mint: mint.signed(
        mint.claims("service"), "demo"
    ),
}


@pytest.fixture(scope="module")
def mint(tmp_path_factory: pytest.TempPathFactory) -> Mint:
    return Mint(tmp_path_factory.mktemp("keys"))


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused_in_the_same_words(attack: str, mint: Mint) -> None:
    token = ATTACKS[attack](mint)

    with pytest.raises(NotAuthenticated) as refused:
        mint.verifier.actor(token)

    assert str(refused.value) == SENTENCE


VALID: dict[str, Callable[[Mint], str]] = {
    "as it should be": claims(),
    "from a force": claims("force"),
    "from a service": claims("service", kind="system"),
    "without a role": claims(roles=[]),
    "valid for a minute": later("nbf", -60),
    "within the leeway": later("exp", -5),
    "from a clock a little fast": later("iat", 10),
}


@pytest.mark.parametrize("token", VALID)
def test_a_good_token_says_who_is_asking(token: str, mint: Mint) -> None:
    actor = mint.verifier.actor(VALID[token](mint))

    assert actor.id.endswith("|somebody")


@pytest.mark.parametrize("issuer", ["demo", "force", "service"])
def test_what_an_issuer_issues_is_who_it_was_issued_for(issuer: str, mint: Mint) -> None:
    signer = Issuer(mint.paths[issuer])
    actor = Actor(
        id=f"{signer.issuer}|somebody",
        agency="throughline" if issuer == "service" else "northvale-police",
        kind="system",
        roles=frozenset({"service"} if issuer == "service" else {"police-reporter"}),
        purpose="missing-child",
        basis="sharing-agreement",
        regime="dpa-part-3",
    )

    assert mint.verifier.actor(signer.issue(actor)) == actor


def test_private_keys_are_their_owners_and_public_ones_hold_none(mint: Mint) -> None:
    public = (mint.paths["demo"].parent / "issuers.json").read_text()
    for path in mint.paths.values():
        assert path.stat().st_mode & 0o077 == 0
        assert json.loads(path.read_text())["key"]["d"] not in public
    assert '"d"' not in public


def test_an_issuers_key_is_made_once(mint: Mint) -> None:
    before = mint.paths["demo"].read_bytes()
    make_issuer(mint.paths["demo"], "somebody-else")
    assert mint.paths["demo"].read_bytes() == before
