-- What admins did: keys, exports, erasures. Versions have a history of their own, which the view joins.
CREATE TABLE admin_actions (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  actor text NOT NULL,
  action text NOT NULL CHECK (action IN ('key.create', 'key.revoke', 'export', 'erase', 'erase.report')),
  -- Id of the key, name of the file, or tenant.
  subject text NOT NULL,
  details json NOT NULL
);
CREATE INDEX admin_actions_at ON admin_actions (at);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are only added', TG_TABLE_NAME;
END $$;
CREATE TRIGGER admin_actions_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON admin_actions
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE VIEW audit_trail AS
  SELECT at, actor, action, subject, details FROM admin_actions
  UNION ALL
  SELECT at, actor, 'version.' || to_state, version, json_build_object('from', from_state, 'reason', reason)
    FROM version_transitions;
