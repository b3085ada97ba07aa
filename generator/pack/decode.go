package pack

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"scaffold/generator/problem"
	"scaffold/generator/strictyaml"
	"scaffold/generator/tree"
)

var questionForm = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// reservedNames are flags of our own, now or soon: no question may take them.
var reservedNames = []string{
	"h", "help", "v", "version", "pack", "set", "answers", "dry_run", "dry-run", "diff", "json",
	"yes", "offline", "to", "check", "conflict", "verify", "generate_bash_completion", "generate_shell_completion",
}

func decode(root strictyaml.Node) Pack {
	fields := root.Fields("schema", "name", "version", "description", "questions", "refuse", "exclude", "files", "moved", "next")
	if !checkSchema(root, fields["schema"]) {
		return Pack{}
	}
	p := Pack{
		Name:        required(root, fields, "name", "name"),
		Version:     required(root, fields, "version", "semver"),
		Description: line(fields, "description"),
		Next:        checkedText(fields, "next", true),
	}
	p.Questions = decodeQuestions(fields)
	for _, node := range entries(fields, "exclude") {
		p.Exclude = append(p.Exclude, decodeExclude(node))
	}
	for _, node := range entries(fields, "files") {
		p.Rules = append(p.Rules, decodeRule(node))
	}
	for _, node := range entries(fields, "refuse") {
		p.Refuse = append(p.Refuse, decodeRefusal(node))
	}
	for _, node := range entries(fields, "moved") {
		p.Moved = append(p.Moved, decodeMove(node))
	}
	if root.Problems() == 0 {
		p.lines = templateLines(fields)
	}
	return p
}

// templateLines returns where the manifest has its templates first, by their texts.
func templateLines(fields map[string]strictyaml.Node) map[string]string {
	lines := make(map[string]string)
	add := func(node strictyaml.Node) {
		if !node.IsString() {
			return
		}
		if text := node.Text(); lines[text] == "" {
			line, column := node.Position()
			lines[text] = fmt.Sprintf("%d:%d", line, column)
		}
	}
	for _, key := range []string{"questions", "files", "refuse"} {
		for _, node := range entries(fields, key) {
			for _, e := range node.Map() {
				if slices.Contains([]string{"when", "to", "default"}, e.Key) {
					add(e.Value)
				}
			}
		}
	}
	if next, ok := fields["next"]; ok {
		add(next)
	}
	return lines
}

// Caps of the manifest's lists: each file is compared with each rule, each
// question with each, and all that stands below files/ with what is excluded.
const (
	maxEntries  = 1000
	maxExcludes = 100
)

func entries(fields map[string]strictyaml.Node, key string) []strictyaml.Node {
	node, ok := fields[key]
	if !ok {
		return nil
	}
	list := node.List()
	most := maxEntries
	if key == "exclude" {
		most = maxExcludes
	}
	if len(list) > most {
		node.Errorf("%s has %d entries, more than %d", key, len(list), most)
		return nil
	}
	return list
}

func checkSchema(root, schema strictyaml.Node) bool {
	if schema == (strictyaml.Node{}) {
		root.Errorf("schema is missing: write schema: %d", Schema)
		return false
	}
	switch n := schema.Int(); {
	case n > Schema:
		schema.Errorf("schema %d is newer than this scaffold reads (%d): use a newer scaffold", n, Schema)
		return false
	case n != Schema:
		schema.Errorf("there is no schema %d: write schema: %d", n, Schema)
		return false
	}
	return true
}

func required(parent strictyaml.Node, fields map[string]strictyaml.Node, key, format string) string {
	node, ok := fields[key]
	if !ok {
		parent.Errorf("%s is missing", key)
		return ""
	}
	before := node.Problems()
	s := node.Text()
	if node.Problems() > before {
		return ""
	}
	if err := formats[format].check(s); err != nil {
		node.Errorf("%s: %v", key, err)
	}
	return s
}

func line(fields map[string]strictyaml.Node, key string) string {
	return checkedText(fields, key, false)
}

func checkedText(fields map[string]strictyaml.Node, key string, lines bool) string {
	node, ok := fields[key]
	if !ok {
		return ""
	}
	s := node.Text()
	if strings.ContainsFunc(s, func(r rune) bool { return forbidden(r, lines) }) {
		node.Errorf("%s has a control or bidirectional character", key)
	}
	return s
}

func decodeRule(node strictyaml.Node) Rule {
	fields := node.Fields("path", "to", "when", "mode", "once", "with", "delims", "check")
	at, column := node.Position()
	r := Rule{
		Path: tree.Compose(line(fields, "path")),
		To:   line(fields, "to"),
		When: line(fields, "when"),
		Line: fmt.Sprintf("%d:%d", at, column),
	}
	if r.Path == "" {
		node.Errorf("a rule needs the path of a file or FOLDER/ below %s/", FilesFolder)
	}
	checkPattern(node, r.Path)
	if strings.HasSuffix(r.To, "/") && !strings.HasSuffix(r.Path, "/") {
		fields["to"].Errorf("to ends in a slash, but path names files: write where each goes")
	}
	if to := r.To; to != "" && !strings.Contains(to, "{{") {
		if err := tree.CheckPath(strings.TrimSuffix(to, "/")); err != nil {
			fields["to"].Errorf("%v", err)
		}
	}
	if mode, ok := fields["mode"]; ok {
		r.Mode = decodeMode(mode)
	}
	if once, ok := fields["once"]; ok {
		r.Once = once.Bool()
	}
	if with, ok := fields["with"]; ok {
		r.With = with.Text()
		if !choiceForm.MatchString(r.With) && r.With != "" {
			with.Errorf("with %q: want letters, digits, dot, - and _: a name that files share which belong together", r.With)
		}
		if !r.Once {
			with.Errorf("with: only for files with once: true: others are merged one by one")
		}
	}
	if check, ok := fields["check"]; ok {
		wanted := check.Bool()
		r.Check = &wanted
	}
	if delims, ok := fields["delims"]; ok {
		r.Delims = decodeDelims(delims)
	}
	return r
}

func decodeExclude(node strictyaml.Node) string {
	before := node.Problems()
	pattern := tree.Compose(node.Text())
	if pattern == "" && node.Problems() == before {
		node.Errorf("exclude has an empty pattern")
	}
	checkPattern(node, pattern)
	return pattern
}

func checkPattern(node strictyaml.Node, pattern string) {
	if _, err := path.Match(pattern, ""); err != nil {
		node.Errorf("path %q is no shell pattern: %v", pattern, err)
	}
	for element := range strings.SplitSeq(strings.TrimSuffix(pattern, "/"), "/") {
		if pattern != "" && (element == "" || element == "." || element == "..") {
			node.Errorf("path %q has the element %q: paths start below %s/", pattern, element, FilesFolder)
			return
		}
	}
}

func decodeMode(node strictyaml.Node) fs.FileMode {
	switch s := node.Text(); s {
	case "0644":
		return tree.ModeFile
	case "0755":
		return tree.ModeExec
	case "":
	default:
		node.Errorf(`mode %q: want "0644" or "0755"`, s)
	}
	return 0
}

const maxDelims = 40

func decodeDelims(node strictyaml.Node) [2]string {
	list := node.List()
	if len(list) != 2 {
		node.Errorf(`delims: want two strings, as in ["[[", "]]"]`)
		return [2]string{}
	}
	d := [2]string{list[0].Text(), list[1].Text()}
	switch {
	case d[0] == "" || d[1] == "" || d[0] == d[1]:
		node.Errorf("delims: want two different strings")
	case len(d[0])+len(d[1]) > maxDelims || strings.ContainsFunc(d[0]+d[1], unicode.IsSpace):
		node.Errorf("delims: want short strings without spaces, as in [\"[[\", \"]]\"]")
	}
	return d
}

func decodeRefusal(node strictyaml.Node) Refusal {
	fields := node.Fields("when", "say")
	r := Refusal{When: line(fields, "when"), Say: line(fields, "say")}
	if r.When == "" || r.Say == "" {
		node.Errorf("a refusal needs when, and say: why, and what to choose instead")
	}
	return r
}

func decodeMove(node strictyaml.Node) Move {
	fields := node.Fields("from", "to", "since")
	m := Move{From: tree.Compose(line(fields, "from")), To: tree.Compose(line(fields, "to")), Since: required(node, fields, "since", "semver")}
	for _, p := range []string{m.From, m.To} {
		if err := tree.CheckPath(strings.TrimSuffix(p, "/")); err != nil {
			node.Errorf("moved: %v", err)
		}
	}
	return m
}

func decodeQuestions(fields map[string]strictyaml.Node) []Question {
	var questions []Question
	size := 0
	for _, node := range entries(fields, "questions") {
		q := decodeQuestion(node)
		if slices.ContainsFunc(questions, func(have Question) bool { return have.Name == q.Name }) {
			node.Errorf("question %q is asked twice", q.Name)
			continue
		}
		questions = append(questions, q)
		if size += q.size; size > maxPrograms {
			node.Errorf("the patterns of all questions make programs of about %d steps, more than %d", size, maxPrograms)
			break
		}
	}
	return questions
}

func checkQuestionName(node strictyaml.Node, name string) {
	switch {
	case !questionForm.MatchString(name):
		node.Errorf("question name %q: want a lower case letter, then letters, digits and _", name)
	case slices.Contains([]string{"true", "false", "null"}, name):
		node.Errorf("question name %q is a value to YAML: scaffold.yaml could not have it for a key", name)
	case slices.Contains(reservedNames, name):
		node.Errorf("question name %q is reserved: --%s is scaffold's own", name, name)
	}
}

func decodeQuestion(node strictyaml.Node) Question {
	fields := node.Fields("name", "type", "help", "choices", "default", "format", "match", "want", "when", "needs")
	q := Question{
		Name:   line(fields, "name"),
		Type:   Type(line(fields, "type")),
		Help:   line(fields, "help"),
		Format: line(fields, "format"),
		When:   line(fields, "when"),
		Needs:  inWords(fields, "needs", "when"),
		Want:   inWords(fields, "want", "match"),
	}
	checkQuestionName(node, q.Name)
	if t := string(q.Type); !slices.Contains(types, t) {
		node.Errorf("type %q is none of %s%s", t, strings.Join(types, ", "), problem.DidYouMean(t, types))
	}
	if q.Help == "" {
		node.Errorf("question %q needs a help: one line that says what it decides", q.Name)
	}
	q.Choices = decodeChoices(node, fields, q)
	q.checkFormat(fields)
	q.Match, q.size = decodeMatch(fields)
	if d, ok := fields["default"]; ok {
		q.Default = decodeDefault(d, q)
	}
	return q
}

// inWords returns the field that says for people what the code in another one
// means.
func inWords(fields map[string]strictyaml.Node, key, code string) string {
	node, ok := fields[key]
	if !ok {
		return ""
	}
	before := node.Problems()
	words := line(fields, key)
	_, hasCode := fields[code]
	switch {
	case !hasCode:
		node.Errorf("%s goes with %s: it says in words what that means", key, code)
	case strings.TrimSpace(words) == "" && node.Problems() == before:
		node.Errorf("%s is empty: say in words what %s means", key, code)
	}
	return words
}

func decodeChoices(node strictyaml.Node, fields map[string]strictyaml.Node, q Question) []string {
	list, given := fields["choices"]
	wants := q.Type == Choice || q.Type == Choices
	switch {
	case wants && !given:
		node.Errorf("question %q of type %s needs choices", q.Name, q.Type)
	case given && !wants:
		list.Errorf("choices go with type choice or choices, not %s", q.Type)
	}
	if !given {
		return nil
	}
	var choices []string
	for _, item := range entries(fields, "choices") {
		c := item.Text()
		switch {
		case !choiceForm.MatchString(c):
			item.Errorf("choice %q: want letters, digits, dot, - and _", c)
		case slices.Contains(choices, c):
			item.Errorf("choice %q stands twice", c)
		}
		choices = append(choices, c)
	}
	return choices
}

var choiceForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

func (q Question) checkFormat(fields map[string]strictyaml.Node) {
	if q.Format == "" {
		return
	}
	node := fields["format"]
	known := slices.Sorted(maps.Keys(formats))
	switch {
	case !slices.Contains(known, q.Format):
		node.Errorf("format %q is none of %s%s", q.Format, strings.Join(known, ", "), problem.DidYouMean(q.Format, known))
	case q.Type == Int && q.Format == "port", q.Type == String:
	default:
		node.Errorf("format %s does not go with type %s", q.Format, q.Type)
	}
}

func decodeMatch(fields map[string]strictyaml.Node) (*regexp.Regexp, int) {
	node, ok := fields["match"]
	if !ok {
		return nil, 0
	}
	re, size, err := compileMatch(line(fields, "match"))
	if err != nil {
		node.Errorf("match: %v", err)
	}
	return re, size
}

// decodeDefault takes the default as its type's value. A string with {{ is a
// template over earlier answers; what it gives is checked when it is known.
func decodeDefault(node strictyaml.Node, q Question) any {
	before := node.Problems()
	value := TypedValue(node, q)
	if node.Problems() > before {
		return nil
	}
	if s, ok := value.(string); ok && strings.Contains(s, "{{") {
		return s
	}
	checked, err := q.Check(value)
	if err != nil {
		node.Errorf("default: %v", err)
	}
	return checked
}

// TypedValue returns a value of a YAML file as the question's type has it,
// unchecked.
func TypedValue(node strictyaml.Node, q Question) any {
	switch q.Type {
	case Bool:
		return node.Bool()
	case Int:
		return node.Int()
	case Choices:
		return givenList(node)
	}
	return node.Text()
}

// givenList takes a word for a list of one, because there is nothing else that
// it could mean. Several words with commas are refused, because they are a
// string to YAML.
func givenList(node strictyaml.Node) []string {
	items := []string{}
	if node.IsString() {
		if items = splitList(node.Text()); len(items) > 1 {
			node.Errorf("want a list: write [%s]", strings.Join(items, ", "))
		}
		return items
	}
	for _, item := range node.List() {
		items = append(items, item.Text())
	}
	return items
}
