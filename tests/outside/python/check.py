#!/usr/bin/env python3
"""A client that knows Roster by its address alone: no generated code, no shared library.

It learns the services by reflection, signs up, lists the members of the new organisation, fetches the JWKS over HTTP
and verifies the access token offline with PyJWT, as another service would. It prints one line of JSON with what it saw
and exits 0, or says on stderr what was expected and what came, and exits 1.

    check.py GRPC_ADDRESS HTTP_ADDRESS DATA_FOLDER [--issuer …] [--audience …] [--sign-up immediate|verified]

Mails are read from DATA_FOLDER/mail/*.eml.
"""

import argparse
import email
import email.policy
import json
import pathlib
import re
import secrets
import sys
import time
import urllib.request

import grpc
import jwt
from google.protobuf import descriptor_pool, json_format, message_factory
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

DEADLINE = 30  # seconds, for each call and for a mail to come
checks = 0


class Mismatch(Exception):
    """The server is not what its contract says."""


def check(holds, what):
    """Counts one check; raises Mismatch unless it holds."""
    global checks
    checks += 1
    if not holds:
        raise Mismatch(what)


def equal(seen, expected, what):
    check(seen == expected, f"{what}: {expected!r} is expected, {seen!r} came")


class Roster:
    """Calls by name, over what reflection tells."""

    def __init__(self, address):
        self.channel = grpc.insecure_channel(address)
        self.pool = descriptor_pool.DescriptorPool(ProtoReflectionDescriptorDatabase(self.channel))

    def call(self, service, method, token=None, **fields):
        """The answer as a dict with the field names of the proto."""
        found = self.pool.FindServiceByName(service).FindMethodByName(method)
        request = message_factory.GetMessageClass(found.input_type)
        response = message_factory.GetMessageClass(found.output_type)
        stub = self.channel.unary_unary(
            f"/{service}/{method}",
            request_serializer=request.SerializeToString,
            response_deserializer=response.FromString,
        )
        metadata = [("authorization", f"Bearer {token}")] if token else []
        answer = stub(json_format.ParseDict(fields, request()), timeout=DEADLINE, metadata=metadata)
        return json_format.MessageToDict(answer, preserving_proto_field_name=True)

    def error_info(self, error):
        """The bytes of the ErrorInfo inside a refusal, as they came over the wire."""
        trailers = dict(error.trailing_metadata() or [])
        check("grpc-status-details-bin" in trailers, "a refusal carries no grpc-status-details-bin")
        status = message_factory.GetMessageClass(self.pool.FindMessageTypeByName("google.rpc.Status"))
        details = status.FromString(trailers["grpc-status-details-bin"]).details
        for detail in details:
            if detail.type_url == "type.googleapis.com/google.rpc.ErrorInfo":
                return detail.value
        raise Mismatch(f"a refusal carries no ErrorInfo, only {[d.type_url for d in details]}")


def refused(roster, what, code, **arguments):
    """Makes a ListMembers call that must be refused with `code` and say why."""
    try:
        roster.call("roster.membership.v1.MembershipService", "ListMembers", **arguments)
    except grpc.RpcError as error:
        equal(error.code(), code, f"{what}: the code")
        info = roster.error_info(error)
        check(b"roster" in info, f"{what}: the ErrorInfo is not of the domain roster: {info!r}")
        return
    raise Mismatch(f"{what}: was let in")


def mailed_code(folder, address):
    """The code in the newest mail to `address`, waiting for it to come."""
    until = time.monotonic() + DEADLINE
    while time.monotonic() < until:
        for path in sorted((folder / "mail").glob("*.eml"), key=lambda p: p.stat().st_mtime, reverse=True):
            mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            text = mail.get_body(("plain",))
            if address not in str(mail["to"]) or text is None:
                continue
            found = re.search(r"(?<!\d)(\d{4})[ -]?(\d{4})(?!\d)", text.get_content())
            check(found, f"the mail {path.name} to {address} holds no code of eight digits")
            return "".join(found.groups())
        time.sleep(0.1)
    raise Mismatch(f"no mail to {address} came to {folder / 'mail'} within {DEADLINE} s")


def sign_up(roster, folder, address, mode):
    """Signs up, by the mailed code if the server asks for it; returns the tokens and how it went."""
    service = "roster.identity.v1.IdentityService"
    answer = roster.call(
        service, "SignUp", email=address, display_name="Pia Außen", organization_name="Outside Python",
        password=secrets.token_urlsafe(18),
    )
    if "tokens" in answer:
        check(mode != "verified", "SignUp gave tokens though the address is not verified")
        return answer["tokens"], "immediate"
    check(mode != "immediate", f"SignUp gave no tokens: {list(answer)}")
    step = answer.get("next_step", {})
    equal(step.get("kind"), "KIND_VERIFY_EMAIL", "the next step")
    code = mailed_code(folder, address)
    answer = roster.call(service, "VerifyEmail", handle=step["handle"], code=code)
    check("tokens" in answer, f"VerifyEmail gave no tokens: {list(answer)}")
    return answer["tokens"], "verified"


def verify(token, http_address, issuer, audience):
    """Verifies an access token as another service does, by RFC 9068; returns its claims."""
    with urllib.request.urlopen(f"http://{http_address}/.well-known/jwks.json", timeout=DEADLINE) as answer:
        equal(answer.status, 200, "the JWKS' status")
        check("json" in answer.headers["content-type"], f"the JWKS comes as {answer.headers['content-type']}")
        keys = json.load(answer)
    check(keys["keys"], "the JWKS is empty")
    check(all("d" not in key for key in keys["keys"]), "the JWKS holds a private key")
    header = jwt.get_unverified_header(token)
    equal(header.get("typ"), "at+jwt", "the token's typ")
    equal(header.get("alg"), "EdDSA", "the token's alg")
    named = [key for key in jwt.PyJWKSet.from_dict(keys).keys if key.key_id == header.get("kid")]
    equal(len(named), 1, f"keys in the JWKS with the token's kid {header.get('kid')!r}")
    unverified = jwt.decode(token, options={"verify_signature": False})
    check(unverified.get("iss") and unverified.get("aud"), f"iss or aud is missing: {sorted(unverified)}")
    claims = jwt.decode(
        token, named[0], algorithms=["EdDSA"], issuer=issuer or unverified["iss"],
        audience=audience or unverified["aud"],
        options={"require": ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "sid", "org", "mbr"]},
    )
    check(0 < claims["exp"] - claims["iat"] <= 3600, "the token lives longer than an hour")
    head, body, signature = token.split(".")
    turned = ("B" if signature[0] == "A" else "A") + signature[1:]
    try:
        jwt.decode(".".join((head, body, turned)), named[0], algorithms=["EdDSA"], audience=claims["aud"])
    except jwt.InvalidSignatureError:
        return claims, ".".join((head, body, turned))
    raise Mismatch("PyJWT took a token with a turned signature")


def run(arguments):
    roster = Roster(arguments.grpc_address)
    health = roster.call("grpc.health.v1.Health", "Check")
    equal(health.get("status"), "SERVING", "the health")
    address = f"outside-python-{secrets.token_hex(6)}@example.org"
    tokens, how = sign_up(roster, arguments.data_folder, address, arguments.sign_up)
    claims, forged = verify(tokens["access_token"], arguments.http_address, arguments.issuer, arguments.audience)
    equal(claims["sub"], tokens["user_id"], "the token's sub")
    equal(claims["org"], tokens["organization_id"], "the token's org")
    equal(claims["mbr"], tokens["member_id"], "the token's mbr")
    equal(claims["sid"], tokens["session_id"], "the token's sid")

    answer = roster.call("roster.membership.v1.MembershipService", "ListMembers", token=tokens["access_token"])
    members = answer.get("members", [])
    equal([member["email"] for member in members], [address], "the members' addresses")
    member = members[0]
    equal(member["id"], tokens["member_id"], "the member's id")
    equal(member["display_name"], "Pia Außen", "the member's name")
    equal(member["state"], "MEMBER_STATE_ACTIVE", "the member's state")
    equal(member["guide"], "GUIDE_OK", "the member's guide")
    equal([role["name"] for role in member["roles"]], ["owner"], "the founder's roles")

    refused(roster, "a call without a token", grpc.StatusCode.UNAUTHENTICATED)
    refused(roster, "a call with a forged token", grpc.StatusCode.UNAUTHENTICATED, token=forged)
    refused(roster, "a negative page size", grpc.StatusCode.INVALID_ARGUMENT, token=tokens["access_token"], page_size=-1)
    return {
        "client": f"python grpcio {grpc.__version__}, PyJWT {jwt.__version__}",
        "sign_up": how, "members": len(members), "issuer": claims["iss"], "audience": claims["aud"], "checks": checks,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("grpc_address", help="host:port")
    parser.add_argument("http_address", help="host:port")
    parser.add_argument("data_folder", type=pathlib.Path)
    parser.add_argument("--issuer", help="the iss that tokens must have; any if left out")
    parser.add_argument("--audience", help="the aud that tokens must have; any if left out")
    parser.add_argument("--sign-up", choices=["immediate", "verified"], help="what SignUp must do; either if left out")
    try:
        print(json.dumps(run(parser.parse_args())))
    except Mismatch as mismatch:
        sys.exit(f"outside client in Python: {mismatch}")
    except jwt.PyJWTError as error:
        sys.exit(f"outside client in Python: the token does not verify: {type(error).__name__}: {error}")
    except grpc.RpcError as error:
        sys.exit(f"outside client in Python: a call failed: {error.code()}: {error.details()}")


if __name__ == "__main__":
    main()
