package main

import (
	"fmt"
	"strings"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/betterstack"
	"github.com/incidentkit/incidentkit/importers/datadog"
	"github.com/incidentkit/incidentkit/importers/firehydrant"
	"github.com/incidentkit/incidentkit/importers/goalert"
	"github.com/incidentkit/incidentkit/importers/grafanaoncall"
	"github.com/incidentkit/incidentkit/importers/incidentio"
	"github.com/incidentkit/incidentkit/importers/opsgenie"
	"github.com/incidentkit/incidentkit/importers/pagerduty"
	"github.com/incidentkit/incidentkit/importers/rootly"
	"github.com/incidentkit/incidentkit/importers/squadcast"
)

// reader reads the documents of a format.
type reader func(importers.Options, ...importers.File) (importers.Result, error)

// format is a kind of document.
type format struct {
	name string
	read reader
}

// formats are in the order in which the help lists them.
var formats = []format{
	{defaultFormat, readPlan},
	{"pagerduty", pagerduty.Import},
	{"pagerduty-v3", pagerduty.ImportV3},
	{"opsgenie", opsgenie.Import},
	{"incidentio", incidentio.Import},
	{"grafana-oncall", grafanaoncall.Import},
	{"goalert", goalert.Import},
	{"ical", readCalendars},
	{"rootly", rootly.Import},
	{"firehydrant", firehydrant.Import},
	{"squadcast", squadcast.Import},
	{"betterstack", betterstack.Import},
	{"datadog", datadog.Import},
}

const defaultFormat = "plan"

func formatNames() []string {
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = f.name
	}
	return names
}

// readerOf returns the reader of a format that the command line has let pass.
func readerOf(name string) (reader, error) {
	for _, f := range formats {
		if f.name == name {
			return f.read, nil
		}
	}
	return nil, fmt.Errorf("want a format of %s, not %q", strings.Join(formatNames(), ", "), name)
}
