package words_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/incidentkit/incidentkit/escalation/internal/words"
)

func TestLength(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "0s", 30 * time.Second: "30s", 5 * time.Minute: "5m", 10*time.Minute + 10*time.Second: "10m10s",
		time.Hour: "1h", 90 * time.Minute: "1h30m", 20 * time.Hour: "20h", time.Hour + time.Second: "1h0m1s", -time.Minute: "-1m",
	} {
		assert.Equal(t, want, words.Length(d))
	}
}

func TestCount(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "0 rounds, 1 round, 2 rounds", words.Count(0, "round")+", "+words.Count(1, "round")+", "+words.Count(2, "round"))
}
