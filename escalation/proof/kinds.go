package proof

// Kind says what a finding is about.
type Kind string

// The kinds of findings.
const (
	CoverageGap          Kind = "coverage_gap"
	TargetMissed         Kind = "target_missed"
	NobodyReached        Kind = "nobody_reached"
	LastResortOnly       Kind = "last_resort_only"
	SinglePointOfFailure Kind = "single_point_of_failure"
	DeadStep             Kind = "dead_step"
	UselessStep          Kind = "useless_step"
	DeferredHigh         Kind = "deferred_high"
	NeverInHours         Kind = "never_in_hours"
	TooManyKinds         Kind = "too_many_kinds"

	Cycle         Kind = "cycle"
	UnknownTarget Kind = "unknown_target"
	EmptyTeam     Kind = "empty_team"
	NoPolicy      Kind = "no_policy"
	NoLastResort  Kind = "no_last_resort"

	UnreachablePerson Kind = "unreachable_person"
	AbsentPerson      Kind = "absent_person"
	UnreadyPerson     Kind = "unready_person"
	UnskilledPerson   Kind = "unskilled_person"
	QuietPerson       Kind = "quiet_person"
	SingleChannel     Kind = "single_channel"

	VendorUnreachable  Kind = "vendor_unreachable"
	VendorNoEscalation Kind = "vendor_no_escalation"

	PolicyUnused   Kind = "policy_unused"
	ScheduleUnused Kind = "schedule_unused"
)

// KindInfo says what a kind means.
type KindInfo struct {
	Kind    Kind
	Levels  []Level // that findings of the kind have
	Meaning string  // one sentence
}

// Kinds returns all kinds.
func Kinds() []KindInfo {
	return []KindInfo{
		{CoverageGap, []Level{Error, Warning, Info}, "A step that pages people leads to nobody for a time. It is an error if incidents then have reached nobody before, a warning if they have, and info if the schedule says that it is intended."},
		{TargetMissed, []Level{Error}, "Incidents that begin in a time reach the first human later than the severity promises, or never."},
		{NobodyReached, []Level{Error}, "Incidents that begin in a time reach no human at all."},
		{LastResortOnly, []Level{Error, Warning}, "Incidents that begin in a time reach nobody but the last resort. It is a warning for low urgency."},
		{SinglePointOfFailure, []Level{Warning}, "Incidents that begin in a time reach only one human, in all steps and rounds, or only the last resort as the second."},
		{DeadStep, []Level{Warning}, "No incident ever comes to a step."},
		{UselessStep, []Level{Warning}, "A step never pages anybody whom the steps before have not."},
		{DeferredHigh, []Level{Warning}, "Pages of high urgency are put off to other hours."},
		{NeverInHours, []Level{Error}, "Pages are put off for as long as they can be, because the hours of the deferrals do not meet."},
		{TooManyKinds, []Level{Warning}, "The conditions of a policy tell more kinds of incident apart than are looked at."},
		{Cycle, []Level{Error}, "Policies nest each other in a circle, and can page nobody."},
		{UnknownTarget, []Level{Error}, "Something names a person, schedule, team, vendor, place or policy that is not there."},
		{EmptyTeam, []Level{Error}, "A team that is paged has no members, or no manager."},
		{NoPolicy, []Level{Error, Warning}, "No policy pages for a severity. It is an error if the severity promises anything."},
		{NoLastResort, []Level{Warning}, "When nobody answers, a policy ends without telling anybody else."},
		{UnreachablePerson, []Level{Error, Warning}, "A person has no channel. It is an error if anything would page the person."},
		{AbsentPerson, []Level{Warning}, "A policy names a person who is on leave for a time."},
		{UnreadyPerson, []Level{Warning}, "A policy names a person who may not be paged for a time, because of the stage of training."},
		{UnskilledPerson, []Level{Warning}, "A step can lead to a person without the skills that it asks for."},
		{QuietPerson, []Level{Info}, "A policy names a person who is not paged for a severity in quiet hours."},
		{SingleChannel, []Level{Info}, "A person who may be paged has only one channel."},
		{VendorUnreachable, []Level{Error}, "A vendor that is paged has no channel."},
		{VendorNoEscalation, []Level{Warning, Info}, "Nobody is named who is told when a vendor does not answer in time. It is info if there is a last resort."},
		{PolicyUnused, []Level{Info}, "No severity and no other policy pages by a policy."},
		{ScheduleUnused, []Level{Info}, "No policy pages by a schedule, and no other schedule has it in its seats."},
	}
}
