module github.com/incidentkit/incidentkit

go 1.26.0

require (
	github.com/arran4/golang-ical v0.3.4
	github.com/google/uuid v1.6.0
	github.com/qmuntal/stateless v1.7.2
	github.com/stretchr/testify v1.12.1
	pgregory.net/rapid v1.3.0
)

require go.yaml.in/yaml/v3 v3.0.6 // indirect
