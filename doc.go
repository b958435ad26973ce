// Package incidentkit is an incident engine that a product embeds: it turns
// alerts and commands into incidents, pages whoever is on call, escalates when
// nobody answers, and keeps the whole history.
//
// A program hands [New] a store and its notifiers, saves a response plan with
// [Engine.SavePlan], feeds alerts to [Engine.Ingest] and people's decisions to
// [Engine.Do], and lets [Engine.Run] do what becomes due:
//
//	engine, err := incidentkit.New(incidentkit.Config{
//		Store:     store,
//		Notifiers: map[string]comms.Notifier{"sms": gateway},
//	})
//	...
//	receipts, err := engine.Ingest(ctx, "acme", actor, alerts) // from your handlers
//	...
//	err = engine.Run(ctx) // until ctx ends, and what is at hand is done
//
// # What it promises
//
// A due page is never lost. It arrives at most twice at one contact, the second
// time only where nobody can know what became of the first; that is recorded,
// and both carry one idempotency key. What a call has returned is durable.
//
// # How it works
//
// An incident is a stream of events, and its state is their fold. Every decision
// (package incident for commands, package escalation for pages) is a pure
// function of the stored state and the time; the engine loads the state, asks
// for the decision, and commits events, snapshot and tasks in one transaction.
// Two replicas that decide at the same time cannot both commit: the second
// decides anew. The store's clock is the only one.
//
// What pages people may itself be broken. [Engine.Audit], which Run calls, looks at
// the incidents themselves, and tells somebody by another path (Config.Alarm) where
// an escalation does not go on.
//
// Sends happen between transactions: one records that the attempt begins, one
// how it ended.
package incidentkit
