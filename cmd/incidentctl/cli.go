package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

// Exit codes.
const (
	exitFine     = 0
	exitFindings = 1 // the answer is one that a check should fail on
	exitBadInput = 2 // there is no answer
)

// terminal is where a command runs: everything of the world outside that it sees
// or changes, but for the files it is told to read.
type terminal struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	now            time.Time
	width          int
	color          bool
}

// command is one of the commands.
type command interface {
	run(t terminal) error
}

// errFindings is the error of a command that has given its answer, which is one
// that a check should fail on.
var errFindings = errors.New("there are findings")

// found returns errFindings where there are any and nothing else is wrong.
func found(findings bool, err error) error {
	if err == nil && findings {
		return errFindings
	}
	return err
}

// cli is the command line.
type cli struct {
	Help helpFlag `short:"h" help:"Show what a command does, and its flags."`

	OnCall   onCallCommand   `cmd:"" name:"oncall" help:"Who is on call at an instant, by which rule, and who is next."`
	Shifts   shiftsCommand   `cmd:"" help:"Who is on call when."`
	Gaps     gapsCommand     `cmd:"" help:"When nobody is on call."`
	Load     loadCommand     `cmd:"" help:"How many hours each person is on call: weekdays, nights, weekends, holidays."`
	Preview  previewCommand  `cmd:"" help:"Which shifts change between an old and a new document."`
	Verify   verifyCommand   `cmd:"" help:"Prove whom a plan pages in the worst case, and what is wrong with it."`
	Simulate simulateCommand `cmd:"" help:"Who is paged when in the course of an incident, and why."`
	Import   importCommand   `cmd:"" help:"Turn another product's export into a plan."`
}

const description = `Answers questions about on-call schedules and escalation, from a response plan or from the export of another product.

It exits with 0 if all is well, 1 if there are findings (nobody is on call, a gap, a change, a loss, an error in a plan),
and 2 if the input is bad; then standard error says what is wrong, where, and what would be right.`

// run does what the arguments say and returns the exit code. An answer that could
// not be written to its end is none.
func run(args []string, t terminal) int {
	out := bufio.NewWriter(t.stdout)
	t.stdout = out
	code := answer(args, t)
	if err := out.Flush(); err != nil {
		return fail(t, fmt.Errorf("want the answer to be written: %w", err))
	}
	return code
}

func answer(args []string, t terminal) int {
	var flags cli
	parser, err := kong.New(&flags, kong.Name("incidentctl"), kong.Description(description), kong.NoDefaultHelp(),
		kong.Writers(t.stdout, t.stderr), kong.WithHyphenPrefixedParameters(true),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 120}),
		kong.Vars{
			"formats": strings.Join(formatNames(), ","),
			"exports": strings.Join(formatNames()[1:], ","), // all but the plan
		})
	if err != nil {
		return fail(t, err)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	ctx, err := parser.Parse(args)
	if errors.Is(err, errHelp) {
		return exitFine
	}
	if err != nil {
		return fail(t, fmt.Errorf("%w\nincidentctl --help lists the commands, and incidentctl COMMAND --help the flags of one", err))
	}
	chosen, ok := reflect.TypeAssert[command](ctx.Selected().Target.Addr())
	if !ok {
		return fail(t, errors.New("want a command"))
	}
	err = chosen.run(t)
	switch {
	case errors.Is(err, errFindings):
		return exitFindings
	case err != nil:
		return fail(t, err)
	}
	return exitFine
}

// fail writes an error, each line of it after the name of the program.
func fail(t terminal, err error) int {
	for line := range strings.Lines(err.Error()) {
		fmt.Fprintln(t.stderr, "incidentctl: "+strings.TrimRight(line, "\n"))
	}
	return exitBadInput
}

// helpFlag shows the help and ends the parsing, without ending the process.
type helpFlag bool

var errHelp = errors.New("help was shown")

// BeforeReset is called by kong as soon as it has seen the flag.
func (helpFlag) BeforeReset(ctx *kong.Context) error {
	if err := ctx.PrintUsage(false); err != nil {
		return err
	}
	return errHelp
}
