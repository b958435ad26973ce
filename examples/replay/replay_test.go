package replay_test

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/examples/replay"
	"github.com/incidentkit/incidentkit/plan"
)

//go:embed plan.json
var document []byte

// tell replays one of the incidents.
func tell(name string) {
	p, err := plan.Parse(document)
	if err != nil {
		fmt.Println(err)
		return
	}
	in, err := replay.Read("testdata/" + name + ".json")
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := in.Tell(os.Stdout, p); err != nil {
		fmt.Println(err)
	}
}

func Example_gitLab2017() {
	tell("gitlab-2017")
	// Output:
	// GitLab: the wrong database directory is removed (2017)
	// 31 Jan 19:00   -4h27m  the database is under load; spam is suspected
	// 31 Jan 23:00     -27m  the replica has stopped; whoever is on call begins to set it up anew
	// 31 Jan 23:27      +0m  the data of the primary is removed in place of the replica's
	// 31 Jan 23:27      +0m    plan: step 3 pages ana (schedule primary) by push
	// 31 Jan 23:30      +3m  the team knows that the service is down
	// 31 Jan 23:30      +3m    plan: ana is told again, by phone
	// 31 Jan 23:30      +3m    plan: ana answers: acknowledge
	//  1 Feb 00:00     +33m  the dumps that backups were to have made are not there
	//  1 Feb 01:00   +1h33m  the repair can be followed in public
	//  1 Feb 18:14  +18h47m  the service is back
	// known: the team is at work at +3m
	// plan: pages ana at +0m
}

func Example_amazonS32017() {
	tell("aws-2017")
	// Output:
	// Amazon S3: a mistyped number takes too many servers away (2017)
	// 28 Feb 17:37      +0m  a command takes away more servers of two subsystems than it was meant to
	// 28 Feb 17:45      +8m  errors are seen from outside
	// 28 Feb 17:45      +8m    plan: step 2 pages ana (schedule primary) by push
	// 28 Feb 17:45      +8m    plan: step 2 pages fay (schedule coordinators) by phone
	// 28 Feb 17:48     +11m    plan: ana is told again, by phone
	// 28 Feb 17:50     +13m    plan: step 4 pages chi (schedule secondary) by push
	// 28 Feb 18:00     +23m  the news goes out by other ways, as the status page needs the storage itself
	// 28 Feb 18:00     +23m    plan: step 5 pages fay (schedule coordinators) by phone
	// 28 Feb 18:10     +33m    plan: step 6 pages ana (team platform) by push
	// 28 Feb 18:10     +33m    plan: step 6 pages ben (team platform) by push
	// 28 Feb 18:10     +33m    plan: step 6 pages chi (team platform) by push
	// 28 Feb 18:10     +33m    plan: step 6 pages dev (team platform) by push
	// 28 Feb 18:13     +36m    plan: ana is told again, by phone
	// 28 Feb 18:13     +36m    plan: ben is told again, by phone
	// 28 Feb 18:25     +48m    plan: nobody has answered; the last resort is paged: cto by phone
	// 28 Feb 20:26   +2h49m  reading works again, in part
	// 28 Feb 21:54   +4h17m  writing works again: all is well
	// known: errors are noticed at +8m
	// plan: pages ana at +8m, fay at +8m, chi at +13m, ben at +33m, dev at +33m, cto at +48m
}

func Example_gitHub2018() {
	tell("github-2018")
	// Output:
	// GitHub: 43 seconds of network, a day of repair (2018)
	// 21 Oct 22:52      +0m  two sites lose sight of each other for 43 seconds; databases change over
	// 21 Oct 22:54      +2m  monitoring raises many alerts
	// 21 Oct 22:54      +2m    plan: step 3 pages ben (schedule primary) by push
	// 21 Oct 22:57      +5m    plan: ben is told again, by phone
	// 21 Oct 22:59      +7m    plan: step 4 pages dev (schedule secondary) by push
	// 21 Oct 23:02     +10m  the databases are found to be linked as nobody expected
	// 21 Oct 23:02     +10m    plan: ben answers: acknowledge
	// 21 Oct 23:07     +15m  deployments are locked
	// 21 Oct 23:11     +19m  the incident coordinator joins
	// 21 Oct 23:13     +21m  the status goes to red, and more database engineers are called
	// 21 Oct 23:13     +21m    plan: ben answers: escalate
	// 21 Oct 23:13     +21m    plan: step 5 pages fay (schedule coordinators) by phone
	// 21 Oct 23:19     +27m  deliveries are paused, so that no data is lost
	// 21 Oct 23:19     +27m    plan: ben answers: acknowledge
	// 22 Oct 16:24  +17h32m  the databases are in order again
	// 22 Oct 23:03  +24h11m  all queues are worked off
	// known: responders are at work at +10m
	// known: the coordinator joins at +19m
	// known: more engineers are called at +21m
	// plan: pages ben at +2m, dev at +7m, fay at +21m
}

func Example_cloudflare2019() {
	tell("cloudflare-2019")
	// Output:
	// Cloudflare: one rule takes every CPU (2019)
	//  2 Jul 13:31     -11m  a rule for the firewall is approved
	//  2 Jul 13:42      +0m  the rule is everywhere within seconds, and CPUs are exhausted
	//  2 Jul 13:45      +3m  the first page goes out
	//  2 Jul 13:45      +3m    plan: step 3 pages ana (schedule primary) by push
	//  2 Jul 13:48      +6m    plan: ana is told again, by phone
	//  2 Jul 13:50      +8m  it is declared to be as bad as it can be
	//  2 Jul 13:50      +8m    plan: step 4 pages chi (schedule secondary) by push
	//  2 Jul 13:50      +8m    plan: ana answers: acknowledge
	//  2 Jul 14:00     +18m  the firewall is found to be the cause
	//  2 Jul 14:07     +25m  the firewall is switched off everywhere
	//  2 Jul 14:09     +27m  traffic is back to normal
	//  2 Jul 14:52   +1h10m  the firewall is on again, mended
	// known: somebody is paged at +3m
	// known: it is declared at +8m
	// plan: pages ana at +3m, chi at +8m
}

func Example_fastly2021() {
	tell("fastly-2021")
	// Output:
	// Fastly: one setting of a customer meets a sleeping bug (2021)
	//  8 Jun 09:47      +0m  most of the network returns errors
	//  8 Jun 09:48      +1m  monitoring sees it
	//  8 Jun 09:48      +1m    plan: step 2 pages ben (schedule primary) by push
	//  8 Jun 09:48      +1m    plan: step 2 pages eva (schedule coordinators) by phone
	//  8 Jun 09:51      +4m    plan: ben is told again, by phone
	//  8 Jun 09:53      +6m    plan: step 4 pages dev (schedule secondary) by push
	//  8 Jun 09:58     +11m  the status page says so
	//  8 Jun 09:58     +11m    plan: ben answers: acknowledge
	//  8 Jun 10:27     +40m  the setting is found and disabled
	//  8 Jun 10:36     +49m  services recover
	//  8 Jun 12:35   +2h48m  all is well
	// known: monitoring sees it at +1m
	// known: customers are told at +11m
	// plan: pages ben at +1m, eva at +1m, dev at +6m
}

func Example_atlassian2022() {
	tell("atlassian-2022")
	// Output:
	// Atlassian: a script deletes the sites of 775 customers (2022)
	//  5 Apr 07:38      +0m  the script begins; nothing raises an alert, since deleting is allowed
	//  5 Apr 07:46      +8m  a customer opens a case
	//  5 Apr 07:46      +8m    plan: step 3 pages ana (schedule primary) by push
	//  5 Apr 07:49     +11m    plan: ana is told again, by phone
	//  5 Apr 07:51     +13m    plan: step 4 pages chi (schedule secondary) by push
	//  5 Apr 08:01     +23m  the script ends: 883 sites are gone
	//  5 Apr 08:01     +23m    plan: step 5 pages eva (schedule coordinators) by phone
	//  5 Apr 08:11     +33m    plan: nobody has answered; the last resort is paged: cto by phone
	//  5 Apr 08:17     +39m  a team is formed
	//  5 Apr 08:17     +39m    plan: ana answers: acknowledge
	//  5 Apr 08:24     +46m  it is raised to critical
	//  5 Apr 08:53   +1h15m  the case is found to be the work of the script
	//  5 Apr 12:38   +5h00m  it is raised to the highest level
	//  7 Apr 00:56  +41h18m  the public is told
	// 18 Apr 00:00 +304h22m  all sites are back
	// known: a customer reports it at +8m
	// known: a team is formed at +39m
	// plan: pages ana at +8m, chi at +13m, eva at +23m, cto at +33m
}

// published is a record of an incident that others have collected.
type published struct {
	Timeline []struct {
		At   time.Time
		Kind string
	}
}

// The times in testdata are those of the collected records, where these are there
// to compare with.
func TestFactsAreAsPublished(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.json")
	require.NoError(t, err)
	require.Len(t, files, 6)
	records, err := filepath.Glob("../../../shared/payloads/scenarios/*.json")
	require.NoError(t, err)
	for _, file := range files {
		in, err := replay.Read(file)
		require.NoError(t, err)
		require.True(t, slices.IsSortedFunc(in.Facts, func(a, b replay.Fact) int { return a.At.Compare(b.At) }), file)
		name, _, _ := strings.Cut(strings.TrimSuffix(filepath.Base(file), ".json"), "-")
		for _, record := range records {
			if !strings.HasPrefix(filepath.Base(record), name) {
				continue
			}
			var there published
			text, err := os.ReadFile(record)
			require.NoError(t, err)
			require.NoError(t, json.Unmarshal(text, &there))
			for _, fact := range in.Facts {
				known := slices.ContainsFunc(there.Timeline, func(e struct {
					At   time.Time
					Kind string
				},
				) bool {
					return e.At.Equal(fact.At) && (!fact.Start || e.Kind == "impact_start")
				})
				assert.True(t, known, "%s: %s is not in the record: %s", file, fact.At.Format(time.RFC3339), fact.Text)
			}
		}
	}
}

func TestWhatCannotBePlayed(t *testing.T) {
	t.Parallel()
	p, err := plan.Parse(document)
	require.NoError(t, err)
	_, err = replay.Incident{Policy: "none"}.Play(p)
	require.EqualError(t, err, `replay: the plan has no policy "none"`)
	_, err = replay.Incident{Title: "nothing", Policy: "incident", Facts: []replay.Fact{{Text: "a fact"}}}.Play(p)
	require.EqualError(t, err, "replay: nothing: no fact is the alert")
	_, err = replay.Read("testdata/none.json")
	require.ErrorIs(t, err, os.ErrNotExist)
}
