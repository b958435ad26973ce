-- compatible_from: 1
--
-- {schema} stands for the quoted name of the schema. Instants are whole
-- microseconds since 1970-01-01 UTC. Text is compared byte by byte. Every table
-- has the tenant, so that row-level security can be put on it. There are no
-- foreign keys: only the functions below write, and a check for each row would
-- cost more than the row.

-- One row a stream: its head. The numbers are for this database alone; the world
-- knows a stream by tenant and id. Most changes leave kind and status as they
-- are: with room on the page they then touch no index. Snapshots up to half a
-- page stay in the row, and are not compressed, since they are written often.
CREATE SEQUENCE {schema}.stream_number AS bigint;
CREATE TABLE {schema}.stream (
	number  bigint NOT NULL,
	version bigint NOT NULL,
	tenant  text COLLATE "C" NOT NULL,
	id      text COLLATE "C" NOT NULL,
	kind    text COLLATE "C" NOT NULL,
	status  text COLLATE "C" NOT NULL,
	data    bytea NOT NULL, -- of the snapshot
	CONSTRAINT stream_by_number PRIMARY KEY (number),
	CONSTRAINT stream_by_id UNIQUE (tenant, id)
) WITH (fillfactor = 70, toast_tuple_target = 4080,
	autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE {schema}.stream ALTER COLUMN data SET STORAGE EXTERNAL;

-- For lists: of any status, and of some.
CREATE INDEX stream_by_kind   ON {schema}.stream (tenant, kind, id);
CREATE INDEX stream_by_status ON {schema}.stream (tenant, kind, status, id);

-- History: it is only added to, and read by stream alone, so claims never meet
-- it. It is one table: streams are kept for good, so there is no partition to
-- drop, and the numbers grow, so that inserts land side by side in the index.
CREATE TABLE {schema}.event (
	stream      bigint NOT NULL,
	version     bigint NOT NULL,
	recorded_at bigint NOT NULL,
	tenant      text COLLATE "C" NOT NULL,
	type        text COLLATE "C" NOT NULL,
	data        bytea NOT NULL,
	CONSTRAINT event_by_version PRIMARY KEY (stream, version)
);

-- Which operations were done, and the version each led to.
CREATE TABLE {schema}.operation (
	stream  bigint NOT NULL,
	version bigint NOT NULL,
	tenant  text COLLATE "C" NOT NULL,
	id      text COLLATE "C" NOT NULL,
	CONSTRAINT operation_by_id PRIMARY KEY (stream, id)
);

-- Which stream holds a unique key.
CREATE TABLE {schema}.held_key (
	stream bigint NOT NULL,
	tenant text COLLATE "C" NOT NULL,
	key    text COLLATE "C" NOT NULL,
	CONSTRAINT held_key_by_key PRIMARY KEY (tenant, key)
);

-- A task is claimed while lease_until and epoch are set. Whether a claim holds is
-- asked by epoch alone: a condition on lease_until would lead the planner to the
-- index of leases, away from the primary key. Rows come and go fast here: dead
-- ones are vacuumed away early and at full speed, and the table is not cut
-- short at its end, for which vacuum would have to lock out everybody.
CREATE SEQUENCE {schema}.epoch AS bigint;
CREATE TABLE {schema}.task (
	due         bigint NOT NULL,
	lease_until bigint,
	epoch       bigint NOT NULL DEFAULT 0, -- of the claim; 0: there is none
	attempt     integer NOT NULL DEFAULT 0,
	tenant      text COLLATE "C" NOT NULL,
	stream      text COLLATE "C" NOT NULL,
	id          text COLLATE "C" NOT NULL,
	kind        text COLLATE "C" NOT NULL,
	worker      text COLLATE "C",          -- who claimed it
	payload     bytea,
	CONSTRAINT task_by_id PRIMARY KEY (tenant, stream, id)
) WITH (vacuum_truncate = false,
	autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0.01,
	autovacuum_analyze_threshold = 1000, autovacuum_analyze_scale_factor = 0.05,
	autovacuum_vacuum_insert_scale_factor = 0.05,
	autovacuum_vacuum_cost_delay = 0);

-- In the order in which tasks are handed out; and the leases, by their end.
CREATE INDEX task_waiting ON {schema}.task (due, tenant, stream, id) WHERE lease_until IS NULL;
CREATE INDEX task_leased  ON {schema}.task (lease_until)             WHERE lease_until IS NOT NULL;

-- The clock that rules.
CREATE FUNCTION {schema}.clock() RETURNS bigint LANGUAGE sql VOLATILE
AS $$ SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint $$;

-- What follows is what replicas call: a function for each of their writes, so
-- that a write is one round trip, also behind a proxy that pools transactions.
-- The server keeps the plans. The settings on a function hold within it alone:
-- one plan for good, by index, whatever the statistics say at the moment.

-- commit_changes makes up to a few hundred changes, of streams that differ, in
-- the order of tenant and id, and says for each what came of it:
--   0 applied, at versions[i]
--   1 the operation was done before, and led to versions[i]
--   2 fenced
--   3 another version than expected
--   4 the stream is of another kind, details[i]
--   5 the key details[i] is held by the stream owners[i]
--   6 another transaction is at the stream: try this change alone
-- A change that is alone waits for other transactions; in company none does, so
-- that nobody has to wait for a stranger's lock.
--
-- Parts of a change are in arrays of their own, with the change's place in the
-- arrays ..._of. What becomes of the task of a fence is in fence_use: 1 it is
-- scheduled anew, 2 it is cancelled, 0 neither; that task has the fence's epoch in
-- task_epoch or cancel_epoch, and all others 0. A race for a stream or key that is new is a serialization
-- failure: called again, the function finds what the other one wrote.
CREATE FUNCTION {schema}.commit_changes(
	alone boolean,
	tenants text[], ids text[], expects bigint[], appends bigint[],
	kinds text[], statuses text[], snapshots bytea[],
	operation_of integer[], operation_id text[],
	fence_of integer[], fence_task text[], fence_epoch bigint[], fence_use integer[],
	event_of integer[], event_version bigint[], event_at bigint[], event_type text[], event_data bytea[],
	cancel_of integer[], cancel_task text[], cancel_epoch bigint[],
	task_of integer[], task_due bigint[], task_id text[], task_kind text[], task_payload bytea[], task_epoch bigint[],
	release_of integer[], release_key text[],
	take_of integer[], take_key text[],
	OUT outcomes integer[], OUT versions bigint[], OUT details text[], OUT owners text[]
) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_mergejoin = off SET jit = off
AS $function$
DECLARE
	n       CONSTANT integer := cardinality(tenants);
	numbers bigint[] := array_fill(0::bigint, ARRAY[n]);
	found_kinds text[] := array_fill(''::text, ARRAY[n]);
	new_streams bigint := 0;
	appended boolean := false;
	written bigint;
	moved bigint := 0; -- fences whose task is scheduled anew
	ended bigint := 0; -- and those whose task is cancelled
	places integer[];
	a bigint[];
	b bigint[];
	c text[];
	d text[];
BEGIN
	outcomes := array_fill(0, ARRAY[n]);
	versions := array_fill(0::bigint, ARRAY[n]);
	details  := array_fill(NULL::text, ARRAY[n]);
	owners   := array_fill(NULL::text, ARRAY[n]);

	-- The streams, locked.
	IF alone THEN
		SELECT array_agg(x.i), array_agg(x.number), array_agg(x.version), array_agg(x.kind) INTO places, a, b, c FROM (
			SELECT w.i::integer, s.number, s.version, s.kind
			FROM unnest(tenants, ids) WITH ORDINALITY AS w (tenant, id, i)
			JOIN {schema}.stream s ON s.tenant = w.tenant AND s.id = w.id
			FOR NO KEY UPDATE OF s) x;
	ELSE
		SELECT array_agg(x.i), array_agg(x.number), array_agg(x.version), array_agg(x.kind) INTO places, a, b, c FROM (
			SELECT w.i::integer, s.number, s.version, s.kind
			FROM unnest(tenants, ids) WITH ORDINALITY AS w (tenant, id, i)
			JOIN {schema}.stream s ON s.tenant = w.tenant AND s.id = w.id
			FOR NO KEY UPDATE OF s SKIP LOCKED) x;
	END IF;
	FOR k IN 1 .. coalesce(cardinality(places), 0) LOOP
		numbers[places[k]] := a[k];
		versions[places[k]] := b[k];
		found_kinds[places[k]] := c[k];
	END LOOP;
	IF NOT alone AND coalesce(cardinality(places), 0) < n THEN
		SELECT array_agg(w.i::integer) INTO places
		FROM unnest(tenants, ids, numbers) WITH ORDINALITY AS w (tenant, id, number, i)
		JOIN {schema}.stream s ON s.tenant = w.tenant AND s.id = w.id
		WHERE w.number = 0;
		FOR k IN 1 .. coalesce(cardinality(places), 0) LOOP
			outcomes[places[k]] := 6;
		END LOOP;
	END IF;

	-- The checks, in the order of the port.
	IF cardinality(operation_of) > 0 THEN
		SELECT array_agg(w.i), array_agg(o.version) INTO places, a
		FROM unnest(operation_of, operation_id) AS w (i, id)
		JOIN {schema}.operation o ON o.stream = numbers[w.i] AND o.tenant = tenants[w.i] AND o.id = w.id;
		FOR k IN 1 .. coalesce(cardinality(places), 0) LOOP
			outcomes[places[k]] := 1;
			versions[places[k]] := a[k];
		END LOOP;
	END IF;
	IF cardinality(fence_of) > 0 THEN
		FOR k IN 1 .. cardinality(fence_of) LOOP -- until it is found to hold
			IF outcomes[fence_of[k]] = 0 THEN
				outcomes[fence_of[k]] := 2;
			END IF;
		END LOOP;
		-- A task that the change writes is not locked before: that it is still held
		-- shows when it is written.
		SELECT array_agg(w.i) INTO places
		FROM unnest(fence_of, fence_task, fence_epoch, fence_use) AS w (i, task, epoch, use)
		JOIN {schema}.task t ON t.tenant = tenants[w.i] AND t.stream = ids[w.i] AND t.id = w.task
		WHERE t.epoch = w.epoch AND w.epoch > 0 AND w.use > 0 AND outcomes[w.i] = 2;
		FOR k IN 1 .. coalesce(cardinality(places), 0) LOOP
			outcomes[places[k]] := 0;
		END LOOP;
		IF 0 = ANY (fence_use) THEN
			SELECT array_agg(x.i) INTO places FROM (
				SELECT w.i FROM unnest(fence_of, fence_task, fence_epoch, fence_use) AS w (i, task, epoch, use)
				JOIN {schema}.task t ON t.tenant = tenants[w.i] AND t.stream = ids[w.i] AND t.id = w.task
				WHERE t.epoch = w.epoch AND w.epoch > 0 AND w.use = 0 AND outcomes[w.i] = 2
				FOR NO KEY UPDATE OF t) x;
			FOR k IN 1 .. coalesce(cardinality(places), 0) LOOP
				outcomes[places[k]] := 0;
			END LOOP;
		END IF;
	END IF;
	FOR i IN 1 .. n LOOP
		IF outcomes[i] <> 0 THEN
			CONTINUE;
		ELSIF versions[i] <> expects[i] THEN
			outcomes[i] := 3;
		ELSIF numbers[i] <> 0 AND kinds[i] <> '' AND kinds[i] <> found_kinds[i] THEN
			outcomes[i] := 4;
			details[i] := found_kinds[i];
		END IF;
	END LOOP;
	IF cardinality(take_of) > 0 THEN
		SELECT array_agg(x.i), array_agg(x.key), array_agg(x.owner) INTO places, c, d FROM (
			SELECT DISTINCT ON (w.i) w.i, w.key, s.id AS owner
			FROM unnest(take_of, take_key) WITH ORDINALITY AS w (i, key, place)
			JOIN {schema}.held_key h ON h.tenant = tenants[w.i] AND h.key = w.key
			JOIN {schema}.stream s ON s.number = h.stream AND s.tenant = h.tenant
			WHERE outcomes[w.i] = 0 AND h.stream <> numbers[w.i]
			ORDER BY w.i, w.place) x;
		FOR k IN 1 .. coalesce(cardinality(places), 0) LOOP
			outcomes[places[k]] := 5;
			details[places[k]] := c[k];
			owners[places[k]] := d[k];
		END LOOP;
		IF EXISTS (SELECT FROM unnest(places) AS w (i)
			JOIN {schema}.stream s ON s.tenant = tenants[w.i] AND s.id = ids[w.i] WHERE numbers[w.i] = 0) THEN
			-- What is not there yet cannot be locked: the key may even be its own by now.
			RAISE EXCEPTION 'another transaction was faster to create a stream' USING ERRCODE = 'serialization_failure';
		END IF;
	END IF;

	-- The writes, of changes that passed them all.
	FOR i IN 1 .. n LOOP
		IF outcomes[i] = 0 THEN
			IF numbers[i] = 0 THEN
				numbers[i] := nextval($sequence${schema}.stream_number$sequence$);
				new_streams := new_streams + 1;
			ELSIF appends[i] > 0 OR kinds[i] <> '' THEN
				appended := true;
			END IF;
			versions[i] := expects[i] + appends[i];
		END IF;
	END LOOP;
	IF NOT alone AND (new_streams > 0 OR cardinality(take_of) > 0) THEN
		PERFORM set_config('lock_timeout', '100ms', true); -- another may be inserting the same
	END IF;
	IF new_streams > 0 THEN
		INSERT INTO {schema}.stream (number, version, tenant, id, kind, status, data)
		SELECT w.number, versions[w.i], w.tenant, w.id, w.kind, w.status, w.data
		FROM unnest(numbers, tenants, ids, kinds, statuses, snapshots) WITH ORDINALITY
			AS w (number, tenant, id, kind, status, data, i)
		WHERE outcomes[w.i] = 0 AND expects[w.i] = 0
		ON CONFLICT (tenant, id) DO NOTHING;
		GET DIAGNOSTICS written = ROW_COUNT;
		IF written <> new_streams THEN
			RAISE EXCEPTION 'another transaction was faster to create a stream' USING ERRCODE = 'serialization_failure';
		END IF;
	END IF;
	IF appended THEN
		UPDATE {schema}.stream s SET version = versions[w.i],
			status = CASE WHEN w.kind = '' THEN s.status ELSE w.status END,
			data   = CASE WHEN w.kind = '' THEN s.data   ELSE w.data   END
		FROM unnest(numbers, tenants, kinds, statuses, snapshots) WITH ORDINALITY
			AS w (number, tenant, kind, status, data, i)
		WHERE outcomes[w.i] = 0 AND expects[w.i] > 0 AND (appends[w.i] > 0 OR w.kind <> '')
			AND s.number = w.number AND s.tenant = w.tenant;
	END IF;
	IF cardinality(release_of) > 0 THEN
		DELETE FROM {schema}.held_key h USING unnest(release_of, release_key) AS w (i, key)
		WHERE outcomes[w.i] = 0 AND h.tenant = tenants[w.i] AND h.key = w.key AND h.stream = numbers[w.i];
	END IF;
	IF cardinality(take_of) > 0 THEN
		INSERT INTO {schema}.held_key (stream, tenant, key)
		SELECT numbers[w.i], tenants[w.i], w.key FROM unnest(take_of, take_key) AS w (i, key)
		WHERE outcomes[w.i] = 0 ORDER BY 2, 3
		ON CONFLICT (tenant, key) DO NOTHING;
		IF EXISTS (SELECT FROM unnest(take_of, take_key) AS w (i, key)
			WHERE outcomes[w.i] = 0 AND NOT EXISTS (SELECT FROM {schema}.held_key h
				WHERE h.tenant = tenants[w.i] AND h.key = w.key AND h.stream = numbers[w.i])) THEN
			RAISE EXCEPTION 'another transaction was faster to take a key' USING ERRCODE = 'serialization_failure';
		END IF;
	END IF;
	IF cardinality(event_of) > 0 THEN
		INSERT INTO {schema}.event (stream, version, recorded_at, tenant, type, data)
		SELECT numbers[w.i], w.version, w.at, tenants[w.i], w.type, w.data
		FROM unnest(event_of, event_version, event_at, event_type, event_data) AS w (i, version, at, type, data)
		WHERE outcomes[w.i] = 0;
	END IF;
	IF cardinality(fence_of) > 0 THEN
		SELECT count(*) FILTER (WHERE w.use = 1), count(*) FILTER (WHERE w.use = 2) INTO moved, ended
		FROM unnest(fence_of, fence_use) AS w (i, use) WHERE outcomes[w.i] = 0;
	END IF;
	IF cardinality(cancel_of) > 0 THEN
		WITH gone AS (
			DELETE FROM {schema}.task t USING unnest(cancel_of, cancel_task, cancel_epoch) AS w (i, id, epoch)
			WHERE outcomes[w.i] = 0 AND t.tenant = tenants[w.i] AND t.stream = ids[w.i] AND t.id = w.id
				AND (w.epoch = 0 OR t.epoch = w.epoch)
			RETURNING w.epoch
		) SELECT count(*) FILTER (WHERE epoch > 0) INTO written FROM gone;
		IF written <> ended THEN
			RAISE EXCEPTION 'another transaction was faster to claim a task' USING ERRCODE = 'serialization_failure';
		END IF;
	END IF;
	IF moved > 0 THEN
		UPDATE {schema}.task t SET due = w.due, kind = w.kind, payload = w.payload,
			attempt = 0, epoch = 0, lease_until = NULL, worker = NULL
		FROM unnest(task_of, task_due, task_id, task_kind, task_payload, task_epoch) AS w (i, due, id, kind, payload, epoch)
		WHERE w.epoch > 0 AND outcomes[w.i] = 0
			AND t.tenant = tenants[w.i] AND t.stream = ids[w.i] AND t.id = w.id AND t.epoch = w.epoch;
		GET DIAGNOSTICS written = ROW_COUNT;
		IF written <> moved THEN
			RAISE EXCEPTION 'another transaction was faster to claim a task' USING ERRCODE = 'serialization_failure';
		END IF;
	END IF;
	IF cardinality(task_of) > moved THEN
		INSERT INTO {schema}.task AS t (due, tenant, stream, id, kind, payload)
		SELECT w.due, tenants[w.i], ids[w.i], w.id, w.kind, w.payload
		FROM unnest(task_of, task_due, task_id, task_kind, task_payload, task_epoch) AS w (i, due, id, kind, payload, epoch)
		WHERE w.epoch = 0 AND outcomes[w.i] = 0
		ON CONFLICT (tenant, stream, id) DO UPDATE SET due = excluded.due, kind = excluded.kind,
			payload = excluded.payload, attempt = 0, epoch = 0, lease_until = NULL, worker = NULL;
	END IF;
	IF cardinality(operation_of) > 0 THEN
		INSERT INTO {schema}.operation (stream, version, tenant, id)
		SELECT numbers[w.i], versions[w.i], tenants[w.i], w.id
		FROM unnest(operation_of, operation_id) AS w (i, id) WHERE outcomes[w.i] = 0;
	END IF;
END $function$;

-- claim_tasks leases due tasks to a worker. Its last row holds no task, but the
-- clock, the instant from which the next call is worth while (null: there is no
-- task), and the earliest due time of a task that waited when the call began,
-- and the earliest end of a lease then.
--
-- Dead entries of the indexes, which somebody's old snapshot keeps from being
-- removed, are at their lower end: a call that knows that nothing lives below
-- the floors need not walk over them.
CREATE FUNCTION {schema}.claim_tasks(
	by_worker text, at_most integer, lease bigint, except_tenants text[], due_floor bigint, lease_floor bigint
) RETURNS TABLE (
	tenant text, stream text, id text, kind text, due bigint, payload bytea,
	attempt integer, epoch bigint, lease_until bigint, now bigint, next bigint, first_due bigint, first_lease bigint
) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_mergejoin = off SET jit = off
AS $function$
#variable_conflict use_column
DECLARE
	at     CONSTANT bigint := {schema}.clock();
	low    bigint := least(due_floor, at); -- the clock may have been set back
	low_lease bigint := lease_floor;
	waits  bigint; -- the earliest due time
	ends   bigint; -- the earliest end of a lease
	follows bigint;
	given  bigint[] := '{}';
BEGIN
	SELECT t.due INTO waits FROM {schema}.task t
	WHERE t.lease_until IS NULL AND t.due >= low ORDER BY t.due LIMIT 1;
	SELECT t.lease_until INTO ends FROM {schema}.task t
	WHERE t.lease_until IS NOT NULL AND t.lease_until >= low_lease ORDER BY t.lease_until LIMIT 1;
	first_due := waits;
	first_lease := ends;
	low := coalesce(waits, low); -- no need to walk there twice
	low_lease := coalesce(ends, low_lease);
	IF ends <= at THEN
		-- Some leases have ended: theirs are sorted in among the others.
		FOR tenant, stream, id, kind, due, payload, attempt, epoch, lease_until IN
			WITH free AS MATERIALIZED (
				SELECT w.* FROM (SELECT t.tenant, t.stream, t.id, t.due FROM {schema}.task t
					WHERE t.lease_until IS NULL AND t.due >= low AND t.due <= at AND t.tenant <> ALL (except_tenants)
					ORDER BY t.due, t.tenant, t.stream, t.id LIMIT at_most FOR NO KEY UPDATE SKIP LOCKED) w
				UNION ALL
				SELECT w.* FROM (SELECT t.tenant, t.stream, t.id, t.due FROM {schema}.task t
					WHERE t.lease_until IS NOT NULL AND t.lease_until >= low_lease AND t.lease_until <= at
						AND t.tenant <> ALL (except_tenants)
					ORDER BY t.due, t.tenant, t.stream, t.id LIMIT at_most FOR NO KEY UPDATE SKIP LOCKED) w
			), chosen AS MATERIALIZED (
				SELECT f.tenant, f.stream, f.id FROM free f ORDER BY f.due, f.tenant, f.stream, f.id LIMIT at_most
			)
			UPDATE {schema}.task t SET attempt = t.attempt + 1, epoch = nextval($sequence${schema}.epoch$sequence$), lease_until = at + lease, worker = by_worker
			FROM chosen f WHERE t.tenant = f.tenant AND t.stream = f.stream AND t.id = f.id
			RETURNING t.tenant, t.stream, t.id, t.kind, t.due, t.payload, t.attempt, t.epoch, t.lease_until
		LOOP
			given := given || epoch;
			RETURN NEXT;
		END LOOP;
	ELSIF waits <= at THEN
		RETURN QUERY
			WITH chosen AS MATERIALIZED (
				SELECT t.tenant, t.stream, t.id FROM {schema}.task t
				WHERE t.lease_until IS NULL AND t.due >= low AND t.due <= at AND t.tenant <> ALL (except_tenants)
				ORDER BY t.due, t.tenant, t.stream, t.id LIMIT at_most FOR NO KEY UPDATE SKIP LOCKED
			)
			UPDATE {schema}.task t SET attempt = t.attempt + 1, epoch = nextval($sequence${schema}.epoch$sequence$), lease_until = at + lease, worker = by_worker
			FROM chosen f WHERE t.tenant = f.tenant AND t.stream = f.stream AND t.id = f.id
			RETURNING t.tenant, t.stream, t.id, t.kind, t.due, t.payload, t.attempt, t.epoch, t.lease_until,
				NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint;
	END IF;
	follows := waits;
	IF waits <= at THEN
		SELECT t.due INTO follows FROM {schema}.task t
		WHERE t.lease_until IS NULL AND t.due >= low ORDER BY t.due LIMIT 1;
	END IF;
	IF ends <= at THEN
		SELECT t.lease_until INTO ends FROM {schema}.task t
		WHERE t.lease_until IS NOT NULL AND t.lease_until >= low_lease AND t.epoch <> ALL (given) ORDER BY t.lease_until LIMIT 1;
	END IF;
	tenant := ''; stream := ''; id := ''; kind := ''; due := 0; payload := NULL;
	attempt := 0; epoch := 0; lease_until := 0;
	now := at;
	next := least(follows, ends); -- of those that are not null
	RETURN NEXT;
END $function$;

-- settle_claims ends, postpones or extends claims of tasks that differ: verbs
-- are 1 done, 2 retry, 3 extend. It answers with the places of those that it
-- found to hold. Alone it waits for other transactions, in company it passes over
-- what they have locked.
CREATE FUNCTION {schema}.settle_claims(
	alone boolean, tenants text[], streams text[], ids text[], epochs bigint[], verbs integer[], delays bigint[], OUT held integer[]
) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_mergejoin = off SET jit = off
AS $function$
DECLARE
	at bigint;
BEGIN
	IF alone THEN
		SELECT array_agg(x.i) INTO held FROM (
			SELECT w.i::integer FROM unnest(tenants, streams, ids, epochs) WITH ORDINALITY AS w (tenant, stream, id, epoch, i)
			JOIN {schema}.task t ON t.tenant = w.tenant AND t.stream = w.stream AND t.id = w.id
			WHERE t.epoch = w.epoch AND w.epoch > 0
			FOR NO KEY UPDATE OF t) x;
	ELSE
		SELECT array_agg(x.i) INTO held FROM (
			SELECT w.i::integer FROM unnest(tenants, streams, ids, epochs) WITH ORDINALITY AS w (tenant, stream, id, epoch, i)
			JOIN {schema}.task t ON t.tenant = w.tenant AND t.stream = w.stream AND t.id = w.id
			WHERE t.epoch = w.epoch AND w.epoch > 0
			FOR NO KEY UPDATE OF t SKIP LOCKED) x;
	END IF;
	held := coalesce(held, '{}');
	at := {schema}.clock(); -- after the wait for the locks
	IF 1 = ANY (verbs) THEN
		DELETE FROM {schema}.task t USING unnest(held) AS w (i)
		WHERE verbs[w.i] = 1 AND t.tenant = tenants[w.i] AND t.stream = streams[w.i] AND t.id = ids[w.i];
	END IF;
	IF 2 = ANY (verbs) THEN
		UPDATE {schema}.task t SET epoch = 0, lease_until = NULL, worker = NULL, due = at + delays[w.i] FROM unnest(held) AS w (i)
		WHERE verbs[w.i] = 2 AND t.tenant = tenants[w.i] AND t.stream = streams[w.i] AND t.id = ids[w.i];
	END IF;
	IF 3 = ANY (verbs) THEN
		UPDATE {schema}.task t SET lease_until = at + delays[w.i] FROM unnest(held) AS w (i)
		WHERE verbs[w.i] = 3 AND t.tenant = tenants[w.i] AND t.stream = streams[w.i] AND t.id = ids[w.i];
	END IF;
END $function$;
