package merge

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"

	"scaffold/generator/merge/replaytest"
)

var update = flag.Bool("update", false, "record which squares of the replay do not come out right yet")

// known says of each square that does not come out right what it comes to. It
// only ever gets shorter, because what comes out right has to go from it.
const known = "testdata/replay.txt"

// TestReplay merges what owners did to real-looking files with what their
// templates did, where the right result is known; go test -v shows how many of
// each kind come out right. What does not is a known case, or fails; and so does a known
// case that came out right, because it has to be struck off. Where lines alone are
// right, no step and no gate may change a byte.
func TestReplay(t *testing.T) {
	squares, results := loadReplay(t), replayOnce(t)
	table := map[string]map[string]int{"all": {}}
	found := make(map[string]string)
	for i, s := range squares {
		r, outcome := results[i].Result, results[i].outcome
		lines := Lines([]byte(s.Base), []byte(s.Ours), []byte(s.Theirs), labels)
		if lines.Clean() && s.Wanted(judge(s, lines)) && !bytes.Equal(r.Content, lines.Content) {
			t.Errorf("%s: lines merge clean and right, and the result is another:\n%s", s, r.Content)
		}
		column := string(outcome)
		if !s.Wanted(outcome) {
			column = "not " + column
			found[s.String()] = fmt.Sprintf("%s %s", outcome, s.Kind)
		}
		if table[s.Kind] == nil {
			table[s.Kind] = make(map[string]int)
		}
		table[s.Kind][column]++
		table["all"][column]++
		if twice := s.Twice(string(r.Content)); r.Clean() && len(twice) > 0 && !strings.HasPrefix(found[s.String()], "wrong") {
			t.Errorf("%s: twice %q\n%s", s, twice, r.Content)
		}
	}
	logReplay(t, table)
	compareKnown(t, squares, found)
}

func loadReplay(t *testing.T) []replaytest.Square {
	t.Helper()
	squares, err := loadAll()
	if err != nil {
		t.Fatal(err)
	}
	return squares
}

// loadAll reads the histories for all tests, because that is half a second.
var loadAll = sync.OnceValues(func() ([]replaytest.Square, error) {
	return replaytest.Load(os.DirFS("replaytest/testdata"))
})

// A replayed is what a square comes to.
type replayed struct {
	Result
	outcome replaytest.Outcome
}

// replayOnce merges all squares, for all tests that look at what they come to.
func replayOnce(t *testing.T) []replayed {
	t.Helper()
	results, err := replayAll()
	if err != nil {
		t.Fatal(err)
	}
	return results
}

var replayAll = sync.OnceValues(func() ([]replayed, error) {
	squares, err := loadAll()
	var results []replayed
	for _, s := range squares {
		r := replay(s)
		results = append(results, replayed{r, judge(s, r)})
	}
	return results, err
})

func replay(s replaytest.Square) Result {
	return Merge(s.File, []byte(s.Base), []byte(s.Ours), []byte(s.Theirs), Options{Labels: labels})
}

func judge(s replaytest.Square, r Result) replaytest.Outcome {
	return s.Judge(r.Clean(), string(r.Resolve(true)), string(r.Resolve(false)))
}

// columns are what comes out right, and what does not: a conflict that some later step
// has to settle, one of more than the entry that both changed, and what is clean and
// should not be, or not like that.
var columns = []string{"exact", "near", "conflict", "not near", "not conflict", "not wide", "not wrong"}

func logReplay(t *testing.T, table map[string]map[string]int) {
	t.Helper()
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "kind\t%s\tsquares\t\n", strings.Join(columns, "\t"))
	for _, kind := range append(slices.Clone(replaytest.Kinds), "all") {
		fmt.Fprintf(w, "%s\t", kind)
		sum := 0
		for _, c := range columns {
			fmt.Fprintf(w, "%d\t", table[kind][c])
			sum += table[kind][c]
		}
		fmt.Fprintf(w, "%d\t\n", sum)
	}
	w.Flush()
	t.Logf("what squares of each kind come to; \"not\" is what is not right yet:\n%s", out.String())
}

// compareKnown wants the squares that do not come out right to be the known ones.
func compareKnown(t *testing.T, squares []replaytest.Square, found map[string]string) {
	t.Helper()
	old, reasons := readKnown(t)
	if *update {
		writeKnown(t, found, reasons)
		old = found
	}
	for _, s := range squares {
		name := s.String()
		switch got, was := found[name], old[name]; {
		case got == was && strings.HasPrefix(got, "wrong") && reasons[name] == "":
			t.Errorf("%s is wrong, and %s does not say why", name, known)
		case got == was:
		case got == "":
			t.Errorf("%s comes out right: strike it off %s", name, known)
		default:
			r := replay(s)
			t.Errorf("%s is %q, not %q; want %s\nours %s\nmerged\n%s\nright\n%s", name, got, was, s.Want, s.Ours, r.Content, s.Right())
		}
		delete(old, name)
	}
	for name := range old {
		if !*update {
			t.Errorf("%s has %q, which is no square", known, name)
		}
	}
}

// readKnown reads lines of three depths: outcome and kind, square, reason.
func readKnown(t *testing.T) (outcomes, reasons map[string]string) {
	t.Helper()
	data, err := os.ReadFile(known)
	if err != nil {
		t.Fatal(err)
	}
	outcomes, reasons = make(map[string]string), make(map[string]string)
	outcome, name := "", ""
	for line := range strings.Lines(string(data)) {
		text := strings.TrimSpace(line)
		switch {
		case text == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "\t\t"):
			reasons[name] = text
		case strings.HasPrefix(line, "\t"):
			name = text
			outcomes[name] = outcome
		default:
			outcome = text
		}
	}
	return outcomes, reasons
}

func writeKnown(t *testing.T, outcomes, reasons map[string]string) {
	t.Helper()
	var out bytes.Buffer
	out.WriteString("# Squares that do not come out right yet, by what they come to and their kind.\n# go test -run TestReplay -update records them; why one is wrong is written by hand.\n")
	under := make(map[string][]string)
	for name, outcome := range outcomes {
		under[outcome] = append(under[outcome], name)
	}
	for _, outcome := range slices.Sorted(maps.Keys(under)) {
		fmt.Fprintf(&out, "\n%s\n", outcome)
		for _, name := range slices.Sorted(slices.Values(under[outcome])) {
			fmt.Fprintf(&out, "\t%s\n", name)
			if reason := reasons[name]; reason != "" && strings.HasPrefix(outcome, "wrong") {
				fmt.Fprintf(&out, "\t\t%s\n", reason)
			}
		}
	}
	if err := os.WriteFile(known, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// wrongTogether says why two edits that merge right do not if made at once.
var wrongTogether = map[string]string{
	"gosource: add a function at the end and import strings 1-3":                   "a conflict: both put a function at one place, and nothing says which is first",
	"gosource: add a function at the end and import bytes 1-3":                     "a conflict: both put a function at one place, and nothing says which is first",
	"gosource: add a function at the end and import errors 1-3":                    "a conflict: both put a function at one place, and nothing says which is first",
	"gosource: add a function at the end and add a field to the configuration 1-3": "a conflict: both put a function at one place, and nothing says which is first",
	"gosource: add a function at the end and add a field between 1-3":              "a conflict: both put a function at one place, and nothing says which is first",
	"gitlab: delete the lint job and add a job before test 2-3":                    "a conflict: the owner took a job out and put another beside it, which may be its new name",
	"gitlab: delete the pages job and add a job at the end 2-3":                    "a conflict: the owner took a job out and put another beside it, which may be its new name",
	"workflow: delete the release job and add a job at the end 1-2":                "a conflict: the owner took a job out and put another beside it, which may be its new name",
	"tsconfig: four blanks and no maps 1-2":                                        "a conflict: all lines are indented anew, and some of them are taken out or changed as well",
	"tsconfig: four blanks and any return 1-2":                                     "a conflict: all lines are indented anew, and some of them are taken out or changed as well",
	"tsconfig: four blanks and no maps 2-3":                                        "a conflict: all lines are indented anew, and some of them are taken out or changed as well",
	"tsconfig: four blanks and no maps 1-3":                                        "a conflict: all lines are indented anew, and some of them are taken out or changed as well",
}

// TestReplayTogether makes two edits at once, of which each alone merges clean and
// right: so do both, because what is settled at one place does not depend on another.
func TestReplayTogether(t *testing.T) {
	squares := pairRight(loadReplay(t), replayOnce(t))
	if !tryAll {
		squares = sample(squares)
	}
	wrong := make(map[string]bool)
	for _, s := range squares {
		r := replay(s)
		outcome := judge(s, r)
		if r.Clean() && (s.Wanted(outcome) || outcome == replaytest.Near && (r.Note != "" || len(r.Settled) > 0)) {
			continue // what is not merged by lines may come in another order
		}
		wrong[s.String()] = true
		if wrongTogether[s.String()] == "" {
			t.Errorf("%s: got\n%s\nwant %s\n%s", s, r.Content, s.Want, s.Right())
		}
	}
	for name := range wrongTogether {
		if !wrong[name] {
			t.Errorf("%s comes out right, or is no pair: strike it off", name)
		}
	}
	t.Logf("%d pairs of edits", len(squares))
}

// tryAll is whether everything is tried, or a sample.
var tryAll = os.Getenv("CI") == "true"

// tries is how often to try what is drawn: all in CI, else a sample.
func tries(sample, all int) int {
	if tryAll {
		return all
	}
	return sample
}

// sample returns one of thirty pairs, and those that are known not to come out right.
func sample(pairs []replaytest.Square) []replaytest.Square {
	var some []replaytest.Square
	for i, s := range pairs {
		if i%30 == 0 || wrongTogether[s.String()] != "" {
			some = append(some, s)
		}
	}
	return some
}

// pairRight returns all pairs of squares that each merge clean and right and are
// independent of each other.
func pairRight(squares []replaytest.Square, results []replayed) []replaytest.Square {
	right := make(map[string][]replaytest.Square)
	var pairs []replaytest.Square
	for i, s := range squares {
		if r := results[i]; !r.Clean() || !s.Wanted(r.outcome) {
			continue
		}
		file := s.History + s.Pair
		for _, other := range right[file] {
			if both, ok := s.With(other); ok {
				pairs = append(pairs, both)
			}
		}
		right[file] = append(right[file], s)
	}
	return pairs
}

// TestReplayGit wants git's bytes wherever lines merge clean. git merge-file is not
// asked, since its other diff puts an edit elsewhere among blocks that read alike.
func TestReplayGit(t *testing.T) {
	var all []triple
	for i, s := range loadReplay(t) {
		if !tryAll && i%8 != 0 {
			continue
		}
		all = append(all, triple{[]byte(s.Base), []byte(s.Ours), []byte(s.Theirs)})
	}
	compareMergeOrt(t, all)
}
