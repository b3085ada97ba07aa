package project

import (
	"archive/zip"
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"scaffold/generator/answer"
	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// Schema is the newest schema of base.zip that this program reads.
const Schema = 1

// Caps of base.zip. It counts as hostile until it is read, because it arrives
// with a clone.
const (
	maxManifest = 16 << 20
	maxEntries  = 20_001
	maxInflated = 384 << 20 // what is refused in the end has been held
	maxName     = 256       // of a pack, and of its version: they are shown
)

const (
	manifestName = "manifest.json"
	filesPrefix  = "files/"
)

// encodeBase returns base.zip: the manifest, then the files sorted by path.
// Entries are stored and not deflated, so that git finds what did not change,
// and carry no date, so that the same state is the same bytes. What the last
// state has too is not hashed again.
func (s State) encodeBase(last Project) (tree.File, error) {
	m := manifest{
		Schema:  Schema,
		Pack:    packRecord{s.Reference, s.Pack, s.Version, s.Digest, s.Commit},
		Answers: s.givenAnswers(),
		Lapsed:  s.Lapsed,
		Files:   make(map[string]item, s.Base.Len()),

		Conflicts: s.Conflicts,
	}
	for f := range s.Base.Each() {
		m.Files[f.Path] = item{fmt.Sprintf("%04o", f.Mode.Perm()), last.sum(f), f.Origin, f.Once, s.Since[f.Path]}
	}
	seen := Seen{} // a new project has none
	if s.Seen != nil {
		seen = s.Seen() // only now, because that takes time
	}
	return m.encode(s.Base, seen, last)
}

func (p Project) sum(f *tree.File) string {
	if old := p.Base.At(f.Path); old != nil && bytes.Equal(old.Data, f.Data) {
		return p.manifest.Files[f.Path].Sum
	}
	return f.Sum()
}

// givenAnswers returns the answers to the questions that apply.
func (s State) givenAnswers() map[string]any {
	given := make(map[string]any)
	for a := range s.Answers.All() {
		if a.From != answer.Absent {
			given[a.Name] = a.Value
		}
	}
	return given
}

// encode returns base.zip as a file that is made when it is written, because its
// bytes are as many as those of all files together. It is the last one where all that
// is in the manifest is as it was.
func (m manifest) encode(base tree.Tree, seen Seen, last Project) (tree.File, error) {
	text, err := m.encodeText()
	if err == nil {
		err = checkRoom(text, base)
	}
	if err != nil {
		return tree.File{}, err
	}
	text = append(text, '\n')
	comment, sum := seen.comment(), ""
	if sumOfText(text, comment) == last.manifest.text {
		sum = last.baseZip.Sum()
	}
	return tree.File{Path: tree.BaseFile, Mode: tree.ModeFile, Unheld: &tree.Unheld{Sum: sum, Write: func(w io.Writer) error {
		z := zip.NewWriter(w)
		errs := []error{store(z, manifestName, comment, text)}
		for f := range base.All() {
			errs = append(errs, store(z, filesPrefix+f.Path, "", f.Data))
		}
		return errors.Join(append(errs, z.Close())...)
	}}}, nil
}

func sumOfText(text []byte, comment string) string {
	h := sha256.New()
	h.Write(text)
	io.WriteString(h, comment)
	return string(h.Sum(nil))
}

// checkRoom refuses to write what the next run would refuse to read.
func checkRoom(manifest []byte, base tree.Tree) error {
	for _, cap := range []struct {
		have, most int64
		what       string
	}{
		{int64(base.Len()) + 1, maxEntries, "entries"},
		{int64(len(manifest)), maxManifest, "bytes of answers and names"},
		{int64(len(manifest)) + base.Size(), maxInflated, "bytes"},
	} {
		if cap.have > cap.most {
			return problem.Input("would have %d %s, more than the %d that are read again", cap.have, cap.what, cap.most)
		}
	}
	return nil
}

func store(z *zip.Writer, name, comment string, data []byte) error {
	w, err := z.CreateHeader(&zip.FileHeader{Name: name, Comment: comment, Method: zip.Store})
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}

// A head is what can be known of base.zip before its files are read.
type head struct {
	manifest manifest
	entries  []zipEntry // of the files
}

// readHead reads the directory and the manifest of base.zip and believes
// nothing in them: all is counted and capped before it is held, and every path
// is checked.
func readHead(r io.ReaderAt, size int64) (head, error) {
	if isPointer(r) {
		return head{}, errPointer
	}
	entries, err := readDirectory(r, size)
	if err != nil {
		return head{}, err
	}
	if len(entries) == 0 || entries[0].name != manifestName {
		return head{}, fmt.Errorf("does not start with %s", manifestName)
	}
	text, err := entries[0].read(r, maxManifest)
	if err != nil {
		return head{}, err
	}
	m, err := decodeManifest(text)
	if err == nil {
		err = m.checkValues()
	}
	if err == nil {
		m.seen, err = parseSeen(entries[0].comment)
		m.text = sumOfText(text, entries[0].comment)
	}
	if err != nil {
		return head{}, fmt.Errorf("%s: %w", manifestName, err)
	}
	return head{m, entries[1:]}, nil
}

var errPointer = errors.New("is a pointer of Git LFS, and not the file itself")

func isPointer(r io.ReaderAt) bool {
	have := make([]byte, len(plan.PointerHead))
	_, err := r.ReadAt(have, 0)
	return err == nil && string(have) == plan.PointerHead
}

// readFiles reads the files from the whole zip file, and checks their sums.
func (h head) readFiles(whole []byte) (tree.Tree, error) {
	files, err := h.listFiles(func(e zipEntry, _ item) ([]byte, error) { return e.in(whole) })
	if err == nil {
		err = h.manifest.checkSums(files)
	}
	if err != nil {
		return tree.Tree{}, err
	}
	return h.asTree(files)
}

// A Side is the base that one side of a merge has.
type Side struct {
	Base     tree.Tree
	manifest manifest
}

// Kept reports whether the base of p is data, byte for byte.
func (p Project) Kept(data []byte) bool {
	return p.baseZip.Sum() == (&tree.File{Data: data}).Sum()
}

// ReadSide reads a base.zip that is not on disk, as strictly as that.
func ReadSide(data []byte) (Side, error) {
	h, err := readHead(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return Side{}, err
	}
	files, err := h.readFiles(data)
	if err != nil {
		return Side{}, err
	}
	return Side{files.Composed(), h.manifest.composed()}, nil
}

// With returns p with what side has at these paths in its base. What it is to remember
// next is to be compared with p, and not with that.
func (p Project) With(side Side, paths []string) (Project, error) {
	files := slices.Collect(p.Base.All())
	p.manifest.Files = maps.Clone(p.manifest.Files)
	for _, path := range paths {
		files = slices.DeleteFunc(files, func(f tree.File) bool { return f.Path == path })
		if f := side.Base.At(path); f != nil {
			files = append(files, *f)
			p.manifest.Files[path] = side.manifest.Files[path]
		}
	}
	var err error
	p.Base, err = tree.New(files...)
	return p, err
}

// readHeld reads all files at once, and tells lend of their bytes by their sums. It does
// not check these: whoever calls knows the zip file.
func (h head) readHeld(file *os.File, size int64, lend func(map[string][]byte)) (tree.Tree, error) {
	whole, err := tree.ReadWhole(file, size)
	if err != nil {
		return tree.Tree{}, problem.Cause(err)
	}
	data := make(map[string][]byte, len(h.entries))
	files, err := h.listFiles(func(e zipEntry, it item) ([]byte, error) {
		bytes, err := e.in(whole)
		data[it.Sum] = bytes
		return bytes, err
	})
	if err != nil {
		return tree.Tree{}, err
	}
	lend(data)
	return h.asTree(files)
}

// readUnknown reads the files but for those whose bytes are known by their sums. Of
// these it does not look at what the zip file has: whoever calls knows that.
func (h head) readUnknown(r io.ReaderAt, known Contents) (tree.Tree, error) {
	var read []tree.File
	files, err := h.listFiles(func(e zipEntry, it item) ([]byte, error) {
		data, ok := known.find(it.Sum)
		if ok {
			return data, nil
		}
		data, err := e.read(r, maxInflated)
		read = append(read, tree.File{Path: strings.TrimPrefix(e.name, filesPrefix), Data: data})
		return data, err
	})
	if err == nil {
		err = h.manifest.checkSums(read)
	}
	if err != nil {
		return tree.Tree{}, err
	}
	return h.asTree(files)
}

// sumAll checks the sums of all files, and returns that of the zip file itself. It holds
// none of them, because the pack may hold the same bytes.
func (h head) sumAll(file, entries io.ReaderAt) (whole string, err error) {
	var all errgroup.Group
	all.Go(func() (err error) {
		whole, err = tree.Sum(io.NewSectionReader(file, 0, math.MaxInt64))
		return problem.Cause(err)
	})
	all.Go(func() error {
		for _, e := range h.entries {
			start, err := e.start(entries)
			if err != nil {
				return err
			}
			path := strings.TrimPrefix(e.name, filesPrefix)
			if sum, err := tree.Sum(io.NewSectionReader(entries, start, e.size)); err != nil {
				return fmt.Errorf("%s: %w", e.name, problem.Cause(err))
			} else if it, listed := h.manifest.Files[path]; listed && sum != it.Sum { // what is not listed, listFiles names
				return fmt.Errorf("%q: is not what the manifest says", path)
			}
		}
		return nil
	})
	return whole, all.Wait()
}

// listFiles returns the files with what get says are their bytes.
func (h head) listFiles(get func(zipEntry, item) ([]byte, error)) ([]tree.File, error) {
	files := make([]tree.File, 0, len(h.entries))
	modes := map[string]fs.FileMode{"0644": tree.ModeFile, "0755": tree.ModeExec}
	for _, entry := range h.entries {
		path, ok := strings.CutPrefix(entry.name, filesPrefix)
		it, listed := h.manifest.Files[path]
		if !ok || !listed {
			return nil, fmt.Errorf("has %q, which its manifest does not list", entry.name)
		}
		if strings.ContainsFunc(it.Template, problem.IsControl) { // messages name it
			return nil, fmt.Errorf("%q is by %q, which is no template's name", path, it.Template)
		}
		data, err := get(entry, it)
		if err != nil {
			return nil, err
		}
		mode, ok := modes[it.Mode]
		if !ok {
			return nil, fmt.Errorf("%q: mode %q is neither 0644 nor 0755", path, it.Mode)
		}
		files = append(files, tree.File{Path: path, Mode: mode, Data: data, Origin: it.Template, Once: it.Once})
	}
	return files, nil
}

func (h head) asTree(files []tree.File) (tree.Tree, error) {
	base, err := tree.New(files...)
	if err == nil && base.Len() != len(h.manifest.Files) {
		err = fmt.Errorf("lacks %d of the %d files its manifest lists", len(h.manifest.Files)-base.Len(), len(h.manifest.Files))
	}
	return base, err
}

func (m manifest) checkSums(files []tree.File) error {
	errs := make([]error, len(files))
	var all errgroup.Group
	all.SetLimit(runtime.GOMAXPROCS(0))
	for i, f := range files {
		all.Go(func() error {
			if f.Sum() != m.Files[f.Path].Sum {
				errs[i] = fmt.Errorf("%q: is not what the manifest says", f.Path)
			}
			return nil
		})
	}
	all.Wait()
	return cmp.Or(errs...)
}
