package adopt

import (
	"bytes"
	"hash/maphash"
	"slices"
	"unicode"

	"scaffold/generator/merge"
	"scaffold/generator/project"
	"scaffold/generator/tree"
)

// A disk is what stands in a folder at the paths that renders wrote so far. Only
// those are read, each once.
type disk struct {
	root  string
	files map[string]*ours // nil for nothing
	seed  maphash.Seed
	marks map[renderedKey]mark
}

// An ours is a file on disk, and its lines.
type ours struct {
	tree.File
	lines lines
}

// A lines is what a file says, line by line: how often, by hash. White space and what
// has neither letter nor digit makes no line, because a formatter changes the one, and
// every file has the other.
type lines map[uint64]line

type line struct {
	n    int
	text []byte
}

// A renderedKey stands for what a render wrote at a path.
type renderedKey struct {
	path string
	sum  uint64
}

func newDisk(root string) *disk {
	return &disk{root: root, files: make(map[string]*ours), seed: maphash.MakeSeed(), marks: make(map[renderedKey]mark)}
}

// read reads what is at the paths of a render and was not read yet.
func (d *disk) read(rendered tree.Tree) error {
	var paths []string
	for f := range rendered.All() {
		if _, known := d.files[f.Path]; !known {
			paths = append(paths, f.Path)
			d.files[f.Path] = nil
		}
	}
	if len(paths) == 0 {
		return nil
	}
	found, err := project.ReadOurs(d.root, paths, tree.Tree{})
	if err != nil {
		return err
	}
	for f := range found.Files.All() {
		d.files[f.Path] = &ours{f, d.countLines(f.Data)}
	}
	return nil
}

func (d *disk) countLines(data []byte) lines {
	counted := make(lines)
	for text := range bytes.Lines(bytes.TrimPrefix(data, []byte("\ufeff"))) {
		if bytes.ContainsFunc(text, isWord) {
			hash := maphash.Bytes(d.seed, bytes.Join(bytes.Fields(text), []byte(" ")))
			counted[hash] = line{counted[hash].n + 1, text}
		}
	}
	return counted
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// A mark says how like a file of a render is to what is on disk.
type mark struct {
	lines, common int     // of the render, and how many of them the disk has
	alike         float64 // of the others: a line counts by how many of its words are in others on disk
	there, same   bool
}

// Weights of a mark. What is missing costs little however long it is, because people
// delete whole files, and what is there counts by every line.
const (
	forThere   = 3.0
	forSame    = 2.0
	perLost    = 0.5  // a line of the render that the file on disk has not
	mostLost   = 20.0 // all such lines of a file
	perMissing = 0.2  // a line of a file that is not there
	forMissing = 2.0
	mostGone   = 8.0 // such a file
)

func (m mark) score() float64 {
	if !m.there {
		return -min(mostGone, forMissing+perMissing*float64(m.lines))
	}
	has := float64(m.common) + m.alike
	score := forThere + has - min(mostLost, perLost*(float64(m.lines)-has))
	if m.same {
		score += forSame
	}
	return score
}

// compare marks a file of a render that was read.
func (d *disk) compare(f tree.File) mark {
	key := renderedKey{f.Path, maphash.Bytes(d.seed, f.Data)}
	if m, known := d.marks[key]; known {
		return m
	}
	have := d.files[f.Path]
	m := mark{there: have != nil}
	rendered := d.countLines(f.Data)
	for hash, l := range rendered {
		m.lines += l.n
		if have != nil {
			m.common += min(l.n, have.lines[hash].n)
		}
	}
	if have != nil && have.Mode.IsRegular() {
		m.same = bytes.Equal(plainLines(f.Data), plainLines(have.Data))
		switch {
		case m.same:
		case merge.Binary(f.Data):
			m.common = 0
		default:
			m.alike = rendered.without(have.lines).alike(have.lines.without(rendered))
		}
	}
	d.marks[key] = m
	return m
}

// without returns the lines that others has not, or not as often.
func (l lines) without(others lines) lines {
	rest := make(lines)
	for hash, one := range l {
		if n := one.n - others[hash].n; n > 0 {
			rest[hash] = line{n, one.text}
		}
	}
	return rest
}

// alike counts lines by the part of their words that others have. A line of which only
// an answer differs counts for much, and one that shares a few words for little.
func (l lines) alike(others lines) float64 {
	const most = 0.8 // of a line that is the same
	if len(l) == 0 || len(others) == 0 {
		return 0
	}
	words := make(map[string]bool)
	for _, other := range others {
		for _, w := range splitWords(other.text) {
			words[string(w)] = true
		}
	}
	var sums []float64
	for _, one := range l {
		all, has := splitWords(one.text), 0
		for _, w := range all {
			if words[string(w)] {
				has++
			}
		}
		part := float64(has) / float64(len(all))
		sums = append(sums, most*part*part*float64(one.n))
	}
	slices.Sort(sums) // because the order of adding shows in the last digit
	total := 0.0
	for _, s := range sums {
		total += s
	}
	return total
}

func splitWords(text []byte) [][]byte {
	return bytes.FieldsFunc(text, func(r rune) bool { return !isWord(r) })
}

// plainLines leaves out what a checkout or an editor makes of line ends.
func plainLines(data []byte) []byte {
	if merge.Binary(data) {
		return data
	}
	return bytes.ReplaceAll(bytes.TrimPrefix(data, []byte("\ufeff")), []byte("\r\n"), []byte("\n"))
}

// A likeness says how like a render is to what is on disk.
type likeness struct {
	score         float64
	lines, common int // of all files
}

// percent is how much of the render is on disk, in lines.
func (l likeness) percent() int {
	if l.lines == 0 {
		return 0
	}
	return l.common * 100 / l.lines
}

func (d *disk) likeness(rendered tree.Tree) (likeness, error) {
	if err := d.read(rendered); err != nil {
		return likeness{}, err
	}
	var l likeness
	for f := range rendered.All() {
		m := d.compare(f)
		l.score += m.score()
		l.lines, l.common = l.lines+m.lines, l.common+m.common
	}
	return l, nil
}
