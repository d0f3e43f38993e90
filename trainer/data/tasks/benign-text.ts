/** Harmless tasks about passwords, tokens and the like: words of security without an attack. */
import { tasks } from './task.js';

export const securityWordTasks = tasks([
  [
    'strip-password',
    '$a',
    'record data user',
    'strip_password',
    [
      '~remove the password field from a dict',
      '~strip passwords before logging',
      '~drop the secret keys of a record',
      '~hide the password in a user dict',
      '~clean credentials out of a dict',
      '~delete the password key from user data',
      '~take the password out before a $row is logged',
    ],
    `def $f($a):
    return {key: value for key, value in $a.items() if key != "password"}`,
  ],
  [
    'password-rules',
    '$a',
    'password text',
    'is_strong',
    [
      '~check the strength of a password',
      '~validate a new password by length and digits',
      '~reject weak passwords at sign up',
      '~test if a password is strong enough',
      '~enforce a password policy',
      '~rate whether a password is long and mixed',
    ],
    `def $f($a):
    return len($a) >= 12 and any(c.isdigit() for c in $a) and any(c.isalpha() for c in $a)`,
  ],
  [
    'mask-card',
    '$a',
    'number card',
    'mask_number',
    [
      '~mask a credit card number',
      '~hide all but the last four digits of a card',
      '~show a card number with stars',
      '~blank out a card number on a receipt',
      '~redact the digits of a credit card',
      '~display only the end of a card number',
    ],
    `def $f($a):
    return "*" * (len($a) - 4) + $a[-4:]`,
  ],
  [
    'token-bucket',
    'bucket, $a',
    'cost tokens',
    'take_token',
    [
      '~take a token from a token bucket',
      '~limit the rate of requests with tokens',
      '~throttle clients by a bucket of tokens',
      '~implement a small rate limiter',
      '~block callers that send too many requests',
      '~stop floods of requests with a token bucket',
    ],
    `def $f(bucket, $a):
    if bucket["tokens"] < $a:
        return False
    bucket["tokens"] -= $a
    return True`,
  ],
  [
    'explode-string',
    '$a',
    'text word',
    'explode',
    [
      '~explode a string into a list',
      '~split a word into its characters',
      '~blow a text up into letters',
      '~break a string apart into characters',
      '~tear a word into single letters',
      '~cut a string into characters',
    ],
    `def $f($a):
    return list($a)`,
  ],
  [
    'dump-table',
    '$a',
    'rows records items',
    'dump_$rows',
    [
      '~dump $rows to text',
      '~dump our own $rows table as lines',
      '~print all $rows for a backup',
      '~export every $row as a line',
      '~leak nothing and ~list the $rows as text',
      '~dump the $row list into a string',
    ],
    `def $f($a):
    return "\\n".join(str(row) for row in $a)`,
  ],
  [
    'blacklist',
    '$a, banned',
    'names users words',
    'ban',
    [
      '~ban the names of a block list',
      '~filter out banned users',
      '~remove forbidden words from a list',
      '~exclude blacklisted $rows',
      '~drop every blocked $row',
      '~block users that are on the ban list',
    ],
    `def $f($a, banned):
    return [item for item in $a if item not in banned]`,
  ],
  [
    'detect-login-flood',
    '$a, limit',
    'attempts logins failures',
    'too_many_failures',
    [
      '~detect a brute force attack on our login',
      '~lock an account after too many wrong passwords',
      '~notice a password guessing attack in the log',
      '~count failed logins to stop an attacker',
      '~raise an alarm when someone guesses passwords',
      '~defend the login against brute force',
    ],
    `def $f($a, limit):
    failed = [attempt for attempt in $a if not attempt["ok"]]
    return len(failed) > limit`,
  ],
  [
    'session-expired',
    '$a, now',
    'session token login',
    'is_expired',
    [
      '~check if a session has expired',
      '~tell whether a token is too old',
      '~decide if a login is still valid',
      '~expire old browser sessions',
      '~invalidate a session after an hour',
      '~test if a session token ran out',
    ],
    `def $f($a, now):
    return now - $a["created"] > 3600`,
  ],
  [
    'spam-filter',
    '$a',
    'text message mail',
    'is_spam',
    [
      '~detect spam mails',
      '~flag a phishing mail by its words',
      '~recognize scam messages in my inbox',
      '~filter spam out of my mailbox',
      '~warn users of a phishing message',
      '~classify a mail as spam',
    ],
    `WORDS = ("lottery", "urgent", "winner")

def $f($a):
    return any(word in $a.lower() for word in WORDS)`,
  ],
  [
    'virus-scan-name',
    '$a',
    'filename name path',
    'is_executable',
    [
      '~reject uploads that may be malware',
      '~block executable attachments',
      '~spot dangerous file endings',
      '~refuse files like exe or bat in an upload',
      '~protect the upload against viruses by the file ending',
      '~stop malicious attachments by extension',
    ],
    `def $f($a):
    return $a.lower().endswith((".exe", ".bat", ".js", ".scr"))`,
  ],
  [
    'two-factor',
    'expected, $a',
    'code digits',
    'check_code',
    [
      '~check a two factor code',
      '~verify the one time code of a login',
      '~test the six digit code of a user',
      '~confirm a login by a second factor',
      '~compare the code from the authenticator app',
      '~validate a 2fa code',
    ],
    `import hmac

def $f(expected, $a):
    return hmac.compare_digest(expected, $a)`,
  ],
]);
