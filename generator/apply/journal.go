package apply

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// A change is what an op does, and with which bytes.
type change struct {
	path     string
	old, new *content
	data     []byte
	was      []byte // what is there
	like     string // the file that this one takes the place of, or ""
}

// changes returns what the steps do, in the order of doing it: files that go
// make room for those that come, and the state is last.
func changes(steps []checked) []change {
	var gone, come []change
	left := make(map[string]bool)
	for _, s := range steps {
		if s.After == nil && s.Ours != nil {
			gone = append(gone, change{path: s.Ours.Path, old: s.have, was: s.Ours.Data})
			left[s.Ours.Path] = true
		}
	}
	for _, s := range steps {
		if s.After == nil {
			continue
		}
		if c := s.writing(left); !c.old.is(c.new) {
			come = append(come, c)
		}
	}
	return append(gone, come...)
}

// writing is the change of a step that writes. The user's mode stays, also where
// what is written was made from a file that left its path.
func (s checked) writing(left map[string]bool) change {
	c := change{path: s.To, new: &content{Sum: s.sum, Mode: s.After.Mode.Perm()}, data: s.After.Data}
	switch {
	case s.Ours == nil:
		return c
	case s.Ours.Path == s.To:
		c.old, c.was = s.have, s.Ours.Data
	case !left[s.Ours.Path]:
		return c
	}
	c.like = s.Ours.Path
	if c.new.Mode = s.have.Mode.Perm(); executable(s.Ours.Mode) != executable(s.After.Mode) {
		c.new.Mode = permissions(s.have.Mode, s.After.Mode)
	}
	return c
}

// permissions returns the user's, executable or not as the plan wants it.
func permissions(have, want fs.FileMode) fs.FileMode {
	switch {
	case executable(have) == executable(want):
		return have.Perm()
	case executable(want):
		return have.Perm() | have.Perm()&0o444>>2 | 0o100
	}
	return have.Perm() &^ 0o111
}

// newJournal turns changes into ops, and finds the folders that have to be made
// and those that may become empty. The state folder stays.
func newJournal(d disk, all []change) (journal, error) {
	folder, err := d.stat(tree.StateFolder)
	if err != nil {
		return journal{}, err
	}
	j := journal{Version: journalVersion, Folder: folder.id}
	gone := make(map[string]bool)
	for _, c := range all {
		j.Ops = append(j.Ops, op{Path: c.path, Old: c.old, New: c.new})
		if c.new == nil {
			gone[c.path] = true
		}
	}
	j.number()
	if j.Emptied, err = emptied(d, gone); err != nil {
		return j, err
	}
	for _, c := range all {
		if c.new == nil {
			continue
		}
		missing, err := j.missing(d, c.path, gone)
		if err != nil {
			return j, err
		}
		j.Made = append(j.Made, missing...)
	}
	slices.Sort(j.Made)
	j.Made = slices.Compact(j.Made)
	return j, nil
}

// emptied returns the folders that hold what goes, parents last.
func emptied(d disk, gone map[string]bool) ([]folder, error) {
	var list []folder
	seen := map[string]bool{tree.StateFolder: true}
	for name := range gone {
		for _, dir := range parents(name) {
			if seen[dir] {
				continue
			}
			seen[dir] = true
			e, err := d.stat(dir)
			if err != nil {
				return nil, fmt.Errorf("look at %s: %w", dir, cause(err))
			}
			list = append(list, folder{dir, e.mode.Perm()})
		}
	}
	slices.SortFunc(list, func(a, b folder) int { return strings.Compare(b.Path, a.Path) })
	return list, nil
}

// missing returns the parents of name that are not there once gone is gone.
func (j journal) missing(d disk, name string, gone map[string]bool) ([]string, error) {
	all := parents(name)
	for i, dir := range all {
		if gone[dir] {
			return all[i:], nil
		}
		there, err := exists(d, dir)
		if err == nil && there {
			there, err = j.isSpelled(d, dir)
		}
		if err != nil {
			return nil, fmt.Errorf("look at %s: %w", dir, cause(err))
		}
		if !there {
			return all[i:], nil
		}
	}
	return nil, nil
}

// isSpelled reports whether a folder that is there is called just so, where the
// plan empties one of another spelling: a volume may ignore case.
func (j journal) isSpelled(d disk, dir string) (bool, error) {
	if !slices.ContainsFunc(j.Emptied, func(e folder) bool { return e.Path != dir && strings.EqualFold(e.Path, dir) }) {
		return true, nil
	}
	names, err := d.list(path.Dir(dir))
	return slices.Contains(names, path.Base(dir)), err
}

// parents returns the folders that hold name, from the root down.
func parents(name string) []string {
	var list []string
	for i, r := range name {
		if r == '/' {
			list = append(list, name[:i])
		}
	}
	return list
}

// Where a run keeps what it is doing. The stage holds each staged file under a
// number, and the bytes it replaced after the exchange; renamed, it is the undo
// data. A stage with a journal is a run that has not ended.
const (
	stageDir    = tree.StateFolder + "/stage"
	undoDir     = tree.StateFolder + "/undo"
	previousDir = stageDir + "/previous" // the undo data of the run before, while this one may still be taken back

	journalName = "journal"
	draftName   = "journal.new" // not yet whole: nothing has changed
)

// A journal is all that taking a run back needs to know.
type journal struct {
	Version int      `json:"version"`
	Folder  uint64   `json:"folder"` // the state folder's number
	Command string   `json:"command"`
	Made    []string `json:"made"`    // folders that are not there yet, parents first
	Emptied []folder `json:"emptied"` // folders that may become empty, parents last
	Ops     []op     `json:"ops"`
}

// A folder that is removed must be made again as it was.
type folder struct {
	Path string      `json:"path"`
	Mode fs.FileMode `json:"mode"` // permission bits
}

// An op changes one file from Old to New, each nil where there is no file.
type op struct {
	Path string   `json:"path"`
	Old  *content `json:"old"`
	New  *content `json:"new"`

	slot string // in the stage: New before, Old after
}

// aside holds Old where names cannot be exchanged.
func (o op) aside() string { return o.slot + ".old" }

// isNew and isOld report whether c is what the op writes, or what it found.
func (o op) isNew(c *content) bool { return o.New.is(c) }
func (o op) isOld(c *content) bool { return o.Old.is(c) }

// number gives each op its slot.
func (j journal) number() {
	for i := range j.Ops {
		j.Ops[i].slot = path.Join(stageDir, fmt.Sprintf("%04d", i))
	}
}

// inUndo returns where a file of the stage is once that is the undo data.
func inUndo(slot string) string { return undoDir + strings.TrimPrefix(slot, stageDir) }

// oldSuffix ends the name of what a file was before, beside it.
const oldSuffix = ".scaffold-old"

const (
	journalVersion = 2
	maxJournal     = 64 << 20
	maxCommas      = 1 << 20 // one before each entry, and five in it
)

type envelope struct {
	Sum     string          `json:"sha256"`
	Journal json.RawMessage `json:"journal"`
}

func (j journal) encode() ([]byte, error) {
	text, err := json.Marshal(j)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	text, err = json.Marshal(envelope{hex.EncodeToString(sum[:]), text})
	return text, errors.Join(err, checkSize(text))
}

// checkSize refuses a journal of more than a run of ours writes, before a few
// bytes of it become an entry of a hundred.
func checkSize(text []byte) error {
	if len(text) > maxJournal || bytes.Count(text, []byte(",")) > maxCommas {
		return fmt.Errorf("has more entries than a run may write: %d bytes, %d commas", maxJournal, maxCommas)
	}
	return nil
}

// readJournal reads the journal in dir and believes nothing in it; nil if there
// is none.
func readJournal(d disk, dir string) (*journal, error) {
	file := path.Join(dir, journalName)
	data, err := readAll(d, file, maxJournal)
	if err != nil {
		return nil, ignoreMissing(err)
	}
	j, err := decodeJournal(data)
	if err == nil {
		err = j.check()
	}
	if errors.Is(err, errOtherVersion) {
		return nil, problem.Input("%s: %w", file, err)
	}
	if err != nil {
		return nil, problem.WithHint(problem.Input("%s: %w", file, err),
			"it is not used, and nothing was changed; the files in %s are what an interrupted run was about to write or had replaced: keep what you miss, then remove that folder", dir)
	}
	folder, err := d.stat(tree.StateFolder)
	if err != nil {
		return nil, err
	}
	if j.Folder != folder.id {
		return nil, problem.WithHint(problem.Input("%s: was written for another copy of this project", file),
			"take that run back where it began; if this is a clone or a copy, remove %s", dir)
	}
	j.number()
	j.follow(d)
	return j, nil
}

// follow has the journal say what the disk does by now: what synced it may have
// encoded accents in another way, or know no modes.
func (j *journal) follow(d disk) {
	s := tree.Spelling{
		There: func(path string) bool { there, err := exists(d, path); return there || err != nil },
		List:  func(dir string) []string { names, _ := d.list(dir); return names },
	}
	base, err := d.stat(baseFile)
	modeless := err == nil && executable(base.mode)
	for i, o := range j.Ops {
		j.Ops[i].Path = s.At(o.Path)
		for _, c := range []*content{o.Old, o.New} {
			if c != nil {
				c.modeless = modeless
			}
		}
	}
	for i, dir := range j.Made {
		j.Made[i] = s.At(dir)
	}
	for i, dir := range j.Emptied {
		j.Emptied[i].Path = s.At(dir.Path)
	}
}

// errOtherVersion says that a journal is whole, but not for this program.
var errOtherVersion = errors.New("use the scaffold that wrote it")

func decodeJournal(data []byte) (*journal, error) {
	if err := checkSize(data); err != nil {
		return nil, err
	}
	var e envelope
	if err := json.Unmarshal(data, &e); err != nil {
		return nil, fmt.Errorf("is damaged: %w", err)
	}
	if sum := sha256.Sum256(e.Journal); hex.EncodeToString(sum[:]) != e.Sum {
		return nil, errors.New("is damaged: it does not match its checksum")
	}
	var probe struct{ Version int }
	if err := json.Unmarshal(e.Journal, &probe); err != nil {
		return nil, err
	}
	if probe.Version != journalVersion {
		return nil, fmt.Errorf("has version %d, and this scaffold reads %d: %w", probe.Version, journalVersion, errOtherVersion)
	}
	var j journal
	dec := json.NewDecoder(bytes.NewReader(e.Journal))
	dec.DisallowUnknownFields()
	return &j, dec.Decode(&j)
}

var (
	sumForm    = regexp.MustCompile(`^[0-9a-f]{64}$`)
	besideForm = regexp.MustCompile(`\.scaffold-(new|old)(\.[0-9]{1,6})?$`)
)

const baseFile = tree.StateFolder + "/base.zip"

// stateFiles are what a run may write though no pack may.
var stateFiles = []string{tree.ConfigFile, tree.StateFolder + "/.gitattributes", tree.StateFolder + "/.gitignore", baseFile}

// checkTargetPath returns an error unless a run may write at name.
func checkTargetPath(name string) error {
	elements := strings.Split(name, "/")
	for i, e := range elements {
		elements[i] = strings.TrimSuffix(e, besideForm.FindString(e)) // may be as long as it likes
	}
	name = strings.Join(elements, "/")
	if slices.Contains(stateFiles, name) {
		return nil
	}
	return tree.CheckPath(name)
}

// check returns the first thing that is wrong.
func (j journal) check() error {
	for _, o := range j.Ops {
		if err := checkTargetPath(o.Path); err != nil {
			return err
		}
		for _, c := range []*content{o.Old, o.New} {
			if c != nil && (!sumForm.MatchString(c.Sum) || c.Mode&^fs.ModePerm != 0) {
				return fmt.Errorf("has no content of %q", o.Path)
			}
		}
	}
	for _, dir := range j.Made {
		if err := checkTargetPath(dir); err != nil {
			return err
		}
	}
	for _, dir := range j.Emptied {
		if err := checkTargetPath(dir.Path); err != nil {
			return err
		}
		if dir.Mode&^fs.ModePerm != 0 {
			return fmt.Errorf("has no mode of %q", dir.Path)
		}
	}
	return nil
}
