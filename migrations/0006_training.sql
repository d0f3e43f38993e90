-- What the trainer (trainer/loop.ts) has read, sampled and learned. Each offset of the reward log gets one disposition, and each step can be
-- computed again from its rows.

-- Interactions that were erased: what comes late of them is never trained on. Rows stay, and hold nothing but the id.
CREATE TABLE erasures (
  interaction_id uuid PRIMARY KEY,
  erased_at timestamptz NOT NULL DEFAULT now()
);

-- A step begins with its row and the prompts that it draws, and has ended when its manifest is there.
CREATE TABLE training_steps (
  pool text NOT NULL,
  seq bigint NOT NULL CHECK (seq >= 1),
  config_hash text NOT NULL,
  -- Groups wanted by kind, and the state of the dynamic sampling before the step.
  wanted json NOT NULL,
  sampling json NOT NULL,
  -- Grows when an erasure takes rows away from a step that is under way.
  revision integer NOT NULL DEFAULT 0,
  begun_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (pool, seq)
);

-- The chain of checkpoints of a pool. 0 is where training starts.
CREATE TABLE training_manifests (
  pool text NOT NULL,
  seq bigint NOT NULL CHECK (seq >= 0),
  parent_seq bigint,
  -- By partition of the log: the last position up to which all records of the pool have their disposition.
  offsets json NOT NULL,
  adapter_sha256 text NOT NULL CHECK (adapter_sha256 ~ '^[0-9a-f]{64}$'),
  -- State of the dynamic sampling after the step.
  sampling json NOT NULL,
  oracle_versions json NOT NULL,
  config_hash text NOT NULL,
  report json,
  -- Folder of the weights, below that of the training.
  folder text NOT NULL,
  -- As which version the weights were published.
  version text REFERENCES versions,
  committed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (pool, seq),
  FOREIGN KEY (pool, parent_seq) REFERENCES training_manifests (pool, seq),
  CHECK (CASE WHEN seq = 0 THEN parent_seq IS NULL ELSE parent_seq IS NOT NULL AND parent_seq = seq - 1 END)
);

-- One row per offset of the reward log.
CREATE TABLE training_intake (
  place text PRIMARY KEY,
  arrival bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  log_partition text NOT NULL,
  position bigint NOT NULL,
  event_id uuid NOT NULL,
  -- Null for a record that is no reward event.
  interaction_id uuid,
  pool text NOT NULL,
  kind text CHECK (kind IN ('code', 'malicious', 'security_question', 'general')),
  -- Key, else tenant, whose share is capped.
  source text NOT NULL,
  digest text,
  ts timestamptz,
  -- The recorded messages, until the disposition. json, not jsonb, which refuses U+0000.
  prompt json,
  -- Why it will not be trained on; becomes the disposition with the next manifest.
  verdict text CHECK (verdict IN ('duplicate', 'opted-out', 'capped', 'unscored', 'expired', 'erased')),
  drawn boolean NOT NULL DEFAULT false,
  disposition text CHECK (disposition IN ('trained', 'duplicate', 'opted-out', 'capped', 'unscored', 'expired', 'erased')),
  manifest_seq bigint,
  FOREIGN KEY (pool, manifest_seq) REFERENCES training_manifests (pool, seq),
  CHECK ((disposition IS NULL) = (manifest_seq IS NULL)),
  CHECK (disposition IS NULL OR prompt IS NULL),
  CHECK (CASE disposition WHEN 'trained' THEN drawn AND verdict IS NULL ELSE disposition IS NULL OR disposition = verdict END)
);
CREATE INDEX training_intake_waiting ON training_intake (pool, kind, arrival) WHERE verdict IS NULL AND NOT drawn;
CREATE INDEX training_intake_undecided ON training_intake (pool, log_partition, position) WHERE disposition IS NULL;
CREATE INDEX training_intake_position ON training_intake (pool, log_partition, position);
CREATE INDEX training_intake_digest ON training_intake (pool, digest, ts) WHERE verdict IS NULL;
CREATE INDEX training_intake_event ON training_intake (event_id);
CREATE INDEX training_intake_interaction ON training_intake (interaction_id);

-- The prompts of a step, in the order in which they were drawn. A prompt is drawn once.
CREATE TABLE training_groups (
  pool text NOT NULL,
  seq bigint NOT NULL,
  number integer NOT NULL CHECK (number >= 0),
  wave integer NOT NULL CHECK (wave >= 0),
  kind text NOT NULL,
  place text NOT NULL UNIQUE REFERENCES training_intake,
  -- Null until it is sampled. Of a group that is not `sampled` there are no rollouts.
  outcome text CHECK (outcome IN ('sampled', 'unanswerable', 'erased')),
  prompt_ids integer[],
  oracle_versions json,
  PRIMARY KEY (pool, seq, number),
  FOREIGN KEY (pool, seq) REFERENCES training_steps (pool, seq),
  CHECK (CASE outcome WHEN 'sampled' THEN prompt_ids IS NOT NULL ELSE prompt_ids IS NULL END)
);

CREATE TABLE training_rollouts (
  pool text NOT NULL,
  seq bigint NOT NULL,
  number integer NOT NULL,
  choice integer NOT NULL CHECK (choice >= 0),
  -- Name of the weights that sampled it.
  version text NOT NULL,
  completion_ids integer[] NOT NULL,
  logprobs double precision[] NOT NULL,
  finish text NOT NULL,
  -- Null when an oracle could not run.
  reward double precision CHECK (reward BETWEEN 0 AND 1),
  components json NOT NULL,
  PRIMARY KEY (pool, seq, number, choice),
  FOREIGN KEY (pool, seq, number) REFERENCES training_groups (pool, seq, number),
  CHECK (cardinality(completion_ids) = cardinality(logprobs))
);
