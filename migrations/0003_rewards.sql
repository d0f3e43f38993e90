-- Index of what was served, how it was scored, and what callers said about it. Filled by the scorer from the log; idempotent by key.

-- `event` is json, not jsonb: jsonb refuses \u0000 and lone surrogates, which models do write, and replay needs the event as it was.
create table interactions (
  id uuid primary key,
  ts timestamptz not null,
  tenant text not null,
  pool text not null,
  key_id text not null,
  end_user text,
  conversation_id text not null,
  model text not null,
  version text,
  engine text not null,
  consent text not null check (consent in ('allow', 'deny')),
  status text not null check (status in ('completed', 'blocked', 'aborted', 'failed')),
  disposition text not null check (disposition in ('scored', 'unscored', 'opted-out')),
  event json not null,
  indexed_at timestamptz not null default now(),
  check ((consent = 'deny') = (disposition = 'opted-out'))
);
create index interactions_tenant_ts on interactions (tenant, ts);
create index interactions_ts on interactions (ts);
create index interactions_conversation on interactions (conversation_id);
create index interactions_version on interactions (version) where version is not null;

-- One row per choice. The first score stays: what is emitted again after a crash is read from here, so it cannot differ.
create table rewards (
  interaction_id uuid not null references interactions (id) on delete cascade,
  choice integer not null check (choice >= 0),
  event_id uuid not null unique,
  kind text not null check (kind in ('code', 'malicious', 'security_question', 'general')),
  kind_confidence double precision not null check (kind_confidence between 0 and 1),
  score double precision check (score between 0 and 1),
  unscored_reason text,
  components jsonb not null,
  evidence jsonb not null,
  oracle_versions jsonb not null,
  scored_at timestamptz not null,
  primary key (interaction_id, choice),
  check ((score is null) = (unscored_reason is not null))
);
create index rewards_kind_scored_at on rewards (kind, scored_at);

-- No reference to interactions: feedback may arrive before its interaction. Who may speak of which interaction is decided where it is
-- used, by joining on tenant too.
create table feedback (
  interaction_id uuid not null,
  key_id text not null,
  idempotency_key text not null,
  event_id uuid not null,
  tenant text not null,
  ts timestamptz not null,
  kind text not null check (kind in ('accept', 'reject', 'edit', 'score', 'test_result')),
  -- SQL null for an interaction whose owner opted out: an edit is text.
  value json,
  received_at timestamptz not null default now(),
  primary key (interaction_id, key_id, idempotency_key)
);
