package merge

import (
	"maps"
	"slices"
	"strings"

	"golang.org/x/mod/module"
)

// goSum merges the lines of three go.sum files as sets, in the order in which
// the go command writes them, where lines conflict or give a module two hashes.
// Else, where a line is not one of go.sum or two files disagree on the hash of a
// module, the conflict stands: that is for a human to look at.
func goSum(base, ours, theirs *text, l Labels, byLine Result) Result {
	var files [3]map[module.Version]string
	for i, f := range []*text{base, ours, theirs} {
		var ok bool
		if files[i], ok = checksums(f.lines); !ok {
			return byLine
		}
	}
	fits := func(content []byte) bool {
		_, ok := checksums(parse(content).lines)
		return ok
	}
	if byLine.Clean() && fits(byLine.Content) {
		return byLine
	}
	merged, clashes := mergeMaps(files[0], files[1], files[2], nil)
	if len(clashes) > 0 && fits(byLine.Resolve(true)) && fits(byLine.Resolve(false)) {
		return byLine
	}
	if len(clashes) > 0 {
		return apart(base, ours, theirs, l)
	}
	mods := slices.Collect(maps.Keys(merged))
	module.Sort(mods)
	var sums text
	for _, m := range mods {
		sums.add(m.Path+" "+m.Version+" "+merged[m], none)
	}
	return byLine.settled(restyle(&sums, base, ours, theirs), noteGoSum, nil)
}

// checksums reads go.sum: by module, and by version or version/go.mod, a hash.
func checksums(lines []string) (sums map[module.Version]string, ok bool) {
	sums = map[module.Version]string{}
	for _, l := range lines {
		f := strings.Fields(l)
		if len(f) == 0 {
			continue
		}
		if len(f) != 3 {
			return nil, false
		}
		m := module.Version{Path: f[0], Version: f[1]}
		if old, dup := sums[m]; dup && old != f[2] {
			return nil, false
		}
		sums[m] = f[2]
	}
	return sums, true
}
