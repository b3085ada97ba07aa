package adopt

import (
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"scaffold/generator/answer"
	"scaffold/generator/pack"
	"scaffold/generator/tree"
)

// A candidate is what may answer a question, and where it stands.
type candidate struct {
	name  string // of the question
	value any
	why   string
}

// maxCandidates are tried for one question, those with the most lines first.
const maxCandidates = 6

// placeholders are texts that nobody writes; %s is one for each question. What a
// template writes of one is found again in its output, and shows where an answer
// stands. The first that a question takes is used.
var placeholders = []string{
	"zqx%splaceholder", "zqx%s.example/placeholder", "zqx%s.example", "/zqx%splaceholder", "zqx%s/placeholder", "739.184.%d",
	"zqx%s@zqx.example", "https://zqx%s.example/zqx", "Zqx%s", "ZQX%S", "975%d", "619%d", "97%d", "9%d",
}

// placeholder returns a text that q takes, and its value. Another number gives another
// text.
func placeholder(q pack.Question, number int) (text string, value any, ok bool) {
	letter := string(rune('a'+number/26%26)) + string(rune('a'+number%26))
	fill := strings.NewReplacer("%s", letter, "%S", strings.ToUpper(letter), "%d", strconv.Itoa(31+number))
	for _, p := range placeholders {
		text := fill.Replace(p)
		if value, err := answer.Parse(q, text); err == nil {
			return text, value, true
		}
	}
	return "", nil, false
}

// standIn returns any answer that q takes, so that a pack can be rendered before one
// is known.
func standIn(q pack.Question) any {
	switch q.Type {
	case pack.Choice:
		return q.Choices[0]
	case pack.Choices:
		return q.Choices[:1]
	case pack.Bool:
		return false
	}
	if _, value, ok := placeholder(q, 0); ok {
		return value
	}
	return q.Zero()
}

// readKnown returns what places say that every project has: the module in go.mod, and
// the folder's name.
func (s *search) readKnown() ([]candidate, error) {
	if err := s.disk.read(tree.Found(tree.File{Path: "go.mod"})); err != nil {
		return nil, err
	}
	modulePath := ""
	if f := s.disk.files["go.mod"]; f != nil && f.Mode.IsRegular() {
		modulePath = modfile.ModulePath(plainLines(f.Data))
	}
	var list []candidate
	for _, q := range s.generator.Pack.Questions {
		if q.Format == "module" && modulePath != "" {
			list = append(list, candidate{q.Name, modulePath, "from go.mod"})
		}
		if q.Name != "name" {
			continue
		}
		if prefix, _, ok := module.SplitPathVersion(modulePath); ok && modulePath != "" {
			list = append(list, named(q, path.Base(prefix), "from go.mod")...)
		}
		list = append(list, named(q, filepath.Base(s.disk.root), "the folder's name")...)
	}
	return list, nil
}

// named returns text, or a name like it, if q takes that.
func named(q pack.Question, text, why string) []candidate {
	for _, t := range []string{text, q.Propose(text)} {
		if value, err := q.Check(t); err == nil && t != "" {
			return []candidate{{q.Name, value, why}}
		}
	}
	return nil
}

// readTexts looks for answers to questions that take any text or number, and reports
// whether it found a better one.
func (s *search) readTexts() (found bool, err error) {
	known, err := s.readKnown()
	if err != nil {
		return false, err
	}
	ballots, err := s.probe()
	if err != nil {
		return false, err
	}
	for _, b := range ballots {
		for _, c := range slices.Concat(known, b.best()) {
			if c.name != b.question.Name || answer.Format(c.value) == answer.Format(s.chosen[c.name]) {
				continue
			}
			better, err := s.better(b.question, c.value, c.why)
			if err != nil {
				return found, err
			}
			found = found || better
		}
	}
	return found, nil
}

// texts returns the questions that take any text or number, and apply.
func (s *search) texts() []pack.Question {
	return slices.DeleteFunc(s.asked(), func(q pack.Question) bool {
		a, _ := s.best.answers.Find(q.Name)
		return a.From == answer.Absent || q.Type == pack.Bool || q.Type == pack.Choice || q.Type == pack.Choices
	})
}

// probe renders with placeholders for all answers at once, and reads the answers where
// the disk has the rest of a line that holds some, or of a path. Where the pack refuses
// them together, or one hides another, it asks for each alone as well.
func (s *search) probe() ([]ballot, error) {
	var ballots []ballot
	var all []hole
	for i, q := range s.texts() {
		ballots = append(ballots, ballot{question: q, votes: make(map[string]vote)})
		if text, value, ok := placeholder(q, i); ok {
			all = append(all, hole{i, q.Name, text, value})
		}
	}
	probes := [][]hole{all}
	for _, h := range all {
		probes = append(probes, []hole{h})
	}
	for _, holes := range probes {
		values := make(map[string]any)
		for _, h := range holes {
			values[h.name] = h.value
		}
		t, ok, err := s.tryAll(values)
		if err != nil {
			return nil, err
		}
		if ok {
			s.readProbe(t, holes, ballots)
		}
	}
	return ballots, nil
}

// A hole is a placeholder for the answer to a question: the ballot's number, the name,
// and what stands there.
type hole struct {
	ballot int
	name   string
	text   string
	value  any
}

// readProbe counts what the disk has in the holes of a probe.
func (s *search) readProbe(t trial, holes []hole, ballots []ballot) {
	count := func(readings [][]reading) {
		for i, h := range holes {
			ballots[h.ballot].add(readings[i])
		}
	}
	for f := range t.tree.All() {
		if hasHole(f.Path, holes) {
			count(s.readPaths(f.Path, holes))
		}
		have := s.disk.files[s.counterpart(f)]
		if have == nil || !have.Mode.IsRegular() || !hasHole(string(f.Data), holes) {
			continue
		}
		written, onDisk := splitLines(f.Data), splitLines(have.Data)
		for i, line := range written {
			if hasHole(line, holes) {
				count(readLine(have.Path, written, i, onDisk, holes))
			}
		}
	}
}

func hasHole(text string, holes []hole) bool {
	return slices.ContainsFunc(holes, func(h hole) bool { return strings.Contains(text, h.text) })
}

// counterpart is where the file of a probe is with the answers so far: the template
// knows, where the path holds the answer.
func (s *search) counterpart(f tree.File) string {
	if s.disk.files[f.Path] != nil {
		return f.Path
	}
	for other := range s.best.tree.All() {
		if other.Origin == f.Origin {
			return other.Path
		}
	}
	return f.Path
}

// A reading is a text that stands where an answer does, and the place.
type reading struct{ text, place string }

// readPaths reads answers from the names in the folder of the first element of a path
// that holds one.
func (s *search) readPaths(name string, holes []hole) [][]reading {
	elements := strings.Split(name, "/")
	at := slices.IndexFunc(elements, func(e string) bool { return hasHole(e, holes) })
	dir := path.Join(append([]string{"."}, elements[:at]...)...)
	pattern := newPattern(elements[at], holes)
	readings := make([][]reading, len(holes))
	for _, entry := range s.listFolder(dir) {
		pattern.read(entry, path.Join(dir, entry), readings)
	}
	return readings
}

func (s *search) listFolder(dir string) []string {
	const most = 5000 // names, because a folder may be huge
	if names, known := s.folders[dir]; known {
		return names
	}
	var names []string
	if r, err := os.OpenRoot(s.disk.root); err == nil {
		entries, _ := fs.ReadDir(r.FS(), dir) // of one that cannot be read nothing is known
		for _, e := range entries[:min(len(entries), most)] {
			names = append(names, e.Name())
		}
		r.Close()
	}
	s.folders[dir] = names
	return names
}

// splitLines splits at line ends, without white space around the lines.
func splitLines(data []byte) []string {
	lines := strings.Split(string(plainLines(data)), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSpace(line)
	}
	return lines
}

// readLine reads answers in line i of what the template wrote from the lines on disk.
// Where little else stands on the line, the lines around it must be the same.
func readLine(name string, written []string, i int, onDisk []string, holes []hole) [][]reading {
	const enough = 2 // letters and digits beside the answers
	pattern := newPattern(written[i], holes)
	before, after := near(written, i, -1), near(written, i, 1)
	readings := make([][]reading, len(holes))
	if at := pattern.alone(); at >= 0 {
		readings[at] = readBlock(name, before, after, onDisk)
		return readings
	}
	for j, line := range onDisk {
		if pattern.beside >= enough || near(onDisk, j, -1) == before || near(onDisk, j, 1) == after {
			pattern.read(line, fmt.Sprintf("%s:%d", name, j+1), readings)
		}
	}
	return readings
}

// A pattern is a text with holes. It matches texts that have anything there, the same
// wherever the same hole is.
type pattern struct {
	parts  []string // around the holes
	holes  []int    // by their places
	beside int      // letters and digits that are in no hole
	match  *regexp.Regexp
}

func newPattern(text string, holes []hole) pattern {
	p := pattern{parts: []string{""}}
	form := strings.Builder{}
	form.WriteString("^")
	for text != "" {
		at := slices.IndexFunc(holes, func(h hole) bool { return strings.HasPrefix(text, h.text) })
		if at >= 0 {
			p.holes, p.parts = append(p.holes, at), append(p.parts, "")
			form.WriteString("(.+?)")
			text = text[len(holes[at].text):]
			continue
		}
		r, size := utf8.DecodeRuneInString(text)
		if isWord(r) {
			p.beside++
		}
		p.parts[len(p.parts)-1] += text[:size]
		form.WriteString(regexp.QuoteMeta(text[:size]))
		text = text[size:]
	}
	form.WriteString("$")
	p.match, _ = regexp.Compile(form.String()) // nil for what is not UTF-8
	return p
}

// alone returns which hole is all of the text; -1 for none.
func (p pattern) alone() int {
	if len(p.holes) == 1 && strings.Join(p.parts, "") == "" {
		return p.holes[0]
	}
	return -1
}

// read adds what a text has in the holes, if it matches.
func (p pattern) read(text, place string, readings [][]reading) {
	const longest = 4096 // bytes
	if len(text) > longest || p.match == nil || !strings.HasPrefix(text, p.parts[0]) || !strings.HasSuffix(text, p.parts[len(p.parts)-1]) {
		return
	}
	found := p.match.FindStringSubmatch(text)
	if found == nil {
		return
	}
	values := make(map[int]string)
	for i, at := range p.holes {
		value := found[i+1]
		if other, twice := values[at]; twice && other != value {
			return
		}
		values[at] = value
	}
	for at, value := range values {
		readings[at] = append(readings[at], reading{value, place})
	}
}

// near returns the next line in a direction that is not blank; "" for none.
func near(lines []string, i, step int) string {
	for i += step; i >= 0 && i < len(lines); i += step {
		if lines[i] != "" {
			return lines[i]
		}
	}
	return ""
}

// readBlock reads an answer that has its lines for itself, between two others; "" for
// the end of the file.
func readBlock(name, before, after string, onDisk []string) []reading {
	const most = 40 // lines
	start := 0
	if before != "" {
		start = slices.Index(onDisk, before) + 1
		if start == 0 {
			return nil
		}
	}
	end := len(onDisk)
	if after != "" {
		end = slices.Index(onDisk[start:], after) + start
	}
	if end < start || end-start > most {
		return nil
	}
	for start < end && onDisk[start] == "" {
		start++
	}
	return []reading{{strings.TrimSpace(strings.Join(onDisk[start:end], "\n")), fmt.Sprintf("%s:%d", name, start+1)}}
}

// A ballot counts what lines say of the answer to a question.
type ballot struct {
	question pack.Question
	votes    map[string]vote // by the answer, as on a command line
}

type vote struct {
	weight float64
	first  candidate
}

// add shares one vote among what the matches of one line say.
func (b ballot) add(readings []reading) {
	for _, r := range readings {
		value, err := answer.Parse(b.question, r.text)
		if unquoted, quotedErr := strconv.Unquote(`"` + r.text + `"`); quotedErr == nil && unquoted != r.text {
			value, err = answer.Parse(b.question, unquoted)
		}
		if err != nil {
			continue
		}
		v, known := b.votes[answer.Format(value)]
		if !known {
			v.first = candidate{b.question.Name, value, "from " + r.place}
		}
		v.weight += 1 / float64(len(readings))
		b.votes[answer.Format(value)] = v
	}
}

func (b ballot) best() []candidate {
	keys := slices.SortedFunc(maps.Keys(b.votes), func(x, y string) int {
		return cmp.Or(cmp.Compare(b.votes[y].weight, b.votes[x].weight), strings.Compare(x, y))
	})
	var list []candidate
	for _, key := range keys[:min(len(keys), maxCandidates)] {
		list = append(list, b.votes[key].first)
	}
	return list
}
