package merge

import (
	"cmp"
	"go/version"
	"maps"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

type goModFile struct {
	*text
	says  map[statement]value
	at    map[statement]place
	order []statement // as they stand
	loose []string    // comments that belong to no statement, and statements without a rule
}

// A statement of a go.mod file is told from others by its verb and key; the
// value is the rest of it.
type statement struct{ verb, key, keyVersion string }

type value struct {
	text     string // a version, or for replace the path that takes its place
	version  string // of that path
	indirect bool
	comment  string // above it and behind it, less "indirect"
}

type place struct {
	lines span   // with the comments right above it
	block span   // of all lines of the block it is in; empty for none
	code  string // as written, without comments and, in a block, without the verb
	tail  string // the comment behind it, less "indirect"
}

// readGoMod takes a file apart. It declines (ok is false) where modfile does,
// and where one thing is said twice.
func readGoMod(t *text) (f *goModFile, ok bool) {
	data := strings.Join(t.lines, "\n") + "\n"
	parsed := parseGoMod(data)
	if parsed == nil {
		return nil, false
	}
	f = &goModFile{text: t, says: map[statement]value{}, at: map[statement]place{}}
	indirect := map[*modfile.Line]bool{}
	for _, r := range parsed.Require {
		indirect[r.Syntax] = r.Indirect
	}
	ok = true
	owned := make([]bool, len(t.lines))
	eachLine(parsed, func(l *modfile.Line, verb string, words []string, block span) {
		rule, known := rules[verb]
		if !known {
			f.loose = append(f.loose, verb+" "+strings.Join(words, " "))
			return
		}
		s, v := rule.read(verb, words)
		if _, twice := f.says[s]; twice || l.Start.Line != l.End.Line {
			ok = false
			return
		}
		v.indirect = indirect[l]
		p := f.place(l, data, v.indirect)
		p.block = block
		for i := p.lines.Start; i < p.lines.End; i++ {
			ok = ok && !owned[i]
			owned[i] = true
		}
		v.comment = f.comment(p)
		f.says[s], f.at[s] = v, p
	})
	for i, l := range t.lines {
		if _, c, found := strings.Cut(l, "//"); found && !owned[i] {
			f.loose = append(f.loose, strings.TrimSpace(c))
		}
	}
	f.order = slices.SortedFunc(maps.Keys(f.at), func(a, b statement) int {
		return cmp.Compare(f.at[a].lines.Start, f.at[b].lines.Start)
	})
	return f, ok
}

// parseGoMod returns nil for what is neither a go.mod nor a go.work, of which the
// statements stand in the same blocks. It recovers because modfile panics on some of it.
func parseGoMod(data string) (f *modfile.File) {
	defer func() {
		if recover() != nil {
			f = nil
		}
	}()
	f, err := modfile.Parse("go.mod", []byte(data), nil)
	if err == nil {
		return f
	}
	work, err := modfile.ParseWork("go.work", []byte(data), nil)
	if err != nil {
		return nil
	}
	return &modfile.File{Syntax: work.Syntax}
}

// A rule says how the statements of a verb are told apart, and which of two values
// is the higher.
type rule struct {
	keys    int                   // how many words tell it from others; the value follows
	compare func(a, b string) int // nil where neither is the higher
}

// rules are for what templates and users were seen to change. Statements of other
// verbs are left alone like comments, because nothing says which of two to take.
var rules = map[string]rule{
	"module":    {},
	"go":        {compare: func(a, b string) int { return compareGo("go"+a, "go"+b) }},
	"toolchain": {compare: compareGo},
	"require":   {keys: 1, compare: semver.Compare},
	"replace":   {keys: 2}, // or 1: up to the arrow
	"exclude":   {keys: 2},
	"tool":      {keys: 1},
	"use":       {keys: 1}, // in go.work
}

func compareGo(a, b string) int {
	if !version.IsValid(a) || !version.IsValid(b) {
		return 0
	}
	return version.Compare(a, b)
}

func (r rule) read(verb string, words []string) (statement, value) {
	key, rest := words[:r.keys], words[r.keys:]
	if arrow := slices.Index(words, "=>"); arrow >= 0 {
		key, rest = words[:arrow], words[arrow+1:]
	}
	word := func(list []string, i int) string {
		if i < len(list) {
			return list[i]
		}
		return ""
	}
	return statement{verb, word(key, 0), word(key, 1)}, value{text: word(rest, 0), version: word(rest, 1)}
}

// eachLine calls f for each statement of a file: the line it stands on, its words
// and the block it is in, which is empty for none.
func eachLine(parsed *modfile.File, f func(l *modfile.Line, verb string, words []string, block span)) {
	for _, s := range parsed.Syntax.Stmt {
		switch s := s.(type) {
		case *modfile.Line:
			f(s, s.Token[0], s.Token[1:], span{})
		case *modfile.LineBlock:
			for _, l := range s.Line {
				f(l, s.Token[0], l.Token, span{s.Start.Line - 1, s.RParen.Pos.Line})
			}
		}
	}
}

func (f *goModFile) place(l *modfile.Line, data string, indirect bool) place {
	at := l.Start.Line - 1
	p := place{lines: span{at, at + 1}, code: strings.TrimSpace(data[l.Start.Byte:l.End.Byte])}
	for p.lines.Start > 0 && strings.HasPrefix(strings.TrimSpace(f.lines[p.lines.Start-1]), "//") {
		p.lines.Start--
	}
	for _, c := range l.Suffix {
		p.tail += c.Token
	}
	if indirect {
		if _, why, ok := strings.Cut(p.tail, ";"); ok {
			p.tail = "// " + strings.TrimSpace(why)
		} else {
			p.tail = ""
		}
	}
	return p
}

func (f *goModFile) comment(p place) string {
	var all []string
	for _, l := range f.lines[p.lines.Start : p.lines.End-1] {
		all = append(all, strings.TrimSpace(l))
	}
	if p.tail != "" {
		all = append(all, p.tail)
	}
	for i, c := range all {
		all[i] = strings.TrimSpace(strings.TrimPrefix(c, "//"))
	}
	return strings.Join(all, "\n")
}

type patch struct {
	at    span
	lines []string
	gap   bool // whether a blank line comes before
}

// rewrite edits ours to say what was merged, and leaves all other lines as they
// are. It declines (ok is false) where a comment would be lost.
func (m *goModMerge) rewrite() (t text, ok bool) {
	if loose := m.theirs.loose; !slices.Equal(loose, m.base.loose) && !slices.Equal(loose, m.ours.loose) {
		return t, false
	}
	joining, alone := m.findAdded()
	patches := append(m.patchChanged(joining), m.patchJoined(joining)...)
	patches = append(patches, m.patchAppended(alone)...)
	slices.SortStableFunc(patches, func(a, b patch) int {
		return cmp.Or(cmp.Compare(a.at.Start, b.at.Start), cmp.Compare(a.at.End, b.at.End))
	})

	t = m.apply(patches)
	f, ok := readGoMod(&t)
	return t, ok && maps.Equal(f.says, m.merged)
}

// findAdded lists what ours has not: by the block of ours that it joins, or the
// lone statement that it makes a block with; and what stands alone. It goes to
// the first of its kind, and indirect requirements are a kind of their own, as
// for the go command.
func (m *goModMerge) findAdded() (joining map[span][]statement, alone []statement) {
	type kind struct {
		verb     string
		indirect bool
	}
	first := map[kind]span{}
	for _, s := range m.ours.order {
		k := kind{s.verb, m.ours.says[s].indirect}
		_, stays := m.merged[s]
		if _, known := first[k]; stays && !known {
			first[k] = m.ours.at[s].extent()
		}
	}
	joining = map[span][]statement{}
	for _, s := range m.theirs.order {
		v, stays := m.merged[s]
		_, there := m.ours.says[s]
		if !stays || there {
			continue
		}
		if at, ok := first[kind{s.verb, v.indirect}]; ok {
			joining[at] = append(joining[at], s)
		} else {
			alone = append(alone, s)
		}
	}
	return joining, alone
}

func (p place) extent() span { return cmp.Or(p.block, p.lines) }

// patchChanged takes out and replaces what ours has. A block that is left empty goes
// wholly.
func (m *goModMerge) patchChanged(joining map[span][]statement) []patch {
	var patches []patch
	left := map[span]int{}
	for _, s := range m.ours.order {
		if _, stays := m.merged[s]; stays {
			left[m.ours.at[s].extent()]++
		}
	}
	gone, owned := map[span]bool{}, m.ours.linesOf(m.ours.order)
	for _, s := range m.ours.order {
		p := m.ours.at[s]
		now, stays := m.merged[s]
		at := p.extent()
		switch {
		case !stays && left[at] == 0 && !m.ours.remarked(at, owned):
			if !gone[at] {
				patches = append(patches, patch{at: m.ours.withBlank(at)})
			}
			gone[at] = true
		case !stays:
			patches = append(patches, patch{at: p.lines})
		case p.block == span{} && len(joining[at]) > 0: // becomes a block
		case now != m.ours.says[s]:
			patches = append(patches, patch{at: p.lines, lines: m.render(s, p.block != span{})})
		}
	}
	return patches
}

// patchJoined puts statements into blocks of ours, each before the first that sorts
// after it.
func (m *goModMerge) patchJoined(joining map[span][]statement) []patch {
	inside := map[span][]statement{}
	for _, s := range m.ours.order {
		at := m.ours.at[s].extent()
		inside[at] = append(inside[at], s)
	}
	var patches []patch
	for at, list := range joining {
		first := inside[at][0]
		if m.ours.at[first].lines == at { // not a block yet
			list = append(list, first)
			slices.SortFunc(list, statement.compare)
			patches = append(patches, patch{at: at, lines: m.renderAll(list)})
			continue
		}
		slices.SortFunc(list, statement.compare)
		for _, s := range list {
			patches = append(patches, patch{at: m.findPlace(s, inside[at]), lines: m.render(s, true)})
		}
	}
	return patches
}

func (m *goModMerge) findPlace(s statement, block []statement) span {
	if i := slices.IndexFunc(block, func(o statement) bool { return s.compare(o) < 0 }); i >= 0 {
		at := m.ours.at[block[i]].lines.Start
		return span{at, at}
	}
	at := m.ours.at[block[len(block)-1]].lines.End
	return span{at, at}
}

// patchAppended puts the go and toolchain lines where the go command looks for
// them, and all else at the end.
func (m *goModMerge) patchAppended(list []statement) []patch {
	var patches []patch
	for len(list) > 0 {
		s, n := list[0], 1
		for n < len(list) && list[n].verb == s.verb && m.merged[list[n]].indirect == m.merged[s].indirect {
			n++
		}
		at := len(m.ours.lines)
		for _, verb := range []string{"module", "go"} {
			if p, ok := m.ours.at[statement{verb: verb}]; ok && (s.verb == "go" || s.verb == "toolchain") {
				at = p.extent().End
			}
		}
		patches = append(patches, patch{at: span{at, at}, lines: m.renderAll(list[:n]), gap: true})
		list = list[n:]
	}
	return patches
}

func (m *goModMerge) renderAll(list []statement) []string {
	if len(list) == 1 {
		return m.render(list[0], false)
	}
	lines := []string{list[0].verb + " ("}
	for _, s := range list {
		lines = append(lines, m.render(s, true)...)
	}
	return append(lines, ")")
}

// render writes a statement as the side did that has it so.
func (m *goModMerge) render(s statement, inBlock bool) []string {
	now := m.merged[s]
	from := m.ours
	like, there := m.theirs.says[s]
	if like.indirect = now.indirect; there && like == now {
		from = m.theirs
	}
	p := from.at[s]
	as := from.lines[p.lines.Start:p.lines.End]
	if (p.block != span{}) == inBlock && from.says[s].indirect == now.indirect {
		return as
	}
	code, indent := p.code, ""
	switch {
	case inBlock:
		indent = "\t"
		if (p.block == span{}) {
			code = strings.TrimSpace(strings.TrimPrefix(code, s.verb))
		}
	case p.block != span{}:
		code = s.verb + " " + code
	}
	var lines []string
	for _, l := range as[:len(as)-1] {
		lines = append(lines, indent+strings.TrimSpace(l))
	}
	return append(lines, strings.TrimRight(indent+code+" "+p.remark(now.indirect), " "))
}

func (p place) remark(indirect bool) string {
	switch {
	case !indirect:
		return p.tail
	case p.tail == "":
		return "// indirect"
	}
	return "// indirect; " + strings.TrimSpace(strings.TrimPrefix(p.tail, "//"))
}

func (m *goModMerge) apply(patches []patch) text {
	style := newStyle(m.base.text, m.ours.text, m.theirs.text)
	var out text
	at := 0
	keep := func(to int) {
		for ; at < to; at++ {
			out.add(m.ours.lines[at], style.alone(m.ours.ends[at], style.theirs))
		}
	}
	for _, p := range patches {
		keep(p.at.Start)
		if n := len(out.lines); p.gap && n > 0 && !blank(out.lines[n-1]) {
			out.add("", none)
		}
		for _, l := range p.lines {
			out.add(l, none)
		}
		at = p.at.End
	}
	keep(len(m.ours.lines))
	return out
}

func blank(line string) bool { return strings.TrimSpace(line) == "" }

// withBlank adds to lines that are taken out the blank line that parted them
// from others.
func (f *goModFile) withBlank(s span) span {
	before := s.Start > 0 && blank(f.lines[s.Start-1])
	after := s.End < len(f.lines) && blank(f.lines[s.End])
	switch {
	case before && (after || s.End == len(f.lines)):
		s.Start--
	case s.Start == 0 && after:
		s.End++
	}
	return s
}

func (f *goModFile) remarked(lines span, owned []bool) bool {
	for i := lines.Start; i < lines.End; i++ {
		if !owned[i] && strings.Contains(f.lines[i], "//") {
			return true
		}
	}
	return false
}

func (s statement) compare(o statement) int {
	return cmp.Or(cmp.Compare(s.verb, o.verb), cmp.Compare(s.key, o.key), cmp.Compare(s.keyVersion, o.keyVersion))
}
