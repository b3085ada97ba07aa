package generator_test

import (
	"go/ast"
	"maps"
	"math/bits"
	"slices"
	"strings"
	"testing"
)

// The grain: a reader goes from top to bottom of a few files, and does not jump.
const (
	maxFiles = 12  // of a package, that are built for one system
	maxLines = 700 // of a file
	maxFunc  = 80  // lines of a function
	maxP90   = 40  // lines of nine functions in ten of a package
)

// maxUpward is how many arrows from a file to one that it uses may lead upward,
// where that is counted: two types that name each other make one.
var maxUpward = map[string]int{"scaffold/generator": 0, "scaffold/generator/console": 0, "scaffold/generator/report": 0, "scaffold/generator/git": 0, "scaffold/generator/strictyaml": 0, "scaffold/generator/problem": 0, "scaffold/generator/apply": 5, "scaffold/generator/plan": 5}

// TestGrain also counts the program: go test -v shows it.
func TestGrain(t *testing.T) {
	var files, funcs []int
	kinds, exported := 0, 0
	defined := make(map[string]int)
	for _, c := range readCode(t) {
		own, sizes := slices.Sorted(maps.Values(c.funcs)), slices.Sorted(maps.Values(c.files))
		if len(c.built) > maxFiles {
			t.Errorf("%s has %d files, more than %d: put those together that are one idea", c.path, len(c.built), maxFiles)
		}
		for name, n := range c.files {
			if n > maxLines {
				t.Errorf("%s/%s has %d lines, more than %d: cut it where an idea ends", c.path, name, n, maxLines)
			}
		}
		for name, n := range c.funcs {
			if n > maxFunc {
				t.Errorf("%s/%s has %d lines, more than %d", c.path, name, n, maxFunc)
			}
		}
		if p90 := percentile(own, 90); p90 > maxP90 {
			t.Errorf("%s: one function in ten has more than %d lines, and %d are enough", c.path, p90, maxP90)
		}
		n, arrows := c.upward()
		if most, limited := maxUpward[c.path]; limited && n > most {
			t.Errorf("%s: %d arrows lead upward, more than %d: %s", c.path, n, most, strings.Join(arrows, ", "))
		}
		t.Logf("%s: %d files, median %d lines, most %d; %d functions, median %d lines, nine in ten up to %d, most %d; upward %d: %s", c.path,
			len(sizes), percentile(sizes, 50), percentile(sizes, 100), len(own), percentile(own, 50), percentile(own, 90), percentile(own, 100), n, strings.Join(arrows, ", "))
		files, funcs, kinds = append(files, sizes...), append(funcs, own...), kinds+len(c.types)
		for _, name := range c.names {
			if ast.IsExported(name) {
				exported++
			}
			defined[name]++
		}
	}
	lines := 0
	for _, n := range files {
		lines += n
	}
	maps.DeleteFunc(defined, func(_ string, n int) bool { return n == 1 })
	slices.Sort(files)
	slices.Sort(funcs)
	t.Logf("all: %d files, median %d lines, %d in all; %d functions, median %d lines, nine in ten up to %d, most %d; %d types, %d exported names; %d names in more than one package: %s",
		len(files), percentile(files, 50), lines, len(funcs), percentile(funcs, 50), percentile(funcs, 90), percentile(funcs, 100), kinds, exported, len(defined), strings.Join(slices.Sorted(maps.Keys(defined)), " "))
}

func percentile(sorted []int, percent int) int {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[(len(sorted)-1)*percent/100]
}

// upward returns how many arrows from a file to one that it uses lead upward in
// the order of the files that has the fewest, and which.
func (c code) upward() (int, []string) {
	files := slices.Sorted(slices.Values(c.built))
	uses := make([]uint32, len(files)) // by file, the set of those it uses
	for i, from := range files {
		for j, to := range files {
			if c.uses[from][to] {
				uses[i] |= 1 << j
			}
		}
	}
	arrowsUp := func(last, before int) int { return bits.OnesCount32(uses[last] & uint32(before)) }
	fewest := make([]int, 1<<len(files)) // by the set of the files that stand first
	for set := 1; set < len(fewest); set++ {
		fewest[set] = 1 << 30
		for last := range files {
			if before := set &^ (1 << last); before != set {
				fewest[set] = min(fewest[set], fewest[before]+arrowsUp(last, before))
			}
		}
	}
	var arrows []string
	for set := len(fewest) - 1; set > 0; { // from the last file back to the first
		for last := range files {
			before := set &^ (1 << last)
			if before == set || fewest[set] != fewest[before]+arrowsUp(last, before) {
				continue
			}
			for first := range files {
				if uses[last]&uint32(before)&(1<<first) != 0 {
					arrows = append(arrows, files[last]+" to "+files[first])
				}
			}
			set = before
			break
		}
	}
	return fewest[len(fewest)-1], arrows
}
