-- Served weights and how they came to serve (src/registry). Rows are never deleted and names never change: what a version was
-- trained on, and which gate let it serve, must be found years later.

CREATE TABLE versions (
  name text PRIMARY KEY CHECK (name ~ '^purp@[0-9a-f]{12}$'),
  state text NOT NULL CHECK (state IN ('candidate', 'evaluated', 'canary', 'live', 'retired', 'rolled-back')),
  sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  base text NOT NULL,
  adapter text,
  parent text REFERENCES versions,
  pool text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- A pool is served by one live version, and by at most one canary beside it.
CREATE UNIQUE INDEX versions_live ON versions (pool) WHERE state = 'live';
CREATE UNIQUE INDEX versions_canary ON versions (pool) WHERE state = 'canary';

-- Every change of state: who and why. `from_state` is null for the registration.
CREATE TABLE version_transitions (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  version text NOT NULL REFERENCES versions,
  from_state text,
  to_state text NOT NULL,
  actor text NOT NULL,
  reason text NOT NULL,
  at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX version_transitions_version ON version_transitions (version, id);
