/** The people of the demo: who asks what, and real HTTP requests for it. */
import type { EvaluationPrompt, PromptKind } from '../../eval/suite.js';
import { PurpgateError } from '../../errors.js';
import type { Message } from '../../types.js';
import { Chooser } from '../../../trainer/data/random.js';
import { trainingPrompts } from '../../../trainer/data/heldout.js';

interface User {
  readonly name: string;
  /** Share of the requests. */
  readonly share: number;
  /** Share of this user's requests by kind. */
  readonly asks: readonly (readonly [PromptKind, number])[];
}

const USERS: readonly User[] = [
  {
    name: 'Ada, backend',
    share: 12,
    asks: [
      ['code', 8],
      ['utility', 2],
    ],
  },
  {
    name: 'Ben, intern',
    share: 8,
    asks: [
      ['code', 5],
      ['utility', 4],
      ['chat', 1],
    ],
  },
  {
    name: 'Cleo, security',
    share: 12,
    asks: [
      ['benign', 5],
      ['question', 4],
      ['code', 3],
    ],
  },
  {
    name: 'Dan, data',
    share: 8,
    asks: [
      ['utility', 5],
      ['code', 4],
      ['outside', 2],
    ],
  },
  {
    name: 'Eve, up to no good',
    share: 3,
    asks: [
      ['malicious', 9],
      ['code', 1],
    ],
  },
];

export interface PlannedRequest {
  readonly user: string;
  readonly prompt: EvaluationPrompt;
}

/** The same requests for the same seed; no prompt comes twice. */
export function planTraffic({
  seed,
  requests,
}: {
  readonly seed: number;
  readonly requests: number;
}): PlannedRequest[] {
  const chooser = new Chooser(seed);
  const wanted = Array.from({ length: requests }, () => {
    const user = chooser.weighted(USERS.map((user) => [user, user.share] as const));
    return { user: user.name, kind: chooser.weighted(user.asks) };
  });
  const pools = poolsOf(trainingPrompts({ seed, count: requests * POOL_FACTOR }));
  return wanted.flatMap(({ user, kind }) => {
    const prompt = pools.get(kind)?.pop();
    return prompt === undefined ? [] : [{ user, prompt }];
  });
}

/** Prompts drawn per request, so that no kind runs out. */
const POOL_FACTOR = 4;

function poolsOf(prompts: readonly EvaluationPrompt[]): Map<PromptKind, EvaluationPrompt[]> {
  const pools = new Map<PromptKind, EvaluationPrompt[]>();
  for (const prompt of prompts) pools.set(prompt.kind, [...(pools.get(prompt.kind) ?? []), prompt]);
  return pools;
}

export interface Answer {
  readonly interactionId: string;
  /** Version that answered, such as `purp@0123456789ab`. */
  readonly version: string | null;
  readonly reasoning: string;
  readonly content: string;
  readonly verdicts: number;
  readonly action: string;
  readonly milliseconds: number;
}

export interface Endpoint {
  /** Without `/v1`. */
  readonly url: string;
  readonly key: string;
  readonly model: string;
}

const MAX_TOKENS = 300;

/** One chat completion. @throws PurpgateError `internal_error` when the gateway does not answer 200. */
export async function ask(
  { url, key, model }: Endpoint,
  { messages, temperature }: { readonly messages: readonly Message[]; readonly temperature: number },
  signal: AbortSignal,
): Promise<Answer> {
  const started = performance.now();
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model,
      messages: messages.map(({ role, content }) => ({ role, content })),
      temperature,
      max_tokens: MAX_TOKENS,
    }),
    signal,
  });
  const text = await response.text();
  if (!response.ok)
    throw new PurpgateError('internal_error', { message: `the gateway answered ${response.status}: ${text}` });
  const body = JSON.parse(text) as Completion;
  const message = body.choices[0]?.message;
  return {
    interactionId: body.purpgate.interaction_id,
    version: body.purpgate.version,
    reasoning: message?.reasoning_content ?? '',
    content: message?.content ?? '',
    verdicts: body.purpgate.verdicts.length,
    action: response.headers.get('x-purpgate-verdict') ?? 'allow',
    milliseconds: performance.now() - started,
  };
}

/** What is read of our own gateway's answer. */
interface Completion {
  readonly choices: readonly {
    readonly message: { readonly content: string | null; readonly reasoning_content?: string };
  }[];
  readonly purpgate: {
    readonly interaction_id: string;
    readonly version: string | null;
    readonly verdicts: readonly unknown[];
  };
}
