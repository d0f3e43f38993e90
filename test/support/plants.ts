/** Secrets and personal data of every kind, as they are planted: `secret` is what could be read of `text`. */
import { PERSONAL_SAMPLES } from './personal-samples.js';
import { SECRET_SAMPLES, SECRETS_IN_CONTEXT } from './secret-samples.js';

export interface Plant {
  readonly text: string;
  readonly secret: string;
}

export const PLANTS: readonly Plant[] = [
  // Of a private key one line, since line ends may be escaped.
  ...SECRET_SAMPLES.map(([, secret]) => ({ text: secret, secret: secret.split(/\n|\\n/)[1] ?? secret })),
  ...SECRETS_IN_CONTEXT,
  ...PERSONAL_SAMPLES.map(({ before, data }) => ({ text: `${before}${data}`, secret: data })),
];
