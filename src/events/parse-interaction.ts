/** Parses interaction events that come out of the log, and lifts older schemas to the newest. */
import type { JsonObject } from '../types.js';
import type {
  ConsentedInteraction,
  InteractionEvent,
  OptedOutInteraction,
  RecordedAnswer,
  RecordedTokens,
  RecordedToolCall,
  RecordedVerdict,
} from './interaction.js';
import {
  count,
  invalid,
  jsonObject,
  list,
  nullable,
  number,
  oneOf,
  type Reader,
  shape,
  text,
  timestamp,
  uuid,
} from './read.js';

const SCHEMA = 1;

/** By schema, the function that lifts an event to the next one. Version 1 is the first, so there is none yet. */
const UPCASTS: Readonly<Record<number, (event: JsonObject) => JsonObject>> = {};

/**
 * @param upcasts other than the real ones only to test the lifting itself
 * @throws PurpgateError `event_invalid`, whose message holds the JSON pointer of the fault and none of the event's text.
 */
export function parseInteraction(value: unknown, upcasts = UPCASTS): InteractionEvent {
  const event = upcast(jsonObject(value, ''), upcasts);
  return oneOf('allow', 'deny')(event['consent'], '/consent') === 'deny' ? readOptedOut(event) : readConsented(event);
}

function upcast(event: JsonObject, upcasts: typeof UPCASTS): JsonObject {
  let lifted = event;
  for (let schema = count(event['schema'], '/schema'); schema !== SCHEMA; schema++) {
    const lift = upcasts[schema];
    if (lift === undefined) throw invalid('/schema', `a schema that this version knows, at most ${SCHEMA}`);
    lifted = lift(lifted);
  }
  return lifted;
}

const readAnswer = shape<RecordedAnswer>({
  reasoning: text,
  content: text,
  tool_calls: list(shape<RecordedToolCall>({ id: text, name: text, arguments: text })),
  finish: nullable(oneOf('stop', 'length', 'tool_calls')),
});

const readTokenLists = shape<Omit<RecordedTokens, 'distribution'>>({
  prompt_ids: nullable(list(count)),
  completion_ids: list(list(count)),
  logprobs: list(list(number)),
});
const readDistribution = shape<{ readonly distribution: 'whole' | 'truncated' }>({
  distribution: oneOf('whole', 'truncated'),
});

/** Records of before do not say what was sampled from. */
const readTokens: Reader<RecordedTokens> = (value, at) => {
  const lists = readTokenLists(value, at);
  const says = typeof value === 'object' && value !== null && 'distribution' in value;
  return says ? { ...lists, ...readDistribution(value, at) } : lists;
};

const readVerdict = shape<RecordedVerdict>({
  stage: oneOf('input', 'output'),
  guard: text,
  action: oneOf('allow', 'observe', 'annotate', 'redact', 'repair', 'block'),
  label: text,
  score: nullable(number),
  scanned_bytes: count,
  ms: number,
  findings: list(
    shape<RecordedVerdict['findings'][number]>({
      rule: text,
      cwe: nullable(text),
      severity: text,
      start: nullable(count),
      end: nullable(count),
    }),
  ),
});

const readPolicy = shape<NonNullable<InteractionEvent['policy']>>({ name: text, hash: text });

type Usage = NonNullable<InteractionEvent['usage']>;

const FRAME: {
  readonly [Name in Exclude<keyof OptedOutInteraction, 'consent' | 'policy'>]: Reader<OptedOutInteraction[Name]>;
} = {
  schema: oneOf(SCHEMA),
  id: uuid,
  ts: timestamp,
  tenant: text,
  pool: text,
  key_id: text,
  user: nullable(text),
  conversation_id: text,
  parent_id: nullable(text),
  protocol: oneOf('chat', 'responses', 'messages', 'completions'),
  model: text,
  version: nullable(text),
  engine: text,
  usage: nullable(shape<Usage>({ prompt_tokens: count, completion_tokens: count })),
  timing: shape<InteractionEvent['timing']>({ first_token_ms: nullable(number), total_ms: number }),
  config_hash: text,
  status: oneOf('completed', 'blocked', 'aborted', 'failed'),
  http_status: count,
  guard: list(readVerdict),
};

const readOptedOutFrame = shape<Omit<OptedOutInteraction, 'policy'>>({ ...FRAME, consent: oneOf('deny') });

const readConsentedText = shape<Omit<ConsentedInteraction, 'tokens' | 'policy'>>({
  ...FRAME,
  consent: oneOf('allow'),
  request: shape<ConsentedInteraction['request']>({
    messages: list(jsonObject),
    tools: list(jsonObject),
    sampling: jsonObject,
    extra: jsonObject,
  }),
  raw: list(readAnswer),
  served: list(readAnswer),
});

function readConsented(event: JsonObject): ConsentedInteraction {
  const read = { ...readConsentedText(event, ''), ...policyOf(event) };
  return event['tokens'] === undefined ? read : { ...read, tokens: readTokens(event['tokens'], '/tokens') };
}

const TEXT_FIELDS = ['request', 'raw', 'served', 'tokens'];

/** Text on an event whose owner opted out is a defect of the producer, and is not passed on. */
function readOptedOut(event: JsonObject): OptedOutInteraction {
  for (const field of TEXT_FIELDS)
    if (event[field] !== undefined) throw invalid(`/${field}`, 'no text, since the owner opted out');
  return { ...readOptedOutFrame(event, ''), ...policyOf(event) };
}

function policyOf({ policy }: JsonObject): Pick<InteractionEvent, 'policy'> {
  return policy === undefined ? {} : { policy: readPolicy(policy, '/policy') };
}
