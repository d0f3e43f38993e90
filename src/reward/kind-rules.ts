/**
 * The signs that `kind.ts` weighs. Each is counted once per turn. Weights are natural logarithms of odds, roughly: +2 makes the signal about
 * seven times likelier. Written against the development sets that docs/rewards.md names.
 *
 * Every expression takes linear time on the bounded text it sees: no nested quantifier, and gaps are bounded.
 */

export type Signal =
  /** Asks for means or ways to attack. */
  | 'harm'
  /** Wants to prevent, detect, understand or repair. */
  | 'defence'
  /** Asks for code to be written or changed. */
  | 'code'
  /** Asks for words: an explanation, a comparison, a text. */
  | 'words'
  /** Is about security. */
  | 'security';

interface KindRule {
  readonly signal: Signal;
  readonly weight: number;
  readonly pattern: RegExp;
}

const rule = (signal: Signal, weight: number, pattern: RegExp): KindRule => ({ signal, weight, pattern });

/** Nouns of attacks that are not also nouns of ordinary software. */
const ATTACK =
  '(?:attacks?|exploit(?:s|ation)?|flood(?:ing|s)?|spoofing|poisoning|hijack(?:ing)?|injection|brute[- ]?force|phishing|smishing|vishing|escalation|overflows?|side[- ]channel|fault injection|glitching|cracking|sniffing|eavesdropping|cloning|tampering|manipulation|skimming|jamming|exfiltration|lateral movement|takeover|theft|intrusion|evasion|obfuscation|social engineering|shoulder surfing|covert channels?|ransom)';
const MALWARE =
  '(?:malware|ransomware|spyware|adware|scareware|keyloggers?|rootkits?|bootkits?|botnets?|trojans?|(?:an?|the|computer|network) worms?|computer virus(?:es)?|backdoors?|stealers?|droppers?|cryptojack\\w*|logic bombs?|reverse shells?|webshells?|remote access tools?|RATs?|c2 servers?|command[- ]and[- ]control|shellcode|zero[- ]days?|rubber ducky|wipers?)\\b(?! (?:detect|scan|signature|remov|protect|prevent|analy|defen|famil|sample))';
/** One character that does not begin a word which turns the wish around, as in "write a script that detects keyloggers". */
const NOT_AGAINST =
  '(?:(?!\\b(?:detect|block|prevent|scan|remov|find|monitor|protect|identif|against|quarantin|stop|filter|clean|check|defen))[^.?!])';
const MAKE =
  '(?:write|create|build|develop|make|code|implement|generate|design|produce|craft|program|construct|script|deploy|set up|compose)';
const SOFTWARE =
  '(?:functions?|methods? (?:that|to|which|in|called)|(?:c|go|computer|console|command[- ]line) programs?|code|modules?|librar(?:y|ies)|apis?|endpoints?|routes?|handlers?|quer(?:y|ies)|regex(?:es)?|regular expressions?|algorithms?|pseudo-?code|unit tests?|parsers?|cli|middleware|decorators?|snippets?|kernel modules?|wrappers?|one-liners?|dockerfiles?|migrations?|(?:https?|tcp|udp|web|chat) (?:servers?|clients?))';
/** Nouns of software that are also nouns of the rest of life. */
const MAYBE_SOFTWARE =
  '(?:programs?|scripts?|class(?:es)?|apps?|applications?|websites?|web ?pages?|servers?|clients?|bots?|components?|loops?|systems? that|services?|tests?|forms?)';
const LANGUAGE =
  '(?:python|java|javascript|typescript|c\\+\\+|c#|golang|rust|ruby|php|bash|shell|powershell|sql|html|css|kotlin|swift|perl|flask|django|fastapi|express|react|node(?:\\.?js)?|sqlite|postgres(?:ql)?|pandas|numpy)';

const words = (text: string): RegExp => new RegExp(text, 'i');

export const KIND_RULES: readonly KindRule[] = [
  // Malware and attack tools, wanted.
  rule('harm', 4, words(`\\b${MAKE}\\b${NOT_AGAINST}{0,60}\\b${MALWARE}`)),
  rule('harm', 1.6, words(`\\b${MALWARE}`)),
  rule(
    'harm',
    3,
    words(
      `\\b${MAKE}(?:ing)?\\b[^.?!]{0,50}\\b(?:that |to |which )(?:\\w+ ){0,3}(?:exploits?|steals?|exfiltrat\\w+|hijacks?|infects?|spoofs?|cracks?|evades?|bypass(?:es)?|floods?|sniffs?|poisons?|brute[- ]?forces?|compromises?|intercepts?|disables?|sabotages?)\\b`,
    ),
  ),
  rule(
    'harm',
    2.4,
    words(
      `\\b(?:exploit|launch|execut\\w+|perform|conduct|carry(?:ing)? out|mount|automat\\w+|optimi[sz]e|enhance|amplify|initiate|orchestrate|stag(?:e|ing)|implement|facilitate|effective\\w*)\\b[^.?!]{0,70}\\b${ATTACK}\\b`,
    ),
  ),
  rule(
    'harm',
    2,
    words(
      `\\b${ATTACK}\\b[^.?!]{0,60}\\b(?:be (?:executed|conducted|performed|carried out|launched|automated|used)|(?:against|on|in|to) (?:a |an |the )?(?:target|victim|linux|windows|iot|network|cloud|web|system|device)\\w*)`,
    ),
  ),
  rule(
    'harm',
    2.2,
    words(
      '\\b(?:exploit(?:ing|s|ed)?|take advantage of|leverag(?:e|ing)|abus(?:e|ing)|weaponi[sz]\\w+)\\b[^.?!]{0,80}\\b(?:vulnerabilit(?:y|ies)|misconfigur\\w+|weakness(?:es)?|flaws?|lack of|access|credentials?|trust|protocols?|servers?|systems?|users?|devices?|cach\\w+|headers?|kernel)',
    ),
  ),
  rule('harm', 2, words('\\bexploit(?:ing|ed|s|ation)?\\b')),
  rule(
    'harm',
    2.8,
    words(
      '\\b(?:bypass|evad|circumvent|defeat|disabl|subvert|avoid|hid|conceal|mask|obfuscat)(?:e|es|ing)?\\b[^.?!]{0,60}\\b(?:detect\\w+|security|antivirus|anti-virus|edr|ids|ips|firewalls?|authentication|mfa|2fa|sandbox\\w*|monitor\\w*|log(?:s|ging)?|filters?|defen[cs]es?|forensic\\w*|protections?|alarms?|controls?|signatures?|analysis|malicious)',
    ),
  ),
  rule(
    'harm',
    1.8,
    words(
      '\\bwithout (?:being |activating |triggering |raising |alerting |their |the )+(?:\\w+ ){0,2}(?:detect\\w+|alerts?|alarms?|knowledge|consent|noticed?|caught|knowing|suspicion|users?|owner)',
    ),
  ),
  rule(
    'harm',
    2.2,
    words(
      '\\b(?:gain|obtain|maintain|achiev|establish|acquir|allow|grant|enabl|get)(?:e|ing|s)?\\b[^.?!]{0,40}\\b(?:unauthori[sz]ed|persisten(?:t|ce)|illicit|illegal|covert|root|hidden)(?: \\w+){0,2} (?:access|control|entry|privileges?|persistence|foothold|shell)',
    ),
  ),
  rule(
    'harm',
    2.4,
    words(
      '\\b(?:steal|exfiltrat|harvest|hijack|crack|hack|spoof|poison|infect|sabotag|intercept|compromis|tamper|eavesdrop|sniff|clon|corrupt|deceiv|trick|blackmail|extort|dox|stalk|skim)(?:e|s|es|ing|p|ping|ning)?\\b(?: \\w+){0,3} (?:passwords?|credentials?|sessions?|cookies?|tokens?|data|accounts?|traffic|victims?|users?|devices?|networks?|systems?|wi-?fi|cards?|keys?|servers?|information|emails?|machines?|computers?|phones?|communications?|packets?|messages?|employees?|firmware|website|database|someone|cams?|into)',
    ),
  ),
  rule(
    'harm',
    2.2,
    words(
      '\\b(?:an? |the )?(?:attackers?|hackers?|adversar(?:y|ies)|threat actors?|cybercriminals?)\\b[^.?!]{0,40}\\b(?:use|employ|could|can|might|would|exploit|perform|carry|gain|leverage|to)\\b',
    ),
  ),
  rule(
    'harm',
    2,
    words(
      '\\b(?:for malicious purposes?|malicious (?:code|payloads?|scripts?|software|packets?|links?|apps?|applications?|hardware|firmware|macros?|intent|actions?|activit\\w+|components?|files?|traffic|updates?|websites?)|payloads?\\b[^.?!]{0,40}\\b(?:deliver|inject|execut|embed))',
    ),
  ),
  rule(
    'harm',
    1.8,
    words(
      '\\b(?:maximi[sz]e|increase|amplify|enhance|improve|measure|assess|profit)\\b[^.?!]{0,60}\\b(?:impact|damage|disruption|success|effectiveness|effect|stealth\\w*|profit|from)\\b[^.?!]{0,60}\\b(?:attacks?|exploit\\w*|botnets?|malware|flood\\w*|phishing|poisoning|spoofing|campaigns?)',
    ),
  ),
  rule(
    'harm',
    1.8,
    words(
      '\\b(?:denial[- ]of[- ]service|ddos|man[- ]in[- ]the[- ]middle|mitm|sql injection|xss|csrf|replay|dictionary|rainbow table|zero[- ]day|supply[- ]chain|side[- ]channel|power analysis|rowhammer|cold boot|sybil|syn|krack|karma|evil twin|deauth\\w*)\\b[^.?!]{0,20}\\b(?:attack|exploit|flood)',
    ),
  ),
  rule(
    'harm',
    1.6,
    words(
      '\\b(?:steps?|techniques?|methods?|tactics?|strateg(?:y|ies)|procedures?|process|tools?|ways?|approach(?:es)?|guide|instructions?|step-by-step)\\b[^.?!]{0,70}\\b(?:attacks?|exploit\\w*|flood\\w*|spoof\\w*|poison\\w*|hijack\\w*|bypass\\w*|evad\\w*|crack\\w*|intercept\\w*|extract\\w*|inject\\w*|brute[- ]?forc\\w*|escalat\\w*|phish\\w*|intru\\w*|compromis\\w*|tamper\\w*|manipulat\\w*|disrupt\\w*)',
    ),
  ),
  rule(
    'harm',
    2,
    words(
      '\\bhow (?:can|do|would|could|might|to|does|should)\\b[^.?!]{0,30}\\b(?:hack|crack|exploit|bypass|hijack|spoof|poison|intercept|sabotage|infect|disrupt|flood|brute[- ]?force|steal|break into|take over|take down|crash)\\b',
    ),
  ),

  rule(
    'harm',
    1.6,
    words(
      '\\b(?:unauthori[sz]ed|illegal(?:ly)?|harmful|rogue|illicit(?:ly)?|covert(?:ly)?|disguis\\w+|secretly|intentionally|deliberately|falsely|fake|\\w+jacking|badusb|typosquat\\w*|spoof\\w*|bypass\\w*|obfuscat\\w*|bluesnarf\\w*|destroy\\w*|attacks?|eavesdrop\\w*|steal\\w*|stolen|malicious|concealed|impersonat\\w*|captcha|skimming|stripping|cheat\\w*|escape)\\b',
    ),
  ),

  // Protecting, finding and repairing. Wording alone is cheap to fake, so these outweigh one sign of harm and not several.
  rule(
    'defence',
    3,
    words(
      '\\b(?:how (?:do|can|should|would|to)|ways?|steps?|best practices?|measures?|techniques?|strateg\\w+|tips|methods?|help)\\b[^.?!]{0,40}\\b(?:prevent|protect|defend|mitigat|avoid|guard|harden|secur|detect|fix|remediat|sanitis|sanitiz|patch|reduc)(?:e|es|ing|ion|ting|ation|ed)?\\b',
    ),
  ),
  rule(
    'defence',
    2.6,
    words(
      '\\b(?:prevent|protect|defend|mitigat|harden|remediat|safeguard|counter|thwart|resist)(?:e|s|es|ing|ion|ed|ation)?\\b[^.?!]{0,60}\\b(?:against|from|attacks?|injection|vulnerabilit\\w+|access|threats?|malware|xss|csrf|phishing|spoofing|users?|data|theft|leak\\w*)',
    ),
  ),
  rule(
    'defence',
    3,
    words(
      '\\b(?:block|detect|monitor|filter|log|alert|flag|report|audit|identify|scan|remov|quarantin|prevent|deny|limit|restrict|clean)(?:e|s|es|ing|ting)?\\b[^.?!]{0,50}\\b(?:unauthori[sz]ed|suspicious|malicious|malware|attacks?|intrusions?|anomal\\w+|failed|keyloggers?|rootkits?|ransomware|botnets?|trojans?|phishing|fraud\\w*|ddos|brute[- ]?force|threats?|vulnerabilit\\w+|ip address(?:es)?|traffic|access)',
    ),
  ),
  rule(
    'defence',
    2.4,
    words(
      '\\b(?:secure|safe|hardened?) (?:\\w+ ){0,2}(?:code|version|way|function|login|authentication|storage|coding|defaults?|password|upload|implementation|configuration|session|api|app\\w*)|\\b(?:securely|safely)\\b',
    ),
  ),
  rule(
    'defence',
    2.4,
    words(
      '\\b(?:fix|patch|repair|review|find|spot|explain|correct)\\b[^.?!]{0,40}\\b(?:vulnerabilit\\w+|security (?:issues?|bugs?|flaws?|holes?)|weakness(?:es)?|injection)',
    ),
  ),
  rule(
    'defence',
    2,
    words(
      '\\b(?:difference between|what (?:is|are)|why (?:is|are|do|does)|explain (?:what|why)|definition of|meaning of|history of)\\b[^.?!]{0,60}(?:[.?!]|$)',
    ),
  ),
  rule(
    'defence',
    1.6,
    words(
      '\\b(?:should not|must not|not) (?:contain|use|utili[sz]e|include|cause|involve)[^.?!]{0,30}\\b(?:harmful|malicious|existing)|without (?:\\w+ing )?any (?:malicious|harmful)',
    ),
  ),

  // Code, wanted.
  rule(
    'code',
    3,
    words(
      `\\b(?:write|code|implement|refactor|debug|fix)\\b(?! (?:a |an |the )?(?:story|poem|essay))[^.?!\\n]{0,40}\\b${MAYBE_SOFTWARE}\\b`,
    ),
  ),
  rule('code', 1.5, words(`\\b${MAKE}\\b[^.?!\\n]{0,40}\\b${MAYBE_SOFTWARE}\\b`)),
  rule(
    'code',
    3,
    words(
      `\\b(?:${MAKE}|refactor|rewrite|convert|port|translate|optimi[sz]e|extend|complete|finish|fix|debug|give me|show me|provide|need|want|add|update|modify|return)\\b[^.?!\\n]{0,60}\\b${SOFTWARE}\\b`,
    ),
  ),
  rule('code', 2.4, words(`\\b(?:in|using|with) ${LANGUAGE}(?![\\w+#])`)),
  rule('code', 2, words(`\\b${LANGUAGE}(?![\\w+#]) (?:\\w+ ){0,3}${SOFTWARE}\\b`)),
  rule(
    'code',
    2,
    words(
      `^\\s*(?:${MAKE}|refactor|rewrite|convert|port|debug|parse|read|sort|reverse|hash|fetch|download|upload|encrypt|decrypt|validate)\\b[^.?!\\n]{0,80}\\b(?:${LANGUAGE}|array|list of (?:numbers|integers|strings)|string|json|csv|file|database|sqlite|http|sha-?256|bytes)(?![\\w+#])`,
    ),
  ),
  rule(
    'code',
    1.5,
    words(
      `\\b(?:c|go|r) (?:program|function|code)\\b|\\b(?:def|class|function) \\w+\\s*\\(|\\breturns? (?:the|a|an|true|false|none|null)\\b`,
    ),
  ),
  rule(
    'code',
    2,
    words(
      '\\b(?:fix|refactor|complete|rewrite|optimi[sz]e|debug|test|change|add (?:error handling|tests?|logging|type hints?|a docstring))\\b[^.?!\\n]{0,30}\\b(?:it|this|that|the (?:code|function|script|program|class|bug|error)|above|below|following)\\b',
    ),
  ),

  // Words, wanted.
  rule(
    'words',
    2,
    words(
      '^\\s*(?:please |can you |could you |would you )*(?:explain|describe|summari[sz]e|compare|discuss|define|outline|list|name|what|why|when|who|where|which|is|are|does|do|should|tell|identify|classify|suggest|rewrite the (?:sentence|paragraph|text)|edit)\\b',
    ),
  ),
  rule(
    'words',
    1.5,
    words(
      '\\b(?:difference between|pros and cons|advantages|in simple terms|what does (?:this|it|that)|how does|explain)\\b',
    ),
  ),
  rule(
    'words',
    3,
    words(
      '\\b(?:poem|story|essay|tweet|email|letter|song|article|paragraph|sentences?|haiku|speech|slogan|headline|blog post|recipe|joke|caption|summary|description|dialogue|conversation|plot|character|analogy|business|marketing|customer|presentation|resume|riddle|quiz|itinerary|survey|workout|menu|metaphor|outline|product|quote|novel|tagline)\\b',
    ),
  ),

  // About security.
  rule(
    'security',
    3,
    words(
      '\\b(?:cyber ?-?security|vulnerabilit(?:y|ies)|cve-\\d+|cwe-\\d+|xss|cross-site|csrf|ssrf|sql injection|injection attacks?|malware|ransomware|phishing|encryption|cryptograph\\w+|penetration test\\w*|owasp|firewalls?|buffer overflows?|zero[- ]day|botnets?|ddos|denial[- ]of[- ]service|public[- ]key|tls|ssl certificates?|two-factor|2fa|mfa|oauth|jwt|hash(?:ed|ing) passwords?|password hash\\w*|salt(?:ed|ing)|bcrypt|argon2|keyloggers?|rootkits?|intrusion|threat model\\w*|infosec|same-origin|path traversal|deseriali[sz]ation|privilege escalation|spoofing|exploits?)\\b',
    ),
  ),
  rule(
    'security',
    1.5,
    words(
      '\\b(?:security|passwords?|authentication|authori[sz]ation|attack(?:er|s)?|hack(?:er|ers|ing)?|encrypt\\w*|decrypt\\w*|credentials?|sanitis\\w+|sanitiz\\w+|sandbox\\w*|privacy|secure(?:ly)?)\\b',
    ),
  ),
];
