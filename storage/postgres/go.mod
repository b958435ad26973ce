module github.com/incidentkit/incidentkit/storage/postgres

go 1.26.0
