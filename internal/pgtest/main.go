package pgtest

import (
	"context"
	"fmt"
	"os"
)

// Main is what a TestMain does to give all its tests one server, which Env returns
// from then on, here and in processes that the tests start:
//
//	func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }
//
// It returns the exit code. It sets Variable and must not run beside anything else.
func Main(tests interface{ Run() int }) int {
	code, err := withServer(tests.Run)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

func withServer(run func() int) (code int, err error) {
	server, err := Env(context.Background(), Options{})
	if err != nil {
		return 0, err
	}
	defer func() {
		if stopErr := server.Stop(); err == nil {
			err = stopErr
		}
	}()
	if err := os.Setenv(Variable, server.URL("postgres")); err != nil {
		return 0, err
	}
	return run(), nil
}
