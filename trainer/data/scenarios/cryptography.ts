/** Passwords, tokens, digests, ciphers. */
import type { Scenario } from './scenario.js';

export const cryptographyScenarios: readonly Scenario[] = [
  {
    id: 'password-hash',
    cwe: 'CWE-916',
    weakness: 'a weak password hash',
    parameters: '$a',
    argument: ['password', 'secret', 'passphrase'],
    name: 'hash_password',
    phrasings: [
      '~hash a password before it is stored',
      '~store the password of a user safely',
      '~turn a password into a hash',
      '~protect passwords for our database',
      '~save a password of a $row in hashed form',
      '~compute the password hash at sign up',
      '~encrypt user passwords for the login table',
      '~create the hash of a new password',
      '~derive a hash with a salt from a password',
      '~prepare a password for storage in the db',
      '~get a salted hash for the login of a $row',
      '~hash passwords at registration',
    ],
    lesson: 'scrypt with a salt is slow to guess (CWE-916).',
    secure: [
      {
        how: 'use scrypt with a fresh salt',
        code: `import hashlib
import os

def $f($a):
    salt = os.urandom(16)
    key = hashlib.scrypt($a.encode(), salt=salt, n=16384, r=8, p=1)
    return salt.hex() + ":" + key.hex()`,
      },
      {
        how: 'use pbkdf2 with a salt and many rounds',
        code: `import hashlib
import os

def $f($a):
    salt = os.urandom(16)
    key = hashlib.pbkdf2_hmac("sha256", $a.encode(), salt, 600000)
    return salt.hex() + ":" + key.hex()`,
      },
    ],
    insecure: [
      {
        how: 'use one round of md5',
        code: `import hashlib

def $f($a):
    return hashlib.md5($a.encode()).hexdigest()`,
      },
      {
        how: 'use one round of sha1',
        code: `import hashlib

def $f($a):
    return hashlib.sha1($a.encode()).hexdigest()`,
      },
    ],
  },
  {
    id: 'checksum',
    cwe: 'CWE-328',
    weakness: 'a weak digest',
    parameters: '$a',
    argument: ['data', 'content', 'payload'],
    name: 'digest_$row',
    phrasings: [
      '~compute a checksum of a $row',
      '~get the digest of some bytes',
      '~fingerprint the content of a $row',
      '~calculate a hash over $row data',
      '~make an integrity checksum for a download',
      '~hash the bytes of a $row file',
      '~create a signature digest of a message',
      '~verify later that a $row was not changed, by its digest',
      '~produce a hex digest of the payload',
      '~build a content hash for $rows',
      '~compute the digest of a $row to detect changes',
    ],
    lesson: 'Collisions of sha256 are out of reach (CWE-328).',
    secure: [
      {
        how: 'use sha256',
        code: `import hashlib

def $f($a):
    return hashlib.sha256($a).hexdigest()`,
      },
    ],
    insecure: [
      {
        how: 'use md5',
        code: `import hashlib

def $f($a):
    return hashlib.md5($a).hexdigest()`,
      },
    ],
  },
  {
    id: 'random-token',
    cwe: 'CWE-338',
    weakness: 'predictable random numbers',
    parameters: 'length',
    argument: ['length'],
    name: 'make_token',
    slots: { secret: ['token', 'password', 'session id', 'API key', 'reset code', 'voucher code', 'one-time code'] },
    phrasings: [
      '~generate a random $secret',
      '~create a $secret for a $row',
      '~make a random $secret of a given length',
      '~produce an unguessable $secret',
      '~return a new $secret for the mail to a user',
      '~build a random string that serves as $secret',
      '~generate the $secret of a password reset mail',
      '~issue a fresh $secret at login',
      '~give each $row its own $secret',
      '~pick random characters for a $secret',
      '~come up with a $secret that nobody can guess',
      '~generate a secret random string as $secret',
    ],
    lesson: 'The secrets module cannot be predicted (CWE-338).',
    secure: [
      {
        how: 'draw from the secrets module',
        code: `import secrets
import string

def $f(length=32):
    alphabet = string.ascii_letters + string.digits
    return "".join(secrets.choice(alphabet) for _ in range(length))`,
      },
      {
        how: 'use secrets.token_urlsafe',
        code: `import secrets

def $f(length=32):
    return secrets.token_urlsafe(length)`,
      },
    ],
    insecure: [
      {
        how: 'draw from the random module',
        code: `import random
import string

def $f(length=32):
    alphabet = string.ascii_letters + string.digits
    token = "".join(random.choice(alphabet) for _ in range(length))
    return token`,
      },
    ],
  },
  {
    id: 'cipher',
    cwe: 'CWE-327',
    weakness: 'a broken cipher',
    parameters: 'key, $a',
    argument: ['data', 'plaintext', 'message'],
    name: 'encrypt_$row',
    phrasings: [
      '~encrypt a $row with a key',
      '~encrypt bytes with AES',
      '~protect $row data by encryption',
      '~cipher a message with a secret key',
      '~store a $row encrypted',
      '~write an AES encrypt function',
      '~make $row data unreadable without the key',
      '~encrypt the content of a $row before it is sent',
      '~seal a message with a symmetric key',
      '~scramble the $row with a key so nobody can read it',
      '~encrypt data with a symmetric cipher',
    ],
    lesson: 'GCM hides the text and detects changes (CWE-327).',
    secure: [
      {
        how: 'use AES in GCM mode with a fresh nonce',
        code: `import os
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

def $f(key, $a):
    nonce = os.urandom(12)
    return nonce + AESGCM(key).encrypt(nonce, $a, None)`,
      },
    ],
    insecure: [
      {
        how: 'use AES in ECB mode',
        code: `from Crypto.Cipher import AES
from Crypto.Util.Padding import pad

def $f(key, $a):
    cipher = AES.new(key, AES.MODE_ECB)
    return cipher.encrypt(pad($a, 16))`,
      },
    ],
  },
  {
    id: 'compare-secret',
    cwe: 'CWE-208',
    weakness: 'a timing leak',
    parameters: '$a, expected',
    argument: ['token', 'signature', 'api_key'],
    name: 'check_$a',
    phrasings: [
      '~compare a token with the expected one',
      '~check an API key against the stored key',
      '~verify the signature of a webhook',
      '~test if a given secret matches',
      '~validate the api key of a request',
      '~decide if two tokens are equal',
      '~check the csrf token of a form',
      '~compare a received hmac with ours',
      '~accept a request only if its key is right',
      '~see whether the secret the caller sends equals ours',
      '~compare two secret strings',
    ],
    lesson: 'compare_digest takes the same time for every input (CWE-208).',
    secure: [
      {
        how: 'compare in constant time',
        code: `import hmac

def $f($a, expected):
    return hmac.compare_digest($a.encode(), expected.encode())`,
      },
    ],
    insecure: [
      {
        how: 'compare with the equals sign',
        code: `def $f($a, expected):
    if $a == expected:
        return True
    return False`,
      },
    ],
  },
  {
    id: 'jwt-decode',
    cwe: 'CWE-347',
    weakness: 'a signature that is not checked',
    parameters: '$a, key',
    argument: ['token', 'jwt_token', 'bearer'],
    name: 'read_token',
    phrasings: [
      '~decode a JWT',
      '~read the claims of a jwt token',
      '~get the user id out of a JSON web token',
      '~parse the bearer token of a request',
      '~decode a jwt with pyjwt and ~return its payload',
      '~extract the claims from an access token',
      '~find out who sent a JWT',
      '~load the payload of a signed token',
      '~take the role from a jwt',
      '~authenticate a request by its JSON web token',
      '~decode an access token with PyJWT',
    ],
    lesson: 'The signature is checked before a claim is believed (CWE-347).',
    secure: [
      {
        how: 'check the signature with a fixed algorithm',
        code: `import jwt

def $f($a, key):
    return jwt.decode($a, key, algorithms=["HS256"])`,
      },
    ],
    insecure: [
      {
        how: 'decode without a check of the signature',
        code: `import jwt

def $f($a, key):
    return jwt.decode($a, options={"verify_signature": False})`,
      },
    ],
  },
];
