-- How much a key or a tenant may use (src/access/budgets.ts). Usage is counted when a request ends; what requests may still use is leased
-- to replicas in slices, so that they need not ask here for each.
CREATE TABLE budgets (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  owner text NOT NULL CHECK (owner IN ('key', 'tenant')),
  -- Id of the key, or name of the tenant.
  subject text NOT NULL CHECK (subject <> ''),
  -- Tokens of prompts and completions together, or cost in millionths of a US dollar.
  unit text NOT NULL CHECK (unit IN ('tokens', 'cost')),
  -- Of the calendar, in UTC.
  period text NOT NULL CHECK (period IN ('day', 'month')),
  amount bigint NOT NULL CHECK (amount >= 0),
  UNIQUE (owner, subject, unit, period)
);

CREATE TABLE budget_usage (
  budget integer NOT NULL REFERENCES budgets ON DELETE CASCADE,
  period_start date NOT NULL,
  used bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (budget, period_start)
);

CREATE TABLE budget_leases (
  budget integer NOT NULL,
  period_start date NOT NULL,
  replica uuid NOT NULL,
  -- Number of the newest report of the replica, so that one that is sent again is not counted again.
  report bigint NOT NULL,
  -- Granted and not used yet. From `expires_at` on it is free again, whatever the replica does.
  amount bigint NOT NULL CHECK (amount >= 0),
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (budget, period_start, replica),
  FOREIGN KEY (budget, period_start) REFERENCES budget_usage ON DELETE CASCADE
);

ALTER TABLE admin_actions DROP CONSTRAINT admin_actions_action_check;
ALTER TABLE admin_actions ADD CONSTRAINT admin_actions_action_check
  CHECK (action IN ('key.create', 'key.revoke', 'budget.set', 'budget.remove', 'export', 'erase', 'erase.report'));
