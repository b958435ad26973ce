package incidentkit

import (
	"context"
	"time"
)

// SkipPauses makes the engine repeat what failed without waiting.
func (e *Engine) SkipPauses() {
	e.pause = func(context.Context, time.Duration) {}
}
