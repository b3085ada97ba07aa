package merge

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/mod/module"
)

type goModMerge struct {
	base, ours, theirs *goModFile
	merged             map[statement]value
	chosen             []string    // what was taken of what, in words
	undecided          []statement // what cannot be decided
	apart              bool        // whether it is because of what two statements say together
	why                []string    // in words
}

// goMod merges three go.mod or go.work files statement by statement, where their lines
// conflict or do not go together: what one side changed is taken, and of two
// versions the higher if both sides went up. The result is ours' file, edited.
// Else the conflict of lines stands, and has all statements that are at odds.
func goMod(base, ours, theirs *text, options Options, note string, byLine Result) Result {
	m, ok := readGoMods(base, ours, theirs)
	if !ok || byLine.Clean() && m.fits(byLine.Content) || !byLine.Clean() && options.ByLines {
		return byLine
	}
	m.decide()
	if len(m.undecided) == 0 && !options.ByLines {
		if t, ok := m.rewrite(); ok {
			return byLine.resolvedBy(restyle(&t, base, ours, theirs), note, m.chosen)
		}
	}
	if r, ok := m.narrow(base, ours, theirs, options.Labels); ok && !options.ByLines && !byLine.Clean() {
		return r
	}
	r := byLine
	if len(m.undecided) > 0 {
		r = mergeLines(base, ours, theirs, options.Labels, func(yours, template []edit) []span {
			old := m.base.linesOf(m.undecided)
			return slices.Concat(
				findTouching(yours, old, m.ours.linesOf(m.undecided)),
				findTouching(template, old, m.theirs.linesOf(m.undecided)))
		})
	}
	if !m.fits(r.Resolve(true)) || !m.fits(r.Resolve(false)) {
		r = conflictEverywhere(base, ours, theirs, options.Labels)
	}
	r.Notes = m.why
	return r
}

// narrow makes a conflict of the statements that cannot be decided, and merges all
// others: by lines of two files that differ in those statements alone.
func (m *goModMerge) narrow(base, ours, theirs *text, l Labels) (r Result, ok bool) {
	if len(m.undecided) == 0 || m.apart {
		return r, false
	}
	var sides [2]*goModFile
	var texts [2]text
	for i, f := range []*goModFile{m.ours, m.theirs} {
		t, ok := m.decideFor(f).rewrite()
		if !ok {
			return r, false
		}
		texts[i] = parse(restyle(&t, base, ours, theirs))
		if sides[i], ok = readGoMod(&texts[i]); !ok {
			return r, false
		}
	}
	before := m.undecidedBefore(sides[0], sides[1], &texts[0], &texts[1])
	r = mergeLines(&before, &texts[0], &texts[1], l, nil)
	whole := newMerger(base, ours, theirs, l)
	r.Yours.Hunks, r.Yours.Lines = len(whole.yours), countEdits(whole.yours).Lines
	r.Theirs.Hunks, r.Theirs.Lines = len(whole.template), countEdits(whole.template).Lines
	r.Notes = slices.Concat(m.chosen, m.why)
	return r, !r.Clean() && m.fits(r.Resolve(true)) && m.fits(r.Resolve(false))
}

// decideFor takes one side's statements where nothing decides them.
func (m *goModMerge) decideFor(side *goModFile) *goModMerge {
	decided := *m
	decided.merged = maps.Clone(m.merged)
	for _, s := range m.undecided {
		delete(decided.merged, s)
		if v := entry(side.says, s); v != nil {
			decided.merged[s] = *v
		}
	}
	return &decided
}

// undecidedBefore returns a file with base's lines of the statements that two files
// have differently, in the place of those.
func (m *goModMerge) undecidedBefore(ours, theirs *goModFile, o, t *text) text {
	before := text{bom: o.bom}
	at := 0
	for _, e := range newMerger(o, o, t, Labels{}).template {
		before.lines = append(before.lines, o.lines[at:e.Old.Start]...)
		for _, s := range m.base.order {
			mine, template := ours.at[s].lines, theirs.at[s].lines
			if slices.Contains(m.undecided, s) && (mine.Len() > 0 && e.Old.Start <= mine.Start && mine.End <= e.Old.End ||
				template.Len() > 0 && e.New.Start <= template.Start && template.End <= e.New.End) {
				lines := m.base.at[s].lines
				before.lines = append(before.lines, m.base.lines[lines.Start:lines.End]...)
			}
		}
		at = e.Old.End
	}
	before.lines = append(before.lines, o.lines[at:]...)
	before.ends = slices.Repeat([]ending{o.dominant()}, len(before.lines))
	if n := len(before.ends); n > 0 && !o.closed() {
		before.ends[n-1] = none
	}
	return before
}

// maxGoMod caps the lines of a go.mod that is merged by what it says. Real ones
// have hundreds.
const maxGoMod = 2000

func readGoMods(base, ours, theirs *text) (m goModMerge, ok bool) {
	for _, f := range []struct {
		text *text
		file **goModFile
	}{{base, &m.base}, {ours, &m.ours}, {theirs, &m.theirs}} {
		if len(f.text.lines) > maxGoMod {
			return m, false
		}
		if *f.file, ok = readGoMod(f.text); !ok {
			return m, false
		}
	}
	return m, true
}

// fits reports whether lines that were merged clean say nothing twice and
// nothing that is at odds, but for what is so in an input.
func (m *goModMerge) fits(content []byte) bool {
	t := parse(content)
	f, ok := readGoMod(&t)
	return ok && len(m.newContradictions(f.says)) == 0
}

func (m *goModMerge) decide() {
	m.merged, m.undecided = mergeMaps(m.base.says, m.ours.says, m.theirs.says, func(s statement, b, o, t *value) *value {
		v, note := choose(s, b, o, t)
		if note != "" {
			m.chosen = append(m.chosen, note)
		}
		return v
	})
	clashes := m.undecided
	for _, s := range clashes {
		b, o, t := entry(m.base.says, s), entry(m.ours.says, s), entry(m.theirs.says, s)
		m.why = append(m.why, fmt.Sprintf("%s: yours %s, the template's %s, before %s", s, describe(o), describe(t), describe(b)))
	}
	for _, side := range []*goModFile{m.ours, m.theirs} { // for whichever a human may decide the clashes
		says := maps.Clone(m.merged)
		for _, s := range clashes {
			if v := entry(side.says, s); v != nil {
				says[s] = *v
			}
		}
		for pair, why := range m.newContradictions(says) {
			m.undecided, m.apart = append(m.undecided, pair[:]...), true
			m.why = append(m.why, why)
		}
	}
	slices.Sort(m.chosen)
	slices.Sort(m.why)
	m.why = slices.Compact(m.why)
}

// choose takes one side where both changed a statement, and not alike. A
// comment is taken only with the version that it was written for. Note says
// what was chosen between.
func choose(s statement, base, ours, theirs *value) (v *value, note string) {
	if ours == nil || theirs == nil {
		return keepIndirect(s, base, cmp.Or(ours, theirs), ours == nil)
	}
	was := value{indirect: ours.indirect || theirs.indirect}
	if base != nil {
		was = *base
	}
	mine, note, ok := chooseVersion(s, base, ours, theirs)
	if ours.text == theirs.text {
		mine = theirs.comment == was.comment
	}
	taken, other := *theirs, ours
	if mine {
		taken, other = *ours, theirs
	}
	commented := other.comment != was.comment && other.comment != taken.comment
	if !ok || commented || ours.version != theirs.version {
		return nil, ""
	}
	taken.indirect = mergeValue(was.indirect, ours.indirect, theirs.indirect)
	return &taken, note
}

// chooseVersion takes the version that one side changed, and the higher of two
// if both sides went up. If one went back it takes neither, because who went
// back had a reason.
func chooseVersion(s statement, base, ours, theirs *value) (mine bool, note string, ok bool) {
	if ours.text == theirs.text || base != nil && ours.text == base.text {
		return false, "", true
	}
	if base != nil && theirs.text == base.text {
		return true, "", true
	}
	higher := compare(s, ours, theirs)
	switch {
	case base != nil && (compare(s, ours, base) <= 0 || compare(s, theirs, base) <= 0):
		return false, "", false
	case higher > 0:
		return true, fmt.Sprintf("%s: your %s, not the template's %s", s, ours.text, theirs.text), true
	case higher < 0:
		return false, fmt.Sprintf("%s: the template's %s, not your %s", s, theirs.text, ours.text), true
	}
	return false, "", false
}

// keepIndirect decides a statement that one side changed and the other removed:
// an indirect requirement stays, because go mod tidy writes and drops these.
func keepIndirect(s statement, base, left *value, byYou bool) (v *value, note string) {
	if s.verb != "require" || !base.indirect || !left.indirect || left.comment != base.comment {
		return nil, ""
	}
	who := "the template"
	if byYou {
		who = "you"
	}
	return left, fmt.Sprintf("%s: %s stays, though %s removed it", s, left.text, who)
}

func compare(s statement, a, b *value) int {
	if compare := rules[s.verb].compare; compare != nil {
		return compare(a.text, b.text)
	}
	return 0
}

// contradictions finds pairs of statements that do not go together, and says
// why. They are looked for because the go command passes over them in silence.
func contradictions(says map[statement]value) map[[2]statement]string {
	all := map[[2]statement]string{}
	for s := range says {
		if s.verb != "exclude" && s.verb != "replace" || s.keyVersion == "" {
			continue
		}
		required := statement{verb: "require", key: s.key}
		everywhere := statement{verb: "replace", key: s.key}
		v := entry(says, required)
		switch {
		case s.verb == "exclude" && v != nil && v.text == s.keyVersion:
			all[[2]statement{required, s}] = fmt.Sprintf("%s: %s is required and excluded", required, v.text)
		case s.verb == "replace" && v != nil && v.text != s.keyVersion:
			all[[2]statement{required, s}] = fmt.Sprintf("%s: %s is replaced, but %s required", required, s.keyVersion, v.text)
		}
		if s.verb == "replace" && entry(says, everywhere) != nil {
			all[[2]statement{everywhere, s}] = fmt.Sprintf("%s: one version is replaced, and all are", required)
		}
	}
	return all
}

func (m *goModMerge) newContradictions(says map[statement]value) map[[2]statement]string {
	all := contradictions(says)
	for _, f := range []*goModFile{m.base, m.ours, m.theirs} {
		for pair := range contradictions(f.says) {
			delete(all, pair)
		}
	}
	return all
}

// findTouching returns where in base are those edits that touch a marked line of
// base or of the side.
func findTouching(edits []edit, base, side []bool) []span {
	var spans []span
	for _, e := range edits {
		if slices.Contains(base[e.Old.Start:e.Old.End], true) || slices.Contains(side[e.New.Start:e.New.End], true) {
			spans = append(spans, e.Old)
		}
	}
	return spans
}

func (f *goModFile) linesOf(list []statement) []bool {
	marked := make([]bool, len(f.lines))
	for _, s := range list {
		for i := f.at[s].lines.Start; i < f.at[s].lines.End; i++ {
			marked[i] = true
		}
	}
	return marked
}

func (s statement) String() string {
	if s.verb == "require" {
		return s.key
	}
	return strings.Join(strings.Fields(s.verb+" "+s.key+" "+s.keyVersion), " ")
}

func describe(v *value) string {
	if v == nil {
		return "none"
	}
	words := strings.Fields(v.text + " " + v.version)
	if v.comment != "" {
		words = append(words, "//", strings.ReplaceAll(v.comment, "\n", " "))
	}
	if len(words) == 0 {
		return "there"
	}
	return strings.Join(words, " ")
}

// goSum merges the lines of three go.sum files as sets, in the order in which
// the go command writes them, where lines conflict or give a module two hashes.
// Where a line is not one of go.sum, or two files disagree on the hash of a
// module, the conflict stands, because a human has to look at that.
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
		return conflictEverywhere(base, ours, theirs, l)
	}
	mods := slices.Collect(maps.Keys(merged))
	module.Sort(mods)
	var sums text
	for _, m := range mods {
		sums.add(m.Path+" "+m.Version+" "+merged[m], none)
	}
	return byLine.resolvedBy(restyle(&sums, base, ours, theirs), noteGoSum, nil)
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

// mergeMaps merges key by key. Where both sides changed a key, and not alike,
// resolve chooses; it gets nil for a side that removed the key. The keys for
// which it chooses nothing, and without resolve all such keys, clash.
func mergeMaps[K, V comparable](base, ours, theirs map[K]V, resolve func(k K, base, ours, theirs *V) *V) (merged map[K]V, clashes []K) {
	merged = map[K]V{}
	seen := map[K]bool{}
	for _, m := range []map[K]V{base, ours, theirs} {
		for k := range m {
			if seen[k] {
				continue
			}
			seen[k] = true
			b, o, t := entry(base, k), entry(ours, k), entry(theirs, k)
			var v *V
			switch {
			case equal(o, b):
				v = t
			case equal(t, b), equal(o, t):
				v = o
			default:
				if resolve != nil {
					v = resolve(k, b, o, t)
				}
				if v == nil {
					clashes = append(clashes, k)
				}
			}
			if v != nil {
				merged[k] = *v
			}
		}
	}
	return merged, clashes
}

func entry[K, V comparable](m map[K]V, k K) *V {
	if v, ok := m[k]; ok {
		return &v
	}
	return nil
}

func equal[V comparable](a, b *V) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}
