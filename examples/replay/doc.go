// Package replay plays published incidents through a response plan: what would
// have happened, minute by minute, beside what is known to have happened.
//
// The facts in testdata are from what the companies have published themselves, in
// our words. What is not published is not made up: where nothing is known of an
// answer, nobody answers.
package replay
