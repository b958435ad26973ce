// Package escalation decides whom to page, and whom next if nobody answers.
//
// A [Policy] is plain data: steps of targets with waits between them, conditions
// and branches, repetitions, and what becomes of an answer. [Compile] checks it
// once and makes it a [Ladder], which never changes. [Ladder.Next] is a pure
// function of the progress of one run, the time, what is known of the incident,
// and who is on call; it returns what to do as data. [Ladder.Answer] is what the
// people do. Nothing in this package keeps time or does anything by itself, so
// that a policy can be tested like any other function; [Simulate] plays a whole
// course of it at once.
package escalation
