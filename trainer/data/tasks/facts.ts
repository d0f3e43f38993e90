/** Questions about security that are not about one weakness, each with its answer. */
export interface Fact {
  /** One in six is held out (see phrasingsOf). */
  readonly questions: readonly string[];
  readonly answer: string;
}

type FactRow = readonly [questions: string, answer: string];

const FACT_ROWS: readonly FactRow[] = [
  [
    'What is a salt? | what does a salt do in password hashing | Why do I need a salt? | explain salted hashes | What is the purpose of a salt? | do passwords need a salt? | salt in hashing, what is it | Why are password hashes salted? | tell me about salting passwords | is a salt secret? | How come two equal passwords have different hashes? | What does one mix into a password before it is hashed, and why?',
    'A salt is a random value that is hashed with the password, so equal passwords get different hashes (CWE-916).',
  ],
  [
    'Is md5 safe for passwords? | md5 or sha256 for passwords? | difference between md5 and sha256 | Should I use sha1 for passwords? | is sha256 enough for passwords | which hash should I use for passwords? | compare md5 and sha256 for me | is bcrypt better than sha256? | what hash is best for passwords | md5 vs sha256 | why not hash passwords with sha256? | Can I store passwords with md5? | Would a fast digest do for the logins of my members?',
    'Neither md5 nor sha256 fits passwords, since both are fast to guess. Use scrypt, bcrypt or argon2 with a salt (CWE-916).',
  ],
  [
    'What is HTTPS? | why should I use https | what does TLS do? | Explain TLS in short. | What is TLS good for? | http or https? | what is ssl | how does https protect me? | do I need a certificate for my site? | difference between http and https | What does the lock in the browser stand for? | Why do pages begin with https these days?',
    'TLS encrypts a connection and proves who the server is. Keep certificate checks on (CWE-295).',
  ],
  [
    'What is two factor authentication? | explain 2fa | why use 2FA? | what does MFA mean | Tell me what two factor login is. | is 2fa worth it? | what is a second factor | how does an authenticator app help? | should my site offer two factor login? | does 2fa help if a password leaks? | Why does my bank send me a code as well? | For what do sites ask a code from my phone besides the password?',
    'A second factor, such as a code from a phone, protects an account when its password leaks (CWE-308).',
  ],
  [
    'What is the principle of least privilege? | explain least privilege | what does least privilege mean? | why should a service have few rights | What do you mean by least privilege? | should my app run as root? | why not run everything as admin? | least privilege in one sentence | which rights should a database user have? | is it bad to run a server as root | Why should programs not be allowed everything? | How many permissions do I hand to a new service account?',
    'Give each user and program only the rights that it needs, so that a fault does little harm (CWE-250).',
  ],
  [
    'What is a CVE? | difference between CVE and CWE | what does CWE mean? | What is a CWE? | Explain what CWE numbers are. | cve vs cwe | is a CWE the same as a CVE? | what are CWEs | what do these CWE ids stand for? | Tell me what a CVE number is. | What kind of list do numbers such as CWE-89 come from? | How do the two lists of security numbers differ?',
    'A CWE is a kind of weakness, such as CWE-89. A CVE is one known hole in one product.',
  ],
  [
    "Is eval dangerous? | why is eval bad | can I use eval in python? | should I avoid eval? | What is wrong with eval? | is it ok to eval user input | eval or literal_eval? | what can I use instead of eval? | is exec as bad as eval? | how safe is python's eval | What happens if a user's text goes into eval? | Why do people frown on the eval builtin?",
    'eval runs any code in its text (CWE-95). Use ast.literal_eval for values.',
  ],
  [
    "Is pickle safe? | why is pickle unsafe | can I unpickle user data? | pickle or json? | What is wrong with pickle? | is pickle.loads dangerous | may I load a pickle from the internet? | pickle security | what is safer than pickle? | should I send pickles between services? | Why does the manual warn of unpickling? | Do I run a risk when I open somebody's pickle file?",
    'pickle can run code when it loads data (CWE-502). Use JSON for data from others.',
  ],
  [
    'What is shell=True? | is shell=True dangerous | why not use os.system? | subprocess with shell or without? | What is wrong with shell=True? | what does shell=True do in subprocess | os.system or subprocess.run? | should I use shell=False? | when is shell=True unsafe | explain shell=True to me | Why does subprocess want a list of arguments? | My linter complains about shell=True, why is that?',
    'With shell=True a shell reads the text, so input can add commands (CWE-78). Pass a list instead.',
  ],
  [
    'How should I store API keys? | where do I put secrets | how to keep passwords out of git | where should credentials live? | How do I store secrets safely? | can I put my api key into the code? | is it bad to commit a password? | what are environment variables good for with secrets | how do I hide an API key in python? | should a db password stand in the config file of the repo? | My token is in the repository, is that bad? | Which place is right for the keys of my app?',
    'Keep secrets out of the source (CWE-798). Read them from the environment or a secret store.',
  ],
  [
    'What is input validation? | why validate input | should I check user input? | explain input validation | What does input validation mean? | how do I validate input? | can I trust user input? | what is an allow list for input | validate or sanitize input? | why should I never trust user input | What should I do with data that comes from a form? | Which input may my program accept?',
    'Accept only the input that you expect, by type, length and form, and refuse the rest (CWE-20).',
  ],
  [
    'What is a prepared statement? | explain placeholders in sql | what are parameterized queries? | how do placeholders work | What does a parameterized query do? | why use ? in a query | are prepared statements safe? | f-string or placeholder in sql? | what do bound parameters do | why bind values in sql? | What is the question mark in an SQL text for? | How do values get into a query without harm?',
    'A parameterized query sends the text and the values apart, so a value cannot change the query (CWE-89).',
  ],
  [
    'What is a firewall? | what does a firewall do | explain firewalls | why do I need a firewall? | What is a firewall for? | is a firewall enough? | does a firewall make my app safe | how does a firewall work? | firewall in simple words | do I still need safe code behind a firewall? | What stands between my network and the internet? | Which thing decides what connections come in?',
    'A firewall lets only the wanted connections through. It does not replace safe code.',
  ],
  [
    'What is encryption? | explain encryption | difference between hashing and encryption | is hashing the same as encryption? | hash vs encrypt | can a hash be decrypted? | should I hash or encrypt data? | what is AES | how does encryption differ from a hash? | can I get the text back from a hash | How do hashing and encryption differ? | What do I take if I must read the data again later?',
    'Encryption can be undone with a key, a hash cannot be undone. Use AES in GCM mode to encrypt (CWE-327).',
  ],
  [
    "Is random safe for tokens? | random or secrets? | why use the secrets module | what is wrong with random.random for passwords | is python's random secure? | secrets vs random in python | can random numbers be predicted? | what does the secrets module do | how do I get secure random numbers? | why is random bad for session ids | May I draw reset codes with the random module? | What is so special about the secrets module?",
    'random is predictable, so its values can be guessed. Use the secrets module for tokens (CWE-338).',
  ],
  [
    'What does httponly do? | what is the secure flag of a cookie | explain cookie flags | why set httponly on cookies? | which flags should a session cookie have | httponly and secure, what are they | what is a samesite cookie? | how do I protect cookies? | are cookies safe? | what does the secure attribute of cookies mean? | How do I keep scripts away from my session cookie? | Which marks does a good login cookie carry?',
    'A cookie with httponly cannot be read by scripts, and one with secure travels only over HTTPS (CWE-614, CWE-1004).',
  ],
  [
    'What is a JWT? | what are json web tokens | is a jwt encrypted? | explain jwt | how do I trust a jwt? | why verify a jwt | do I have to check the signature of a token? | can users change a jwt? | what does jwt stand for | is decoding a jwt enough? | What are those tokens with two dots in them? | Why may I not believe a token before I have checked it?',
    'A JWT is a signed token. Check its signature and its algorithm before you believe it (CWE-347).',
  ],
  [
    "What is CORS? | what does the same origin policy do | explain cors to me | is a star in cors dangerous | why do I get a cors error? | should I allow every origin? | what does Access-Control-Allow-Origin do | how should I set up cors? | cors in short | is it bad to allow all origins | Why may my page not call another site's API? | From which sites may a browser call my server?",
    'The same-origin policy keeps a page from reading other sites. CORS opens it, so allow only hosts that you know (CWE-942).',
  ],
  [
    'What is rate limiting? | why do I need a rate limit | how do I stop brute force logins? | explain rate limits | what does throttling logins help against | should I limit login attempts? | how does rate limiting protect a login | what is a brute force attack? | how can I slow down password guessing | is locking after failed logins useful? | What keeps someone from trying all passwords on my site? | Why are only so many tries a minute allowed?',
    'A rate limit allows only so many tries in a time, so guessing passwords takes too long (CWE-307).',
  ],
  [
    'Is yaml.load safe? | yaml.load or safe_load? | why use yaml.safe_load | what is wrong with yaml.load | difference between load and safe_load in yaml | is yaml dangerous? | what does safe_load do | can a yaml file run code? | how do I load yaml safely? | is PyYAML secure | Why do scanners complain about yaml.load? | Which call of PyYAML should I take for files of users?',
    'yaml.load can build any object. yaml.safe_load builds plain values only, so use it (CWE-502).',
  ],
  [
    "Is flask debug mode dangerous? | why turn off debug in production | what is wrong with debug=True | can I deploy with debug=True? | what does flask's debugger expose | should debug be on in production? | debug mode risks | is the werkzeug debugger safe | explain why debug=True is bad | may I leave debug mode on? | What can go wrong if the debugger stays on when we go live? | How risky is the flask console for the public?",
    'DEBUG mode shows a console that runs code, so never use it on a public server (CWE-489).',
  ],
  [
    'What should I not log? | may I log passwords | can tokens go into a log? | what belongs into a log file | is it ok to log a request with its password | how do I log safely? | should I log user data? | which data must stay out of logs | is logging secrets bad? | logging and privacy, what to watch | What ought never to end up in our log files? | How much of a login may be written down by the server?',
    'Log what happened, but leave out passwords, tokens and personal data (CWE-532).',
  ],
  [
    "What is a host key? | what is known_hosts | why check the ssh host key | is AutoAddPolicy safe? | what does paramiko's AutoAddPolicy do | should I accept unknown ssh keys? | explain ssh host keys | what does the fingerprint warning of ssh mean | is it ok to ignore host key warnings? | what are known hosts for | Why does ssh ask me about a fingerprint the first time? | How do I know that it is really my server that answers over ssh?",
    'An SSH host key proves which server answers. Check it, or someone else can pose as the server (CWE-322).',
  ],
  [
    'What is ReDoS? | can a regex be dangerous | why is my regex so slow | what is catastrophic backtracking | explain redos | are nested quantifiers in a regex bad? | how do I avoid slow regexes? | can a regex hang my server | what does regex denial of service mean? | is (a+)+ a bad pattern | Why does a pattern take minutes on a short text? | Which patterns should I not run on text of users?',
    'A regex with nested repeats can take exponential time on some input. Keep patterns simple (CWE-1333).',
  ],
  [
    'Should I show errors to users? | what should an error page contain | is a stack trace dangerous | why hide stack traces | may users see exceptions? | how much detail should an error message have | are error messages a security problem? | what do attackers learn from error messages | should I return str(e) to the client? | how do I handle errors safely | What do visitors get to see when my server fails? | Is it harmful if a traceback appears in the browser?',
    'Show users a short message and keep the details of an error in the log (CWE-209).',
  ],
];

export const FACTS: readonly Fact[] = FACT_ROWS.map(([questions, answer]) => ({
  questions: questions.split(' | '),
  answer,
}));
