-- The index of store and journal. Numbers that name rows are sequence numbers of the journal, so that a rebuild makes the same rows again.
CREATE TABLE journal (
  sequence INTEGER PRIMARY KEY,
  hash TEXT NOT NULL,
  at INTEGER NOT NULL,               -- milliseconds since 1970, UTC
  kind TEXT NOT NULL,
  who TEXT NOT NULL,
  study_uid TEXT,
  sop_instance_uid TEXT,
  line TEXT NOT NULL
) STRICT;
CREATE INDEX journal_study ON journal (study_uid, sequence) WHERE study_uid IS NOT NULL;

-- One row for each pair of Study Instance UID and Patient ID: two patients under one UID are shown, not merged.
CREATE TABLE study (
  id INTEGER PRIMARY KEY,            -- sequence of the first accepted instance
  study_uid TEXT NOT NULL,
  study_date TEXT NOT NULL,
  study_time TEXT NOT NULL,
  accession_number TEXT NOT NULL,
  referring_physician TEXT NOT NULL,
  timezone_offset TEXT NOT NULL,
  study_description TEXT NOT NULL,
  patient_name TEXT NOT NULL,
  patient_id TEXT NOT NULL,
  patient_id_issuer TEXT NOT NULL,
  birth_date TEXT NOT NULL,
  sex TEXT NOT NULL,
  study_id TEXT NOT NULL,            -- Study ID (0020,0010), not the row
  number_of_series INTEGER NOT NULL, -- these two of accepted instances
  number_of_instances INTEGER NOT NULL,
  UNIQUE (study_uid, patient_id)
) STRICT;
CREATE UNIQUE INDEX study_newest ON study (study_date DESC, study_uid, id);
CREATE INDEX study_patient ON study (patient_id, study_date DESC, study_uid, id);
CREATE INDEX study_accession ON study (accession_number, study_date DESC, study_uid, id);
CREATE INDEX study_birth ON study (birth_date, study_date DESC, study_uid, id);

-- Person names as they are searched, in capitals: part 0 and 2 whole component groups, 1 and 3 single words; 0 and 1 of the patient,
-- 2 and 3 of the referring physician.
CREATE TABLE study_name (
  part INTEGER NOT NULL,
  form TEXT NOT NULL,
  study INTEGER NOT NULL REFERENCES study (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  PRIMARY KEY (part, form, study)
) STRICT, WITHOUT ROWID;
CREATE INDEX study_name_study ON study_name (study);

CREATE TABLE series (
  id INTEGER PRIMARY KEY,            -- sequence of the first accepted instance
  study INTEGER NOT NULL REFERENCES study (id) DEFERRABLE INITIALLY DEFERRED,
  series_uid TEXT NOT NULL,
  modality TEXT NOT NULL,
  series_description TEXT NOT NULL,
  body_part TEXT NOT NULL,
  series_number TEXT NOT NULL,
  step_date TEXT NOT NULL,
  step_time TEXT NOT NULL,
  number_of_instances INTEGER NOT NULL,
  UNIQUE (study, series_uid)
) STRICT;
CREATE INDEX series_uid ON series (series_uid);
CREATE INDEX series_modality ON series (modality, study);

-- (0008,0061), with what studies are ordered by.
CREATE TABLE study_modality (
  study INTEGER NOT NULL REFERENCES study (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  modality TEXT NOT NULL,
  study_date TEXT NOT NULL,
  study_uid TEXT NOT NULL,
  number_of_series INTEGER NOT NULL,
  PRIMARY KEY (study, modality)
) STRICT, WITHOUT ROWID;
CREATE INDEX study_modality_newest ON study_modality (modality, study_date DESC, study_uid, study);

CREATE TABLE instance (
  sequence INTEGER PRIMARY KEY,
  study_uid TEXT NOT NULL,
  series_uid TEXT NOT NULL,
  sop_instance_uid TEXT NOT NULL,
  sop_class_uid TEXT NOT NULL,
  transfer_syntax_uid TEXT NOT NULL,
  object TEXT NOT NULL,
  size INTEGER NOT NULL,
  content_digest TEXT NOT NULL,
  state INTEGER NOT NULL,            -- 0 accepted, 1 conflict, 2 quarantined, 3 rejected
  received_at INTEGER NOT NULL,
  received_from TEXT NOT NULL,
  route TEXT NOT NULL,
  verdict TEXT NOT NULL,
  seal_identity TEXT,
  series INTEGER REFERENCES series (id) DEFERRABLE INITIALLY DEFERRED, -- accepted ones only
  instance_number TEXT NOT NULL,
  number_of_frames TEXT NOT NULL,
  image_rows TEXT NOT NULL,
  image_columns TEXT NOT NULL,
  bits_allocated TEXT NOT NULL,
  attributes TEXT                    -- all of its attributes as a JSON object, tags as keys
) STRICT;
CREATE INDEX instance_sop ON instance (sop_instance_uid, sequence);
CREATE INDEX instance_object ON instance (object);
CREATE INDEX instance_study ON instance (study_uid, state, sequence);
CREATE INDEX instance_state ON instance (state, sequence);
CREATE INDEX instance_series ON instance (series, sop_instance_uid, sequence) WHERE series IS NOT NULL;

CREATE TABLE delivery (
  destination TEXT NOT NULL,
  sequence INTEGER NOT NULL REFERENCES instance (sequence) DEFERRABLE INITIALLY DEFERRED,
  study_uid TEXT NOT NULL,
  state INTEGER NOT NULL,            -- 0 waiting, 1 delivered, 2 commitment asked, 3 committed, 4 undeliverable
  transaction_uid TEXT,
  attempts INTEGER NOT NULL,         -- these four stand nowhere else
  last_error TEXT,
  not_before INTEGER NOT NULL,
  refused_since INTEGER,
  PRIMARY KEY (destination, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_state ON delivery (destination, state, sequence);
CREATE INDEX delivery_sequence ON delivery (sequence);
CREATE INDEX delivery_waiting ON delivery (destination, study_uid, sequence) WHERE state = 0;
CREATE INDEX delivery_open ON delivery (destination, study_uid, sequence, not_before) WHERE state = 0 AND refused_since IS NULL;
CREATE INDEX delivery_refused ON delivery (destination, study_uid, not_before) WHERE state = 0 AND refused_since IS NOT NULL;

-- The studies of which something waits, for each destination: made from the deliveries whenever those change.
CREATE TABLE delivery_queue (
  destination TEXT NOT NULL,
  study_uid TEXT NOT NULL,
  first_sequence INTEGER NOT NULL,   -- the oldest that waits
  due_at INTEGER NOT NULL,           -- nothing of the study is due before; follows the times of attempts
  PRIMARY KEY (destination, study_uid)
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_queue_due ON delivery_queue (destination, first_sequence);

CREATE TABLE commitment (
  sequence INTEGER PRIMARY KEY,
  transaction_uid TEXT NOT NULL,
  calling_ae TEXT NOT NULL,
  at INTEGER NOT NULL,
  instances TEXT NOT NULL,           -- 'SOP class SOP instance', one per line
  reported INTEGER NOT NULL,
  attempts INTEGER NOT NULL,         -- these two stand nowhere else
  not_before INTEGER NOT NULL
) STRICT;
CREATE INDEX commitment_due ON commitment (reported, sequence);
CREATE INDEX commitment_transaction ON commitment (transaction_uid);
