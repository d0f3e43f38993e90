/** openapi/purpgate.yaml at run time. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StaticDocumentSpec } from '@fastify/swagger';
import { packageRoot } from '../config.js';

export type Contract = StaticDocumentSpec['document'] & {
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
};

/** The contract, as the build turned it into JSON. */
export function readContract(): Contract {
  const text = readFileSync(join(packageRoot, 'dist', 'openapi', 'purpgate.json'), 'utf8');
  return JSON.parse(text) as Contract;
}

type RequestSchema =
  | 'ChatCompletionRequest'
  | 'ResponsesRequest'
  | 'MessagesRequest'
  | 'CountTokensRequest'
  | 'TextCompletionRequest'
  | 'FeedbackRequest'
  | 'CreateKeyRequest'
  | 'PromoteVersionRequest'
  | 'RegisterVersionRequest'
  | 'RollbackVersionRequest';

/** A request schema of the contract, for a route's `schema`. */
export function contractSchema(name: RequestSchema): { $ref: string } {
  return { $ref: `contract#/components/schemas/${name}` };
}
