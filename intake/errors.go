package intake

import "errors"

// Conditions. Test for them with errors.Is.
var (
	// ErrBody: a body is not what the source sends; the *BodyError says where.
	ErrBody = errors.New("intake: bad body")

	// ErrInvalid: the options of a handler are unusable; the *FieldError says
	// which.
	ErrInvalid = errors.New("intake: invalid")

	// ErrUnknownTenant: Options.Tenant does not know the tenant a request is
	// for.
	ErrUnknownTenant = errors.New("intake: unknown tenant")
)

// BodyError names a part of a body and what would be right there. It is
// ErrBody.
type BodyError struct {
	Path string // such as "alerts[2].startsAt"; empty: the body as a whole
	Want string
}

// Error implements error.
func (e *BodyError) Error() string {
	path := e.Path
	if path == "" {
		path = "the body"
	}
	return "intake: " + path + ": want " + e.Want
}

// Is reports whether target is ErrBody.
func (e *BodyError) Is(target error) bool { return target == ErrBody }

// FieldError names an option and what would be right for it. It is ErrInvalid.
type FieldError struct {
	Field string // such as "Options.Ingester"
	Want  string
}

// Error implements error.
func (e *FieldError) Error() string { return "intake: " + e.Field + ": want " + e.Want }

// Is reports whether target is ErrInvalid.
func (e *FieldError) Is(target error) bool { return target == ErrInvalid }
