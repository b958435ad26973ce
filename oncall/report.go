package oncall

// Note is something that an import could not keep, or had to assume.
type Note struct {
	Level NoteLevel
	Path  string // JSON pointer in the document, such as "/schedule/users/0"; of several, "overrides.json#/overrides/0"
	Text  string // for people to read
}

// NoteLevel says how a note is meant.
type NoteLevel string

// The levels of notes.
const (
	Loss       NoteLevel = "loss"       // something in the document is not in the result
	Assumption NoteLevel = "assumption" // the document allows another reading
)
