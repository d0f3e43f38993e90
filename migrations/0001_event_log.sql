-- The event log where no Kafka is configured (src/events/table.ts).

-- One row per topic: the position of its newest record. Appends lock the row, so that positions of a topic have no gap and become
-- visible in order: a reader that has seen position n can never miss one below it.
CREATE TABLE event_topics (
  topic text PRIMARY KEY,
  head bigint NOT NULL
);

-- The record is json and not jsonb: it is stored byte for byte as appended, and jsonb refuses strings that hold U+0000.
CREATE TABLE event_log (
  topic text NOT NULL,
  position bigint NOT NULL,
  event_id uuid NOT NULL,
  key text NOT NULL,
  value json NOT NULL,
  appended_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (topic, position),
  UNIQUE (topic, event_id)
);

-- The place up to which each group has processed each topic.
CREATE TABLE event_offsets (
  topic text NOT NULL,
  consumer_group text NOT NULL,
  position bigint NOT NULL,
  committed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (topic, consumer_group)
);
