package merge

import (
	"strings"

	"golang.org/x/mod/modfile"
)

// A goModFile is a go.mod file taken apart into statements.
type goModFile struct {
	*text
	says  map[statement]value
	at    map[statement]place
	order []statement // as they stand
	loose []string    // comments that belong to no statement
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

// A place is where a statement stands.
type place struct {
	lines Span   // with the comments right above it
	block Span   // of all lines of the block it is in; empty for none
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
	blocks, ok := map[*modfile.Line]Span{}, true
	for _, s := range parsed.Syntax.Stmt {
		if b, isBlock := s.(*modfile.LineBlock); isBlock {
			for _, l := range b.Line {
				blocks[l] = Span{b.Start.Line - 1, b.RParen.Pos.Line}
			}
		}
	}
	owned := make([]bool, len(t.lines))
	eachStatement(parsed, func(l *modfile.Line, s statement, v value) {
		if _, twice := f.says[s]; twice || l.Start.Line != l.End.Line {
			ok = false
			return
		}
		p := f.place(l, data, v.indirect)
		p.block = blocks[l]
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
	f.order = f.inOrder()
	return f, ok
}

// parseGoMod returns nil for what is no go.mod: modfile panics on some of it.
func parseGoMod(data string) (f *modfile.File) {
	defer func() {
		if recover() != nil {
			f = nil
		}
	}()
	f, err := modfile.Parse("go.mod", []byte(data), nil)
	if err != nil {
		return nil
	}
	return f
}

// eachStatement calls f for each statement of a file and the line it stands on.
func eachStatement(m *modfile.File, f func(*modfile.Line, statement, value)) {
	if m.Module != nil {
		f(m.Module.Syntax, statement{verb: "module"}, value{text: m.Module.Mod.Path})
	}
	if m.Go != nil {
		f(m.Go.Syntax, statement{verb: "go"}, value{text: m.Go.Version})
	}
	if m.Toolchain != nil {
		f(m.Toolchain.Syntax, statement{verb: "toolchain"}, value{text: m.Toolchain.Name})
	}
	for _, g := range m.Godebug {
		f(g.Syntax, statement{"godebug", g.Key, ""}, value{text: g.Value})
	}
	for _, r := range m.Require {
		f(r.Syntax, statement{"require", r.Mod.Path, ""}, value{text: r.Mod.Version, indirect: r.Indirect})
	}
	for _, x := range m.Exclude {
		f(x.Syntax, statement{"exclude", x.Mod.Path, x.Mod.Version}, value{})
	}
	for _, r := range m.Replace {
		f(r.Syntax, statement{"replace", r.Old.Path, r.Old.Version}, value{text: r.New.Path, version: r.New.Version})
	}
	for _, r := range m.Retract {
		f(r.Syntax, statement{"retract", r.Low, r.High}, value{})
	}
	for _, t := range m.Tool {
		f(t.Syntax, statement{"tool", t.Path, ""}, value{})
	}
	for _, i := range m.Ignore {
		f(i.Syntax, statement{"ignore", i.Path, ""}, value{})
	}
}

// place finds a statement in the lines of its file, of which data is made.
func (f *goModFile) place(l *modfile.Line, data string, indirect bool) place {
	at := l.Start.Line - 1
	p := place{lines: Span{at, at + 1}, code: strings.TrimSpace(data[l.Start.Byte:l.End.Byte])}
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

// comment is the text of a statement's comments.
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
