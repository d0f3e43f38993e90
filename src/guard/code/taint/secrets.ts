/** Tells a credential from the many harmless constants that variables with such names hold. */

const PLACEHOLDER =
  /^(<.*>|\{.*\}|\$.*|%.*|\*+|x+|\.+|-+|_+|none|null|nil|true|false|undefined|test_?only|example|required|optional|unknown|redacted|hidden|n\/?a|string|str|text|bearer|basic|token|password|passwd|passphrase|secret|api[_-]?key|username|email|access|refresh|csrf|session(_?id)?|code|id|hash|key|auth|authorization)$/i;
const INSTRUCTION =
  /\b(your|enter|insert|replace|change[_-]?me|put[_-]|todo|placeholder|dummy|goes[_-]here|from[_-]env)/i;
/** Names of settings and fields rather than values: `DB_PASSWORD`, `user.password`, `password_hash`. */
const FIELD_NAME =
  /^[A-Z][A-Z\d]*(_[A-Z\d]+)+$|^[a-z]+([A-Z][a-z]+)*(Token|Key|Password|Secret|Id)$|^[a-z]+([._-][a-z]+)*[._-](password|passwd|secret|token|key|hash|field|name|input|id|url)$/;
const LOCATION =
  /^(https?:\/\/|\/|\.\/|[\w-]+\/[\w/-]+$|arn:|projects\/)|\.(json|pem|txt|key|html?|py|ya?ml|cfg|ini|env)$/i;

export function isSecret(text: string): boolean {
  if (text.length < 4 || text.length > 400 || /\s|[:?]$/.test(text)) return false;
  return !PLACEHOLDER.test(text) && !INSTRUCTION.test(text) && !FIELD_NAME.test(text) && !LOCATION.test(text);
}
