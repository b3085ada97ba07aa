package merge

import (
	"go/version"
	"maps"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

// goMod merges three go.mod files statement by statement: what one side
// changed is taken; where both changed a version, the higher. The result is
// ours' file, edited. It declines (ok is false) where this does not settle a
// statement, where a file does not parse, and where a comment would be lost.
func goMod(base, ours, theirs *text) (lines []string, ok bool) {
	defer func() {
		if recover() != nil { // modfile panics on some input that is hardly go.mod
			lines, ok = nil, false
		}
	}()
	var files [3]*modfile.File
	var says [3]map[statement]value
	for i, t := range []*text{base, ours, theirs} {
		if files[i], says[i], ok = readGoMod(t.lines); !ok {
			return nil, false
		}
	}
	merged, ok := mergeMaps(says[0], says[1], says[2], higher)
	if !ok || !rewrite(files[1], says[1], merged) {
		return nil, false
	}
	lines, ok = format(files[1], merged)
	return lines, ok && keepsComments(lines, base.lines, ours.lines, theirs.lines)
}

func readGoMod(lines []string) (f *modfile.File, says map[statement]value, ok bool) {
	f, err := modfile.Parse("go.mod", []byte(strings.Join(lines, "\n")+"\n"), nil)
	if err != nil {
		return nil, nil, false
	}
	says, ok = statements(f)
	return f, says, ok
}

// format is the text of f, if it reads back as the statements that f was meant
// to have.
func format(f *modfile.File, want map[statement]value) (lines []string, ok bool) {
	f.Cleanup()
	data, err := f.Format()
	if err != nil {
		return nil, false
	}
	t := parse(data)
	_, got, ok := readGoMod(t.lines)
	return t.lines, ok && maps.Equal(got, want)
}

// A statement of a go.mod file is told from others by its verb and key; the
// value is the rest of it.
type statement struct{ verb, key, keyVersion string }

type value struct {
	text     string // a version, or for replace the path that takes its place
	version  string // of that path
	indirect bool
}

// statements lists what f says; ok is false if it says one thing twice.
func statements(f *modfile.File) (all map[statement]value, ok bool) {
	all, ok = map[statement]value{}, true
	add := func(s statement, v value) {
		_, dup := all[s]
		ok = ok && !dup
		all[s] = v
	}
	if f.Module != nil {
		add(statement{verb: "module"}, value{text: f.Module.Mod.Path, version: f.Module.Deprecated})
	}
	if f.Go != nil {
		add(statement{verb: "go"}, value{text: f.Go.Version})
	}
	if f.Toolchain != nil {
		add(statement{verb: "toolchain"}, value{text: f.Toolchain.Name})
	}
	for _, g := range f.Godebug {
		add(statement{"godebug", g.Key, ""}, value{text: g.Value})
	}
	for _, r := range f.Require {
		add(statement{"require", r.Mod.Path, ""}, value{text: r.Mod.Version, indirect: r.Indirect})
	}
	for _, x := range f.Exclude {
		add(statement{"exclude", x.Mod.Path, x.Mod.Version}, value{})
	}
	for _, r := range f.Replace {
		add(statement{"replace", r.Old.Path, r.Old.Version}, value{text: r.New.Path, version: r.New.Version})
	}
	for _, r := range f.Retract {
		add(statement{"retract", r.Low, r.High}, value{text: r.Rationale})
	}
	for _, t := range f.Tool {
		add(statement{"tool", t.Path, ""}, value{})
	}
	for _, i := range f.Ignore {
		add(statement{"ignore", i.Path, ""}, value{})
	}
	return all, ok
}

// higher settles a statement that both sides changed: requirements, go and
// toolchain all ask for at least a version. One that a side raised stays
// though the other dropped it; go mod tidy drops what nothing needs.
func higher(s statement, base, ours, theirs *value) *value {
	if ours == nil || theirs == nil {
		if s.verb != "require" {
			return nil
		}
		if ours == nil {
			return theirs
		}
		return ours
	}
	v := *ours
	switch s.verb {
	case "require":
		if semver.Compare(theirs.text, ours.text) > 0 {
			v.text = theirs.text
		}
		v.indirect = ours.indirect && theirs.indirect
		if base != nil {
			v.indirect = three(base.indirect, ours.indirect, theirs.indirect)
		}
		return &v
	case "go":
		return later("go", ours, theirs)
	case "toolchain":
		return later("", ours, theirs)
	}
	return nil
}

func later(prefix string, a, b *value) *value {
	va, vb := prefix+a.text, prefix+b.text
	switch {
	case !version.IsValid(va) || !version.IsValid(vb):
		return nil
	case version.Compare(va, vb) < 0:
		return b
	}
	return a
}

// keepsComments reports whether lines has every comment that a side added.
func keepsComments(lines, base, ours, theirs []string) bool {
	kept, old := comments(lines), comments(base)
	for _, side := range [][]string{ours, theirs} {
		for c := range comments(side) {
			if !kept[c] && !old[c] {
				return false
			}
		}
	}
	return true
}

// comments is the set of comments, less "indirect", which is a statement's.
func comments(lines []string) map[string]bool {
	set := map[string]bool{}
	for _, l := range lines {
		_, c, _ := strings.Cut(l, "//")
		c = strings.TrimSpace(c)
		if rest, ok := strings.CutPrefix(c, "indirect"); ok {
			c = strings.TrimSpace(strings.TrimPrefix(rest, ";"))
		}
		if c != "" {
			set[c] = true
		}
	}
	return set
}

// sorted is the keys of both maps, in an order that depends on nothing else.
func sorted(a, b map[statement]value) []statement {
	keys := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.SortFunc(keys, func(x, y statement) int {
		return slices.Compare([]string{x.verb, x.key, x.keyVersion}, []string{y.verb, y.key, y.keyVersion})
	})
	return slices.Compact(keys)
}
