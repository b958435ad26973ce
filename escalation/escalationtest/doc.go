// Package escalationtest tests escalation policies in a host's own go test, in
// virtual time.
//
// [Start] plays one incident step by step:
//
//	run := escalationtest.Start(t, escalationtest.Setup{
//		Ladder: ladder, World: world, // from a plan, or see Setup.Given
//		At:    "2026-03-29 01:30 Europe/Berlin",
//		Facts: escalation.Facts{Severity: "SEV1"},
//	})
//	run.Advance(7 * time.Minute)
//	run.Acknowledge("ben")
//	run.RequireQuiet(24 * time.Hour)
//	run.RequireCourse(`
//		+0s page ana by sms
//		+5m page ben by phone
//		+7m ben acknowledges
//	`)
//
// [RunFiles] does the same with stories that are files, written in sentences, in
// which what comes of a line stands below it. And [RequireReaches] and its like
// prove what is so at every instant of a year, and not only in the incidents that
// somebody thought of.
//
// What fails says what happened instead, when, and who was on call by which rule.
package escalationtest

// T is what the package needs of a test. A *testing.T is one.
type T interface {
	Helper()                           // as of testing.TB
	Fatalf(format string, args ...any) // must not return
}
