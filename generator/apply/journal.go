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
	"sync"

	"scaffold/generator/lazyregexp"
	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// A run keeps its data in these folders. The stage has a slot for each op; renamed,
// it is the undo data. A stage with a journal belongs to a run that has not ended.
const (
	stageDir    = tree.StateFolder + "/stage"
	undoDir     = tree.StateFolder + "/undo"
	previousDir = stageDir + "/previous" // the undo data of the run before, while this one may still be taken back

	journalName = "journal"
	draftName   = "journal.new" // the journal until it is whole, while nothing has changed
)

// A journal is all that taking a run back needs, besides what is on the disk.
type journal struct {
	Version int      `json:"version"`
	Folder  uint64   `json:"folder"` // the state folder's inode, because a copy has another
	Command string   `json:"command"`
	Made    []string `json:"made"`    // folders that are not there yet, parents first
	Emptied []folder `json:"emptied"` // folders that may become empty, parents last
	Ops     ops      `json:"ops"`
}

// A folder is made again with its mode, where it had to go.
type folder struct {
	Path string      `json:"path"`
	Mode fs.FileMode `json:"mode"` // permission bits
}

// An op changes one file from Old to New, each nil where there is no file.
type op struct {
	Path string   `json:"path"`
	Old  *content `json:"old"`
	New  *content `json:"new"`

	slot    string    // in the stage: it holds New before the exchange and Old after it
	was     tree.File // Old, where the op comes from a plan
	becomes tree.File // and New
	like    string    // the file whose mode, owner and attributes New gets, or ""
}

type ops []op

// UnmarshalJSON reads entry by entry, and stops at one that no run writes or that is one
// too many, because an entry is of two bytes in the text and of some hundred here.
func (o *ops) UnmarshalJSON(text []byte) error {
	if bytes.Equal(text, []byte("null")) {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if begin, err := dec.Token(); err != nil || begin != json.Delim('[') {
		return errors.Join(errors.New("has no list of entries"), err)
	}
	for dec.More() {
		if len(*o) == maxOps {
			return errTooManyOps
		}
		var one op
		err := dec.Decode(&one)
		if err == nil {
			err = one.check()
		}
		if err != nil {
			return err
		}
		*o = append(*o, one)
	}
	return nil
}

// aside is where Old is held if names cannot be exchanged.
func (o op) aside() string { return o.slot + ".old" }

func (o op) isNew(c *content) bool { return o.New.is(c) }
func (o op) isOld(c *content) bool { return o.Old.is(c) }

func newJournal(d disk, command string, ops []op) (journal, error) {
	state, err := d.stat(tree.StateFolder)
	if err != nil {
		return journal{}, err
	}
	j := journal{Version: journalVersion, Folder: state.id, Command: command, Ops: ops}
	j.nameSlots()
	gone := make(map[string]bool)
	for _, o := range ops {
		if o.New == nil {
			gone[o.Path] = true
		}
	}
	if j.Emptied, err = findEmptied(d, gone); err != nil {
		return j, err
	}
	for _, o := range ops {
		if o.New == nil {
			continue
		}
		missing, err := j.findMissing(d, o.Path, gone)
		if err != nil {
			return j, err
		}
		j.Made = append(j.Made, missing...)
	}
	slices.Sort(j.Made)
	j.Made = slices.Compact(j.Made)
	return j, nil
}

func (j journal) nameSlots() {
	for i := range j.Ops {
		j.Ops[i].slot = path.Join(stageDir, fmt.Sprintf("%04d", i))
	}
}

// findEmptied returns the folders that hold what goes, parents last. The state
// folder stays.
func findEmptied(d disk, gone map[string]bool) ([]folder, error) {
	var list []folder
	seen := map[string]bool{tree.StateFolder: true}
	for name := range gone {
		for _, dir := range tree.Parents(name) {
			if seen[dir] {
				continue
			}
			seen[dir] = true
			e, err := d.stat(dir)
			if err != nil {
				return nil, fmt.Errorf("look at %s: %w", dir, problem.Cause(err))
			}
			list = append(list, folder{dir, e.mode.Perm()})
		}
	}
	slices.SortFunc(list, func(a, b folder) int { return strings.Compare(b.Path, a.Path) })
	return list, nil
}

// findMissing returns the parents of name that are not there once gone is gone. A
// volume may ignore case: then a folder is there only if it is spelled so, where
// one of another spelling is emptied.
func (j journal) findMissing(d disk, name string, gone map[string]bool) ([]string, error) {
	all := tree.Parents(name)
	for i, dir := range all {
		if gone[dir] {
			return all[i:], nil
		}
		there, err := exists(d, dir)
		respelled := func(e folder) bool { return e.Path != dir && strings.EqualFold(e.Path, dir) }
		if err == nil && there && slices.ContainsFunc(j.Emptied, respelled) {
			var names []string
			names, err = d.list(path.Dir(dir))
			there = slices.Contains(names, path.Base(dir))
		}
		if err != nil {
			return nil, fmt.Errorf("look at %s: %w", dir, problem.Cause(err))
		}
		if !there {
			return all[i:], nil
		}
	}
	return nil, nil
}

// inUndo returns the path of a file of the stage in the undo data.
func inUndo(slot string) string { return undoDir + strings.TrimPrefix(slot, stageDir) }

const (
	journalVersion = 2
	maxJournal     = 64 << 20
	maxCommas      = 1 << 20 // an entry has about five
	maxOps         = maxCommas / 4
)

var errTooManyOps = fmt.Errorf("has more entries than a run may write: %d", maxOps)

type envelope struct {
	Sum     string          `json:"sha256"`
	Journal json.RawMessage `json:"journal"`
}

func (j journal) encode() ([]byte, error) {
	if len(j.Ops) > maxOps {
		return nil, errTooManyOps
	}
	text, err := json.Marshal(j)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	text, err = json.Marshal(envelope{hex.EncodeToString(sum[:]), text})
	return text, errors.Join(err, checkSize(text))
}

// checkSize refuses a journal of more than a run writes, before it is decoded,
// because a few bytes of it may become an entry of a hundred.
func checkSize(text []byte) error {
	if len(text) > maxJournal || bytes.Count(text, []byte(",")) > maxCommas {
		return fmt.Errorf("has more entries than a run may write: %d bytes, %d commas", maxJournal, maxCommas)
	}
	return nil
}

// readJournal returns the journal in dir, or nil. It believes nothing in it,
// because a journal may arrive with a clone.
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
	state, err := d.stat(tree.StateFolder)
	if err != nil {
		return nil, err
	}
	if j.Folder != state.id {
		return nil, problem.WithHint(problem.Input("%s: was written for another copy of this project", file),
			"take that run back where it began; if this is a clone or a copy, remove %s", dir)
	}
	j.nameSlots()
	j.adapt(d)
	return j, nil
}

// adapt has the journal spell paths as the disk does, and not ask for modes that
// the disk cannot have: the folder may have been synced to another volume since.
func (j *journal) adapt(d disk) {
	s := tree.Spelling{
		There: func(path string) bool { there, err := exists(d, path); return there || err != nil },
		List:  func(dir string) []string { names, _ := d.list(dir); return names },
	}
	base, err := d.stat(tree.BaseFile)
	modeless := err == nil && tree.Executable(base.mode)
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
	sumForm    = lazyregexp.New(`^[0-9a-f]{64}$`)
	besideForm = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile("(" + regexp.QuoteMeta(plan.BesideSuffix) + "|" + regexp.QuoteMeta(oldSuffix) + `)(\.[0-9]{1,6})?$`)
	})
)

const oldSuffix = ".scaffold-old"

// isPrivate reports whether nobody but scaffold writes at a path.
func isPrivate(name string) bool {
	return strings.HasPrefix(name, tree.StateFolder+"/") && !slices.Contains(tree.StateFiles(), name)
}

func checkTargetPath(name string) error {
	elements := strings.Split(name, "/")
	for i, e := range elements {
		elements[i] = strings.TrimSuffix(e, besideForm().FindString(e)) // because the suffix may make it too long
	}
	name = strings.Join(elements, "/")
	if slices.Contains(tree.StateFiles(), name) {
		return nil
	}
	return tree.CheckPath(name)
}

func (o op) check() error {
	if err := checkTargetPath(o.Path); err != nil {
		return err
	}
	for _, c := range []*content{o.Old, o.New} {
		if c != nil && (!sumForm.MatchString(c.Sum) || c.Mode&^fs.ModePerm != 0) {
			return fmt.Errorf("has no content of %q", o.Path)
		}
	}
	return nil
}

// check checks the folders; the entries were checked one by one.
func (j journal) check() error {
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
