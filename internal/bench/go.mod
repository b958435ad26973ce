module github.com/incidentkit/incidentkit/internal/bench

go 1.26.0
