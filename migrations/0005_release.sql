-- How versions came to be released (src/release): what they achieved, what the gate said of it, and whether gateways could prove them.
-- Rows are only added.

-- What a version achieved. `suites` digests prompts, seeds and sampling: only evaluations with the same can be compared.
CREATE TABLE evaluations (
  version text NOT NULL REFERENCES versions,
  suites text NOT NULL,
  -- {metric: {id of the prompt: boolean}}
  outcomes json NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (version, suites)
);

CREATE TABLE gate_verdicts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  candidate text NOT NULL REFERENCES versions,
  baseline text NOT NULL REFERENCES versions,
  suites text NOT NULL,
  outcome text NOT NULL CHECK (outcome IN ('passed', 'stopped')),
  verdict json NOT NULL,
  at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX gate_verdicts_candidate ON gate_verdicts (candidate, id);

-- What gateways found when they loaded a version. One that fails never gets traffic there.
CREATE TABLE version_proofs (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  version text NOT NULL REFERENCES versions,
  outcome text NOT NULL CHECK (outcome IN ('proven', 'failed')),
  reason text NOT NULL,
  at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX version_proofs_version ON version_proofs (version, id);
