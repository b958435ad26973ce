// Package ical reads on-call duty from iCalendar files (RFC 5545), and writes
// shifts as feeds that people subscribe to.
//
// [Import] turns a calendar into an [oncall.Schedule]. Every event is a shift, and
// every occurrence of one that recurs, so a calendar that somebody keeps by hand in
// Google Calendar, Outlook or Apple Calendar is a schedule, and so is the feed of
// a vendor. What the calendar says and the schedule does not, and what could be
// read in another way, is in the report.
//
// [Write] is the way back: a person's or a schedule's shifts as a calendar.
//
// # Who is on call
//
// Unless [Options].People says otherwise, the people of an event are, in this
// order: the person that Write put there; those invited (ATTENDEE) who have not
// declined, by mail address; NAME, where the summary is "On Call - NAME - SCHEDULE",
// as PagerDuty writes it; the summary.
//
// # Zones
//
// A time is read on the clock that its TZID names: an IANA name, one of Windows,
// or one of the long names that Outlook shows. The zone data of the machine decide
// what such a clock shows, also where the calendar brings a VTIMEZONE that
// disagrees; the report says where it does. A name that nobody knows stands for
// the calendar's own VTIMEZONE. Times without a zone, and whole days, are read in
// [Options].Zone.
//
// A shift that recurs starts and ends at the same times of the wall clock every
// time, whatever the offset is that day: from Monday 09:00 to Monday 09:00 is 167
// hours when the clocks go forward. RFC 5545 would have its exact length kept,
// which leaves an hour to nobody, or to two; calendar programs do not do so
// either. The report says where it matters. Where the clocks skip a time, it is
// the first instant after them; where they show it twice, the first of the two;
// see [oncall.LocalTime.In].
//
// # Which events
//
// Every event is a shift that is not cancelled, whether it is marked as busy or as
// free time. Of several versions of one (UID and RECURRENCE-ID), the one with the
// highest SEQUENCE counts. The first occurrence of a rule is DTSTART, also where
// the rule leaves it out, as RFC 5545 and most programs have it. Two people in one
// interval are both on call; one person in two events at once is on call once.
// What is changed by RECURRENCE-ID may be one occurrence or, with THISANDFUTURE,
// all that follow.
//
// # Bad input
//
// What is wrong with a calendar as a whole is an [*Error] with the line: that it
// is cut off, nested wrongly, not text, or over one of the [Limits]. What is wrong
// with one event leaves that event out, and the report says so.
//
// Nothing here reads a clock, a file or the network.
package ical
