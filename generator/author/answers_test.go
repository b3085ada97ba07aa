package author

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"scaffold/generator/pack"
)

// uncovered returns the pairs of values that no row has.
func uncovered(values map[string][]string, rows []map[string]string) (pairs []string) {
	names := slices.Sorted(maps.Keys(values))
	for i, a := range names {
		for _, b := range names[i+1:] {
			for _, x := range values[a] {
				for _, y := range values[b] {
					if !slices.ContainsFunc(rows, func(row map[string]string) bool { return row[a] == x && row[b] == y }) {
						pairs = append(pairs, a+"="+x+" "+b+"="+y)
					}
				}
			}
		}
	}
	return pairs
}

func TestPairs(t *testing.T) {
	bools := []string{"true", "false"}
	for _, values := range []map[string][]string{
		{"a": bools, "b": bools},
		{"a": bools, "b": bools, "c": bools, "d": bools, "e": bools},
		{"a": {"1", "2", "3"}, "b": bools, "c": {"x", "y", "z", "w"}},
		{"a": {"only"}, "b": bools, "c": {}},
	} {
		rows, left := Pairs(values, nil)
		delete(values, "c"+strings.Repeat("c", len(values["c"]))) // which has no values
		if missed := uncovered(values, rows); left != 0 || len(missed) > 0 {
			t.Errorf("%v: %d rows, %d left, without %v", values, len(rows), left, missed)
		}
		for name, list := range values {
			if len(list) > 0 && rows[0][name] != list[0] {
				t.Errorf("%v: the first row is %v, want the usual values", values, rows[0])
			}
		}
	}
}

func TestPairsOfLittle(t *testing.T) {
	if rows, _ := Pairs(nil, nil); len(rows) != 1 || len(rows[0]) != 0 {
		t.Errorf("without names: %v, want one empty row", rows)
	}
	if rows, _ := Pairs(map[string][]string{"a": {"1", "2"}}, nil); len(rows) != 2 {
		t.Errorf("of one name: %v, want a row for each value", rows)
	}
}

// What a pack refuses is covered by nothing, and what stands with it by other rows.
func TestPairsRefused(t *testing.T) {
	values := map[string][]string{"a": {"1", "2", "3"}, "b": {"1", "2", "3"}, "c": {"1", "2", "3"}}
	rows, _ := Pairs(values, func(row map[string]string) bool { return row["a"] != "3" || row["b"] != "3" })
	if got := uncovered(values, rows); !slices.Equal(got, []string{"a=3 b=3"}) {
		t.Errorf("without %v, want only the one that is refused", got)
	}
	if rows, _ := Pairs(values, func(map[string]string) bool { return false }); len(rows) != 0 {
		t.Errorf("of nothing that is taken: %v", rows)
	}
}

// Many and long questions are tried in part, and say so.
func TestPairsDoNotExplode(t *testing.T) {
	for _, tt := range []struct {
		questions, choices int
		kind               pack.Type
		complete           bool
	}{
		{12, 12, pack.Choices, true},
		{2, 1000, pack.Choice, false},
		{1000, 2, pack.Choices, false},
		{100, 100, pack.Choices, false},
		{1000, 1000, pack.Choice, false},
	} {
		var p pack.Pack
		for i := range tt.questions {
			q := pack.Question{Name: fmt.Sprintf("q%d", i), Type: tt.kind}
			for c := range tt.choices {
				q.Choices = append(q.Choices, fmt.Sprintf("c%d", c))
			}
			p.Questions = append(p.Questions, q)
		}
		start := time.Now()
		values, _ := trialValues(p)
		rows, left := Pairs(values, nil)
		if len(rows) > maxRows || (left == 0) != tt.complete || time.Since(start) > 10*time.Second {
			t.Errorf("%d questions of %d choices: %d rows, %d pairs left, %v", tt.questions, tt.choices, len(rows), left, time.Since(start))
		}
		t.Logf("%d questions of %d choices: %d rows, %d pairs left, %v", tt.questions, tt.choices, len(rows), left, time.Since(start))
	}
}

// Every format has samples, and no quoter refuses one.
func TestSamples(t *testing.T) {
	for _, format := range []string{"name", "module", "host", "path", "urlpath", "port", "semver", ""} {
		if list := sampleTexts(pack.Question{Type: pack.String, Format: format}); len(list) != 2 {
			t.Errorf("format %q: samples %q, want a plain and an odd one", format, list)
		}
	}
	for pattern, want := range map[string]string{
		`^(?:[a-z]{3}-\d+)$`:     "aaa-1",
		`^(?:x|yy)$`:             "x",
		`^(?:(?i)ab?c*[^a-z]+)$`: "A1",
		`^(?:.+@.+\.de)$`:        "a@a.de",
	} {
		q := pack.Question{Type: pack.String, Match: regexp.MustCompile(pattern)}
		if got := sampleTexts(q); !slices.Contains(got, want) {
			t.Errorf("%s: samples %q, want %q among them", pattern, got, want)
		}
	}
	if text, ok := Sample(pack.Question{Type: pack.String, Match: regexp.MustCompile(`^(?:a\bb)$`)}); ok {
		t.Errorf("of what matches nothing: %q", text)
	}
}
