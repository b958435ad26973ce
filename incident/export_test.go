package incident

import (
	"context"
	"flag"
)

// Update makes the tests write their golden files anew.
var Update = flag.Bool("update", false, "write the golden files anew")

// Encode encodes one event that need not follow anything.
var Encode = encode

// FireMachine asks the state machine alone, past everything that looks at the
// table before it.
func FireMachine(in Incident, cmd Command, env Env) (to Status, fires bool) {
	f := &firing{in: in, cmd: cmd, env: env, status: in.Status}
	err := machine().FireCtx(context.WithValue(context.Background(), firingKey{}, f), cmd.Action.Name())
	return f.status, err == nil
}
