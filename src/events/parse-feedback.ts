/** Parses feedback events that come out of the log. */
import type { FeedbackEvent } from './interaction.js';
import { json, oneOf, shape, text, timestamp, uuid } from './read.js';

const readFeedback = shape<FeedbackEvent>({
  schema: oneOf(1),
  id: uuid,
  ts: timestamp,
  tenant: text,
  key_id: text,
  interaction_id: uuid,
  kind: oneOf('accept', 'reject', 'edit', 'score', 'test_result', 'wrong_verdict'),
  value: json,
  idempotency_key: text,
});

/** @throws PurpgateError `event_invalid`, whose message holds the JSON pointer of the fault. */
export function parseFeedback(value: unknown): FeedbackEvent {
  return readFeedback(value, '');
}
