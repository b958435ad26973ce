package importtest

import (
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/incidentkit/incidentkit/importers"
)

// Files makes files of documents: a.json, b.json and so on.
func Files(docs ...string) []importers.File {
	files := make([]importers.File, len(docs))
	for i, doc := range docs {
		files[i] = importers.File{Name: string(rune('a'+i)) + ".json", Data: []byte(doc)}
	}
	return files
}

// Read returns a file of the folder testdata.
func Read(t T, name string) importers.File {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return importers.File{Name: name, Data: data}
}

// Shared returns a document from beside the repository, if there is such a
// folder: the file, or what stands under a key of its shapes. Where there is none,
// it returns none, and a test has its own only.
func Shared(file, shape string) (docs []string) {
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", filepath.FromSlash(file)))
	if err != nil {
		return nil
	}
	if shape == "" {
		return []string{string(data)}
	}
	var all struct {
		Shapes map[string]struct{ Document json.RawMessage }
	}
	if json.Unmarshal(data, &all) != nil || all.Shapes[shape].Document == nil {
		return nil
	}
	return []string{string(all.Shapes[shape].Document)}
}
