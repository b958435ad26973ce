package postgres

import (
	"context"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// querier is a pool, a connection or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// statements are the texts of all that is asked of the server, with the schema
// in them. There is one text for each thing to do, whatever the numbers in it,
// so that drivers, proxies and servers that remember statements remember few.
// None needs anything to be left on a connection by one before it.
type statements struct {
	commit, claim, settle   string
	claimWhole              string // claim, and which table is hidden from the role
	loadByID, loadByKey     string
	events, someEvents      string
	list, listReverse       string
	listAny, listAnyReverse string
	tenants                 string
}

// A head is read whole by one statement, and the clock after it: what it shows
// was never written later than its Now.
const loadText = `SELECT s.id, s.version, s.kind, s.status, s.data, {schema}.clock() FROM (SELECT 1) AS one LEFT JOIN `

// eventsText names the tenant twice, for row-level security on either table.
const eventsText = `SELECT e.version, e.type, e.recorded_at, e.data FROM {schema}.stream AS s
	JOIN {schema}.event AS e ON e.stream = s.number AND e.tenant = s.tenant
	WHERE s.tenant = $1 AND s.id = $2 AND e.version > $3 ORDER BY e.version`

// tenantsText jumps in the index from one tenant to the next, whatever number of
// streams each has.
const tenantsText = `WITH RECURSIVE found (tenant) AS (
		(SELECT tenant FROM {schema}.stream WHERE tenant > $1 ORDER BY tenant LIMIT 1)
		UNION ALL
		SELECT (SELECT s.tenant FROM {schema}.stream AS s WHERE s.tenant > found.tenant ORDER BY s.tenant LIMIT 1)
		FROM found WHERE found.tenant IS NOT NULL
	) SELECT tenant FROM found WHERE tenant IS NOT NULL LIMIT $2`

// listText is one page and the head after it. For each status an index has the
// ids in order, so a page is merged from as many short walks as there are
// statuses; the snapshots are fetched for the result alone.
const listText = `SELECT s.id, s.version, s.kind, s.status, s.data, {schema}.clock() FROM (
		SELECT w.id, w.number FROM unnest($4::text[]) AS wanted (status) CROSS JOIN LATERAL (
			SELECT s.id, s.number FROM {schema}.stream AS s
			WHERE s.tenant = $1 AND s.kind = $2 AND s.status = wanted.status COLLATE "C" AND ($3 = '' OR s.id > $3)
			ORDER BY s.id ASC LIMIT $5) AS w
		ORDER BY w.id ASC LIMIT $5) AS page
	JOIN {schema}.stream AS s ON s.number = page.number AND s.tenant = $1 ORDER BY page.id ASC`

const listAnyText = `SELECT s.id, s.version, s.kind, s.status, s.data, {schema}.clock() FROM {schema}.stream AS s
	WHERE s.tenant = $1 AND s.kind = $2 AND ($3 = '' OR s.id > $3) ORDER BY s.id ASC LIMIT $4`

func newStatements(schema string) *statements {
	in := func(text string) string { return strings.ReplaceAll(text, "{schema}", schema) }
	hidden := strings.NewReplacer("$1", "$7", "$2", "$8").Replace(unfitText(seesAll))
	reverse := strings.NewReplacer(" ASC", " DESC", "s.id > $3", "s.id < $3").Replace
	return &statements{
		commit:         in(`SELECT * FROM {schema}.commit_changes(` + placeholders(32) + `)`),
		claim:          in(`SELECT * FROM {schema}.claim_tasks(` + placeholders(6) + `)`),
		claimWhole:     in(`SELECT c.*, (SELECT ARRAY[u.role, u.relname] FROM (` + hidden + `) AS u) FROM {schema}.claim_tasks(` + placeholders(6) + `) AS c`),
		settle:         in(`SELECT held FROM {schema}.settle_claims(` + placeholders(7) + `)`),
		loadByID:       in(loadText + `{schema}.stream AS s ON s.tenant = $1 AND s.id = $2`),
		loadByKey:      in(loadText + `({schema}.held_key AS k JOIN {schema}.stream AS s ON s.number = k.stream AND s.tenant = k.tenant) ON k.tenant = $1 AND k.key = $2`),
		events:         in(eventsText),
		someEvents:     in(eventsText + ` LIMIT $4`),
		list:           in(listText),
		listReverse:    in(reverse(listText)),
		listAny:        in(listAnyText),
		listAnyReverse: in(reverse(listAnyText)),
		tenants:        in(tenantsText),
	}
}

// placeholders returns "$1, $2" and so on.
func placeholders(n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("$" + strconv.Itoa(i+1))
	}
	return b.String()
}
