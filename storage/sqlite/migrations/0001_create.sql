-- Instants are whole microseconds since 1970-01-01 UTC. Text is UTF-8 and is
-- compared byte by byte.

-- One row a stream. The numbers are for this file alone; the world knows a
-- stream by tenant and id.
CREATE TABLE stream (
	number  INTEGER PRIMARY KEY,
	tenant  TEXT    NOT NULL,
	id      TEXT    NOT NULL,
	version INTEGER NOT NULL,
	kind    TEXT    NOT NULL,
	status  TEXT    NOT NULL,
	data    BLOB    NOT NULL, -- of the snapshot
	UNIQUE (tenant, id)
) STRICT;

-- For lists: of any status, and of some.
CREATE INDEX stream_by_kind   ON stream (tenant, kind, id);
CREATE INDEX stream_by_status ON stream (tenant, kind, status, id);

CREATE TABLE event (
	stream      INTEGER NOT NULL REFERENCES stream (number),
	version     INTEGER NOT NULL,
	type        TEXT    NOT NULL,
	recorded_at INTEGER NOT NULL,
	data        BLOB    NOT NULL,
	PRIMARY KEY (stream, version)
) STRICT, WITHOUT ROWID;

-- Which operations were done, and the version each led to.
CREATE TABLE operation (
	stream  INTEGER NOT NULL REFERENCES stream (number),
	id      TEXT    NOT NULL,
	version INTEGER NOT NULL,
	PRIMARY KEY (stream, id)
) STRICT, WITHOUT ROWID;

-- Which stream holds a unique key.
CREATE TABLE held_key (
	tenant TEXT    NOT NULL,
	key    TEXT    NOT NULL,
	stream INTEGER NOT NULL REFERENCES stream (number),
	PRIMARY KEY (tenant, key)
) STRICT, WITHOUT ROWID;

-- A task is claimed while lease_until is set. The primary key is the order in
-- which tasks with one due time are handed out.
CREATE TABLE task (
	tenant      TEXT    NOT NULL,
	stream      TEXT    NOT NULL,
	id          TEXT    NOT NULL,
	kind        TEXT    NOT NULL,
	due         INTEGER NOT NULL,
	payload     BLOB,
	attempt     INTEGER NOT NULL DEFAULT 0,
	epoch       INTEGER NOT NULL DEFAULT 0, -- of the latest claim
	lease_until INTEGER,
	worker      TEXT,                       -- who made it
	PRIMARY KEY (tenant, stream, id),
	FOREIGN KEY (tenant, stream) REFERENCES stream (tenant, id)
) STRICT, WITHOUT ROWID;

-- For claims, and for the instant at which the next one is worth while.
CREATE INDEX task_waiting ON task (due, tenant, stream, id) WHERE lease_until IS NULL;
CREATE INDEX task_leased  ON task (lease_until, epoch)      WHERE lease_until IS NOT NULL;

-- The epoch of the latest claim. One counter for the whole file, so that no
-- epoch ever comes back.
CREATE TABLE counter (
	epoch INTEGER NOT NULL
) STRICT;
INSERT INTO counter (epoch) VALUES (0);
