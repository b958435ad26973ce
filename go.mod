module github.com/incidentkit/incidentkit

go 1.26.0

require github.com/qmuntal/stateless v1.7.2

require (
	github.com/google/uuid v1.6.0 // indirect
	github.com/stretchr/testify v1.12.1 // indirect
	pgregory.net/rapid v1.3.0 // indirect
)
