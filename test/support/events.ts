/** Events for tests: whole and valid, with what a test is about put in their place. */
import type {
  ConsentedInteraction,
  OptedOutInteraction,
  RecordedAnswer,
  RewardRecord,
} from '../../src/events/interaction.js';
import { uuidv7 } from '../../src/text/uuid.js';

export function answer(content: string, overrides: Partial<RecordedAnswer> = {}): RecordedAnswer {
  return {
    reasoning: 'The user wants harmless code, so A0 and A1 apply.',
    content,
    tool_calls: [],
    finish: 'stop',
    ...overrides,
  };
}

function frame(): Omit<OptedOutInteraction, 'consent'> {
  return {
    schema: 1,
    id: uuidv7(),
    ts: '2026-11-22T10:00:00.000Z',
    tenant: 'acme',
    pool: 'acme',
    key_id: 'key-1',
    user: null,
    conversation_id: 'c0ffee',
    parent_id: null,
    protocol: 'chat',
    model: 'purpgate-nano',
    version: 'purp@0123456789ab',
    engine: 'embedded',
    usage: { prompt_tokens: 12, completion_tokens: 34 },
    timing: { first_token_ms: 8.5, total_ms: 120 },
    config_hash: 'abc',
    status: 'completed',
    http_status: 200,
    guard: [
      {
        stage: 'output',
        guard: 'code-scanner',
        action: 'annotate',
        label: 'vulnerable_code',
        score: null,
        scanned_bytes: 120,
        ms: 1.5,
        findings: [{ rule: 'python/eval', cwe: 'CWE-95', severity: 'high', start: 3, end: null }],
      },
    ],
  };
}

/** A prompt that asks for code, and one answer to it. */
export function consented(overrides: Partial<ConsentedInteraction> = {}): ConsentedInteraction {
  const raw = overrides.raw ?? [answer('```python\nprint("hello")\n```')];
  return {
    ...frame(),
    consent: 'allow',
    request: {
      messages: [{ role: 'user', content: 'Write a Python function that greets a user by name.' }],
      tools: [],
      sampling: { temperature: 1 },
      extra: {},
    },
    raw,
    served: raw,
    ...overrides,
  };
}

export function optedOut(overrides: Partial<OptedOutInteraction> = {}): OptedOutInteraction {
  return { ...frame(), consent: 'deny', ...overrides };
}

/** What oracles say of an answer that they like. */
export function scoredRecord(overrides: Partial<RewardRecord> = {}): RewardRecord {
  return {
    kind: 'code',
    kind_confidence: 0.9,
    score: 1,
    unscored_reason: null,
    components: { format: 1, parse: 1, security: 1, assistance: null, refusal: 1, correctness: null, feedback: null },
    evidence: [],
    oracle_versions: { kind: '1' },
    ...overrides,
  };
}
