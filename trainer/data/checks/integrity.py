"""Digests, and signed tokens for jwt and jose: HS256, with all that it takes to forge one."""

import base64
import hashlib
import hmac
import io
import json
import time


class InvalidTokenError(Exception):
    pass


class ExpiredSignatureError(InvalidTokenError):
    pass


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def decoded(part):
    try:
        return base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4))
    except ValueError as error:
        raise InvalidTokenError(str(error)) from None


HASHES = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}


def signature_of(text, key, algorithm):
    if algorithm == "none":
        return b""
    return encoded(hmac.digest(key.encode() if isinstance(key, str) else key, text, HASHES[algorithm]))


def encode(payload, key, algorithm="HS256", headers=None):
    head = json.dumps({"alg": algorithm, "typ": "JWT", **(headers or {})}).encode()
    text = encoded(head) + b"." + encoded(json.dumps(payload).encode())
    return (text + b"." + signature_of(text, key, algorithm)).decode()


# Keys that tokens were checked with.
used_keys = []


def split_token(token):
    parts = (token.encode() if isinstance(token, str) else token).split(b".")
    if len(parts) != 3:
        raise InvalidTokenError("Not enough segments")
    try:
        return parts, json.loads(decoded(parts[0])), json.loads(decoded(parts[1]))
    except ValueError as error:
        raise InvalidTokenError(str(error)) from None


def decode(token, key="", algorithms=None, options=None, verify=True, **_):
    """As PyJWT: without algorithms it refuses, unless the check of the signature is off."""
    (head, body, signature), header, payload = split_token(token)
    if not verify or not (options or {}).get("verify_signature", True):
        return payload
    if not algorithms:
        raise InvalidTokenError('It is required that you pass in a value for the "algorithms" argument')
    used_keys.append(key)
    algorithm = header.get("alg")
    if algorithm not in algorithms:
        raise InvalidTokenError("The specified alg value is not allowed")
    if not hmac.compare_digest(signature, signature_of(head + b"." + body, key, algorithm)):
        raise InvalidTokenError("Signature verification failed")
    if payload.get("exp", time.time() + 1) < time.time():
        raise ExpiredSignatureError("Signature has expired")
    return payload


ERRORS = {
    "InvalidTokenError": InvalidTokenError,
    "PyJWTError": InvalidTokenError,
    "DecodeError": InvalidTokenError,
    "InvalidSignatureError": InvalidTokenError,
    "JWTError": InvalidTokenError,
    "ExpiredSignatureError": ExpiredSignatureError,
}
TOKENS = {
    "decode": decode,
    "encode": encode,
    "get_unverified_header": lambda token: split_token(token)[1],
    "get_unverified_claims": lambda token: split_token(token)[2],
}
install("jwt", **TOKENS, **ERRORS)
install("jwt.exceptions", **ERRORS)
install("jose", JWTError=InvalidTokenError)
install("jose.jwt", **TOKENS, **ERRORS)
install("jose.exceptions", **ERRORS)

CLAIMS = ({"sub": "ann-7", "user_id": "ann-7", "role": "ann-7"}, {"sub": "bob-9", "user_id": "bob-9", "role": "bob-9"})


def key_of(target):
    """The key that a solution checks with: the one it is given, or else its own."""
    refuses(call, target, encode(CLAIMS[0], "probe", "HS256"), "the-shared-key")
    return used_keys[-1] if used_keys else "the-shared-key"


def reads_tokens(target):
    key = key_of(target)
    for claims in CLAIMS:
        words = text_of(call(target, encode(claims, key), key))
        assert claims["sub"] in words, words


def believes_no_forgery(target):
    key = key_of(target)
    head, _, signature = encode(CLAIMS[0], key).split(".")
    forged = {"sub": "admin", "user_id": "admin", "role": "admin"}
    body = encode(forged, key).split(".")[1]
    forgeries = [encode(forged, "another key"), encode(forged, "", "none")]
    for token in (*forgeries, f"{head}.{body}.{signature}", f"{head}.{body}."):
        try:
            words = text_of(call(target, token, key))
        except Exception:
            continue
        assert "admin" not in words, words


def digests_of(data, names):
    """All common spellings of the digests of some bytes."""
    for name in names:
        digest = hashlib.new(name, data).digest()
        yield from (digest.hex(), digest.hex().upper(), text_of(digest), text_of(base64.b64encode(digest)))


STRONG = ("sha224", "sha256", "sha384", "sha512", "sha3_256", "sha3_512", "blake2b", "blake2s")


def digest(target, data):
    with open("data.bin", "wb") as file:
        file.write(data)
    return text_of(call_first(target, (data,), (data.decode(),), ("data.bin",), (io.BytesIO(data),)))


def is_digest(target, names):
    for data in (b"first payload", b"second payload"):
        result = digest(target, data)
        assert any(spelling in result for spelling in digests_of(data, names)), result
