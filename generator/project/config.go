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
	File      tree.File     // as it stands on disk
	Name      string        // of the file, as it is opened from the working directory, for messages
	Reference string        // what --pack said but for the version; a folder is relative to the project
	Version   string        // without v
	Verify    string        // a command that the project passes, or ""; nobody but the user has it run
	Line      int           // that has the pack, for messages
	AtVersion int           // the line that has the version
	Keep      []KeepPattern // of paths that the template is to leave alone
	Declines  []Decline     // versions that are not wanted
	vPrefix   bool          // the version stands there with v, as a tag has it
	merges    []mergeRule
	answers   strictyaml.Entry
	doc       *strictyaml.Doc
}

const maxConfig = 256 << 10

func parseConfig(name string, f tree.File) (Config, error) {
	doc, root, err := strictyaml.Parse(name, f.Data)
	if err != nil {
		return Config{}, problem.AsInput(err)
	}
	c := Config{File: f, Name: name, doc: doc}
	for _, e := range root.Map() {
		switch e.Key {
		case "schema":
			if n := e.Value.Int(); n > Schema {
				e.Value.Errorf("schema %d, and this scaffold reads %d: use the scaffold that wrote it, or a newer one", n, Schema)
			}
		case "verify":
			c.Verify = parseCommand(e.Value)
		case "pack":
			c.Reference = e.Value.Text()
			c.Line, _ = e.Value.Position()
			if strings.ContainsFunc(c.Reference, problem.IsControl) { // messages name it
				e.Value.Errorf("pack %q has a control character", c.Reference)
			}
		case "version":
			c.Version, c.vPrefix = strings.CutPrefix(e.Value.Version(), "v")
			c.AtVersion, _ = e.Value.Position()
			if c.Version != "" && !isVersion(c.Version) {
				e.Value.Errorf("%q is no semantic version: want three numbers, as in 1.0.0", c.Version)
			}
		case "merge":
			c.merges = decodeMergeRules(e.Value)
		case "keep":
			c.Keep = decodeKeep(e.Value)
		case "decline":
			c.Declines = decodeDeclines(e.Value)
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

// parseCommand reads a command, which is shown before it is run.
func parseCommand(n strictyaml.Node) string {
	command := n.Text()
	switch {
	case strings.ContainsFunc(command, problem.IsControl):
		n.Errorf("verify has a control character: want a command in one line, as in verify: make test")
	case n.IsString() && strings.TrimSpace(command) == "":
		n.Errorf("verify is empty: leave it out, or write a command, as in verify: make test")
	}
	return command
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
		{Name: "merge", Value: mergeRules, Help: "How files are merged that you and the template changed, by pattern: lines leaves all changes that touch in conflict, structure decides what the file says. The last pattern that matches counts.", Example: "{package.json: lines}"},
		{Name: "keep", Value: keepPatterns, Help: "Patterns of files that the template leaves alone. Taken out, a pattern has the next regenerate merge what was missed.", Example: "[deploy/]"},
		{Name: "decline", Value: declines, Help: "Versions of the template that are not wanted, in full.", Example: "1.4.0"},
		{Name: "schema", Value: strictyaml.Number, Help: "The schema of this file.", Example: "1"},
		{Name: "verify", Value: strictyaml.Form(`\S`), Help: "A command that the project passes; only scaffold regenerate --verify runs it.", Example: "make test"},
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
			root.Errorf("lacks %s: write it, as in %s: %s", key.Name, key.Name, key.Example)
		}
	}
	for key, value := range map[string]string{"pack": c.Reference, "version": c.Version} {
		if has[key] && value == "" {
			root.Errorf("%s is empty", key)
		}
	}
}

// Layer returns the answers as p's questions type them, and also those that p
// does not ask for. What a stronger layer answers has no value, because it does
// not count, and the question may have had another type.
func (c Config) Layer(p pack.Pack, stronger ...answer.Layer) (answer.Layer, error) {
	if c.answers.Value.IsNull() {
		return nil, nil
	}
	given := make(map[string]bool)
	for _, v := range slices.Concat(stronger...) {
		given[v.Name] = true
	}
	layer := answer.FromNode(c.Name, c.answers.Value, p, given)
	for i := range layer {
		layer[i].Where += ": " + cmp.Or(layer[i].Old, layer[i].Name)
	}
	return layer, problem.AsInput(c.doc.Err())
}

// Answers returns the answers as they stand there, each as on a command line.
// What is no scalar or list is left out, because no pack is known that could
// type it.
func (c Config) Answers() map[string]string {
	l, err := readLayout(c.File.Data)
	if err != nil {
		return nil
	}
	answers := make(map[string]string)
	for _, e := range l.answers {
		answers[e.Key] = answer.Format(plainValue(e.Value))
	}
	return answers
}

// An Edit is what changes in a scaffold.yaml; see [Splice]. The zero value changes nothing.
type Edit struct {
	Reference string            // "" for as it is
	Version   string            // "" for as it is
	Rename    map[string]string // new names of answers, by those they have
	Set       []answer.Answer   // changed, or new: then they follow the others, in this order
	Drop      []string
	Lapsed    []string // what stands there and does not apply, sorted; it stays, because it may apply again
}

// isEmpty reports whether nothing is edited.
func (e Edit) isEmpty() bool {
	return e.Reference == "" && e.Version == "" && len(e.Rename)+len(e.Set)+len(e.Drop) == 0
}

// Splice makes an edit of a scaffold.yaml where its values stand: comments,
// order, line ends and alignment of all the rest stay byte for byte. The result
// is read again and must say what was wanted; what is written in a way that
// cannot be edited so is an error that names the line to write by hand.
func Splice(config []byte, e Edit) ([]byte, error) {
	before, err := readLayout(config)
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
	if got, err := readLayout(after); err != nil || !got.said.equal(before.said.after(e)) {
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

// A layout is where the keys of a scaffold.yaml stand and what they say, for editing
// it. parseConfig reads what it means and refuses what it may not say; this takes any
// text that is YAML.
type layout struct {
	top, answers []strictyaml.Entry
	flow         bool // the answers stand between braces
	said         said
}

// A said is what the keys say, as scalars.
type said struct{ top, answers map[string]string }

func (s said) equal(other said) bool {
	return maps.Equal(s.top, other.top) && maps.Equal(s.answers, other.answers)
}

func readLayout(config []byte) (layout, error) {
	doc, root, err := strictyaml.Parse(tree.ConfigFile, config)
	if err != nil {
		return layout{}, problem.AsInput(err)
	}
	l := layout{top: root.Map(), said: said{make(map[string]string), make(map[string]string)}}
	for _, e := range l.top {
		switch e.Key {
		case "answers":
		case "merge":
			l.said.top[e.Key] = formatMergeRules(e.Value)
			continue
		default:
			l.said.top[e.Key] = strictyaml.Scalar(plainValue(e.Value))
			continue
		}
		l.flow = e.Value.IsFlow()
		if e.Value.IsNull() {
			continue
		}
		l.answers = e.Value.Map()
		for _, a := range l.answers {
			l.said.answers[a.Key] = strictyaml.Scalar(plainValue(a.Value))
		}
	}
	return l, problem.AsInput(doc.Err())
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

// after returns what is to be said after an edit.
func (s said) after(e Edit) said {
	top, answers := maps.Clone(s.top), maps.Clone(s.answers)
	if e.Reference != "" {
		top["pack"] = strictyaml.Scalar(e.Reference)
	}
	if e.Version != "" {
		top["version"] = strictyaml.Scalar(e.Version)
	}
	for old, name := range e.Rename {
		answers[name] = answers[old]
		delete(answers, old)
	}
	for _, a := range e.Set {
		answers[a.Name] = strictyaml.Scalar(a.Value)
	}
	for _, name := range e.Drop {
		delete(answers, name)
	}
	return said{top, answers}
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

func (s *splicer) replace(start, end int, text string) {
	s.splices = append(s.splices, splice{strictyaml.Span{Start: start, End: end}, text})
}

func (s *splicer) putValue(e strictyaml.Entry, text string) {
	at := s.source.Value(e)
	if at.Start == at.End {
		text = " " + text // right after the colon
	}
	s.replace(at.Start, at.End, text)
}

func (s *splicer) editAnswers(top strictyaml.Entry, l layout, e Edit) {
	l.answers = slices.Clone(l.answers)
	for i, a := range l.answers {
		if name, renamed := e.Rename[a.Key]; renamed {
			at := s.source.Name(a)
			s.replace(at.Start, at.End, name)
			l.answers[i].Key = name
		}
	}
	var added []string
	for _, a := range e.Set {
		i := slices.IndexFunc(l.answers, func(x strictyaml.Entry) bool { return x.Key == a.Name })
		if i < 0 {
			added = append(added, fmt.Sprintf("%s: %s", a.Name, strictyaml.Scalar(a.Value)))
			continue
		}
		s.putAnswer(l.answers[i], a.Value)
	}
	for i, old := range l.answers {
		if slices.Contains(e.Drop, old.Key) {
			s.dropAnswer(l, i)
		}
	}
	if len(added) > 0 {
		s.addAnswers(top, l, added)
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
		s.replace(colon, colon, " []")
		s.replace(first.Start, s.source.Line(at.End).End, "")
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
	s.replace(first.Start, at.End, strings.Join(lines, s.source.EOL()))
}

// dropAnswer takes an answer away: in block style with its line unless a
// comment stands there, in flow style with one comma.
func (s *splicer) dropAnswer(l layout, i int) {
	start, end := s.source.Start(l.answers[i].Name), s.source.Value(l.answers[i]).End
	if !l.flow {
		line := s.source.Line(end)
		if comment := bytes.IndexByte(s.text[end:line.End], '#'); comment >= 0 {
			s.replace(start, end+comment, "")
			return
		}
		s.replace(s.source.Line(start).Start, line.End, "")
		return
	}
	switch {
	case i+1 < len(l.answers):
		end = s.source.Start(l.answers[i+1].Name)
	case i > 0:
		start = s.source.Value(l.answers[i-1]).End
	}
	s.replace(start, end, "")
}

func (s *splicer) addAnswers(top strictyaml.Entry, l layout, added []string) {
	eol := s.source.EOL()
	if l.flow {
		at := s.source.Value(top).End - 1 // before the closing brace
		text := strings.Join(added, ", ")
		if len(l.answers) > 0 {
			at = s.source.Value(l.answers[len(l.answers)-1]).End
			text = ", " + text
		}
		s.replace(at, at, text)
		return
	}
	indent, after := "  ", s.source.Value(top).End
	if len(l.answers) > 0 {
		last := l.answers[len(l.answers)-1]
		first := s.source.Start(l.answers[0].Name)
		indent = string(s.text[s.source.Line(first).Start:first])
		after = s.source.Value(last).End
	}
	line := s.source.Line(after)
	text := indent + strings.Join(added, eol+indent) + eol
	if !bytes.HasSuffix(s.text[:line.End], []byte("\n")) && !bytes.HasSuffix(s.text[:line.End], []byte("\r")) {
		text = eol + strings.TrimSuffix(text, eol)
	}
	s.replace(line.End, line.End, text)
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
