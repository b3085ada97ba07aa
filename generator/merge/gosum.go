package merge

import (
	"strings"

	"golang.org/x/mod/module"
)

// goSum merges the lines of three go.sum files as sets, in the order in which
// the go command writes them. It declines (ok is false) where a line is not
// one of go.sum, or where two files disagree on the hash of a module: that is
// for a human to look at.
func goSum(base, ours, theirs *text) (lines []string, ok bool) {
	var files [3]map[module.Version]string
	for i, f := range []*text{base, ours, theirs} {
		if files[i], ok = checksums(f.lines); !ok {
			return nil, false
		}
	}
	merged, ok := mergeMaps(files[0], files[1], files[2], nil)
	if !ok {
		return nil, false
	}
	mods := make([]module.Version, 0, len(merged))
	for m := range merged {
		mods = append(mods, m)
	}
	module.Sort(mods)
	for _, m := range mods {
		lines = append(lines, m.Path+" "+m.Version+" "+merged[m])
	}
	return lines, true
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
