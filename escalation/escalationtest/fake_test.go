package escalationtest_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// fake is a test that is expected to fail.
type fake struct{ message string }

// stopped is what a fake panics with, since Fatalf must not return.
type stopped struct{}

func (f *fake) Helper() {}

func (f *fake) Fatalf(format string, args ...any) {
	f.message = fmt.Sprintf(format, args...)
	panic(stopped{})
}

// failureOf returns the message with which a test fails; empty: it passes.
func failureOf(t *testing.T, test func(*fake)) string {
	t.Helper()
	f := &fake{}
	func() {
		defer func() {
			if r := recover(); r != nil {
				require.Equal(t, stopped{}, r)
			}
		}()
		test(f)
	}()
	return f.message
}
