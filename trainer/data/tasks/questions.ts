/** What the policy knows of weaknesses, and how users ask for it. */
export { FACTS, type Fact } from './facts.js';

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
  [
    'CWE-943',
    'NoSQL injection | MongoDB injection | operator injection',
    'input changes a query of a document store',
    'Accept only plain text as a value.',
  ],
  [
    'CWE-643',
    'XPath injection | injection into XPath',
    'input changes an XPath query',
    'Bind values as XPath variables.',
  ],
  [
    'CWE-113',
    'header injection | HTTP response splitting | CRLF injection',
    'line breaks in input add headers',
    'Refuse line breaks in headers.',
  ],
  [
    'CWE-942',
    'open CORS | a CORS wildcard | CORS for every origin',
    'any site may read the answers of a server',
    'Allow only known origins.',
  ],
  [
    'CWE-209',
    'error details for users | leaking stack traces | verbose error messages',
    'an error message tells of the inside of a server',
    'Log the details and show a short message.',
  ],
  [
    'CWE-1004',
    'cookies without httponly | script access to cookies',
    'a script can read a session cookie',
    'Set httponly.',
  ],
  [
    'CWE-319',
    'passwords sent in clear | cleartext transmission | plain FTP and HTTP',
    'others can read what travels',
    'Use TLS.',
  ],
  [
    'CWE-326',
    'short keys | weak key sizes | 1024 bit RSA',
    'a key can be computed by others',
    'Use RSA with 3072 bits.',
  ],
  [
    'CWE-329',
    'a constant initialisation vector | a fixed IV | IV reuse',
    'equal texts give equal ciphertexts',
    'Draw a fresh random value for each message.',
  ],
  [
    'CWE-1333',
    'slow regular expressions | ReDoS | catastrophic backtracking',
    'a pattern takes exponential time',
    'Keep patterns free of nested repeats.',
  ],
  [
    'CWE-1327',
    'listening on all interfaces | binding to 0.0.0.0',
    'everyone in the network reaches a service',
    'Bind to 127.0.0.1.',
  ],
  [
    'CWE-322',
    'unknown host keys | AutoAddPolicy | SSH without host key checks',
    'someone else can pose as the SSH server',
    'Accept only known host keys.',
  ],
  [
    'CWE-489',
    'an active debugger | debug mode in production | debug=True',
    'a debugger runs code for visitors',
    'Turn debug off.',
  ],
];

export const WEAKNESSES: readonly Weakness[] = WEAKNESS_ROWS.map(([cwe, names, meaning, defence]) => ({
  cwe,
  names: names.split(' | '),
  meaning,
  defence,
}));

/** Questions about a weakness: `$name` is one of its names, `$cwe` its id. One in six of each list is held out (see phrasingsOf). */
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
  'how bad is $name',
  '$name?',
  'explain $name like I am five',
  'a colleague asked me about $name, what do I say?',
  'What is meant by $name?',
  'Why should I care about $name?',
  'In an exam I must describe $name. What do I write?',
  'Our auditor found $name, please tell me more.',
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
  'what kind of bug is $cwe',
  '$cwe meaning',
  'is $cwe serious?',
  'what should I know about $cwe',
  'The report lists $cwe, please explain.',
  'can you tell me what $cwe is about',
  'What is the meaning of $cwe?',
  'Which weakness has the number $cwe?',
  'Our build fails because of $cwe. What is behind it?',
];
