package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit"
	"github.com/incidentkit/incidentkit/comms"
	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/storage/sqlite"
)

// asQuickstart makes the test binary behave as the quickstart, so that it can be
// killed for real.
const asQuickstart = "INCIDENTKIT_TEST_AS_QUICKSTART"

func TestMain(m *testing.M) {
	if os.Getenv(asQuickstart) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// TestKilledQuickstartCarriesOn kills the quickstart at random moments, and
// starts it again on the same file each time, until it has come to its end. How
// many kills there are in all is in INCIDENTKIT_SOAK_KILLS; the default is 50.
func TestKilledQuickstartCarriesOn(t *testing.T) {
	t.Parallel()
	kills := 50
	if testing.Short() {
		kills = 5
	}
	if s := os.Getenv("INCIDENTKIT_SOAK_KILLS"); s != "" {
		var err error
		kills, err = strconv.Atoi(s)
		require.NoError(t, err, "INCIDENTKIT_SOAK_KILLS")
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))

	var done, started sync.WaitGroup
	slots := make(chan bool, 4)
	for night := 0; kills > 0; night++ {
		n := min(kills, 1+rng.IntN(8))
		kills -= n
		moments := make([]time.Duration, n)
		for i := range moments {
			moments[i] = time.Duration(rng.Int64N(int64(4 * time.Second)))
		}
		slots <- true
		started.Add(1)
		done.Go(func() {
			defer func() { <-slots }()
			started.Done()
			killedNight(t, filepath.Join(t.TempDir(), fmt.Sprintf("night %d.db", night)), moments)
		})
		started.Wait()
	}
	done.Wait()
}

// killedNight runs the quickstart on one file, kills it after each of the
// moments, lets the last run end by itself, and judges what is on record and
// what was printed.
func killedNight(t *testing.T, db string, moments []time.Duration) {
	var printed bytes.Buffer
	for _, moment := range moments {
		cmd := quickstart(t, db, &printed)
		if !assertNoError(t, cmd.Start()) {
			return
		}
		var end error
		gone := make(chan bool)
		go func() {
			end = cmd.Wait()
			close(gone)
		}()
		select {
		case <-gone: // it was faster
			if !assertNoError(t, end) {
				t.Log(printed.String())
				return
			}
		case <-time.After(moment):
			_ = cmd.Process.Kill()
			<-gone
		}
	}
	if err := quickstart(t, db, &printed).Run(); err != nil {
		t.Errorf("the last run fails: %v\n%s", err, printed.String())
		return
	}
	if err := judge(t.Context(), db, printed.Bytes()); err != nil {
		t.Errorf("after kills at %v: %v\n%s", moments, err, printed.String())
	}
}

func quickstart(t *testing.T, db string, out *bytes.Buffer) *exec.Cmd {
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-db", db)
	cmd.Env = append(os.Environ(), asQuickstart+"=1")
	cmd.Stdout, cmd.Stderr = out, out
	return cmd
}

func assertNoError(t *testing.T, err error) bool {
	if err != nil {
		t.Errorf("quickstart: %v", err)
	}
	return err == nil
}

// sentPage matches the line in which the terminal prints a message's key.
var sentPage = regexp.MustCompile(`(?m)^\W*key\s+(\S+) \(attempt (\d+)`)

// judge holds the printed pages against the record.
func judge(ctx context.Context, db string, printed []byte) error {
	store, err := sqlite.Open(ctx, sqlite.Options{Path: db})
	if err != nil {
		return err
	}
	defer store.Close()
	nobody := comms.NotifierFunc(func(context.Context, comms.Message) (comms.Receipt, error) {
		return comms.Receipt{}, errors.New("the night is over")
	})
	engine, err := incidentkit.New(incidentkit.Config{Store: store, Notifiers: map[string]comms.Notifier{"terminal": nobody}})
	if err != nil {
		return err
	}
	page, err := engine.Incidents(ctx, tenant, incidentkit.Query{})
	if err != nil {
		return err
	}
	if len(page.Incidents) == 0 {
		return errors.New("there is no incident")
	}
	sent := map[string]int{}
	for _, match := range sentPage.FindAllSubmatch(printed, -1) {
		sent[string(match[1])]++
	}
	recorded := map[string]incident.PageAttempted{}
	for _, in := range page.Incidents {
		if err := judgeIncident(ctx, engine, in, sent, recorded); err != nil {
			return fmt.Errorf("incident %s: %w", in.ID, err)
		}
	}
	for key, n := range sent {
		attempt, ok := recorded[key]
		switch {
		case !ok:
			return fmt.Errorf("page %s was sent, and is not on record", key)
		case n > 2:
			return fmt.Errorf("page %s was sent %d times", key, n)
		case n == 2 && !attempt.PossibleDuplicate:
			return fmt.Errorf("page %s was sent twice, and that is not on record", key)
		}
	}
	return nil
}

func judgeIncident(ctx context.Context, engine *incidentkit.Engine, in incident.Incident, sent map[string]int, recorded map[string]incident.PageAttempted) error {
	if in.Status != incident.Resolved {
		return fmt.Errorf("it is %s", in.Status)
	}
	if err := engine.Verify(ctx, tenant, in.ID); err != nil {
		return err
	}
	events, err := engine.Events(ctx, tenant, in.ID)
	if err != nil {
		return err
	}
	keys := map[string][]string{} // of messages, by page
	for _, e := range events {
		if p, ok := e.Payload.(incident.PageAttempted); ok {
			recorded[p.Key] = p
			keys[p.Page] = append(keys[p.Page], p.Key)
		}
	}
	delivered := 0
	for _, p := range in.Pages {
		switch p.State {
		case incident.Delivered:
			delivered++
			arrived := 0
			for _, key := range keys[p.Key] {
				arrived += sent[key]
			}
			if arrived == 0 {
				return fmt.Errorf("page %s is said to be delivered, and was never printed", p.Key)
			}
		case incident.Pending:
			return fmt.Errorf("page %s was left behind", p.Key)
		case incident.Withdrawn, incident.Undeliverable:
		}
	}
	if delivered < 2 {
		return fmt.Errorf("%d pages were delivered; the first responder and the next were to be", delivered)
	}
	return nil
}
