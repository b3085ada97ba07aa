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

// Where a run keeps what it is doing. The stage holds each staged file under a
// number, and the bytes it replaced after the exchange; renamed, it is the undo
// data. What the journal in the stage is called says how far the run came.
const (
	stageDir = tree.StateFolder + "/stage"
	undoDir  = tree.StateFolder + "/undo"
	oldUndo  = tree.StateFolder + "/undo.old"  // about to be removed
	oldStage = tree.StateFolder + "/stage.old" // of a run that took another back

	intentName  = "intent"  // files are being staged: nothing has changed
	journalName = "journal" // all is staged: recovery goes forward
	backName    = "back"    // the run gave up: recovery goes back
)

// A journal is all that recovery knows. In the undo data it says what was
// written.
type journal struct {
	Version int      `json:"version"`
	Host    string   `json:"host"`   // see hostID
	Folder  uint64   `json:"folder"` // the state folder's number
	Command string   `json:"command"`
	Undo    bool     `json:"undo"`    // takes another run back, so it leaves no undo data
	Made    []string `json:"made"`    // folders that are not there yet, parents first
	Emptied []string `json:"emptied"` // folders that may become empty, parents last
	Ops     []op     `json:"ops"`
}

// An op changes one file from Old to New, each nil where there is no file.
type op struct {
	Path string   `json:"path"`
	Slot string   `json:"slot"` // New before, Old after
	Old  *content `json:"old"`
	New  *content `json:"new"`
}

// aside holds Old for a moment where names cannot be exchanged.
func (o op) aside() string { return o.Slot + ".old" }

// inStage reports whether the slot is in the stage, and not beside the target.
func (o op) inStage() bool { return path.Dir(o.Slot) == stageDir }

// isNew and isOld report whether c is what the op writes, or what it found. The
// umask may take the executable bit from a new file.
func (o op) isNew(c *content) bool {
	if o.Old == nil && o.New != nil {
		return c != nil && c.Sum == o.New.Sum
	}
	return o.New.is(c)
}

func (o op) isOld(c *content) bool { return o.Old.is(c) }

// slotName is a slot's name in the stage, and in the undo data.
func slotName(i int) string { return fmt.Sprintf("%04d", i) }

// Ends of names beside a file: what was planned for it, and what it was before.
const (
	newSuffix = ".scaffold-new"
	oldSuffix = ".scaffold-old"
)

const (
	journalVersion = 1
	maxJournal     = 64 << 20
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
	return json.Marshal(envelope{hex.EncodeToString(sum[:]), text})
}

// readJournal reads dir/name and believes nothing in it; nil if there is none.
func readJournal(d disk, dir, name string) (*journal, error) {
	file := path.Join(dir, name)
	data, err := readAll(d, file, maxJournal)
	if err != nil {
		return nil, ignoreMissing(err)
	}
	j, err := decodeJournal(data)
	if err == nil {
		err = j.check()
	}
	if errors.Is(err, errNewer) {
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
	if host := hostID(); j.Folder != folder.id || j.Host != "" && host != "" && j.Host != host {
		return nil, problem.WithHint(problem.Input("%s: was written for another copy of this project, or on another machine", file),
			"finish that run where it began; if this is a clone or a copy, remove %s", dir)
	}
	return j, nil
}

// errNewer says that a journal is whole, but not for this program.
var errNewer = errors.New("use the scaffold that wrote it, or a newer one")

func decodeJournal(data []byte) (*journal, error) {
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
		return nil, fmt.Errorf("has version %d, and this scaffold reads %d: %w", probe.Version, journalVersion, errNewer)
	}
	var j journal
	dec := json.NewDecoder(bytes.NewReader(e.Journal))
	dec.DisallowUnknownFields()
	return &j, dec.Decode(&j)
}

var (
	sumForm    = regexp.MustCompile(`^[0-9a-f]{64}$`)
	besideForm = regexp.MustCompile(`\.scaffold-(new|old)(\.[0-9]{1,6})?$`)
	slotForm   = regexp.MustCompile(`^\..*\.scaffold-[a-z0-9]{10}$`)
)

// stateFiles are what a run may write though no pack may.
var stateFiles = []string{
	tree.ConfigFile, tree.StateFolder + "/.gitattributes", tree.StateFolder + "/.gitignore", tree.StateFolder + "/base.zip",
}

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

func (j journal) check() error {
	for i, o := range j.Ops {
		if err := o.check(i); err != nil {
			return err
		}
	}
	for _, folder := range slices.Concat(j.Made, j.Emptied) {
		if err := checkTargetPath(folder); err != nil {
			return err
		}
	}
	return nil
}

func (o op) check(i int) error {
	if err := checkTargetPath(o.Path); err != nil {
		return err
	}
	if o.Slot != path.Join(stageDir, slotName(i)) {
		dir := path.Dir(o.Slot)
		if !slotForm.MatchString(path.Base(o.Slot)) || path.Clean(o.Slot) != o.Slot || dir != "." && checkTargetPath(dir) != nil {
			return fmt.Errorf("has the slot %q", o.Slot)
		}
	}
	for _, c := range []*content{o.Old, o.New} {
		if c != nil && (!sumForm.MatchString(c.Sum) || c.Mode&^fs.ModePerm != 0) {
			return fmt.Errorf("has no content of %q", o.Path)
		}
	}
	return nil
}
