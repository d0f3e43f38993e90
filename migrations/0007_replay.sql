-- A sample is scored again when oracles have changed (`purpgate score --replay`), and the older score stays. Of the rows of a choice the
-- newest counts.
ALTER TABLE rewards DROP CONSTRAINT rewards_pkey;
ALTER TABLE rewards ADD PRIMARY KEY (interaction_id, choice, oracle_versions);

-- Whether the reward event is in the log. The scorer appends its own again when the interaction is delivered again; nobody delivers to a
-- replay, so it must know what it still owes.
ALTER TABLE rewards ADD COLUMN announced boolean NOT NULL DEFAULT true;
