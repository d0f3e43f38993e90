/**
 * Finds personal data by form and check digits: e-mail addresses, telephone numbers, payment cards, IBAN, national numbers, network and postal
 * addresses. Precision comes first: what documents, tests and code are full of (example domains, loopback addresses, versions, test
 * cards) is nobody's data. Time is linear in the length of the text: every gap is bounded.
 */

export type PersonalKind =
  | 'email-address'
  | 'telephone-number'
  | 'payment-card'
  | 'iban'
  | 'us-social-security-number'
  | 'uk-national-insurance-number'
  | 'german-tax-id'
  | 'aadhaar-number'
  | 'ip-address'
  | 'postal-address';

export interface PersonalSpan {
  readonly kind: PersonalKind;
  /** [start, end) in UTF-16 code units. */
  readonly start: number;
  readonly end: number;
}

type Finder = (text: string) => Iterable<PersonalSpan>;

/** Spans in order, disjoint. */
export function findPersonalData(text: string): PersonalSpan[] {
  const found = FINDERS.flatMap((find) => [...find(text)]).sort((a, b) => a.start - b.start || b.end - a.end);
  let end = 0;
  return found.filter((span) => {
    if (span.start < end) return false;
    end = span.end;
    return true;
  });
}

const LOCAL_PART = /[A-Za-z0-9._%+'-]{1,64}$/;
const DOMAIN = /(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,5}([A-Za-z]{2,24})(?![A-Za-z0-9_-]|\.[A-Za-z])/y;
/** RFC 2606 and RFC 6761, and what stands behind an @ in names of files and units. */
const NO_DOMAIN =
  /(?:^|\.)(?:example(?:\.(?:com|org|net|edu))?|test|invalid|tld|localhost|local|internal|lan|png|jpe?g|gif|svg|webp|ico|js|ts|mjs|css|py|rb|go|md|json|service|target|socket|timer|mount)$/i;
/** Of programs and of roles that documents use, not of people. */
const NO_PERSON = /^(?:git|hg|svn|noreply|no-reply|donotreply|root|www-data|nobody|postmaster|mailer-daemon|\d+)$/i;

function* emailAddresses(text: string): Generator<PersonalSpan> {
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    const local = LOCAL_PART.exec(text.slice(Math.max(0, at - 64), at))?.[0].replace(/^[.'%+-]+/, '') ?? '';
    DOMAIN.lastIndex = at + 1;
    const domain = DOMAIN.exec(text)?.[0];
    if (local === '' || domain === undefined || NO_DOMAIN.test(domain) || NO_PERSON.test(local)) continue;
    // `https://user@host` is a login; a password beside it is a secret.
    if (/:\/\/[^\s/]{0,64}$/.test(text.slice(Math.max(0, at - local.length - 70), at))) continue;
    yield { kind: 'email-address', start: at - local.length, end: at + 1 + domain.length };
  }
}

const digitsOf = (text: string): string => text.replace(/\D/g, '');

const INTERNATIONAL = /(?<![\w+.,-])\+[1-9]\d{0,2}(?:[ \u00A0()./-]{0,3}\d){6,13}(?![\d\w]|\.\d)/g;
const NATIONAL = /(?<![\w+.-])\(?\d{2,5}\)?(?:[ \u00A0./-]{0,3}\d){4,12}(?![\w]|[.-]\d)/g;
const TELEPHONE =
  /\b(?:tel(?:efon|ephone)?|phone|mobile|mobil|cell(?:ular)?|fax|whatsapp|handy|call (?:me|him|her|us|them)|text me|reach me|sms)\b[^\n]{0,24}$/i;
/** Kept free for fiction: the North American 555-01xx, and runs of one digit or of counting. */
const FICTION = /555\D{0,3}01\d\d$|^(\d)\1{5,}$|012345|1234567|(?:^|\D)0{6,}/;

function* telephoneNumbers(text: string): Generator<PersonalSpan> {
  const spanOf = (match: RegExpMatchArray): PersonalSpan => {
    const start = match.index ?? 0;
    return { kind: 'telephone-number', start, end: start + match[0].length };
  };
  for (const match of text.matchAll(INTERNATIONAL)) {
    const { length } = digitsOf(match[0]);
    if (length >= 8 && length <= 15 && !FICTION.test(match[0]) && !FICTION.test(digitsOf(match[0])))
      yield spanOf(match);
  }
  for (const match of text.matchAll(NATIONAL)) {
    const { length } = digitsOf(match[0]);
    const before = text.slice(Math.max(0, match.index - 48), match.index);
    if (length < 7 || length > 14 || FICTION.test(match[0]) || FICTION.test(digitsOf(match[0]))) continue;
    if (TELEPHONE.test(before)) yield spanOf(match);
  }
}

/** Luhn's sum (ISO/IEC 7812-1, annex B). */
function hasLuhnDigit(digits: string): boolean {
  let sum = 0;
  for (const [index, digit] of Array.from(digits).reverse().entries()) {
    const value = Number(digit) * (index % 2 === 1 ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}

const CARD = /(?<![\w.,-])(?:4|5[1-5]|2[2-7]|3[47]|6(?:011|4|5))\d*(?:[ -]\d+){0,4}(?![\w.-])/g;
/** Which the networks publish for tests. */
const TEST_CARD =
  /^(?:4(?:1{15}|0128{8}81881|242424242424242|000\d{8}\d{4}|2{12})|5(?:5{10}4444|105105105105100|200828282828210)|37(?:8282246310005|1449635398431|8734493671000)|6011(?:1{11}7|000990139424|0009901394)|30569309025904)$/;

function* paymentCards(text: string): Generator<PersonalSpan> {
  for (const match of text.matchAll(CARD)) {
    const digits = digitsOf(match[0]);
    if (digits.length < 14 || digits.length > 19 || !hasLuhnDigit(digits)) continue;
    if (TEST_CARD.test(digits) || new Set(digits).size < 4) continue;
    yield { kind: 'payment-card', start: match.index, end: match.index + match[0].length };
  }
}

/** Lengths by country (ISO 13616 registry). */
const IBAN_LENGTHS: ReadonlyMap<string, number> = new Map(
  'AD24 AE23 AT20 BE16 BG22 BR29 CH21 CY28 CZ24 DE22 DK18 EE20 ES24 FI18 FR27 GB22 GR27 HR21 HU28 IE22 IL23 IS26 IT27 LI21 LT20 LU20 LV21 MC27 MT31 NL18 NO15 PL28 PT25 RO24 RS22 SA24 SE24 SI19 SK24 TR26 UA29'
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);
const IBAN = /(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{1,4}){3,8}(?![A-Za-z0-9])/g;
/** Which the registry and the encyclopaedias print. */
const PUBLISHED_IBAN =
  /^(?:DE89370400440532013000|GB(?:82WEST12345698765432|29NWBK60161331926819)|FR1420041010050500013M02606|NL91ABNA0417164300)$/;

function* bankAccounts(text: string): Generator<PersonalSpan> {
  for (const match of text.matchAll(IBAN)) {
    // The run may have taken the word behind it.
    const length = IBAN_LENGTHS.get(match[0].slice(0, 2)) ?? 0;
    let end = 0;
    for (let taken = 0; taken < length && end < match[0].length; end += 1) if (match[0][end] !== ' ') taken += 1;
    const account = match[0].slice(0, end).replaceAll(' ', '');
    if (account.length !== length || /[A-Za-z0-9]/.test(match[0][end] ?? '')) continue;
    if (!PUBLISHED_IBAN.test(account) && remainder97(account) === 1)
      yield { kind: 'iban', start: match.index, end: match.index + end };
  }
}

/** ISO 7064, MOD 97-10, of the account with its first four characters moved to the end. */
function remainder97(account: string): number {
  let rest = 0;
  for (const character of account.slice(4) + account.slice(0, 4))
    for (const digit of String(Number.parseInt(character, 36))) rest = (rest * 10 + Number(digit)) % 97;
  return rest;
}

interface NationalNumber {
  readonly kind: PersonalKind;
  readonly form: RegExp;
  /** What must stand in the 48 characters before it. */
  readonly context: RegExp;
  readonly isValid: (characters: string) => boolean;
}

const NATIONAL_NUMBERS: readonly NationalNumber[] = [
  {
    kind: 'us-social-security-number',
    form: /(?<![\d-])(?!000|666|9)\d{3}[- ]?(?!00)\d{2}[- ]?(?!0000)\d{4}(?![\d-])/g,
    context: /\b(?:ssn|social security)\b/i,
    isValid: (number) => !/^(?:123456789|078051120|219099999)$/.test(number),
  },
  {
    kind: 'uk-national-insurance-number',
    form: /\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b/g,
    context: /\b(?:national insurance|nino|ni (?:number|no))\b/i,
    isValid: (number) => !/^(?:QQ|AB123456|AA123456)/.test(number),
  },
  {
    kind: 'german-tax-id',
    form: /(?<!\d)[1-9]\d(?: ?\d{3}){3}(?!\d)/g,
    context: /\b(?:steuer|tax id|tax identification|id ?nr)/i,
    isValid: hasTaxIdDigit,
  },
  {
    kind: 'aadhaar-number',
    form: /(?<!\d)[2-9]\d{3}[ -]?\d{4}[ -]?\d{4}(?!\d)/g,
    context: /\ba(?:a|)dhaar\b/i,
    isValid: hasVerhoeffDigit,
  },
];

function* nationalNumbers(text: string): Generator<PersonalSpan> {
  for (const { kind, form, context, isValid } of NATIONAL_NUMBERS)
    for (const match of text.matchAll(form)) {
      if (!context.test(text.slice(Math.max(0, match.index - 48), match.index))) continue;
      if (isValid(match[0].replace(/[ -]/g, '')))
        yield { kind, start: match.index, end: match.index + match[0].length };
    }
}

/** ISO 7064, MOD 11,10. */
function hasTaxIdDigit(digits: string): boolean {
  let product = 10;
  for (const digit of digits.slice(0, 10)) {
    const sum = (Number(digit) + product) % 10 || 10;
    product = (2 * sum) % 11;
  }
  return (11 - product) % 10 === Number(digits[10]);
}

/** Verhoeff's dihedral check (J. Verhoeff, Error Detecting Decimal Codes, 1969): multiplication in D5, and its permutation. */
const PERMUTATION = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4] as const;

function times(a: number, b: number): number {
  if (a < 5) return b < 5 ? (a + b) % 5 : 5 + ((a + b) % 5);
  return b < 5 ? 5 + ((a - b + 5) % 5) : (a - b + 5) % 5;
}

function hasVerhoeffDigit(digits: string): boolean {
  let check = 0;
  for (const [index, digit] of Array.from(digits).reverse().entries()) {
    let value = Number(digit);
    for (let round = 0; round < index % 8; round += 1) value = PERMUTATION[value] ?? 0;
    check = times(check, value);
  }
  return check === 0;
}

const IPV4 = /(?<![\w.:/-])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w-]|\.\d)/g;
/** Loopback, private, link-local, shared, documentation, multicast and reserved networks (RFC 6890), and resolvers everybody names. */
const NO_HOST_OF_A_PERSON =
  /^(?:0|10|127|22[4-9]|23\d|24\d|25[0-5])\.|^169\.254\.|^172\.(?:1[6-9]|2\d|3[01])\.|^192\.(?:168|0\.[02]|88\.99)\.|^198\.(?:1[89]|51\.100)\.|^203\.0\.113\.|^100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|^(?:8\.8\.[48]\.[48]|1\.[01]\.[01]\.1|9\.9\.9\.9|208\.67\.22[02]\.22[02]|93\.184\.216\.34|1\.2\.3\.4)$|\.0$/;
const VERSION_BEFORE = /(?:\bv|version|release|build|==|>=|<=|~=|\^)\s{0,2}[:=]?\s{0,2}["']?$/i;

function* networkAddresses(text: string): Generator<PersonalSpan> {
  for (const match of text.matchAll(IPV4)) {
    const before = text.slice(Math.max(0, match.index - 16), match.index);
    const isSmall = match[0].split('.').every((part) => Number(part) < 20);
    if (NO_HOST_OF_A_PERSON.test(match[0]) || isSmall || VERSION_BEFORE.test(before)) continue;
    yield { kind: 'ip-address', start: match.index, end: match.index + match[0].length };
  }
}

const STREET =
  /\b\d{1,5}[A-Za-z]? (?:[NSEW]\.? )?(?:[A-Z][a-z]{1,20} ){1,3}(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Square|Terrace|Place|Way)\b\.?(?:,? (?:Apt|Apartment|Suite|Unit|Flat|#) ?\w{1,5})?|\b[A-ZÄÖÜ][a-zäöüß]{2,25}(?:straße|strasse|weg|gasse|platz|allee) \d{1,4}[a-z]?\b/g;
const ADDRESS =
  /\b(?:address|live[sd]? (?:at|in|on)|living at|resid(?:e[sd]?|ing) at|ship(?:ped)? to|deliver(?:ed)? to|sen[dt] (?:it |them )?to|moved to|home is|wohn(?:e|t|haft)|anschrift|adresse)\b[^\n]{0,40}$/i;

function* postalAddresses(text: string): Generator<PersonalSpan> {
  for (const match of text.matchAll(STREET))
    if (ADDRESS.test(text.slice(Math.max(0, match.index - 64), match.index)))
      yield { kind: 'postal-address', start: match.index, end: match.index + match[0].length };
}

const FINDERS: readonly Finder[] = [
  emailAddresses,
  paymentCards,
  bankAccounts,
  nationalNumbers,
  telephoneNumbers,
  networkAddresses,
  postalAddresses,
];
