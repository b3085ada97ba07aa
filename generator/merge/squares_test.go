package merge

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
)

// TestSquares makes up squares, of which the right result is known, and judges what Merge
// makes of them; go test -v shows the verdicts.
//
// A kind is a file that projects have, read as a tree of blocks: entries, items, lines. A
// square is a base, which is such a file less some blocks, and what two sides do to it. An
// operation sets, deletes, adds or moves one block. Blocks have numbers that no file shows, so
// what both sides come to is known where blocks read alike. A verdict is:
//
//   - exact, if a merge says that; near, if only blocks whose order says nothing stand otherwise
//   - conflict, if the operations overlap; needless, if they do not and it conflicts
//   - ambiguous, if it is right for other operations that make the same files
//   - either, if they overlap and it has what one side did, and all that neither did
//   - wrong, if it is clean and none of these; then the verdict says what is amiss
//
// SQUARES=30000 makes up that many, and reports what is wrong without comparing it with what
// is known. SQUARES_OUT=folder writes what is wrong there, as small as it gets.
func TestSquares(t *testing.T) {
	n, many := tries(300, 3000), os.Getenv("SQUARES")
	if many != "" {
		var err error
		if n, err = strconv.Atoi(many); err != nil {
			t.Fatal(err)
		}
	}
	table := make(map[string]map[string]int) // by kind and verdict
	wrong := make(map[string][]square)       // by cause
	for i := uint64(0); n > 0; i++ {
		s, ok := drawSquare(i)
		if !ok {
			continue
		}
		n--
		v := s.judge()
		if table[s.k.file] == nil {
			table[s.k.file] = make(map[string]int)
		}
		table[s.k.file][v.verdict]++
		if v.isWrong() {
			cause := s.cause(v)
			wrong[cause] = append(wrong[cause], s)
		}
	}
	logVerdicts(t, table)
	for _, cause := range slices.Sorted(maps.Keys(wrong)) {
		t.Logf("%d wrong: %s: %s", len(wrong[cause]), cause, cmp.Or(wrongSquares[cause].why, "not known"))
	}
	if out := os.Getenv("SQUARES_OUT"); out != "" {
		writeSquares(t, out, wrong)
	}
	if many == "" {
		compareSquares(t, wrong)
	}
}

// wrongSquares says by cause how many of all squares are clean and wrong, and why they are
// left; of the sample none is. It only ever gets shorter.
var wrongSquares = map[string]struct {
	n   int
	why string
}{
	"blocks that read alike, value":    {1, "an item without a name is copied beside another, and lines take the copy for the other"},
	"code, twice":                      {1, "two statements change places and one is deleted, and lines see the other move"},
	"deleted and moved, and back":      {1, "a field moves, which lines see as deleted by both sides and added by one"},
	"import that nothing uses":         {1, "each side deletes one of two uses, and lines do not know what an import is for"},
	"sections that read alike, astray": {1, "a stage is copied with its last lines, and lines take those of the copy for its own"},
	"settled, order":                   {1, "what moved past a neighbour is settled as taken out and put in, and the report names the step that did it"},
	"settled, value":                   {1, "one of two items without a name is deleted, and the report says which change is left out"},
}

// compareSquares wants as many squares to be wrong as are known, by cause.
func compareSquares(t *testing.T, wrong map[string][]square) {
	t.Helper()
	causes := slices.AppendSeq(slices.Collect(maps.Keys(wrong)), maps.Keys(wrongSquares))
	slices.Sort(causes)
	for _, cause := range slices.Compact(causes) {
		known, squares := tries(0, wrongSquares[cause].n), wrong[cause]
		switch {
		case len(squares) < known:
			t.Errorf("%s: %d squares are wrong, fewer than the %d that are known: strike off those that come out right", cause, len(squares), known)
		case len(squares) > known:
			t.Errorf("%s: %d squares are wrong, more than the %d that are known", cause, len(squares), known)
			for _, s := range squares[:min(len(squares), 2)] {
				t.Log(s.shrink().describe())
			}
		}
	}
}

// writeSquares writes up to four squares of each cause and kind, as small as they get.
func writeSquares(t *testing.T, dir string, wrong map[string][]square) {
	t.Helper()
	for cause, squares := range wrong {
		count := make(map[string]int)
		for _, s := range squares {
			if count[s.k.file]++; count[s.k.file] > 4 {
				continue
			}
			name := fmt.Sprintf("%s %s %d.txtar", cause, s.k.file, count[s.k.file])
			name = strings.NewReplacer(",", "", " ", "-", "/", "-").Replace(name)
			if err := os.WriteFile(filepath.Join(dir, name), []byte(s.shrink().describe()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func logVerdicts(t *testing.T, table map[string]map[string]int) {
	t.Helper()
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "kind\t%s\t\n", strings.Join(verdicts, "\t"))
	all := make(map[string]int)
	for _, kind := range append(slices.Sorted(maps.Keys(table)), "all") {
		row := table[kind]
		if kind == "all" {
			row = all
		}
		fmt.Fprintf(w, "%s\t", kind)
		for _, v := range verdicts {
			fmt.Fprintf(w, "%d\t", row[v])
			if kind != "all" {
				all[v] += row[v]
			}
		}
		fmt.Fprintln(w)
	}
	w.Flush()
	t.Logf("what squares of each kind come to:\n%s", out.String())
}

// TestSquareKinds has each kind read as blocks that write it again.
func TestSquareKinds(t *testing.T) {
	for _, k := range kinds {
		root := k.read(k.text)
		if got := k.write(root); got != k.text {
			t.Errorf("%s reads back as\n%s", k.file, got)
		}
		k.setImports(root)
		if got, want := k.canonical(k.write(root), false), k.canonical(k.text, false); got != want {
			t.Errorf("%s with its imports is\n%s", k.file, got)
		}
	}
}
