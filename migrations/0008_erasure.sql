-- Who asked to be erased: what is still on its way (spool, log) up to that moment is dropped when it comes. The rows stay, and name nobody.
CREATE TABLE erased_users (
  -- SHA-256 over tenant and user.
  digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
  erased_at timestamptz NOT NULL
);

CREATE INDEX interactions_end_user ON interactions (tenant, end_user) WHERE end_user IS NOT NULL;
