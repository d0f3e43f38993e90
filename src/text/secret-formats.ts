/**
 * Formats of credentials that can be told by their shape. A format is found by its literal prefix, and then its body is matched from
 * there; bodies are runs of single character classes with bounded counts and no nesting, so a match costs time linear in the body.
 * Sources: the issuers' documentation and gitleaks' rules (MIT), shapes only.
 */

export interface SecretFormat {
  readonly kind: string;
  /** Literal, case-sensitive. */
  readonly prefix: string;
  /** What follows the prefix; the character behind it must not continue a word. At most MAX_SECRET_LENGTH characters. */
  readonly body: RegExp;
}

/** No single-word secret is longer; what is longer is not looked for. A stream may hold this much. */
export const MAX_SECRET_LENGTH = 4096;

const ALNUM = '[A-Za-z0-9]';
const WORD = '[A-Za-z0-9_-]';
const HEX = '[a-f0-9]';

const format = (kind: string, prefix: string, body: string): SecretFormat => ({
  kind,
  prefix,
  body: new RegExp(body.endsWith('=') ? body : `${body}(?![A-Za-z0-9])`, 'y'),
});
const several = (kind: string, prefixes: string, body: string): SecretFormat[] =>
  prefixes.split(' ').map((prefix) => format(kind, prefix, body));

export const SECRET_FORMATS: readonly SecretFormat[] = [
  ...several('aws-access-key-id', 'AKIA ASIA ABIA ACCA', '[A-Z2-7]{16}'),
  format('gcp-api-key', 'AIza', `${WORD}{35}`),
  format('google-oauth-secret', 'GOCSPX-', `${WORD}{28}`),
  format('google-oauth-token', 'ya29.', `${WORD}{40,1000}`),
  ...several('github-token', 'ghp_ gho_ ghu_ ghs_ ghr_', `${ALNUM}{36,255}`),
  format('github-fine-grained-token', 'github_pat_', '[A-Za-z0-9_]{70,255}'),
  ...several(
    'gitlab-token',
    'glpat- gldt- glrt- glcbt- glptt- glft- glimt- glagent- gloas- glsoat-',
    `${WORD}{20,200}`,
  ),
  ...several('slack-token', 'xoxb- xoxp- xoxa- xoxr- xoxs- xoxe-', '[A-Za-z0-9-]{20,250}'),
  format('slack-app-token', 'xapp-', '\\d-[A-Z0-9]{5,20}-\\d{8,20}-[a-z0-9]{30,100}'),
  format('slack-webhook', 'hooks.slack.com/services/', 'T[A-Z0-9]{6,12}/B[A-Z0-9]{6,12}/[A-Za-z0-9]{20,30}'),
  ...several('stripe-key', 'sk_live_ rk_live_ sk_test_ rk_test_ whsec_', `${ALNUM}{20,250}`),
  format('openai-key', 'sk-proj-', `${WORD}{40,220}`),
  format('openai-key', 'sk-svcacct-', `${WORD}{40,220}`),
  format('openai-key', 'sk-admin-', `${WORD}{40,220}`),
  format('anthropic-key', 'sk-ant-', '(?:api|admin|oat|ort)\\d{2}-[A-Za-z0-9_-]{60,200}'),
  format('openrouter-key', 'sk-or-v1-', `${HEX}{64}`),
  format('openai-style-key', 'sk-', `${ALNUM}{32,64}`),
  format('purpgate-key', 'pg-', `${ALNUM}{6,40}-${WORD}{20,100}`),
  format('huggingface-token', 'hf_', '[A-Za-z0-9]{30,60}'),
  format('huggingface-token', 'api_org_', '[A-Za-z]{34}'),
  format('replicate-token', 'r8_', `${ALNUM}{37,40}`),
  format('groq-key', 'gsk_', `${ALNUM}{48,60}`),
  format('xai-key', 'xai-', `${ALNUM}{70,100}`),
  format('perplexity-key', 'pplx-', `${ALNUM}{48}`),
  format('fireworks-key', 'fw_', `${ALNUM}{24}`),
  format('npm-token', 'npm_', `${ALNUM}{36}`),
  format('pypi-token', 'pypi-AgEIcHlwaS5vcmc', `${WORD}{50,1000}`),
  format('rubygems-key', 'rubygems_', `${HEX}{48}`),
  format('docker-token', 'dckr_pat_', `${WORD}{27}`),
  format('docker-token', 'dckr_oat_', `${WORD}{32}`),
  format('sendgrid-key', 'SG.', `${WORD}{22}\\.${WORD}{43}`),
  format('sendinblue-key', 'xkeysib-', `${HEX}{64}-${ALNUM}{16}`),
  format('mailgun-key', 'key-', `${HEX}{32}`),
  format('mailchimp-key', 'pubkey-', `${HEX}{32}`),
  format('twilio-key', 'SK', `${HEX}{32}`),
  format('twilio-account', 'AC', `${HEX}{32}`),
  format('square-token', 'sq0atp-', `${WORD}{22}`),
  format('square-secret', 'sq0csp-', `${WORD}{43}`),
  format('square-token', 'EAAA', `${WORD}{60}`),
  ...several('shopify-token', 'shpat_ shpca_ shppa_ shpss_', '[a-fA-F0-9]{32}'),
  ...several('digitalocean-token', 'dop_v1_ doo_v1_ dor_v1_', `${HEX}{64}`),
  format('heroku-key', 'HRKU-AA', `${WORD}{58}`),
  format('databricks-token', 'dapi', `${HEX}{32}(?:-\\d)?`),
  format('grafana-token', 'glc_', '[A-Za-z0-9+/]{32,400}={0,3}'),
  format('grafana-token', 'glsa_', `${ALNUM}{32}_[A-Fa-f0-9]{8}`),
  format('hashicorp-vault-token', 'hvs.', `${WORD}{24,300}`),
  format('hashicorp-vault-token', 'hvb.', `${WORD}{100,300}`),
  format('pulumi-token', 'pul-', `${HEX}{40}`),
  format('linear-key', 'lin_api_', `${ALNUM}{40}`),
  format('notion-token', 'ntn_', `${ALNUM}{40,60}`),
  format('postman-key', 'PMAK-', `${HEX}{24}-${HEX}{34}`),
  format('newrelic-key', 'NRAK-', '[A-Z0-9]{27}'),
  format('newrelic-key', 'NRII-', `${WORD}{32}`),
  format('sentry-token', 'sntrys_', '[A-Za-z0-9+/=_-]{60,400}'),
  format('sentry-token', 'sntryu_', `${HEX}{64}`),
  format('planetscale-token', 'pscale_tkn_', '[A-Za-z0-9=._-]{32,64}'),
  format('planetscale-password', 'pscale_pw_', '[A-Za-z0-9=._-]{32,64}'),
  format('doppler-token', 'dp.pt.', `${ALNUM}{43}`),
  format('doppler-token', 'dp.st.', '[A-Za-z0-9._-]{43,80}'),
  format('atlassian-token', 'ATATT3', '[A-Za-z0-9_=-]{180,250}'),
  format('bitbucket-token', 'ATBB', `${ALNUM}{32}`),
  format('age-secret-key', 'AGE-SECRET-KEY-1', '[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}'),
  format('facebook-token', 'EAACEdEose0cBA', `${ALNUM}{20,400}`),
  format('telegram-bot-token', ':AA', `${WORD}{32,33}`),
  format('discord-webhook', 'discord.com/api/webhooks/', `\\d{17,20}/${WORD}{60,80}`),
  format('azure-storage-key', 'AccountKey=', '[A-Za-z0-9+/]{86}=='),
  format('azure-shared-access-key', 'SharedAccessKey=', '[A-Za-z0-9+/]{43}='),
  format('azure-ad-secret', '8Q~', '[A-Za-z0-9~._-]{31,34}'),
  format('cloudflare-origin-key', 'v1.0-', `${HEX}{24}-${HEX}{146}`),
  format('tailscale-key', 'tskey-', `[a-z]{3,12}-${ALNUM}{6,30}-${ALNUM}{20,60}`),
  format('supabase-key', 'sbp_', `${HEX}{40}`),
  format('figma-token', 'figd_', `${WORD}{38,60}`),
  format('airtable-token', 'pat', `${ALNUM}{14}\\.${HEX}{64}`),
  format('json-web-token', 'eyJ', '[A-Za-z0-9_-]{10,400}\\.eyJ[A-Za-z0-9_-]{10,2000}\\.[A-Za-z0-9_-]{16,1000}'),
];
