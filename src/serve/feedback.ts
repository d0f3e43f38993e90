/** What a caller says about an answer, as an event. */
import { TOPICS } from '../events/event-log.js';
import type { FeedbackEvent } from '../events/interaction.js';
import type { Spool } from '../events/spool.js';
import { uuidv7 } from '../text/uuid.js';
import type { Caller } from '../types.js';
import { recordFeedbackValue, toJson } from './record.js';
import type { FeedbackInput } from './serve.js';

/** Resolves with the event's id when it is durable. */
export async function recordFeedback(
  { spool, redactionKey }: { readonly spool: Spool; readonly redactionKey: Uint8Array },
  input: FeedbackInput,
  caller: Caller,
): Promise<string> {
  const event: FeedbackEvent = {
    schema: 1,
    id: uuidv7(),
    ts: new Date().toISOString(),
    tenant: caller.tenant,
    key_id: caller.keyId,
    interaction_id: input.interactionId,
    kind: input.kind,
    value: recordFeedbackValue(input.value, caller.consent, redactionKey),
    idempotency_key: input.idempotencyKey,
  };
  await spool.append(TOPICS.feedback, { id: event.id, key: event.interaction_id, value: toJson(event) });
  return event.id;
}
