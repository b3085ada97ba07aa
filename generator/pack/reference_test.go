package pack

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func readReference(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("../../docs/packs.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

// The reference has a table for each mapping of pack.yaml, with a row for each key.
func TestReferenceOfKeys(t *testing.T) {
	page := readReference(t)
	for _, tt := range tables {
		table := "| key | | as in |\n|---|---|---|\n"
		for _, key := range tt.keys {
			help := key.Help
			if key.Required {
				help += " Required."
			}
			table += fmt.Sprintf("| `%s` | %s | `%s` |\n", key.Name, help, key.Example)
		}
		if !strings.Contains(page, "\n\n"+table+"\n") {
			t.Errorf("%s: the reference does not have this table:\n%s", tt.name, table)
		}
	}
}

var codes = regexp.MustCompile("`(.+?)`")

// rowsOf returns the rows of the reference's table that begins with these cells: what
// is in code, of each cell.
func rowsOf(t *testing.T, head string) [][][]string {
	t.Helper()
	_, table, ok := strings.Cut(readReference(t), "\n| "+head)
	if !ok {
		t.Fatalf("the reference has no table %s", head)
	}
	table, _, _ = strings.Cut(table, "\n\n")
	var rows [][][]string
	for _, line := range strings.Split(table, "\n")[2:] {
		var row [][]string
		for cell := range strings.SplitSeq(strings.Trim(line, "|"), " | ") {
			var inCode []string
			for _, m := range codes.FindAllStringSubmatch(cell, -1) {
				inCode = append(inCode, m[1])
			}
			row = append(row, inCode)
		}
		rows = append(rows, row)
	}
	return rows
}

// Each format has a row, with what it takes and what it does not.
func TestReferenceOfFormats(t *testing.T) {
	var have []string
	for _, row := range rowsOf(t, "format | ") {
		name := row[0][0]
		have = append(have, name)
		for _, good := range row[2] {
			if err := formats[name].check(good); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		for _, bad := range row[3] {
			if formats[name].check(bad) == nil {
				t.Errorf("%s takes %q", name, bad)
			}
		}
		if len(row[2]) == 0 || len(row[3]) == 0 {
			t.Errorf("%s has no example of what it takes, or of what it does not", name)
		}
	}
	if slices.Sort(have); !slices.Equal(have, formatNames) {
		t.Errorf("the formats are %q, and the reference has %q", formatNames, have)
	}
}

// Each type has a row, with texts that answer it on a command line.
func TestReferenceOfTypes(t *testing.T) {
	var have []string
	for _, row := range rowsOf(t, "type | ") {
		have = append(have, row[0][0])
		q := Question{Type: Type(row[0][0]), Choices: []string{"http", "fcgi"}}
		for _, text := range row[2] {
			value, err := q.Parse(text)
			if err == nil {
				_, err = q.Check(value)
			}
			if err != nil {
				t.Errorf("%s: %v", q.Type, err)
			}
		}
		if zero := fmt.Sprintf("%#v", q.Zero()); zero != strings.ReplaceAll(row[3][0], "[]", "[]string{}") {
			t.Errorf("%s: a question that does not apply is %s, and the reference says %s", q.Type, zero, row[3][0])
		}
	}
	if !slices.Equal(have, types) {
		t.Errorf("the types are %q, and the reference has %q", types, have)
	}
}

// All names that no question may have are in the reference.
func TestReferenceOfReservedNames(t *testing.T) {
	_, list, _ := strings.Cut(readReference(t), "No question is called ")
	list, _, _ = strings.Cut(list, "\n\n")
	var have []string
	for _, m := range codes.FindAllStringSubmatch(list, -1) {
		have = append(have, m[1])
	}
	want := slices.Concat(reservedNames, []string{"true", "false", "null"})
	slices.Sort(want)
	if slices.Sort(have); !slices.Equal(have, want) {
		t.Errorf("reserved are %q, and the reference has %q", want, have)
	}
}
