package merge

import (
	"cmp"
	"fmt"
	"go/version"
	"maps"
	"slices"
	"strings"

	"golang.org/x/mod/semver"
)

// A goMods is three go.mod files, and what becomes of their statements.
type goMods struct {
	base, ours, theirs *goModFile
	merged             map[statement]value
	chosen             []string    // what was taken of what, in words
	apart              []statement // what cannot be settled
	why                []string    // in words
}

// goMod merges three go.mod files statement by statement, where their lines
// conflict or do not go together: what one side changed is taken, and of two
// versions the higher if both sides went up. The result is ours' file, edited.
// Else the conflict of lines stands, and has all statements that are at odds.
func goMod(base, ours, theirs *text, l Labels, byLine Result) Result {
	m, ok := readGoMods(base, ours, theirs)
	if !ok || byLine.Clean() && m.fits(byLine.Content) {
		return byLine
	}
	m.decide()
	if len(m.apart) == 0 {
		if t, ok := m.rewrite(); ok {
			return byLine.settled(restyle(&t, base, ours, theirs), noteGoMod, m.chosen)
		}
	}
	r := byLine
	if len(m.apart) > 0 {
		r = mergeLines(base, ours, theirs, l, func(yours, template []Edit) []Span {
			return slices.Concat(m.touching(m.ours, yours), m.touching(m.theirs, template))
		})
	}
	if !m.fits(r.Resolve(true)) || !m.fits(r.Resolve(false)) {
		r = apart(base, ours, theirs, l)
	}
	r.Notes = m.why
	return r
}

func readGoMods(base, ours, theirs *text) (m goMods, ok bool) {
	for _, f := range []struct {
		text *text
		file **goModFile
	}{{base, &m.base}, {ours, &m.ours}, {theirs, &m.theirs}} {
		if *f.file, ok = readGoMod(f.text); !ok {
			return m, false
		}
	}
	return m, true
}

// fits reports whether lines that were merged clean say nothing twice and
// nothing that is at odds, but for what is so in an input.
func (m *goMods) fits(content []byte) bool {
	t := parse(content)
	f, ok := readGoMod(&t)
	return ok && len(m.newOdds(f.says)) == 0
}

// decide merges the statements. Those that it cannot settle are apart.
func (m *goMods) decide() {
	m.merged, m.apart = mergeMaps(m.base.says, m.ours.says, m.theirs.says, func(s statement, b, o, t *value) *value {
		v, note := settle(s, b, o, t)
		if note != "" {
			m.chosen = append(m.chosen, note)
		}
		return v
	})
	clashes := m.apart
	for _, s := range clashes {
		b, o, t := entry(m.base.says, s), entry(m.ours.says, s), entry(m.theirs.says, s)
		m.why = append(m.why, fmt.Sprintf("%s: yours %s, the template's %s, before %s", s, say(o), say(t), say(b)))
	}
	for _, side := range []*goModFile{m.ours, m.theirs} { // for whichever a human may settle the clashes
		says := maps.Clone(m.merged)
		for _, s := range clashes {
			if v := entry(side.says, s); v != nil {
				says[s] = *v
			}
		}
		for _, odd := range m.newOdds(says) {
			m.apart = append(m.apart, odd.a, odd.b)
			m.why = append(m.why, odd.why)
		}
	}
	slices.Sort(m.chosen)
	slices.Sort(m.why)
	m.why = slices.Compact(m.why)
}

// settle chooses where both sides changed a statement, and not alike. It takes
// a version only from who raised it, and a comment only with the version that
// it was written for. Note says what was chosen between.
func settle(s statement, base, ours, theirs *value) (v *value, note string) {
	if ours == nil || theirs == nil {
		return keepIndirect(s, base, cmp.Or(ours, theirs), ours == nil)
	}
	was := value{}
	if base != nil {
		was = *base
	}
	mine := ours.text == theirs.text && theirs.comment == was.comment
	switch {
	case ours.text == theirs.text:
	case base != nil && ours.text == base.text:
	case base != nil && theirs.text == base.text:
		mine = true
	default:
		higher := compare(s, ours, theirs)
		if higher == 0 || base != nil && (compare(s, ours, base) <= 0 || compare(s, theirs, base) <= 0) {
			return nil, ""
		}
		if mine = higher > 0; mine {
			note = fmt.Sprintf("%s: your %s, not the template's %s", s, ours.text, theirs.text)
		} else {
			note = fmt.Sprintf("%s: the template's %s, not your %s", s, theirs.text, ours.text)
		}
	}
	taken, other := *theirs, ours
	if mine {
		taken, other = *ours, theirs
	}
	if ours.version != theirs.version || other.comment != was.comment && other.comment != taken.comment {
		return nil, ""
	}
	if base == nil {
		taken.indirect = ours.indirect && theirs.indirect
	} else {
		taken.indirect = three(base.indirect, ours.indirect, theirs.indirect)
	}
	return &taken, note
}

// keepIndirect settles a statement that one side changed and the other removed:
// an indirect requirement stays, since go mod tidy writes and drops these.
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

// compare is 0 where two values are no versions, or neither is the higher.
func compare(s statement, a, b *value) int {
	switch s.verb {
	case "require":
		return semver.Compare(a.text, b.text)
	case "go":
		return compareGo("go"+a.text, "go"+b.text)
	case "toolchain":
		return compareGo(a.text, b.text)
	}
	return 0
}

func compareGo(a, b string) int {
	if !version.IsValid(a) || !version.IsValid(b) {
		return 0
	}
	return version.Compare(a, b)
}

// An odd is two statements that do not go together.
type odd struct {
	a, b statement
	why  string
}

// odds finds what the go command would pass over in silence.
func odds(says map[statement]value) []odd {
	var all []odd
	for s := range says {
		if s.verb != "exclude" && s.verb != "replace" || s.keyVersion == "" {
			continue
		}
		required := statement{verb: "require", key: s.key}
		everywhere := statement{verb: "replace", key: s.key}
		v := entry(says, required)
		switch {
		case s.verb == "exclude" && v != nil && v.text == s.keyVersion:
			all = append(all, odd{required, s, fmt.Sprintf("%s: %s is required and excluded", required, v.text)})
		case s.verb == "replace" && v != nil && v.text != s.keyVersion:
			all = append(all, odd{required, s, fmt.Sprintf("%s: %s is replaced, but %s required", required, s.keyVersion, v.text)})
		}
		if entry(says, everywhere) != nil && s.verb == "replace" {
			all = append(all, odd{everywhere, s, fmt.Sprintf("%s: one version is replaced, and all are", required)})
		}
	}
	return all
}

// newOdds leaves out what is at odds in an input already.
func (m *goMods) newOdds(says map[statement]value) []odd {
	old := slices.Concat(odds(m.base.says), odds(m.ours.says), odds(m.theirs.says))
	return slices.DeleteFunc(odds(says), func(o odd) bool {
		return slices.ContainsFunc(old, func(was odd) bool { return was.a == o.a && was.b == o.b })
	})
}

// touching returns where in base are those edits of a side that touch one of
// the statements that are apart.
func (m *goMods) touching(side *goModFile, edits []Edit) []Span {
	var spans []Span
	for _, e := range edits {
		for _, s := range m.apart {
			if e.Old.meets(m.base.at[s].lines) || e.New.meets(side.at[s].lines) {
				spans = append(spans, e.Old)
				break
			}
		}
	}
	return spans
}

// String is how a note calls the statement.
func (s statement) String() string {
	if s.verb == "require" {
		return s.key
	}
	return strings.Join(strings.Fields(s.verb+" "+s.key+" "+s.keyVersion), " ")
}

// say is how a note shows a value.
func say(v *value) string {
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
