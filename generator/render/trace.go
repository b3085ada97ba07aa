package render

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"text/template"
	"text/template/parse"

	"scaffold/generator/answer"
	"scaffold/generator/pack"
	"scaffold/generator/tree"
)

// A Trace is a rendered file with what of its template wrote each byte.
type Trace struct {
	File   tree.File
	Source []byte    // the template, or the file that is copied
	Delims [2]string // of the template's actions; see [pack.Rule]
	Copied bool      // nothing in Source is an action
	Parts  []Part    // of the file, in its order, without gaps
	Whens  []Condition
	To     []string            // the answers and values in the file's path
	Data   map[string]any      // the answers and values
	Values map[string][]string // of each value of the pack, the answers it is computed from
}

// A Part is what one node of the template wrote at one time: the bytes from Start
// to End of the file. A slot, where a text may be put beside an action, wrote none.
type Part struct {
	Start, End int
	*Node
}

// A Node is a text or an action of a template.
type Node struct {
	Pos, End int         // of the source, in bytes; of a slot both are the same
	Text     bool        // what it writes are the bytes of the source
	Names    []string    // of the answers and values that go into it, sorted
	Within   []Condition // under which it is written, the outermost first
}

// A Condition is an if, with or range, or a rule of the manifest.
type Condition struct {
	Text  string // as in if eq .transport "fcgi"
	Line  int    // of the template; 0 in the manifest
	Else  bool   // it does not hold
	Names []string
}

// errUntraceable is why [Run.Trace] does not say what wrote a file that renders.
var errUntraceable = errors.New("its lines cannot be told apart")

// maxParts caps the parts of a file, because a loop may write a million of them.
const maxParts = 1 << 20

// Trace renders the file of one template as Render does, and once more with a mark
// before each node. Both must write the same bytes.
func (r *Run) Trace(a answer.Answers, name string) (Trace, error) {
	data, err := r.complete(a)
	if err != nil {
		return Trace{}, err
	}
	if r.module != nil {
		return r.traceModule(name, data)
	}
	r.held = make(map[*template.Template]bool)
	for _, f := range r.files {
		if f.source.Path != name {
			continue
		}
		out, ok, err := r.file(f, data, a)
		if err == nil && !ok {
			err = fmt.Errorf("%s: the answers do not ask for it", f.at)
		}
		if err != nil {
			return Trace{}, err
		}
		return r.trace(f, out, data)
	}
	return Trace{}, fmt.Errorf("%s has no file %s", r.name, name)
}

func (r *Run) trace(f file, out tree.File, data map[string]any) (Trace, error) {
	reader := nameReader{values: r.templates.values, questions: r.templates.questions}
	t := Trace{File: out, Source: f.source.Data, Delims: f.target.Delims, Copied: f.body == nil, Data: data, Values: r.namesOfValues(reader)}
	for i, when := range f.whens {
		t.Whens = append(t.Whens, Condition{Text: f.target.Whens[i], Names: reader.all(when.Tree)})
	}
	if f.to != nil {
		t.To = reader.all(f.to.Tree)
	}
	if f.body == nil {
		t.Parts = []Part{{0, len(out.Data), &Node{0, len(out.Data), true, nil, nil}}}
		return t, nil
	}
	m := marker{reader: reader, source: string(t.Source), actions: findActions(string(t.Source), t.Delims)}
	m.instrument(f.body.Tree)
	written, err := r.executeMarked(&m, f.body.Name(), data)
	if err == nil && !bytes.Equal(written, out.Data) {
		err = errUntraceable
	}
	t.Parts = m.partsOf(len(written))
	return t, err
}

// namesOfValues returns of each value the answers that it is computed from, also by
// way of other values.
func (r *Run) namesOfValues(reader nameReader) map[string][]string {
	of := make(map[string][]string)
	for i, v := range r.pack.Values { // each uses those above it alone
		names := make(nameSet)
		for _, name := range reader.all(r.values[i].Tree) {
			if from, isValue := of[name]; isValue {
				names.add(from...)
			} else {
				names.add(name)
			}
		}
		of[v.Name] = names.sorted()
	}
	return of
}

// A marker puts a mark before each node that writes, and notes how much was written
// when each mark is reached.
type marker struct {
	reader  nameReader
	source  string
	actions []span
	nodes   []*Node
	root    *parse.Tree
	written func() int
	parts   []Part // each ends where the next starts
	full    bool
}

type span struct{ from, to int }

// markName is the function that marks call. The parser does not know it, so no
// template can.
const markName = "mark"

// findActions returns where the actions of a template are, with their delimiters.
func findActions(source string, delims [2]string) (actions []span) {
	for s := newScan(source, delims); s.nextAction(); {
		from := s.from
		s.action()
		actions = append(actions, span{from, s.at})
	}
	return actions
}

// actionAt returns the action that has the byte at pos.
func (m *marker) actionAt(pos int) span {
	for low, high := 0, len(m.actions); low < high; {
		middle := (low + high) / 2
		switch a := m.actions[middle]; {
		case pos < a.from:
			high = middle
		case pos >= a.to:
			low = middle + 1
		default:
			return a
		}
	}
	return span{pos, pos}
}

func (m *marker) instrument(t *parse.Tree) {
	m.root = t.Copy()
	m.reader.readVariables(m.root.Root)
	m.list(m.root.Root, nil, nil)
}

// list marks the nodes of a list. Dot is what the dot is made of there, nil for all.
func (m *marker) list(list *parse.ListNode, within []Condition, dot nameSet) {
	if list == nil {
		return
	}
	var marked []parse.Node
	mark := func(n Node) {
		m.nodes = append(m.nodes, &n)
		marked = append(marked, callNode(markName, parse.Pos(n.Pos), len(m.nodes)-1))
	}
	slot := func(pos int) { mark(Node{pos, pos, true, nil, within}) }
	afterText := false
	for i, child := range list.Nodes {
		wasText := afterText
		afterText = child.Type() == parse.NodeText
		switch n := child.(type) {
		case *parse.TextNode:
			mark(Node{int(n.Pos), int(n.Pos) + len(n.Text), true, nil, within})
		case *parse.ActionNode:
			if isCallOf(chargeName, n) || len(n.Pipe.Decl) > 0 {
				break
			}
			at := m.actionAt(int(n.Pos))
			if !wasText {
				slot(at.from)
			}
			mark(Node{at.from, at.to, false, m.reader.pipe(n.Pipe, dot).sorted(), within})
			marked = append(marked, child)
			if i+1 == len(list.Nodes) || list.Nodes[i+1].Type() != parse.NodeText {
				slot(at.to)
			}
			continue
		default:
			m.branch(child, within, dot)
		}
		marked = append(marked, child)
	}
	list.Nodes = marked
}

func (m *marker) branch(n parse.Node, within []Condition, dot nameSet) {
	var b *parse.BranchNode
	word, inner := "", dot
	switch n := n.(type) {
	case *parse.IfNode:
		b, word = &n.BranchNode, "if "
	case *parse.WithNode:
		b, word = &n.BranchNode, "with "
	case *parse.RangeNode:
		b, word = &n.BranchNode, "range "
	default:
		return
	}
	names := m.reader.pipe(b.Pipe, dot)
	if word != "if " {
		inner = names
	}
	if word == "range " {
		names = m.reader.ends(b.List, names)
	}
	c := Condition{Text: word + b.Pipe.String(), Line: 1 + strings.Count(m.source[:b.Pipe.Pos], "\n"), Names: names.sorted()}
	m.list(b.List, append(within[:len(within):len(within)], c), inner)
	c.Else = true
	m.list(b.ElseList, append(within[:len(within):len(within)], c), dot)
}

func isCallOf(name string, n *parse.ActionNode) bool {
	f, ok := n.Pipe.Cmds[0].Args[0].(*parse.IdentifierNode)
	return ok && f.Ident == name
}

// executeMarked runs the marked template, on the run's account as each does.
func (r *Run) executeMarked(m *marker, name string, data map[string]any) ([]byte, error) {
	r.templates.account(r.meter)
	out := output{meter: r.meter, most: errLongFile}
	m.written = out.Len
	t, err := r.templates.base.Funcs(template.FuncMap{markName: m.mark}).AddParseTree(name+" marked", m.root)
	if err == nil {
		err = t.Execute(&out, data)
	}
	switch {
	case r.meter.ctx.Err() != nil:
		return nil, r.meter.ctx.Err()
	case err != nil || m.full:
		return nil, errUntraceable
	}
	return out.Bytes(), nil
}

func (m *marker) mark(node int) string {
	if len(m.parts) == maxParts {
		m.full = true
		return ""
	}
	m.parts = append(m.parts, Part{Start: m.written(), Node: m.nodes[node]})
	return ""
}

// partsOf returns the parts that wrote something, and the slots. An action that wrote
// nothing is no part of the file.
func (m *marker) partsOf(length int) []Part {
	parts := m.parts[:0]
	for i, p := range m.parts {
		p.End = length
		if i+1 < len(m.parts) {
			p.End = m.parts[i+1].Start
		}
		if p.End > p.Start || p.Pos == p.Node.End {
			parts = append(parts, p)
		}
	}
	return parts
}

// traceModule traces a file of a module that gets another path: all but that is
// copied.
func (r *Run) traceModule(name string, data map[string]any) (Trace, error) {
	f, ok := r.module.files.Find(name)
	if !ok {
		return Trace{}, fmt.Errorf("%s has no file %s", r.name, name)
	}
	to, _ := data["module"].(string)
	renaming := newRenaming(r.module, to)
	t := Trace{Source: f.Data, Copied: true, Data: data}
	t.File, _ = renaming.file(f)
	t.File.Origin = f.Path
	e := edits{src: f.Data}
	switch {
	case renaming.copies(f.Path):
	case f.Path == pack.ModuleFile:
		manifest, format := renaming.editGoMod(f.Data)
		if format != nil {
			return t, errUntraceable
		}
		e = manifest
	case isGo(f.Path):
		if found, err := renaming.goFile(f.Data, !strings.Contains(f.Path, "/")); err == nil {
			e = found
		}
	}
	if !bytes.Equal(e.apply(), t.File.Data) {
		return t, errUntraceable
	}
	t.Parts = e.parts("module")
	return t, nil
}

// parts returns what apply makes, as parts: what is replaced is made of an answer.
func (e *edits) parts(answer string) []Part {
	var parts []Part
	at, out := 0, 0
	add := func(length int, n Node) {
		parts = append(parts, Part{out, out + length, &n})
		out += length
	}
	e.sort()
	for _, one := range e.list {
		add(one.at-at, Node{Pos: at, End: one.at, Text: true})
		at = one.at + one.length
		add(len(one.text), Node{Pos: one.at, End: at, Names: []string{answer}})
	}
	add(len(e.src)-at, Node{Pos: at, End: len(e.src), Text: true})
	return parts
}
