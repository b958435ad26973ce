package archtest

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// setting matches the line that gives a setting of make its default.
var setting = regexp.MustCompile(`(?m)^(?:export )?([A-Z_]+) \?=`)

// exported are settings that programs read from their environment by themselves.
var exported = map[string]bool{"GOLANGCI_LINT_CACHE": true}

// checkSettings finds settings of a Makefile that no line of it uses: whoever sets
// one would believe in what was not done.
func checkSettings(text string) []string {
	var findings []string
	for _, m := range setting.FindAllStringSubmatch(text, -1) {
		if !exported[m[1]] && !strings.Contains(text, "$("+m[1]+")") {
			findings = append(findings, fmt.Sprintf("Makefile: nothing uses the setting %s", m[1]))
		}
	}
	return findings
}

func TestEverySettingOfMakeIsUsed(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(repo(t).Root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	report(t, checkSettings(string(text)))
}

func TestCheckSettingsFindsTheUnused(t *testing.T) {
	t.Parallel()
	wantFindings(t, checkSettings("export GOLANGCI_LINT_CACHE ?= x\nA_B ?= 1\n# by $(C) times\nC ?= 2\nall:\n\trun $(A_B)\nD ?= 3\n"), "the setting D")
}
