// Package policytest shows how to test escalation policies like the rest of a
// product: policy_test.go loads the response plan that the product ships, plays
// incidents in virtual time, tells the stories in testdata, and proves for a whole
// year what was promised to customers.
//
// Copy plan.json and policy_test.go into a package of your own, change the plan,
// and see what go test says. Nothing else is needed: no database, no engine, no
// clock.
package policytest
