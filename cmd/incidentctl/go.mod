module github.com/incidentkit/incidentkit/cmd/incidentctl

go 1.26.0

require (
	github.com/alecthomas/kong v1.17.0
	github.com/incidentkit/incidentkit v0.0.0
	github.com/stretchr/testify v1.12.1
	golang.org/x/term v0.47.0
)

require (
	github.com/arran4/golang-ical v0.3.4 // indirect
	go.yaml.in/yaml/v3 v3.0.6 // indirect
	golang.org/x/sys v0.49.0 // indirect
)

replace github.com/incidentkit/incidentkit => ../..
