module github.com/incidentkit/incidentkit/internal/trials

go 1.26.0
