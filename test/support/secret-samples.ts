/** Made-up credentials in real formats, put together at run time so that no file of the project holds one. */
const filler = (length: number, alphabet = 'a7Bq2Zx9Lm4Kp8Rt1Wv6Yc3Nd5Hf0Js'): string =>
  Array.from({ length }, (_, index) => alphabet[(index * 7 + 3) % alphabet.length]).join('');
const hex = (length: number): string => filler(length, '0f3a9c71e5b8d246');
const upper = (length: number): string => filler(length, 'A7BQ2ZX6LM4KP3RTWVYCND5HFJS');

const privateKey = [
  `-----BEGIN RSA PRIVATE KEY-----`,
  ...Array.from({ length: 12 }, (_, index) => filler(64, `${filler(31)}${String(index)}+/`)),
  `${filler(22)}==`,
  `-----END RSA PRIVATE KEY-----`,
].join('\n');

export const SECRET_SAMPLES: readonly (readonly [kind: string, secret: string])[] = [
  ['aws-access-key-id', `AKIA${upper(16)}`],
  ['gcp-api-key', `AIza${filler(35)}`],
  ['google-oauth-secret', `GOCSPX-${filler(28)}`],
  ['github-token', `ghp_${filler(36)}`],
  ['github-fine-grained-token', `github_pat_${filler(82)}`],
  ['gitlab-token', `glpat-${filler(20)}`],
  ['slack-token', `xoxb-${filler(12, '1234567890')}-${filler(12, '9876543210')}-${filler(24)}`],
  ['stripe-key', `sk_live_${filler(24)}`],
  ['openai-key', `sk-proj-${filler(48)}`],
  ['anthropic-key', `sk-ant-api03-${filler(93)}`],
  ['huggingface-token', `hf_${filler(34)}`],
  ['npm-token', `npm_${filler(36)}`],
  ['sendgrid-key', `SG.${filler(22)}.${filler(43)}`],
  ['twilio-key', `SK${hex(32)}`],
  ['telegram-bot-token', `123456789:AA${filler(33)}`],
  ['digitalocean-token', `dop_v1_${hex(64)}`],
  ['json-web-token', `eyJ${filler(33)}.eyJ${filler(60)}.${filler(43)}`],
  ['azure-storage-key', `AccountKey=${filler(86)}==`],
  ['private-key', privateKey],
  ['private-key', privateKey.replaceAll('\n', '\\n')],
];

/** The secret alone is `secret`; `text` is how it stands in code. */
export const SECRETS_IN_CONTEXT: readonly { kind: string; text: string; secret: string }[] = [
  { kind: 'connection-password', text: 'postgres://app:k9Xv2mQ7@db.internal:5432/app', secret: 'k9Xv2mQ7' },
  { kind: 'connection-password', text: 'url = "mongodb+srv://u:t7Gb_x2@cluster0.net/a"', secret: 't7Gb_x2' },
  { kind: 'assigned-secret', text: 'password = "k9Xv2mQ7zL"', secret: 'k9Xv2mQ7zL' },
  { kind: 'assigned-secret', text: '{"client_secret": "k9Xv2mQ7zL-p0"}', secret: 'k9Xv2mQ7zL-p0' },
  { kind: 'assigned-secret', text: 'DB_PASSWORD=k9Xv2mQ7zLp0Wd\n', secret: 'k9Xv2mQ7zLp0Wd' },
  { kind: 'assigned-secret', text: 'Authorization: Bearer k9Xv2mQ7zLp0WdRt55', secret: 'k9Xv2mQ7zLp0WdRt55' },
];
