package pack

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"scaffold/generator/strictyaml"
	"scaffold/generator/tree"
)

var questionForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(nameKey) })

// reservedNames no question may take, because they are flags of our own, now or
// soon.
var reservedNames = []string{
	"h", "help", "v", "version", "pack", "set", "answers", "dry_run", "diff", "json",
	"yes", "offline", "to", "check", "conflict", "verify", "merge", "message", "index", "interactive", "git", "all",
	"generate_bash_completion", "generate_shell_completion",
}

// decode reads a manifest. One that wants another scaffold is refused for that
// alone, because this one may not know its keys.
func decode(root strictyaml.Node, o Options) Pack {
	if !checkProgram(root, o.Program) {
		return Pack{}
	}
	fields := root.Fields(manifestKeys.Names()...)
	if !checkSchema(root, fields["schema"]) {
		return Pack{}
	}
	p := Pack{
		Name:        required(root, fields, "name", "name"),
		Version:     decodeVersion(root, fields, o),
		Description: line(fields, "description"),
		Next:        checkedText(fields, "next", true),
		Verify:      said(fields, "verify"),
	}
	p.Questions = decodeQuestions(fields)
	p.Values = decodeValues(fields, p.Questions)
	p.Notes = decodeNotes(fields)
	for _, node := range entries(fields, "includes") {
		p.Includes = append(p.Includes, decodeInclude(node))
	}
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
	for _, key := range []string{"questions", "values", "files", "refuse"} {
		for _, node := range entries(fields, key) {
			for _, e := range node.Map() {
				if slices.Contains([]string{"when", "to", "default", "value"}, e.Key) {
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

// Caps of the manifest's lists, because each file is compared with each rule, each
// question with each, and all that stands below files/ with what is excluded.
const (
	maxEntries  = 1000
	maxExcludes = 100
	maxIncludes = 20
	maxRenamed  = 20
)

func entries(fields map[string]strictyaml.Node, key string) []strictyaml.Node {
	node, ok := fields[key]
	if !ok {
		return nil
	}
	list := node.List()
	most := maxEntries
	switch key {
	case "exclude":
		most = maxExcludes
	case "includes":
		most = maxIncludes
	case "renamed":
		most = maxRenamed
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

// checkProgram reports a manifest that wants another version of scaffold than
// this one, and says whether it is read nevertheless.
func checkProgram(root strictyaml.Node, program string) bool {
	node, ok := root.Find("scaffold")
	if !ok {
		return true
	}
	wanted := node.FormedText(`a comparison of versions, as in ">=1.4"`)
	if !node.IsString() {
		return true
	}
	holds, err := satisfies(program, wanted)
	switch {
	case err != nil:
		node.Errorf("scaffold: %v", err)
	case !holds:
		node.Errorf("the pack wants scaffold %s, and this is %s: install such a scaffold (in a clone of it: go install .), or take a version of the pack for this one", wanted, strings.TrimPrefix(program, "v"))
		return false
	}
	return true
}

// decodeVersion returns the pack's version, which may be left out where its source
// gives one. A pseudo-version is of a commit that no manifest can name, and counts
// instead of what stands there.
func decodeVersion(root strictyaml.Node, fields map[string]strictyaml.Node, o Options) string {
	given := strings.TrimPrefix(o.Version, "v")
	node, ok := fields["version"]
	if !ok && (given != "" || o.Unversioned) {
		return given
	}
	if !ok {
		root.Errorf("version is missing: write one, as in version: 1.0.0, because nothing else gives a folder its version")
		return ""
	}
	version := required(root, fields, "version", "semver")
	switch {
	case given == "":
		return version
	case version == strings.TrimSuffix(given, "+incompatible"), module.IsPseudoVersion("v" + given):
		return given
	case version != "":
		node.Errorf("version %s, but the pack was released as %s: write that, or leave the version to its tag", version, given)
	}
	return version
}

func decodeNotes(fields map[string]strictyaml.Node) []Note {
	node, ok := fields["notes"]
	if !ok {
		return nil
	}
	var notes []Note
	for _, e := range node.Map() {
		text := e.Value.Text()
		if err := checkSemver(e.Key); err != nil {
			e.Name.Errorf("notes: %v", err)
		}
		checkCharacters(e.Value, "the note", text, true)
		if strings.TrimSpace(text) == "" && e.Value.IsString() {
			e.Value.Errorf("the note of %s is empty: say what is new, or leave it out", e.Key)
		}
		notes = append(notes, Note{e.Key, strings.TrimRight(text, "\n")})
	}
	slices.SortFunc(notes, func(a, b Note) int { return semver.Compare("v"+a.Version, "v"+b.Version) })
	return notes
}

func required(parent strictyaml.Node, fields map[string]strictyaml.Node, key, format string) string {
	node, ok := fields[key]
	if !ok {
		parent.Errorf("%s is missing", key)
		return ""
	}
	before := node.Problems()
	s := formed(node, format)
	if node.Problems() > before {
		return ""
	}
	if err := formats[format].check(s); err != nil {
		node.Errorf("%s: %v", key, err)
	}
	return s
}

func formed(node strictyaml.Node, format string) string {
	if format == "semver" {
		return node.Version()
	}
	return node.Text()
}

func line(fields map[string]strictyaml.Node, key string) string {
	return checkedText(fields, key, false)
}

// said returns the line of a key that says nothing where it is empty, or only space:
// whoever wrote that key meant something by it.
func said(fields map[string]strictyaml.Node, key string) string {
	node, ok := fields[key]
	if !ok {
		return ""
	}
	before := node.Problems()
	s := line(fields, key)
	if (s == "" || key != "match" && strings.TrimSpace(s) == "") && node.Problems() == before {
		node.Errorf("%s is empty: leave it out, or write what it should be", key)
		return ""
	}
	return s
}

func checkedText(fields map[string]strictyaml.Node, key string, lines bool) string {
	node, ok := fields[key]
	if !ok {
		return ""
	}
	s := node.Text()
	checkCharacters(node, key, s, lines)
	return s
}

func checkCharacters(node strictyaml.Node, what, text string, lines bool) {
	if strings.ContainsFunc(text, func(r rune) bool { return forbidden(r, lines) }) {
		node.Errorf("%s has a control or bidirectional character", what)
	}
}

func decodeRule(node strictyaml.Node) Rule {
	fields := node.Fields(ruleKeys.Names()...)
	at, column := node.Position()
	r := Rule{
		Path: tree.Compose(line(fields, "path")),
		To:   said(fields, "to"),
		When: said(fields, "when"),
		Mode: decodeMode(fields),
		Line: fmt.Sprintf("%d:%d", at, column),
	}
	if r.Path == "" {
		node.Errorf("a rule needs the path of a file or FOLDER/ below %s/", FilesFolder)
	}
	CheckPattern(node, r.Path, "below "+FilesFolder+"/")
	if strings.HasSuffix(r.To, "/") && !strings.HasSuffix(r.Path, "/") {
		fields["to"].Errorf("to ends in a slash, but path names files: write where each goes")
	}
	switch to := r.To; {
	case to == "" || to == topFolder || strings.Contains(to, "{{"):
	case slices.Contains([]string{".", "/"}, path.Clean(to)):
		fields["to"].Errorf("to %q is the top of the project: write %s for what is below a FOLDER/", to, topFolder)
	default:
		if err := tree.CheckPath(strings.TrimSuffix(to, "/")); err != nil {
			fields["to"].Errorf("%v", err)
		}
	}
	if once, ok := fields["once"]; ok {
		r.Once = once.Bool()
	}
	if with, ok := fields["with"]; ok {
		r.With = said(fields, "with")
		if !choiceForm().MatchString(r.With) && r.With != "" {
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
	CheckPattern(node, pattern, "below "+FilesFolder+"/")
	return pattern
}

// CheckPattern reports what is wrong with a pattern for [MatchPattern] at its node.
// Where says where its paths start.
func CheckPattern(node strictyaml.Node, pattern, where string) {
	if len(pattern) > maxPattern {
		node.Errorf("path %.40q… has %d bytes, more than %d", pattern, len(pattern), maxPattern)
		return
	}
	if _, err := path.Match(pattern, ""); err != nil {
		node.Errorf("path %q is no shell pattern: %v", pattern, err)
	}
	for element := range strings.SplitSeq(strings.TrimSuffix(pattern, "/"), "/") {
		if pattern != "" && (element == "" || element == "." || element == "..") {
			node.Errorf("path %q has the element %q: paths start %s", pattern, element, where)
			return
		}
	}
}

func decodeMode(fields map[string]strictyaml.Node) fs.FileMode {
	switch s := said(fields, "mode"); s {
	case "0644":
		return tree.ModeFile
	case "0755":
		return tree.ModeExec
	case "":
	default:
		fields["mode"].Errorf(`mode %q: want "0644" or "0755"`, s)
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
	fields := node.Fields(refusalKeys.Names()...)
	r := Refusal{When: line(fields, "when"), Say: line(fields, "say")}
	if strings.TrimSpace(r.When) == "" || strings.TrimSpace(r.Say) == "" {
		node.Errorf("a refusal needs when, and say: why, and what to choose instead")
	}
	return r
}

func decodeMove(node strictyaml.Node) Move {
	fields := node.Fields(moveKeys.Names()...)
	m := Move{From: tree.Compose(line(fields, "from")), To: tree.Compose(line(fields, "to")), Since: required(node, fields, "since", "semver")}
	for _, p := range []string{m.From, m.To} {
		if err := tree.CheckPath(strings.TrimSuffix(p, "/")); err != nil {
			node.Errorf("moved: %v", err)
		}
	}
	return m
}
