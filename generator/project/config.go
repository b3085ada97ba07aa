package project

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/mod/semver"

	"scaffold/generator/answer"
	"scaffold/generator/pack"
	"scaffold/generator/problem"
	"scaffold/generator/strictyaml"
	"scaffold/generator/tree"
)

// A Config is a scaffold.yaml: what the project should be.
type Config struct {
	File      tree.File // as it stands on disk
	Reference string    // what --pack said but for the version; a folder is relative to the project
	Version   string    // without v
	Line      int       // that has the pack, for messages
	vPrefix   bool      // the version stands there with v, as a tag has it
	answers   strictyaml.Entry
	doc       *strictyaml.Doc
}

const maxConfig = 256 << 10

func parseConfig(f tree.File) (Config, error) {
	doc, root, err := strictyaml.Parse(f.Path, f.Data)
	if err != nil {
		return Config{}, problem.AsInput(err)
	}
	c := Config{File: f, doc: doc}
	for _, e := range root.Map() {
		switch e.Key {
		case "schema":
			if n := e.Value.Int(); n > Schema {
				e.Value.Errorf("schema %d, and this scaffold reads %d: use the scaffold that wrote it, or a newer one", n, Schema)
			}
		case "pack":
			c.Reference = e.Value.Text()
			c.Line, _ = e.Value.Position()
			if strings.ContainsFunc(c.Reference, problem.IsControl) { // messages name it
				e.Value.Errorf("pack %q has a control character", c.Reference)
			}
		case "version":
			c.Version, c.vPrefix = strings.CutPrefix(e.Value.Text(), "v")
			if c.Version != "" && !isVersion(c.Version) {
				e.Value.Errorf("%q is no semantic version: want three numbers, as in 1.0.0", c.Version)
			}
		case "answers":
			c.answers = e
		default:
			e.Name.Errorf("unknown key %q%s", e.Key, problem.DidYouMean(e.Key, configKeys.Names()))
		}
	}
	if doc.Err() == nil {
		c.checkKeys(root)
	}
	return c, problem.AsInput(doc.Err())
}

// isVersion reports whether s is a semantic version in full. Only Go's mark for a
// module that is older than its go.mod may follow.
func isVersion(s string) bool {
	v := "v" + strings.TrimSuffix(s, "+incompatible")
	return semver.Canonical(v) == v
}

var (
	anAnswer   = strictyaml.Either(strictyaml.Text, strictyaml.Number, strictyaml.Flag, strictyaml.List(strictyaml.Text))
	configKeys = strictyaml.Keys{
		{Name: "pack", Value: strictyaml.Text, Required: true, Help: "Where the template comes from, without the version: a name, a folder from here, or a reference.", Example: "web"},
		{Name: "version", Value: strictyaml.Text, Required: true, Help: "The version of the template.", Example: "1.0.0"},
		{Name: "answers", Value: strictyaml.Either(strictyaml.Value{Type: "null"}, strictyaml.Value{Type: "object", Each: &anAnswer}), Required: true, Help: "What the template asked. Change one, then run: scaffold regenerate", Example: "{name: hello}"},
		{Name: "schema", Value: strictyaml.Number, Help: "The schema of this file.", Example: "1"},
	}
)

// JSONSchema returns the JSON Schema of scaffold.yaml, for editors; see
// [pack.JSONSchema].
func JSONSchema() []byte {
	return strictyaml.Schema("scaffold.yaml: what a project should be", configKeys)
}

func (c Config) checkKeys(root strictyaml.Node) {
	has := map[string]bool{}
	for _, e := range root.Map() {
		has[e.Key] = true
	}
	for _, key := range configKeys {
		if key.Required && !has[key.Name] {
			root.Errorf("lacks %s", key.Name)
		}
	}
	for key, value := range map[string]string{"pack": c.Reference, "version": c.Version} {
		if has[key] && value == "" {
			root.Errorf("%s is empty", key)
		}
	}
}

// Layer returns the answers as p's questions type them, and also those that p
// does not ask for.
func (c Config) Layer(p pack.Pack) (answer.Layer, error) {
	if c.answers.Value.IsNull() {
		return nil, nil
	}
	layer := answer.FromNode(c.File.Path, c.answers.Value, p)
	for i := range layer {
		layer[i].Where += ": " + cmp.Or(layer[i].Old, layer[i].Name)
	}
	return layer, problem.AsInput(c.doc.Err())
}

// Answers returns the answers as they stand there, each as on a command line.
// What is no scalar or list is left out, because no pack is known that could
// type it.
func (c Config) Answers() map[string]string {
	r, err := read(c.File.Data)
	if err != nil {
		return nil
	}
	answers := make(map[string]string)
	for _, e := range r.answers {
		answers[e.Key] = answer.Format(plainValue(e.Value))
	}
	return answers
}

type Edit struct {
	Reference string            // "" for as it is
	Version   string            // "" for as it is
	Rename    map[string]string // new names of answers, by those they have
	Set       []answer.Answer   // changed, or new: then they follow the others, in this order
	Drop      []string
}

// Splice makes an edit of a scaffold.yaml where its values stand: comments,
// order, line ends and alignment of all the rest stay byte for byte. The result
// is read again and must say what was wanted; what is written in a way that
// cannot be edited so is an error that names the line to write by hand.
func Splice(config []byte, e Edit) ([]byte, error) {
	before, err := read(config)
	if err != nil {
		return nil, err
	}
	s := splicer{source: strictyaml.NewSource(config), text: config}
	for _, top := range before.top {
		switch {
		case top.Key == "pack" && e.Reference != "":
			s.putValue(top, strictyaml.Scalar(e.Reference))
		case top.Key == "version" && e.Version != "":
			s.putValue(top, e.Version)
		case top.Key == "answers":
			s.editAnswers(top, before, e)
		}
	}
	after := s.apply()
	if got, err := read(after); err != nil || !maps.Equal(got.values, before.valuesAfter(e)) {
		return nil, byHand(e)
	}
	return after, nil
}

func byHand(e Edit) error {
	var want []string
	if e.Version != "" {
		want = append(want, "version: "+e.Version)
	}
	for _, a := range e.Set {
		want = append(want, fmt.Sprintf("%s: %s", a.Name, strictyaml.Scalar(a.Value)))
	}
	for _, old := range slices.Sorted(maps.Keys(e.Rename)) {
		want = append(want, e.Rename[old]+" for "+old)
	}
	for _, name := range e.Drop {
		want = append(want, "no "+name)
	}
	return problem.WithHint(
		problem.Input("%s is written in a way that cannot be edited line by line", tree.ConfigFile),
		"edit it by hand, one answer a line, to have %s", strings.Join(want, "; "))
}

type reading struct {
	top, answers []strictyaml.Entry
	flow         bool
	values       map[string]string // as scalars: of top by its keys, of answers by " NAME"
}

func read(config []byte) (reading, error) {
	doc, root, err := strictyaml.Parse(tree.ConfigFile, config)
	if err != nil {
		return reading{}, problem.AsInput(err)
	}
	r := reading{top: root.Map(), values: make(map[string]string)}
	for _, e := range r.top {
		if e.Key != "answers" {
			r.values[e.Key] = strictyaml.Scalar(plainValue(e.Value))
			continue
		}
		r.flow = e.Value.IsFlow()
		if e.Value.IsNull() {
			continue
		}
		r.answers = e.Value.Map()
		for _, a := range r.answers {
			r.values[" "+a.Key] = strictyaml.Scalar(plainValue(a.Value))
		}
	}
	return r, problem.AsInput(doc.Err())
}

func plainValue(n strictyaml.Node) any {
	if !n.IsList() {
		return n.Scalar()
	}
	items := []string{}
	for _, item := range n.List() {
		items = append(items, item.Text())
	}
	return items
}

func (r reading) valuesAfter(e Edit) map[string]string {
	want := maps.Clone(r.values)
	if e.Reference != "" {
		want["pack"] = strictyaml.Scalar(e.Reference)
	}
	if e.Version != "" {
		want["version"] = strictyaml.Scalar(e.Version)
	}
	for old, name := range e.Rename {
		want[" "+name] = want[" "+old]
		delete(want, " "+old)
	}
	for _, a := range e.Set {
		want[" "+a.Name] = strictyaml.Scalar(a.Value)
	}
	for _, name := range e.Drop {
		delete(want, " "+name)
	}
	return want
}

type splice struct {
	strictyaml.Span
	text string
}

type splicer struct {
	source  strictyaml.Source
	text    []byte
	splices []splice
}

func (s *splicer) put(start, end int, text string) {
	s.splices = append(s.splices, splice{strictyaml.Span{Start: start, End: end}, text})
}

func (s *splicer) putValue(e strictyaml.Entry, text string) {
	at := s.source.Value(e)
	if at.Start == at.End {
		text = " " + text // right after the colon
	}
	s.put(at.Start, at.End, text)
}

func (s *splicer) editAnswers(top strictyaml.Entry, r reading, e Edit) {
	r.answers = slices.Clone(r.answers)
	for i, a := range r.answers {
		if name, renamed := e.Rename[a.Key]; renamed {
			at := s.source.Name(a)
			s.put(at.Start, at.End, name)
			r.answers[i].Key = name
		}
	}
	var added []string
	for _, a := range e.Set {
		i := slices.IndexFunc(r.answers, func(x strictyaml.Entry) bool { return x.Key == a.Name })
		if i < 0 {
			added = append(added, fmt.Sprintf("%s: %s", a.Name, strictyaml.Scalar(a.Value)))
			continue
		}
		s.putAnswer(r.answers[i], a.Value)
	}
	for i, old := range r.answers {
		if slices.Contains(e.Drop, old.Key) {
			s.dropAnswer(r, i)
		}
	}
	if len(added) > 0 {
		s.addAnswers(top, r, added)
	}
}

// putAnswer writes a value where the old one stands. A list with an item a line
// stays one, and items that stay keep their lines, because comments may stand
// there.
func (s *splicer) putAnswer(e strictyaml.Entry, value any) {
	items, isList := value.([]string)
	if !isList || !e.Value.IsList() || e.Value.IsFlow() {
		s.putValue(e, strictyaml.Scalar(value))
		return
	}
	at := s.source.Value(e)
	first := s.source.Line(at.Start)
	if len(items) == 0 {
		colon := s.source.Name(e).End
		colon += bytes.IndexByte(s.text[colon:], ':') + 1
		s.put(colon, colon, " []")
		s.put(first.Start, s.source.Line(at.End).End, "")
		return
	}
	indent := string(s.text[first.Start:at.Start])
	if strings.TrimSpace(indent) != "" { // the first item stands on the key's line
		s.putValue(e, strictyaml.Scalar(value))
		return
	}
	old := make(map[string]string)
	for _, item := range e.Value.List() {
		line := s.source.Line(s.source.Start(item))
		old[item.Text()] = strings.TrimRight(string(s.text[line.Start:line.End]), "\r\n")
	}
	lines := make([]string, len(items))
	for i, item := range items {
		lines[i] = old[item]
		if lines[i] == "" {
			lines[i] = indent + "- " + strictyaml.Scalar(item)
		}
	}
	s.put(first.Start, at.End, strings.Join(lines, s.source.EOL()))
}

// dropAnswer takes an answer away: in block style with its line unless a
// comment stands there, in flow style with one comma.
func (s *splicer) dropAnswer(r reading, i int) {
	start, end := s.source.Start(r.answers[i].Name), s.source.Value(r.answers[i]).End
	if !r.flow {
		line := s.source.Line(end)
		if comment := bytes.IndexByte(s.text[end:line.End], '#'); comment >= 0 {
			s.put(start, end+comment, "")
			return
		}
		s.put(s.source.Line(start).Start, line.End, "")
		return
	}
	switch {
	case i+1 < len(r.answers):
		end = s.source.Start(r.answers[i+1].Name)
	case i > 0:
		start = s.source.Value(r.answers[i-1]).End
	}
	s.put(start, end, "")
}

func (s *splicer) addAnswers(top strictyaml.Entry, r reading, added []string) {
	eol := s.source.EOL()
	if r.flow {
		at := s.source.Value(top).End - 1 // before the closing brace
		text := strings.Join(added, ", ")
		if len(r.answers) > 0 {
			at = s.source.Value(r.answers[len(r.answers)-1]).End
			text = ", " + text
		}
		s.put(at, at, text)
		return
	}
	indent, after := "  ", s.source.Value(top).End
	if len(r.answers) > 0 {
		last := r.answers[len(r.answers)-1]
		first := s.source.Start(r.answers[0].Name)
		indent = string(s.text[s.source.Line(first).Start:first])
		after = s.source.Value(last).End
	}
	line := s.source.Line(after)
	text := indent + strings.Join(added, eol+indent) + eol
	if !bytes.HasSuffix(s.text[:line.End], []byte("\n")) && !bytes.HasSuffix(s.text[:line.End], []byte("\r")) {
		text = eol + strings.TrimSuffix(text, eol)
	}
	s.put(line.End, line.End, text)
}

// apply makes all splices. They may overlap, because two deletions of
// neighbours share a comma.
func (s *splicer) apply() []byte {
	slices.SortStableFunc(s.splices, func(a, b splice) int { return a.Start - b.Start })
	var out []byte
	at := 0
	for _, p := range s.splices {
		out = append(out, s.text[at:max(at, p.Start)]...)
		out = append(out, p.text...)
		at = max(at, p.End)
	}
	return append(out, s.text[at:]...)
}
