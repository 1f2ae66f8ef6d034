-- The index of store and journal. Numbers that name rows are sequence numbers of the journal, so that a rebuild makes the same rows again.
CREATE TABLE journal (
  sequence bigint PRIMARY KEY,
  hash text COLLATE "C" NOT NULL,
  at bigint NOT NULL,               -- milliseconds since 1970, UTC
  kind text COLLATE "C" NOT NULL,
  who text COLLATE "C" NOT NULL,
  study_uid text COLLATE "C",
  sop_instance_uid text COLLATE "C",
  line text COLLATE "C" NOT NULL
);
CREATE INDEX journal_study ON journal (study_uid, sequence) WHERE study_uid IS NOT NULL;

-- One row for each pair of Study Instance UID and Patient ID: two patients under one UID are shown, not merged.
CREATE TABLE study (
  id bigint PRIMARY KEY,            -- sequence of the first accepted instance
  study_uid text COLLATE "C" NOT NULL,
  study_date text COLLATE "C" NOT NULL,
  study_time text COLLATE "C" NOT NULL,
  accession_number text COLLATE "C" NOT NULL,
  referring_physician text COLLATE "C" NOT NULL,
  timezone_offset text COLLATE "C" NOT NULL,
  study_description text COLLATE "C" NOT NULL,
  patient_name text COLLATE "C" NOT NULL,
  patient_id text COLLATE "C" NOT NULL,
  patient_id_issuer text COLLATE "C" NOT NULL,
  birth_date text COLLATE "C" NOT NULL,
  sex text COLLATE "C" NOT NULL,
  study_id text COLLATE "C" NOT NULL,            -- Study ID (0020,0010), not the row
  number_of_series bigint NOT NULL, -- these two of accepted instances
  number_of_instances bigint NOT NULL,
  UNIQUE (study_uid, patient_id)
);
CREATE UNIQUE INDEX study_newest ON study (study_date DESC, study_uid, id);
CREATE INDEX study_patient ON study (patient_id, study_date DESC, study_uid, id);
CREATE INDEX study_accession ON study (accession_number, study_date DESC, study_uid, id);
CREATE INDEX study_birth ON study (birth_date, study_date DESC, study_uid, id);

-- Person names as they are searched, in capitals: part 0 and 2 whole component groups, 1 and 3 single words; 0 and 1 of the patient,
-- 2 and 3 of the referring physician.
CREATE TABLE study_name (
  part bigint NOT NULL,
  form text COLLATE "C" NOT NULL,
  study bigint NOT NULL REFERENCES study (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  PRIMARY KEY (part, form, study)
);
CREATE INDEX study_name_study ON study_name (study);

CREATE TABLE series (
  id bigint PRIMARY KEY,            -- sequence of the first accepted instance
  study bigint NOT NULL REFERENCES study (id) DEFERRABLE INITIALLY DEFERRED,
  series_uid text COLLATE "C" NOT NULL,
  modality text COLLATE "C" NOT NULL,
  series_description text COLLATE "C" NOT NULL,
  body_part text COLLATE "C" NOT NULL,
  series_number text COLLATE "C" NOT NULL,
  step_date text COLLATE "C" NOT NULL,
  step_time text COLLATE "C" NOT NULL,
  number_of_instances bigint NOT NULL,
  UNIQUE (study, series_uid)
);
CREATE INDEX series_uid ON series (series_uid);
CREATE INDEX series_modality ON series (modality, study);

-- (0008,0061), with what studies are ordered by.
CREATE TABLE study_modality (
  study bigint NOT NULL REFERENCES study (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  modality text COLLATE "C" NOT NULL,
  study_date text COLLATE "C" NOT NULL,
  study_uid text COLLATE "C" NOT NULL,
  number_of_series bigint NOT NULL,
  PRIMARY KEY (study, modality)
);
CREATE INDEX study_modality_newest ON study_modality (modality, study_date DESC, study_uid, study);

CREATE TABLE instance (
  sequence bigint PRIMARY KEY,
  study_uid text COLLATE "C" NOT NULL,
  series_uid text COLLATE "C" NOT NULL,
  sop_instance_uid text COLLATE "C" NOT NULL,
  sop_class_uid text COLLATE "C" NOT NULL,
  transfer_syntax_uid text COLLATE "C" NOT NULL,
  object text COLLATE "C" NOT NULL,
  size bigint NOT NULL,
  content_digest text COLLATE "C" NOT NULL,
  state bigint NOT NULL,            -- 0 accepted, 1 conflict, 2 quarantined, 3 rejected
  received_at bigint NOT NULL,
  received_from text COLLATE "C" NOT NULL,
  route text COLLATE "C" NOT NULL,
  verdict text COLLATE "C" NOT NULL,
  seal_identity text COLLATE "C",
  series bigint REFERENCES series (id) DEFERRABLE INITIALLY DEFERRED, -- accepted ones only
  instance_number text COLLATE "C" NOT NULL,
  number_of_frames text COLLATE "C" NOT NULL,
  image_rows text COLLATE "C" NOT NULL,
  image_columns text COLLATE "C" NOT NULL,
  bits_allocated text COLLATE "C" NOT NULL,
  attributes text COLLATE "C"                    -- all of its attributes as a JSON object, tags as keys
);
CREATE INDEX instance_sop ON instance (sop_instance_uid, sequence);
CREATE INDEX instance_object ON instance (object);
CREATE INDEX instance_study ON instance (study_uid, state, sequence);
CREATE INDEX instance_state ON instance (state, sequence);
CREATE INDEX instance_series ON instance (series, sop_instance_uid, sequence) WHERE series IS NOT NULL;

CREATE TABLE delivery (
  destination text COLLATE "C" NOT NULL,
  sequence bigint NOT NULL REFERENCES instance (sequence) DEFERRABLE INITIALLY DEFERRED,
  study_uid text COLLATE "C" NOT NULL,
  state bigint NOT NULL,            -- 0 waiting, 1 delivered, 2 commitment asked, 3 committed, 4 undeliverable
  transaction_uid text COLLATE "C",
  attempts bigint NOT NULL,         -- these four stand nowhere else
  last_error text COLLATE "C",
  not_before bigint NOT NULL,
  refused_since bigint,
  PRIMARY KEY (destination, sequence)
);
CREATE INDEX delivery_state ON delivery (destination, state, sequence);
CREATE INDEX delivery_sequence ON delivery (sequence);
CREATE INDEX delivery_waiting ON delivery (destination, study_uid, sequence) WHERE state = 0;
CREATE INDEX delivery_open ON delivery (destination, study_uid, sequence, not_before) WHERE state = 0 AND refused_since IS NULL;
CREATE INDEX delivery_refused ON delivery (destination, study_uid, not_before) WHERE state = 0 AND refused_since IS NOT NULL;

-- The studies of which something waits, for each destination: made from the deliveries whenever those change.
CREATE TABLE delivery_queue (
  destination text COLLATE "C" NOT NULL,
  study_uid text COLLATE "C" NOT NULL,
  first_sequence bigint NOT NULL,   -- the oldest that waits
  due_at bigint NOT NULL,           -- nothing of the study is due before; follows the times of attempts
  PRIMARY KEY (destination, study_uid)
);
CREATE INDEX delivery_queue_due ON delivery_queue (destination, first_sequence);

CREATE TABLE commitment (
  sequence bigint PRIMARY KEY,
  transaction_uid text COLLATE "C" NOT NULL,
  calling_ae text COLLATE "C" NOT NULL,
  at bigint NOT NULL,
  instances text COLLATE "C" NOT NULL,           -- 'SOP class SOP instance', one per line
  reported bigint NOT NULL,
  attempts bigint NOT NULL,         -- these two stand nowhere else
  not_before bigint NOT NULL
);
CREATE INDEX commitment_due ON commitment (reported, sequence);
CREATE INDEX commitment_transaction ON commitment (transaction_uid);
