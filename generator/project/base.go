package project

import (
	"archive/zip"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/semver"

	"scaffold/generator/answer"
	"scaffold/generator/parallel"
	"scaffold/generator/tree"
)

// Schema is the newest schema of base.zip that this program reads.
const Schema = 1

// Caps of base.zip. It arrives with a clone, so it is hostile until read.
const (
	maxManifest = 16 << 20
	maxEntries  = 20_001
	maxInflated = 512 << 20
)

const (
	manifestName = "manifest.json"
	filesPrefix  = "files/"
)

// A manifest says what stands in base.zip and where it came from.
type manifest struct {
	Schema    int             `json:"schema"`
	Pack      packRecord      `json:"pack"`
	Answers   map[string]any  `json:"answers"`
	Files     map[string]item `json:"files"`
	Conflicts []Conflict      `json:"conflicts,omitempty"`
}

type packRecord struct {
	Source  string `json:"source"`
	Name    string `json:"name"`
	Version string `json:"version"`
	Digest  string `json:"digest"`
}

// A Conflict is one that a run left for the user to resolve.
type Conflict struct {
	Path string `json:"path"`
	Kind string `json:"kind"`
	Sum  string `json:"sha256"` // of what was written
	To   string `json:"to"`     // where: Path, or a file beside it
}

type item struct {
	Mode     string `json:"mode"`
	Sum      string `json:"sha256"`
	Template string `json:"template"`
	Once     bool   `json:"once,omitempty"`
}

// encodeBase returns base.zip: the manifest, then the files sorted by path.
// Entries are stored, not deflated, so that git finds what did not change; they
// carry no date, so the same state is the same bytes. What the last state has as
// well need not be hashed again.
func (s State) encodeBase(last Project) ([]byte, error) {
	m := manifest{
		Schema:  Schema,
		Pack:    packRecord{s.Source, s.Pack, s.Version, s.Digest},
		Answers: s.given(),
		Files:   make(map[string]item, s.Base.Len()),

		Conflicts: s.Conflicts,
	}
	for f := range s.Base.All() {
		m.Files[f.Path] = item{fmt.Sprintf("%04o", f.Mode.Perm()), last.sum(f), f.Origin, f.Once}
	}
	return m.encode(s.Base)
}

// sum returns the sum of a file's bytes.
func (p Project) sum(f tree.File) string {
	if old, ok := p.Base.Find(f.Path); ok && bytes.Equal(old.Data, f.Data) {
		return p.manifest.Files[f.Path].Sum
	}
	return f.Sum()
}

// given returns the answers to the questions that apply.
func (s State) given() map[string]any {
	given := make(map[string]any)
	for a := range s.Answers.All() {
		if a.From != answer.Absent {
			given[a.Name] = a.Value
		}
	}
	return given
}

func (m manifest) encode(base tree.Tree) ([]byte, error) {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, err
	}
	out := bytes.NewBuffer(make([]byte, 0, room(text, base)))
	z := zip.NewWriter(out)
	errs := []error{store(z, manifestName, append(text, '\n'))}
	for f := range base.All() {
		errs = append(errs, store(z, filesPrefix+f.Path, f.Data))
	}
	err = errors.Join(append(errs, z.Close())...)
	return out.Bytes(), err
}

// room is about what base.zip takes: a buffer that grows holds twice as much.
func room(manifest []byte, base tree.Tree) int {
	n := len(manifest) + 1<<10
	for f := range base.All() {
		n += len(f.Data) + 2*len(f.Path) + 200
	}
	return n
}

func store(z *zip.Writer, name string, data []byte) error {
	w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}

// decodeBase reads base.zip and believes nothing in it: sizes are capped while
// reading, every path is checked, every sum is compared.
func decodeBase(data []byte) (manifest, tree.Tree, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return manifest{}, tree.Tree{}, fmt.Errorf("is no zip file: %w", err)
	}
	if len(z.File) == 0 || z.File[0].Name != manifestName {
		return manifest{}, tree.Tree{}, fmt.Errorf("does not start with %s", manifestName)
	}
	if len(z.File) > maxEntries {
		return manifest{}, tree.Tree{}, fmt.Errorf("has %d entries, more than %d", len(z.File), maxEntries)
	}
	text, err := inflate(z.File[0], maxManifest)
	if err != nil {
		return manifest{}, tree.Tree{}, err
	}
	m, err := decodeManifest(text)
	if err != nil {
		return manifest{}, tree.Tree{}, fmt.Errorf("%s: %w", manifestName, err)
	}
	base, err := m.files(data, z.File[1:])
	return m, base, errors.Join(err, m.check())
}

// check looks at what no other reader of the manifest does.
func (m manifest) check() error {
	if v := "v" + m.Pack.Version; semver.Canonical(v) != v {
		return fmt.Errorf("%s: version %q is no semantic version", manifestName, m.Pack.Version)
	}
	if strings.ContainsFunc(m.Pack.Name, unicode.IsControl) {
		return fmt.Errorf("%s: %q is no pack's name", manifestName, m.Pack.Name)
	}
	if len(m.Conflicts) > maxEntries {
		return fmt.Errorf("%s: has %d conflicts, more than %d", manifestName, len(m.Conflicts), maxEntries)
	}
	for _, c := range m.Conflicts {
		beside := besideName.ReplaceAllString(c.To, "$2")
		if err := errors.Join(tree.CheckPath(c.Path), tree.CheckPath(beside)); err != nil {
			return fmt.Errorf("%s: conflicts: %w", manifestName, err)
		}
	}
	return nil
}

// besideName is what an element of a path beside another ends in. With it the
// element may be longer than a template's.
var besideName = regexp.MustCompile(`\.scaffold-new(\.[0-9]{1,4})?(/|$)`)

// errNewer says that the state is whole, but not for this program.
var errNewer = errors.New("use the scaffold that wrote it, or a newer one")

func decodeManifest(text []byte) (manifest, error) {
	var m manifest
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	d.UseNumber()
	err := d.Decode(&m)
	if _, end := d.Token(); err != nil || end != io.EOF || m.Schema != Schema {
		return m, cmp.Or(otherManifest(text), err)
	}
	return m, twice(text)
}

// otherManifest says why text is no manifest for this program, if it is clear.
func otherManifest(text []byte) error {
	var probe struct{ Schema int }
	if err := json.Unmarshal(text, &probe); err != nil {
		return err
	}
	if probe.Schema != Schema {
		return fmt.Errorf("schema %d, and this scaffold reads %d: %w", probe.Schema, Schema, errNewer)
	}
	return nil
}

// twice refuses valid JSON in which an object has one key twice: of those a
// decoder takes the last, and another reader the first.
func twice(text []byte) error {
	var open [][]string // the keys of each object, or none of a list
	for i := 0; i < len(text); i++ {
		last := len(open) - 1
		switch text[i] {
		case '{', '[':
			open = append(open, nil)
		case '}', ']':
			slices.Sort(open[last])
			for k, key := range open[last] {
				if k > 0 && key == open[last][k-1] {
					return fmt.Errorf("has the key %q twice", key)
				}
			}
			open = open[:last]
		case '"':
			end := endOfString(text, i)
			if after := bytes.TrimLeft(text[end:], " \t\r\n"); len(after) > 0 && after[0] == ':' {
				open[last] = append(open[last], unquoted(text[i:end]))
			}
			i = end - 1
		}
	}
	return nil
}

// endOfString returns where the string that starts at text[i] ends.
func endOfString(text []byte, i int) int {
	for i++; text[i] != '"'; i++ {
		if text[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// unquoted is a string as the decoder reads it: two spellings may be one key.
func unquoted(quoted []byte) string {
	if bytes.IndexByte(quoted, '\\') < 0 && utf8.Valid(quoted) {
		return string(quoted[1 : len(quoted)-1])
	}
	var s string
	json.Unmarshal(quoted, &s) // which it has been already
	return s
}

func (m manifest) files(whole []byte, entries []*zip.File) (tree.Tree, error) {
	var files []tree.File
	left := int64(maxInflated)
	for _, entry := range entries {
		path, ok := strings.CutPrefix(entry.Name, filesPrefix)
		it, listed := m.Files[path]
		if !ok || !listed {
			return tree.Tree{}, fmt.Errorf("has %q, which its manifest does not list", entry.Name)
		}
		data, err := stored(whole, entry, left)
		if err != nil {
			return tree.Tree{}, err
		}
		left -= int64(len(data))
		f := tree.File{Path: path, Data: data, Origin: it.Template, Once: it.Once}
		if f.Mode, err = parseMode(it.Mode); err != nil {
			return tree.Tree{}, fmt.Errorf("%s: %w", path, err)
		}
		files = append(files, f)
	}
	if err := m.compare(files); err != nil {
		return tree.Tree{}, err
	}
	if len(files) != len(m.Files) {
		return tree.Tree{}, fmt.Errorf("lacks %d of the %d files its manifest lists", len(m.Files)-len(files), len(m.Files))
	}
	return tree.New(files...)
}

// compare checks every sum.
func (m manifest) compare(files []tree.File) error {
	errs := make([]error, len(files))
	parallel.Each(len(files), func(i int) {
		if f := files[i]; f.Sum() != m.Files[f.Path].Sum {
			errs[i] = fmt.Errorf("%s: is not what the manifest says", f.Path)
		}
	})
	return cmp.Or(errs...)
}

func parseMode(s string) (fs.FileMode, error) {
	switch s {
	case "0644":
		return tree.ModeFile, nil
	case "0755":
		return tree.ModeExec, nil
	}
	return 0, fmt.Errorf("mode %q is neither 0644 nor 0755", s)
}

// stored is inflate for an entry that is as we write them: its bytes are those
// of the zip, where they stay. Their sum is compared by whoever calls.
func stored(whole []byte, entry *zip.File, limit int64) ([]byte, error) {
	at, err := entry.DataOffset()
	n := int64(entry.UncompressedSize64)
	if err != nil || entry.Method != zip.Store || entry.CompressedSize64 != entry.UncompressedSize64 || n < 0 || n > limit || at < 0 || at > int64(len(whole))-n {
		return inflate(entry, limit)
	}
	return whole[at : at+n : at+n], nil
}

func inflate(entry *zip.File, limit int64) ([]byte, error) {
	if entry.UncompressedSize64 > uint64(limit) { // if that is a lie, reading finds out
		return nil, fmt.Errorf("%s: is larger than %d bytes", entry.Name, limit)
	}
	r, err := entry.Open()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", entry.Name, err)
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", entry.Name, err)
	case int64(len(data)) > limit:
		return nil, fmt.Errorf("%s: is larger than %d bytes", entry.Name, limit)
	}
	return data, nil
}
