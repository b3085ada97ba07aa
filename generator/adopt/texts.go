package adopt

import (
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

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

// marks are texts that nobody writes. What a template writes of one is found again in
// its output, and shows where an answer stands. The first that a question takes is used.
var placeholders = []string{
	"zqxplaceholder", "zqx.example/placeholder", "zqx.example", "/zqxplaceholder", "zqx/placeholder", "739.184.265",
	"zqx@zqx.example", "https://zqx.example/zqx", "Zqx", "ZQX", "zqx", "97531", "61937", "9753", "937", "97", "7",
}

// placeholder returns a text that q takes, and its value.
func placeholder(q pack.Question) (text string, value any, ok bool) {
	for _, text := range placeholders {
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
	if _, value, ok := placeholder(q); ok {
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
	for _, q := range s.asked() {
		a, _ := s.best.answers.Find(q.Name)
		if a.From == answer.Absent || q.Type == pack.Bool || q.Type == pack.Choice || q.Type == pack.Choices {
			continue
		}
		list, err := s.probe(q)
		if err != nil {
			return found, err
		}
		for _, c := range slices.Concat(known, list) {
			if c.name != q.Name || answer.Format(c.value) == answer.Format(s.chosen[q.Name]) {
				continue
			}
			better, err := s.better(q, c.value, c.why)
			if err != nil {
				return found, err
			}
			found = found || better
		}
	}
	return found, nil
}

// probe renders with a placeholder for an answer, and reads the answer where the disk
// has the rest of a line that holds it, or of a path.
func (s *search) probe(q pack.Question) ([]candidate, error) {
	text, value, ok := placeholder(q)
	if !ok {
		return nil, nil
	}
	t, ok, err := s.try(q.Name, value)
	if err != nil || !ok {
		return nil, err
	}
	votes := ballot{question: q, votes: make(map[string]vote)}
	for f := range t.tree.All() {
		if strings.Contains(f.Path, text) {
			votes.add(s.readPaths(f.Path, text))
		}
		have := s.disk.files[s.counterpart(f)]
		if have == nil || !have.Mode.IsRegular() || !bytes.Contains(f.Data, []byte(text)) {
			continue
		}
		written, onDisk := splitLines(f.Data), splitLines(have.Data)
		for i, line := range written {
			if strings.Contains(line, text) {
				votes.add(readLine(have.Path, written, i, onDisk, text))
			}
		}
	}
	return votes.best(), nil
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

// readPaths reads the answer from the names in the folder of the first element of a
// path that holds it.
func (s *search) readPaths(name, text string) []reading {
	elements := strings.Split(name, "/")
	at := slices.IndexFunc(elements, func(e string) bool { return strings.Contains(e, text) })
	dir := path.Join(append([]string{"."}, elements[:at]...)...)
	var readings []reading
	for _, entry := range s.listFolder(dir) {
		if value, ok := matchParts(strings.Split(elements[at], text), entry); ok {
			readings = append(readings, reading{value, path.Join(dir, entry)})
		}
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

// readLine reads the answer in line i of what the template wrote from the lines on
// disk. Where little else stands on the line, the lines around it must be the same.
func readLine(name string, written []string, i int, onDisk []string, text string) []reading {
	const enough = 2 // letters and digits beside the answer
	parts := strings.Split(written[i], text)
	beside := 0
	for _, r := range strings.Join(parts, "") {
		if isWord(r) {
			beside++
		}
	}
	before, after := near(written, i, -1), near(written, i, 1)
	if beside == 0 && written[i] == text {
		return readBlock(name, before, after, onDisk)
	}
	var readings []reading
	for j, line := range onDisk {
		value, ok := matchParts(parts, line)
		if ok && (beside >= enough || near(onDisk, j, -1) == before || near(onDisk, j, 1) == after) {
			readings = append(readings, reading{value, fmt.Sprintf("%s:%d", name, j+1)})
		}
	}
	return readings
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

// matchParts reads what stands between the parts of a text, the same in all places.
func matchParts(parts []string, text string) (value string, ok bool) {
	gaps, rest := len(parts)-1, len(text)
	for _, p := range parts {
		rest -= len(p)
	}
	if gaps == 0 || rest <= 0 || rest%gaps != 0 || !strings.HasPrefix(text, parts[0]) {
		return "", false
	}
	at, size := len(parts[0]), rest/gaps
	value = text[at : at+size]
	return value, text == strings.Join(parts, value)
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
