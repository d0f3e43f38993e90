"""Key pairs, for cryptography, PyCryptodome and rsa: no primes, but the size of each key."""

import os

# (kind, bits) of each key that was made.
keys = []


class Key:
    def __init__(self, kind, bits):
        if kind != "EC" and bits < 512:
            raise ValueError("key_size must be at least 512-bits.")
        self.kind, self.key_size, self.secret = kind, bits, os.urandom(16).hex()
        keys.append((kind, bits))

    def private_bytes(self, *_, **__):
        return f"-----BEGIN PRIVATE KEY-----\n{self.secret}\n".encode()

    export_key = exportKey = save_pkcs1 = private_bytes

    def public_key(self):
        return PublicKey(self)

    publickey = public_key

    def size_in_bits(self):
        return self.key_size


class PublicKey:
    def __init__(self, private):
        self.key_size, self.secret = private.key_size, private.secret[:8]

    def public_bytes(self, *_, **__):
        return f"-----BEGIN PUBLIC KEY-----\n{self.secret}\n".encode()

    export_key = exportKey = save_pkcs1 = public_bytes


def rsa_key(public_exponent=65537, key_size=None, backend=None):
    return Key("RSA", key_size)


def generate(bits, *_, **__):
    return Key("RSA", bits)


def new_keys(nbits, **_):
    private = Key("RSA", nbits)
    return private.public_key(), private


class Anything:
    """Formats and encodings, which change nothing here."""

    def __getattr__(self, name):
        return Anything()

    def __call__(self, *_, **__):
        return Anything()


ASYMMETRIC = "cryptography.hazmat.primitives.asymmetric"
curves = {f"SECP{bits}R1": (lambda bits=bits: bits) for bits in (192, 224, 256, 384, 521)}
install(ASYMMETRIC)
install(ASYMMETRIC + ".rsa", generate_private_key=rsa_key, RSAPrivateKey=Key)
install(ASYMMETRIC + ".dsa", generate_private_key=lambda key_size, backend=None: Key("DSA", key_size))
install(ASYMMETRIC + ".ec", generate_private_key=lambda curve, backend=None: Key("EC", curve), **curves)
serialization = ("Encoding", "PrivateFormat", "PublicFormat", "NoEncryption", "BestAvailableEncryption")
install("cryptography.hazmat.primitives.serialization", **{name: Anything() for name in serialization})
install("cryptography.hazmat.backends", default_backend=lambda: None)
install("rsa", newkeys=new_keys)
for top in ("Crypto", "Cryptodome"):
    install(f"{top}.PublicKey.RSA", generate=generate)
    install(f"{top}.PublicKey.DSA", generate=lambda bits, *_: Key("DSA", bits))


def makes_key_pairs(target):
    for made in (1, 2):
        assert call_first(target, (), (3072,)) is not None
        assert len(keys) == made and all(kind == "RSA" for kind, _ in keys), keys


def makes_long_keys(target):
    call_first(target, (), (3072,))
    assert all(bits >= (224 if kind == "EC" else 2048) for kind, bits in keys), keys
