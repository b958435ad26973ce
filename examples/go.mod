module github.com/incidentkit/incidentkit/examples

go 1.26.0

require (
	github.com/incidentkit/incidentkit v0.0.0
	github.com/incidentkit/incidentkit/storage/sqlite v0.0.0
)

replace (
	github.com/incidentkit/incidentkit => ..
	github.com/incidentkit/incidentkit/storage/sqlite => ../storage/sqlite
)
