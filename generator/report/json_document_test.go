package report

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the tables of docs/json.md anew")

// documented are the types that docs/json.md has a table of, in its order.
var documented = []any{
	head{}, document{}, jsonStep{}, jsonHunk{}, Version{}, Source{}, Origin{}, jsonChange{}, jsonNews{}, jsonOpen{}, Verified{}, Failure{},
	jsonError{}, jsonTotals{},
	jsonStatus{}, jsonStanding{}, jsonDiff{}, jsonChanged{}, jsonChanges{},
	jsonPacks{}, jsonListed{}, jsonPack{}, jsonQuestion{}, jsonValue{}, jsonTarget{}, jsonFindings{}, jsonTests{}, jsonFinding{}, jsonResult{}, jsonFile{},
	jsonTrial{}, jsonPlace{}, jsonGroup{}, jsonCount{},
	Config{}, jsonAdoption{}, Proposed{}, Tried{},
}

// docs/json.md has a table of each object, made of the tags that the JSON Schemas are
// made of, and each object of a schema has one.
func TestJSONDocument(t *testing.T) {
	const name, begin = "../../docs/json.md", "\n| key | there | |\n|---|---|---|\n"
	page, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(strings.ReplaceAll(string(page), "\r\n", "\n"), begin)
	if len(parts)-1 != len(documented) {
		t.Fatalf("docs/json.md has %d tables, want %d", len(parts)-1, len(documented))
	}
	known := make(map[reflect.Type]bool)
	for i, of := range documented {
		known[reflect.TypeOf(of)] = true
		table, rest, _ := strings.Cut(parts[i+1]+"\n", "\n\n")
		if want := rowsOf(reflect.TypeOf(of)); table != want && *update {
			parts[i+1] = want + "\n\n" + strings.TrimSuffix(rest, "\n")
		} else if table != want {
			t.Errorf("docs/json.md has of %T\n%s\nwant\n%s\n(-update writes it)", of, table, want)
		}
	}
	if *update {
		text := strings.TrimRight(strings.Join(parts, begin), "\n") + "\n"
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, d := range Documents() {
		for of := range objectsOf(d.Type) {
			if !known[of] {
				t.Errorf("docs/json.md has no table of %v, which stands in a document of the kind %s", of, d.Kind)
			}
		}
	}
}

// rowsOf returns the rows about a struct, without those of the head, which all have.
func rowsOf(of reflect.Type) string {
	var rows []string
	keys, _ := keysOf(of)
	if of != reflect.TypeFor[head]() && len(keys) > 2 && keys[0].Name == "schema" {
		keys = keys[2:]
	}
	for _, k := range keys {
		there := "always"
		if !k.Always {
			there = "if any"
		}
		says := k.Says
		if k.One != nil {
			says += ": `" + strings.Join(k.One, "`, `") + "`"
		}
		rows = append(rows, fmt.Sprintf("| `%s` | %s | %s |", k.Name, there, says))
	}
	return strings.Join(rows, "\n")
}

// objectsOf returns all structs that a document of a type has.
func objectsOf(of reflect.Type) map[reflect.Type]bool {
	all := make(map[reflect.Type]bool)
	var add func(reflect.Type)
	add = func(of reflect.Type) {
		switch of.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			add(of.Elem())
		case reflect.Struct:
			all[of] = true
			_, fields := keysOf(of)
			for _, f := range fields {
				add(f.Type)
			}
		}
	}
	add(of)
	return all
}

// Each key says what it is, each kind has a name of its own, and no key of an object has
// the name of another.
func TestKeysAreDescribed(t *testing.T) {
	kinds := make(map[string]bool)
	for _, d := range Documents() {
		if kinds[d.Kind] || d.Of == "" {
			t.Errorf("kind %q is there twice, or nothing writes it", d.Kind)
		}
		kinds[d.Kind] = true
		for of := range objectsOf(d.Type) {
			seen := make(map[string]bool)
			keys, _ := keysOf(of)
			for _, k := range keys {
				if k.Name == "" || k.Says == "" || seen[k.Name] {
					t.Errorf("%v: key %q has no words, or is there twice", of, k.Name)
				}
				seen[k.Name] = true
			}
		}
	}
}
