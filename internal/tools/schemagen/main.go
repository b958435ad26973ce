// Schemagen writes the JSON Schema of the response plan.
//
//	GOWORK=off go -C internal/tools run ./schemagen          # write plan/plan.schema.json
//	GOWORK=off go -C internal/tools run ./schemagen -check   # exit 1 if it is not current
//
// Names, types and what is required come from the Go types of package plan,
// descriptions from the comments on their fields, bounds from the constants that
// the plan is checked against. Nothing is said twice.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

const fileName = "plan.schema.json"

func main() {
	dir := flag.String("dir", filepath.FromSlash("../../plan"), "`folder` of package plan")
	check := flag.Bool("check", false, "write nothing; exit 1 if the schema is not current")
	flag.Parse()
	if err := run(*dir, *check); err != nil {
		fmt.Fprintln(os.Stderr, "schemagen:", err)
		os.Exit(1)
	}
}

func run(dir string, check bool) error {
	schema, err := generate(dir)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, fileName)
	if !check {
		return os.WriteFile(path, schema, 0o644)
	}
	current, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if !bytes.Equal(schema, current) {
		return fmt.Errorf("%s is not current; run: go generate ./plan", path)
	}
	return nil
}
