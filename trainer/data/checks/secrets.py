"""Passwords, tokens and comparisons: slow hashes are noted and made quick, weak randomness is made to repeat itself."""

import datetime
import hashlib
import inspect
import os
import random
import time
import uuid

# Each derivation of a key by a slow function: (name, cost, password, salt).
derivations = []
real_pbkdf2 = hashlib.pbkdf2_hmac


def as_bytes(value):
    return value.encode() if isinstance(value, str) else bytes(value)


def derived(name, cost, password, salt):
    derivations.append((name, cost, as_bytes(password), as_bytes(salt)))
    return hashlib.sha256(as_bytes(password) + b"|" + as_bytes(salt)).digest()


def pbkdf2(hash_name, password, salt, iterations, dklen=None):
    derived("pbkdf2", iterations, password, salt)
    return real_pbkdf2(hash_name, password, salt, 1, dklen)


def scrypt(password, *, salt, n, r, p, maxmem=0, dklen=64):
    derived("scrypt", n, password, salt)
    return real_pbkdf2("sha512", password, salt, 1, dklen)


hashlib.pbkdf2_hmac, hashlib.scrypt = pbkdf2, scrypt


def text_hash(name, cost, password, salt=None):
    salt = os.urandom(16).hex() if salt is None else salt
    return f"${name}${cost}${salt}${derived(name, cost, password, salt).hex()}"


def make_salt(rounds=12, prefix=b"2b"):
    return f"$2b${rounds}${os.urandom(16).hex()}".encode()


def bcrypt_hash(password, salt):
    if not isinstance(password, bytes):
        raise TypeError("Strings must be encoded before hashing")
    cost = int(salt.split(b"$")[2])
    return salt + b"$" + derived("bcrypt", cost, password, salt).hex().encode()


class Hasher:
    """PasswordHasher of argon2, and the hashes of passlib."""

    name = "argon2"

    def __init__(self, *_, **__):
        pass

    def hash(self, password):
        return text_hash(self.name, 3, password)

    def using(self, **_):
        return self


def werkzeug_hash(password, method="scrypt", salt_length=16):
    slow = method.startswith(("scrypt", "pbkdf2"))
    name, cost = (method.split(":")[0], 1000000) if slow else ("plain", 1)
    return text_hash(name, cost, password)


install("bcrypt", hashpw=bcrypt_hash, gensalt=make_salt)
install("argon2", PasswordHasher=Hasher)
install("passlib.hash", argon2=Hasher(), bcrypt=Hasher(), scrypt=Hasher(), pbkdf2_sha256=Hasher())
install("passlib.context", CryptContext=Hasher)
install("werkzeug.security", generate_password_hash=werkzeug_hash)

# Rounds (bcrypt, argon2: the exponent or the passes) below which a hash is quick to guess.
LEAST_COST = {"pbkdf2": 100000, "scrypt": 2**12, "bcrypt": 10, "argon2": 1}


def hash_of(target, password):
    result = text_of(call_first(target, (password,), (password.encode(),)))
    assert len(result) >= 16 and password not in result and password[::-1] not in result, result
    return result


def hashes_passwords(target):
    assert hash_of(target, "correct horse") != hash_of(target, "battery staple")


def is_slow_to_guess(target):
    hashes = [hash_of(target, "correct horse") for _ in range(2)]
    assert hashes[0] != hashes[1], "no fresh salt"
    slow = [d for d in derivations if d[1] >= LEAST_COST.get(d[0], d[1] + 1) and b"correct horse" in d[2]]
    assert len(slow) >= 2 and len({salt for *_, salt in slow}) == len(slow), derivations


LENGTHS = ("length", "size", "n", "k", "len", "count", "digits", "chars", "nbytes", "num_bytes", "num_chars")


def token_of(target):
    return text_of(call_first(target, (24,), ("ann",)))


def makes_tokens(target):
    made = [token_of(target) for _ in range(8)]
    assert all(len(token) >= 4 for token in made) and len(set(made)) > 4, made
    names = list(inspect.signature(target).parameters)
    if names and names[0] in LENGTHS:
        lengths = [len(text_of(target(length))) for length in (8, 40)]
        assert lengths[0] < lengths[1], lengths


class Clock(datetime.datetime):
    """The real time until it stands still; in place before a solution is read, which may import the class alone."""

    stands = False

    @classmethod
    def now(cls, tz=None):
        return cls(2024, 1, 1, tzinfo=tz) if Clock.stands else super().now(tz)

    @classmethod
    def utcnow(cls):
        return cls.now()

    today = utcnow


datetime.datetime = Clock


class SeededRandom(random.Random):
    """A generator whose seed an attacker knows."""

    def __init__(self, *_):
        super().__init__(1)


def makes_unpredictable_tokens(target):
    """There are many of them, and with the seed, the clock and the machine known, two still differ."""
    assert len({token_of(target) for _ in range(300)}) > 270, "there are few tokens"
    seed, made = random.seed, []
    Clock.stands = True
    random.Random = SeededRandom
    random.seed = lambda *_: seed(1)
    time.time, time.time_ns, time.perf_counter = (lambda: 1.0), (lambda: 10**9), (lambda: 1.0)
    uuid.uuid1 = lambda *_, **__: uuid.UUID(int=1)
    for _ in range(2):
        seed(1)
        made.append(token_of(target))
    assert made[0] != made[1], made


class Watched(str):
    """A text that notes comparisons with texts of its length, and how many of its characters are looked at."""

    events = []
    looks = 0

    def __eq__(self, other):
        if isinstance(other, (str, bytes)) and len(other) == len(self):
            Watched.events.append("compared")
        return str.__eq__(self, other)

    def __ne__(self, other):
        return not self == other

    __hash__ = str.__hash__

    def __iter__(self):
        for character in str.__iter__(self):
            Watched.looks += 1
            yield character

    def __getitem__(self, at):
        Watched.looks += 1
        return Watched(str.__getitem__(self, at)) if isinstance(at, slice) else str.__getitem__(self, at)

    def encode(self, *_, **__):
        return WatchedBytes(str.encode(self))

    def strip(self, *_):
        return Watched(str.strip(self))


class WatchedBytes(bytes):
    def __eq__(self, other):
        if isinstance(other, bytes) and len(other) == len(self):
            Watched.events.append("compared")
        return bytes.__eq__(self, other)

    def __ne__(self, other):
        return not self == other

    __hash__ = bytes.__hash__

    def __iter__(self):
        for value in bytes.__iter__(self):
            Watched.looks += 1
            yield value


def compares_secrets(target):
    for secret in ("k3y-of-the-shop", "another-secret"):
        assert not refuses(call, target, secret, secret), "equal secrets are refused"
        for wrong in ("x" + secret[1:], secret[:-1] + "x", secret + "x", ""):
            assert refuses(call, target, wrong, secret), wrong


def compares_in_constant_time(target):
    looks = []
    for guess in ("Xecret-value-0123", "secret-value-012X"):
        Watched.looks = 0
        assert refuses(call, target, Watched(guess), Watched("secret-value-0123"))
        looks.append(Watched.looks)
    assert not Watched.events and looks[0] == looks[1], (Watched.events, looks)
