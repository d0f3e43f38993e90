-- API keys. Of a key only its SHA-256 is kept: it has 192 random bits, so a slow hash would add cost and no safety.
CREATE TABLE api_keys (
  -- Public part of `pg-<public>-<secret>`.
  id text PRIMARY KEY,
  -- Over the whole key.
  sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
  tenant text NOT NULL CHECK (tenant <> ''),
  name text NOT NULL CHECK (name <> ''),
  -- Whether traffic of this key may be trained on. No default: its owner must decide.
  training text NOT NULL CHECK (training IN ('allow', 'deny')),
  scopes text[] NOT NULL CHECK (cardinality(scopes) > 0 AND scopes <@ ARRAY['inference', 'feedback', 'admin']),
  -- Whether `store: false` opts a request out of training.
  honour_store_false boolean NOT NULL,
  -- Null: the configured default.
  requests_per_minute integer CHECK (requests_per_minute > 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  -- Null: never.
  expires_at timestamptz,
  revoked_at timestamptz
);

CREATE INDEX api_keys_tenant ON api_keys (tenant, created_at);
