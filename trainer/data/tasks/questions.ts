/** What the policy knows of security, as short facts. */
export interface Weakness {
  readonly cwe: `CWE-${number}`;
  /** Names that users may use; the first stands in answers. */
  readonly names: readonly string[];
  /** Completes "<name> means that …". */
  readonly meaning: string;
  /** The defence, an imperative sentence. */
  readonly defence: string;
}

type WeaknessRow = readonly [cwe: `CWE-${number}`, names: string, meaning: string, defence: string];

const WEAKNESS_ROWS: readonly WeaknessRow[] = [
  [
    'CWE-89',
    'SQL injection | SQLi | sql injections',
    'input changes a database query',
    'Bind values with placeholders.',
  ],
  [
    'CWE-78',
    'command injection | shell injection | OS command injection',
    'input becomes part of a shell command',
    'Pass a list of arguments and no shell.',
  ],
  [
    'CWE-22',
    'path traversal | directory traversal | the dot dot slash problem',
    'a file name leaves its folder',
    'Resolve the path and check that it stays inside the folder.',
  ],
  [
    'CWE-79',
    'cross-site scripting | XSS | cross site scripting',
    'input runs as a script in the browser of others',
    'Escape input before it becomes HTML.',
  ],
  [
    'CWE-502',
    'unsafe deserialization | insecure deserialization | the pickle problem',
    'loading bytes can run code',
    'Read JSON or use yaml.safe_load.',
  ],
  ['CWE-95', 'eval injection | the danger of eval', 'input runs as code in eval', 'Use ast.literal_eval.'],
  ['CWE-94', 'code injection', 'input is executed as code', 'Look names up in a fixed table.'],
  [
    'CWE-918',
    'server-side request forgery | SSRF | server side request forgery',
    'a server fetches an address that an attacker chose',
    'Ask only hosts of an allow list.',
  ],
  ['CWE-611', 'XML external entities | XXE', 'an XML document reads files of the server', 'Parse with defusedxml.'],
  ['CWE-601', 'open redirect | unvalidated redirects', 'a link leads to a foreign site', 'Accept only local paths.'],
  [
    'CWE-352',
    'cross-site request forgery | CSRF',
    'a foreign site acts in the name of a user',
    'Use tokens and samesite cookies.',
  ],
  [
    'CWE-798',
    'hard-coded credentials | hardcoded passwords | secrets in the source',
    'a password stands in the source',
    'Read secrets from the environment.',
  ],
  [
    'CWE-338',
    'predictable random numbers | weak randomness',
    'tokens can be guessed',
    'Use the secrets module of Python.',
  ],
  [
    'CWE-916',
    'weak password hashing | fast password hashes',
    'stolen hashes are quick to guess',
    'Use scrypt, bcrypt or argon2 with a salt.',
  ],
  ['CWE-327', 'broken ciphers | weak cryptography | ECB mode', 'a cipher shows patterns', 'Use AES in GCM mode.'],
  ['CWE-328', 'weak digests | MD5 collisions', 'two texts can share one digest', 'Use sha256.'],
  [
    'CWE-295',
    'missing certificate checks | disabled TLS verification',
    'anyone can pose as the server',
    'Keep verify on.',
  ],
  [
    'CWE-377',
    'insecure temporary files | temp file races',
    'others can take over a temporary file',
    'Use NamedTemporaryFile.',
  ],
  ['CWE-732', 'loose permissions | world writable files', 'everyone can change a file', 'Use mode 0o600.'],
  [
    'CWE-208',
    'timing attacks | a timing leak',
    'the time of a comparison tells the secret',
    'Use hmac.compare_digest.',
  ],
  ['CWE-347', 'unchecked signatures | jwt without verification', 'a forged token is believed', 'Check the signature.'],
  ['CWE-532', 'secrets in logs | passwords in log files', 'a log shows passwords', 'Leave secrets out of the log.'],
  ['CWE-117', 'log injection | forged log lines', 'input forges lines of a log', 'Remove line breaks.'],
  ['CWE-90', 'LDAP injection', 'input changes a directory filter', 'Escape filter characters.'],
  ['CWE-1336', 'template injection | SSTI', 'input runs as template code', 'Pass input as a variable.'],
  [
    'CWE-614',
    'cookies without flags | insecure cookies',
    'a cookie travels without protection',
    'Set secure and httponly.',
  ],
];

export const WEAKNESSES: readonly Weakness[] = WEAKNESS_ROWS.map(([cwe, names, meaning, defence]) => ({
  cwe,
  names: names.split(' | '),
  meaning,
  defence,
}));

/** Questions about a weakness: `$name` is one of its names, `$cwe` its id. The last of each list is held out. */
export const NAME_QUESTIONS: readonly string[] = [
  'Explain $name.',
  'Can you explain $name to me?',
  'what is $name?',
  'What does $name mean?',
  'How does $name work?',
  'Tell me about $name.',
  'Why is $name dangerous?',
  'How do I prevent $name?',
  'how to avoid $name in python',
  'How can I protect my app against $name?',
  'What can I do against $name in Flask?',
  'Which CWE is $name?',
  'give me a short explanation of $name',
  'Is $name a problem in Python?',
  "I've read about $name, what is that?",
  'my code scanner reports $name. what should I do?',
  'What is meant by $name?',
];

export const NUMBER_QUESTIONS: readonly string[] = [
  'What is $cwe?',
  'Explain $cwe.',
  'what does $cwe stand for',
  'Tell me about $cwe.',
  'How do I fix $cwe?',
  'My scanner says $cwe. What is it?',
  'Describe $cwe in a few words.',
  '$cwe?',
  'How can I avoid $cwe in Python?',
  'What is the meaning of $cwe?',
];

export interface Fact {
  /** The last one is held out. */
  readonly questions: readonly string[];
  readonly answer: string;
}

type FactRow = readonly [questions: string, answer: string];

const FACT_ROWS: readonly FactRow[] = [
  [
    'What is a salt? | what does a salt do in password hashing | Why do I need a salt? | explain salted hashes | What is the purpose of a salt?',
    'A salt is a random value that is hashed with the password, so equal passwords get different hashes (CWE-916).',
  ],
  [
    'Is md5 safe for passwords? | md5 or sha256 for passwords? | difference between md5 and sha256 | Should I use sha1 for passwords? | is sha256 enough for passwords | which hash should I use for passwords? | compare md5 and sha256 for me | Can I store passwords with md5?',
    'Neither md5 nor sha256 fits passwords, since both are fast to guess. Use scrypt, bcrypt or argon2 with a salt (CWE-916).',
  ],
  [
    'What is HTTPS? | why should I use https | what does TLS do? | Explain TLS in short. | What is TLS good for?',
    'TLS encrypts a connection and proves who the server is. Keep certificate checks on (CWE-295).',
  ],
  [
    'What is two factor authentication? | explain 2fa | why use 2FA? | what does MFA mean | Tell me what two factor login is.',
    'A second factor, such as a code from a phone, protects an account when its password leaks (CWE-308).',
  ],
  [
    'What is the principle of least privilege? | explain least privilege | what does least privilege mean? | why should a service have few rights | What do you mean by least privilege?',
    'Give each user and program only the rights that it needs, so that a fault does little harm (CWE-250).',
  ],
  [
    'What is a CVE? | difference between CVE and CWE | what does CWE mean? | What is a CWE? | Explain what CWE numbers are.',
    'A CWE is a kind of weakness, such as CWE-89. A CVE is one known hole in one product.',
  ],
  [
    'Is eval dangerous? | why is eval bad | can I use eval in python? | should I avoid eval? | What is wrong with eval?',
    'eval runs any code in its text (CWE-95). Use ast.literal_eval for values.',
  ],
  [
    'Is pickle safe? | why is pickle unsafe | can I unpickle user data? | pickle or json? | What is wrong with pickle?',
    'pickle can run code when it loads data (CWE-502). Use JSON for data from others.',
  ],
  [
    'What is shell=True? | is shell=True dangerous | why not use os.system? | subprocess with shell or without? | What is wrong with shell=True?',
    'With shell=True a shell reads the text, so input can add commands (CWE-78). Pass a list instead.',
  ],
  [
    'How should I store API keys? | where do I put secrets | how to keep passwords out of git | where should credentials live? | How do I store secrets safely?',
    'Keep secrets out of the source (CWE-798). Read them from the environment or a secret store.',
  ],
  [
    'What is input validation? | why validate input | should I check user input? | explain input validation | What does input validation mean?',
    'Accept only the input that you expect, by type, length and form, and refuse the rest (CWE-20).',
  ],
  [
    'What is a prepared statement? | explain placeholders in sql | what are parameterized queries? | how do placeholders work | What does a parameterized query do?',
    'A parameterized query sends the text and the values apart, so a value cannot change the query (CWE-89).',
  ],
  [
    'What is a firewall? | what does a firewall do | explain firewalls | why do I need a firewall? | What is a firewall for?',
    'A firewall lets only the wanted connections through. It does not replace safe code.',
  ],
  [
    'What is encryption? | explain encryption | difference between hashing and encryption | is hashing the same as encryption? | How do hashing and encryption differ?',
    'Encryption can be undone with a key, a hash cannot be undone. Use AES in GCM mode to encrypt (CWE-327).',
  ],
];

export const FACTS: readonly Fact[] = FACT_ROWS.map(([questions, answer]) => ({
  questions: questions.split(' | '),
  answer,
}));
