// Package pack loads and validates packs: a folder with a pack.yaml that asks
// questions, and below files/ the templates that the answers fill.
//
// A pack is data and never code: no hooks, no shell, no environment, no
// network. Loading one proves what can be known without answers. Whether its
// templates parse is for package render, and whether two of them write the same
// path depends on the answers.
//
// What pack.yaml may say stands in the tables of keys.go, from which the decoder
// takes the names of keys, and [JSONSchema] all.
package pack

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"scaffold/generator/problem"
	"scaffold/generator/strictyaml"
	"scaffold/generator/tree"
)

// Schema is the newest schema of pack.yaml that this program reads.
const Schema = 1

// The folder of a pack that mirrors its output, and the file that describes it.
const (
	ManifestFile = "pack.yaml"
	FilesFolder  = "files"
)

// Caps of a pack. A whole Go module taken for a template exceeds them all.
const (
	maxManifest = 256 << 10
	maxFiles    = 20_000
	maxBytes    = 256 << 20
	maxFile     = 64 << 20
)

// A Pack is a pack.yaml that was read and found valid, with the files below files/; or a
// Go module. Templates are texts here: package render compiles them.
type Pack struct {
	Name        string
	Version     string // semantic version without a leading v
	Description string
	Questions   []Question
	Values      []Value // in the order they are computed in
	Rules       []Rule
	Exclude     []string // patterns of what below files/ is not in the pack
	Includes    []Include
	Moved       []Move
	Notes       []Note // sorted by version
	Refuse      []Refusal
	lines       map[string]string        // LINE:COLUMN of templates in the manifest, by their texts
	Next        string                   // template of what to do after new; printed, never run
	Verify      string                   // a command that a project passes, or ""; run only where the user says so
	Files       tree.Tree                // what stands below files/, as it is
	Left        []string                 // some of what below files/ was left out as litter, sorted
	LeftOut     int                      // how many there were of these
	Digest      string                   // hexadecimal SHA-256 of all content
	compared    int                      // bytes of excluded patterns with paths; see maxCompared
	contents    func() map[string][]byte // of Files, by their sums

	Module  string   // the path of the Go module that is the pack, or ""; then no file is a template
	Without []string // what of the module was left out, or not taken for a pack, in sentences
}

// A Value is computed from the answers. Templates use it as they use an answer; it
// is neither asked nor remembered.
type Value struct {
	Name string
	Type Type   // String or Bool
	Text string // a template over the answers and the values before it
}

// A Note is what a user should know of a version.
type Note struct {
	Version string
	Text    string // of one line or more
}

// A Refusal is a combination of answers that cannot be.
type Refusal struct {
	When string // template; the answers are refused where it is true
	Say  string // why, and what to choose instead
}

// A Move says that a path of the output got a new name, for edits to follow.
type Move struct {
	From, To string
	Since    string // the version that first has To
}

// At returns where the manifest has a template, for messages: with the path of
// the manifest below display, and the line and column where it is there first.
func (p Pack) At(display, text string) string {
	at := display + "/" + ManifestFile
	if line := p.lines[text]; line != "" {
		at += ":" + line
	}
	return at
}

// FileAt returns where a file of Files stands, for messages: below files/ of the
// pack called display, or where an include found it.
func (p Pack) FileAt(display string, f tree.File) string {
	return cmp.Or(f.Origin, display+"/"+FilesFolder+"/"+f.Path)
}

// Question returns the question called name.
func (p Pack) Question(name string) (Question, bool) {
	for _, q := range p.Questions {
		if q.Name == name {
			return q, true
		}
	}
	return Question{}, false
}

// Renamed returns the question that was once called name.
func (p Pack) Renamed(name string) (Question, bool) {
	for _, q := range p.Questions {
		if slices.Contains(q.Renamed, name) {
			return q, true
		}
	}
	return Question{}, false
}

// NoVersion is the version of a pack that has none, as in the folder that its author
// works in, where the next tag says it.
const NoVersion = "0.0.0"

// Options are what Load knows of a pack beside its files. The zero value is right
// for a pack that is all that there is.
type Options struct {
	Root    fs.FS  // what the pack's includes may be of; nil for the pack's folder alone
	Dir     string // the pack's folder in Root
	Version string // that the pack's source gives it; "" where only the manifest does
	Program string // the version of scaffold; "" and (devel) use any pack

	Unversioned bool // the manifest need not have a version, although nothing else gives one

	Memory Memory
}

// A Memory knows of files below files/ that need not be read or held. Several may ask it
// at once. The zero value knows nothing.
type Memory struct {
	Sum  func(path string, info fs.FileInfo) (sum string, ok bool) // by what the system says of a file
	Data func(sum string) (data []byte, ok bool)
	Note func(path string, info fs.FileInfo, sum string) // is told of each file
}

// Load reads and validates the pack in fsys. The display name stands before
// every path in messages. All problems of the pack are returned at once.
func Load(fsys fs.FS, display string, o Options) (Pack, error) {
	source, mode, err := readManifest(fsys, display)
	if err != nil {
		return Pack{}, err
	}
	p, err := parse(source, display, o)
	if err != nil {
		return Pack{}, err
	}
	p.Version = cmp.Or(p.Version, NoVersion)
	sums, err := p.readFiles(fsys, display, mode, o.Memory)
	if err != nil {
		return Pack{}, err
	}
	if o.Root != nil {
		fsys = o.Root
	}
	if err := p.include(fsys, o.Dir, display, mode); err != nil {
		return Pack{}, err
	}
	if err := p.checkRules(display); err != nil {
		return Pack{}, problem.AsInput(err)
	}
	p.Digest, p.contents = digest(source, p.Files, sums)
	return p, nil
}

// Content returns the bytes that have a sum, where a file of the pack does. Who has
// the sum of a file that the pack wrote as it is need not read it.
func (p Pack) Content(sum string) (data []byte, ok bool) {
	if p.contents == nil {
		return nil, false
	}
	data, ok = p.contents()[sum]
	return data, ok
}

// Parse returns the pack with that manifest, without its files, and without a
// version where it leaves that to its source.
func Parse(manifest []byte, display string) (Pack, error) {
	return parse(manifest, display, Options{Unversioned: true})
}

func parse(manifest []byte, display string, o Options) (Pack, error) {
	doc, root, err := strictyaml.Parse(display+"/"+ManifestFile, manifest)
	if err != nil {
		return Pack{}, problem.AsInput(err)
	}
	p := decode(root, o)
	return p, problem.AsInput(doc.Err())
}

// Identify returns the name and the version of the pack with that manifest, and
// looks at nothing else in it. The version is "" where the source gives it.
func Identify(manifest []byte) (name, version string, err error) {
	doc, root, err := strictyaml.Parse(ManifestFile, manifest)
	if err != nil {
		return "", "", problem.AsInput(err)
	}
	fields := make(map[string]strictyaml.Node)
	for _, e := range root.Map() {
		fields[e.Key] = e.Value
	}
	if checkSchema(root, fields["schema"]) {
		name, version = required(root, fields, "name", "name"), decodeVersion(root, fields, Options{Unversioned: true})
	}
	return name, version, problem.AsInput(doc.Err())
}

// packsBelow returns the first few folders of a repository of packs that have a manifest.
func packsBelow(fsys fs.FS) []string {
	names, _ := fs.Glob(fsys, "*/"+ManifestFile) // an unreadable folder names none
	names = names[:min(len(names), 5)]
	for i, name := range names {
		names[i] = path.Dir(name)
	}
	return names
}

func readManifest(fsys fs.FS, display string) ([]byte, fs.FileMode, error) {
	info, err := fs.Stat(fsys, ManifestFile)
	if errors.Is(err, fs.ErrNotExist) {
		if names := packsBelow(fsys); len(names) > 0 {
			return nil, 0, problem.Input("%s: this is no pack: it has no %s, but there is one in %s", display, ManifestFile, strings.Join(names, ", "))
		}
		return nil, 0, problem.WithHint(
			problem.Input("%s: this is no pack: it has no %s", display, ManifestFile),
			"scaffold pack list names the packs that come with scaffold")
	}
	if err != nil { // as of a link that leads out of the folder
		return nil, 0, problem.Input("%s/%s: %w", display, ManifestFile, problem.Cause(err))
	}
	if !info.Mode().IsRegular() {
		return nil, 0, problem.Input("%s/%s: is no regular file", display, ManifestFile)
	}
	if info.Size() > maxManifest {
		return nil, 0, problem.Input("%s/%s: has %d bytes, more than %d", display, ManifestFile, info.Size(), maxManifest)
	}
	source, err := fs.ReadFile(fsys, ManifestFile)
	return source, info.Mode(), err
}

// digest is of content only, because modes, dates and the way a pack was packed
// make no other pack. It takes the sums that are known, by path, and returns the files'
// bytes by their sums, too.
func digest(manifest []byte, files tree.Tree, known map[string]string) (string, func() map[string][]byte) {
	h := sha256.New()
	fmt.Fprintf(h, "%s %x\n", ManifestFile, sha256.Sum256(manifest))
	sums, i := make([]string, files.Len()), 0 // in the order of the files
	var hashing errgroup.Group
	hashing.SetLimit(runtime.GOMAXPROCS(0))
	for f := range files.All() {
		at := &sums[i]
		if sum, ok := known[f.Path]; ok && f.Origin == "" { // and not included
			*at = sum
		} else {
			hashing.Go(func() error {
				*at = f.Sum()
				return nil
			})
		}
		i++
	}
	hashing.Wait()
	i = 0
	for f := range files.All() {
		fmt.Fprintf(h, "%q %s\n", f.Path, sums[i])
		i++
	}
	return hex.EncodeToString(h.Sum(nil)), sync.OnceValue(func() map[string][]byte {
		contents, i := make(map[string][]byte, len(sums)), 0
		for f := range files.All() {
			contents[sums[i]] = f.Data
			i++
		}
		return contents
	})
}

const maxNamed = 5

// readFiles reads what is below files/ and neither excluded nor litter. A file keeps
// its executable bit unless the manifest has one, too, because then the volume shows
// it on everything. It returns the sums that the memory came to know.
func (p *Pack) readFiles(fsys fs.FS, display string, manifest fs.FileMode, m Memory) (map[string]string, error) {
	limits, sums := p.limits("", manifest), make(map[string]string)
	if m.Sum != nil {
		limits.Memory = m.reading(sums)
	}
	files, err := tree.Read(fsys, FilesFolder, limits)
	switch {
	case p.compared > maxCompared:
		return nil, p.tooCompared(display)
	case err != nil:
		return nil, problem.Input("%s/%s: %w", display, FilesFolder, err)
	}
	p.Files = files
	return sums, nil
}

// reading is m for reading files, of which it collects the sums. Only a file whose
// bytes nobody has is held anew.
func (m Memory) reading(sums map[string]string) tree.Memory {
	var mutex sync.Mutex
	note := func(path string, info fs.FileInfo, sum string) {
		mutex.Lock()
		defer mutex.Unlock()
		sums[path] = sum
		m.Note(path, info, sum)
	}
	return tree.Memory{
		Have: func(path string, info fs.FileInfo) (data []byte, ok bool) {
			sum, ok := m.Sum(path, info)
			if ok {
				if data, ok = m.Data(sum); ok {
					note(path, info, sum)
				}
			}
			return data, ok
		},
		Hold: func(path string, info fs.FileInfo, read []byte) []byte {
			sum := tree.File{Data: read}.Sum()
			note(path, info, sum)
			if data, ok := m.Data(sum); ok {
				return data
			}
			return bytes.Clone(read)
		},
	}
}

// limits are what may still be read, of files that go below a folder of files/.
func (p *Pack) limits(to string, manifest fs.FileMode) tree.Limits {
	price := len(strings.Join(p.Exclude, "")) + comparePrice*len(p.Exclude)
	return tree.Limits{
		Files: maxFiles - p.Files.Len(), Bytes: maxBytes - p.Files.Size(), File: maxFile, Modes: manifest&0o100 == 0,
		Skip: func(name string, folder bool) bool {
			name = path.Join(to, name)
			p.compared += price
			switch {
			case p.compared > maxCompared || p.excludes(name, folder):
				return true
			case !litter(path.Base(name), folder):
				return false
			}
			p.leave(name)
			return true
		},
	}
}

func (p *Pack) tooCompared(display string) error {
	return problem.Input("%s/%s: excludes %d patterns from too many files and folders, more than %d MiB to compare: a folder that is excluded is not looked into",
		display, ManifestFile, len(p.Exclude), maxCompared>>20)
}

// leave counts what is left out, and keeps the first few names to show.
func (p *Pack) leave(name string) {
	p.LeftOut++
	at, _ := slices.BinarySearch(p.Left, name)
	p.Left = slices.Insert(p.Left, at, name)
	p.Left = p.Left[:min(len(p.Left), maxNamed)]
}

func litter(name string, folder bool) bool {
	if folder {
		return name == "__MACOSX"
	}
	switch strings.ToLower(name) {
	case ".ds_store", "thumbs.db", "desktop.ini":
		return true
	}
	return strings.HasSuffix(name, "~") || strings.HasPrefix(name, ".#") || strings.HasPrefix(name, "._") || isSwap(name)
}

// isSwap reports whether a name is vim's for what is being edited: .NAME.swp,
// or .swo and so on down where there are several.
func isSwap(name string) bool {
	ext := path.Ext(name)
	return strings.HasPrefix(name, ".") && len(ext) == len(".swp") && strings.HasPrefix(ext, ".sw") && ext[3] >= 'a' && ext[3] <= 'p' && ext != name
}
