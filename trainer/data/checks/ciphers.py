"""Ciphers and keys, for cryptography and PyCryptodome: a toy block function, but real modes, so that patterns show."""

import base64
import collections
import hashlib
import inspect
import os

Use = collections.namedtuple("Use", "algorithm mode key nonce")
uses = []
BLOCKS = {"AES": 16, "DES": 8, "3DES": 8, "Blowfish": 8, "CAST": 8, "Camellia": 16}
KEY_SIZES = {"AES": (16, 24, 32, 64), "ChaCha20": (32,), "DES": (8,), "3DES": (8, 16, 24)}
STRONG = ("AES", "ChaCha20", "Camellia")
RANDOM_MODES = ("CBC", "CTR", "GCM", "EAX", "CCM", "SIV", "OCB", "CFB", "OFB", "STREAM")


def mix(*parts):
    return hashlib.sha256(b"|".join(parts)).digest()


def encrypt_bytes(algorithm, mode, key, nonce, text):
    """Key and text are bytes as with the real libraries, of the lengths that these take."""
    key, text, nonce = bytes(memoryview(key)), bytes(memoryview(text)), bytes(memoryview(nonce or b""))
    if len(key) not in KEY_SIZES.get(algorithm, (len(key),)):
        raise ValueError(f"Incorrect {algorithm} key length ({len(key)} bytes)")
    uses.append(Use(algorithm, mode, key, nonce))
    size = BLOCKS.get(algorithm, 16)
    if mode not in ("ECB", "CBC"):
        stream = b"".join(mix(key, nonce, str(at).encode()) for at in range(len(text) // 32 + 1))
        return bytes(a ^ b for a, b in zip(text, stream))
    if len(text) % size or (mode == "CBC" and len(nonce) != size):
        raise ValueError("data and vector must fill whole blocks")
    output, last = [], nonce
    for at in range(0, len(text), size):
        block = text[at : at + size]
        if mode == "CBC":
            block = bytes(a ^ b for a, b in zip(block, last))
        last = mix(key, block)[:size]
        output.append(last)
    return b"".join(output)


class Sealer:
    """AESGCM and its relatives."""

    algorithm, mode = "AES", "GCM"

    def __init__(self, key, *_, **__):
        self.key = key

    @classmethod
    def generate_key(cls, bit_length=256):
        return os.urandom(bit_length // 8)

    def encrypt(self, nonce, data, associated_data):
        if not nonce:
            raise ValueError("Nonce must be between 8 and 128 bytes")
        text = encrypt_bytes(self.algorithm, self.mode, self.key, nonce, data)
        return text + mix(self.key, nonce, text)[:16]


class ChaChaSealer(Sealer):
    algorithm, mode = "ChaCha20", "STREAM"


class Fernet:
    def __init__(self, key, *_):
        if len(base64.urlsafe_b64decode(key)) != 32:
            raise ValueError("Fernet key must be 32 url-safe base64-encoded bytes.")
        self.key = base64.urlsafe_b64decode(key)

    @staticmethod
    def generate_key():
        return base64.urlsafe_b64encode(os.urandom(32))

    def encrypt(self, data):
        nonce = os.urandom(16)
        return base64.urlsafe_b64encode(nonce + encrypt_bytes("AES", "CTR", self.key[16:], nonce, data))


class Encryptor:
    """Collects a text and encrypts it at the end."""

    def __init__(self, algorithm, mode):
        self.algorithm, self.mode, self.parts, self.tag = algorithm, mode, b"", b"t" * 16

    def update(self, data):
        self.parts += data
        return b""

    def authenticate_additional_data(self, data):
        pass

    def finalize(self):
        name, nonce = (self.mode.name, self.mode.nonce) if self.mode else ("STREAM", self.algorithm.nonce)
        return encrypt_bytes(self.algorithm.name, name, self.algorithm.key, nonce, self.parts)


class Cipher:
    def __init__(self, algorithm, mode=None, backend=None):
        self.algorithm, self.mode = algorithm, mode

    def encryptor(self):
        return Encryptor(self.algorithm, self.mode)


def algorithm_class(name):
    def build(self, key, nonce=b""):
        self.key, self.nonce = key, nonce

    return type(name, (), {"name": name, "block_size": BLOCKS.get(name, 16) * 8, "__init__": build})


def mode_class(name):
    def build(self, nonce=b"", tag=None, **_):
        self.nonce, self.tag = nonce, tag

    return type(name, (), {"name": name, "__init__": build})


class PKCS7:
    def __init__(self, bits):
        self.size, self.parts = bits // 8, b""

    def padder(self):
        return PKCS7(self.size * 8)

    def update(self, data):
        self.parts += data
        return b""

    def finalize(self):
        return pad(self.parts, self.size)


def pad(data, size, style="pkcs7"):
    missing = size - len(data) % size
    return data + bytes([missing]) * missing


class CryptoCipher:
    """A cipher of PyCryptodome; without a nonce it draws one."""

    def __init__(self, algorithm, key, mode=None, *rest, **options):
        self.algorithm, self.mode, self.key = algorithm, mode or "STREAM", key
        given = rest[0] if rest else options.get("iv") or options.get("nonce") or options.get("IV")
        size = BLOCKS.get(algorithm, 16)
        self.nonce = self.iv = b"" if self.mode == "ECB" else given or os.urandom(size)
        self.block_size = size

    def update(self, data):
        pass

    def encrypt(self, data):
        return encrypt_bytes(self.algorithm, self.mode, self.key, self.nonce, data)

    def digest(self):
        return mix(self.key, self.nonce)[:16]

    def encrypt_and_digest(self, data):
        return self.encrypt(data), self.digest()


CIPHERS = "cryptography.hazmat.primitives.ciphers"
algorithms = {name: algorithm_class(name) for name in ("AES", "Blowfish", "ChaCha20", "Camellia", "ARC4", "CAST5")}
algorithms["TripleDES"] = algorithm_class("3DES")
for name in ("IDEA", "SEED"):
    algorithms[name] = algorithm_class(name)
install(CIPHERS, Cipher=Cipher)
install(CIPHERS + ".algorithms", **algorithms)
install(CIPHERS + ".modes", **{name: mode_class(name) for name in ("ECB", "CBC", "CTR", "GCM", "CFB", "OFB")})
SEALERS = {"AESGCM": Sealer, "AESCCM": Sealer, "AESSIV": Sealer, "AESOCB3": Sealer, "ChaCha20Poly1305": ChaChaSealer}
install(CIPHERS + ".aead", **SEALERS)
install("cryptography.hazmat.primitives.padding", PKCS7=PKCS7)
install("cryptography.hazmat.backends", default_backend=lambda: None)
install("cryptography.fernet", Fernet=Fernet, InvalidToken=ValueError)
MODES = ("ECB", "CBC", "CTR", "GCM", "EAX", "CCM", "SIV", "OCB", "CFB", "OFB")
for top in ("Crypto", "Cryptodome"):
    for name in ("AES", "DES", "DES3", "Blowfish", "ARC4", "CAST", "ChaCha20", "ChaCha20_Poly1305"):
        known = {"DES3": "3DES", "ChaCha20_Poly1305": "ChaCha20"}.get(name, name)
        modes = {f"MODE_{mode}": mode for mode in MODES}
        make = lambda key, *rest, _known=known, **options: CryptoCipher(_known, key, *rest, **options)
        install(f"{top}.Cipher.{name}", new=make, block_size=BLOCKS.get(known, 16), key_size=32, **modes)
    install(f"{top}.Util.Padding", pad=pad)
    install(f"{top}.Random", get_random_bytes=os.urandom)


def encrypt(target, key, message):
    """The whole output; key and message in whichever form and order the function takes."""
    fernet_key = base64.urlsafe_b64encode(key)
    keys = (key, fernet_key, key[:16], key.decode(), fernet_key.decode())
    names = list(inspect.signature(target).parameters)
    is_key_last = len(names) > 1 and "key" in names[1] and "key" not in names[0]
    pairs = [(k, m) for m in (message, message.decode()) for k in keys]
    output = text_of(call_first(target, *(pair[::-1] if is_key_last else pair for pair in pairs)))
    assert len(output) >= len(message) and message.decode() not in output, output
    return output


def encrypts(target):
    texts = (b"attack at dawn! ", b"wait for message")
    outputs = {encrypt(target, key, text) for key in (b"k" * 32, b"q" * 32) for text in texts}
    assert len(outputs) == 4, outputs
    lengths = [len(encrypt(target, b"k" * 32, b"one more " * count)) for count in (1, 99)]
    assert lengths[0] < lengths[1], "this is a hash"


def hides_patterns(target):
    """A text of equal blocks, twice: a strong cipher with a fresh nonce shows neither."""
    uses.clear()
    outputs = {encrypt(target, b"k" * 32, b"0123456789abcdef" * 4) for _ in range(2)}
    weak = [use for use in uses if use.algorithm not in STRONG or use.mode not in RANDOM_MODES]
    assert uses and not weak, weak
    nonces = [use.nonce for use in uses]
    assert len(outputs) == 2 and len(set(nonces)) == len(nonces), nonces


def works_in_cbc_mode(target):
    uses.clear()
    encrypts(target)
    assert {use.mode for use in uses} == {"CBC"}, uses
