package report

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// documented are the types that docs/json.md has a table of, in its order.
var documented = []any{
	document{}, jsonStep{}, jsonHunk{}, Version{}, Source{}, Origin{}, jsonChange{}, jsonNews{}, jsonOpen{}, Verified{},
	jsonPack{}, jsonQuestion{}, jsonValue{}, jsonTarget{}, jsonFindings{}, jsonTests{}, jsonFinding{}, jsonResult{}, jsonFile{},
	Config{},
}

// docs/json.md has a row for each key of each document, and says which are always there.
func TestJSONDocument(t *testing.T) {
	page, err := os.ReadFile("../../docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	tables := strings.Split(strings.ReplaceAll(string(page), "\r\n", "\n"), "\n| key | there | |\n|---|---|---|\n")[1:]
	if len(tables) != len(documented) {
		t.Fatalf("docs/json.md has %d tables, want %d", len(tables), len(documented))
	}
	for i, of := range documented {
		table, _, _ := strings.Cut(tables[i], "\n\n")
		var rows []string
		for _, m := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\| (always|if any) \\| .+ \\|$").FindAllStringSubmatch(table, -1) {
			rows = append(rows, m[1]+" "+m[2])
		}
		if want := keysOf(reflect.TypeOf(of)); !slices.Equal(rows, want) {
			t.Errorf("table %d of docs/json.md has the rows\n%s\nand the keys of %T are\n%s", i+1, strings.Join(rows, "\n"), of, strings.Join(want, "\n"))
		}
	}
}

// keysOf returns the keys of a type, without those of a type it embeds, which has a
// table of its own.
func keysOf(of reflect.Type) []string {
	var keys []string
	for f := range of.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		there := "always"
		if options != "" {
			there = "if any"
		}
		if !f.Anonymous {
			keys = append(keys, name+" "+there)
		}
	}
	return keys
}
