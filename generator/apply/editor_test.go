package apply

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"

	"scaffold/generator/tree"
)

// save is an editor that writes a new file and renames it to its name.
func (m *memDisk) save(file, text string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	dir := m.root
	for _, p := range tree.Parents(file) {
		next := dir.entries[path.Base(p)]
		if next == nil {
			next = m.node(fs.ModeDir | 0o755)
			m.do(step{{dir, path.Base(p), next}})
		}
		if !next.mode.IsDir() {
			return // an editor would complain
		}
		dir = next
	}
	if old := dir.entries[path.Base(file)]; old != nil && old.mode.IsDir() {
		return
	}
	n := m.node(0o644)
	n.data = []byte(text)
	n.synced = &memNode{mode: n.mode, data: n.data}
	m.do(step{{dir, path.Base(file), n}})
}

func (m *memDisk) text(file string) string {
	n, err := m.find(file)
	if err != nil {
		return ""
	}
	return string(n.data)
}

const saved = "saved meanwhile\n"

// savingAt is an editor that saves a file before step at; did says whether it
// could.
func savingAt(m *memDisk, file string, at int64) (f *faulty, did *bool) {
	f, did = &faulty{}, new(bool)
	f.hook = func(string, string) {
		if f.n.Load() == at-1 && !*did {
			m.save(file, saved)
			*did = m.text(file) == saved
		}
	}
	return f, did
}

// An editor saves a file while we run, before any of our steps: its bytes stay
// at their name. Where they were there before our turn, nothing is written.
func TestEditorSaves(t *testing.T) {
	tries, refused := 0, 0
	for name, start := range variants(small) {
		f := &faulty{}
		if err := update(small)(on(start.clone(), f)); err != nil {
			t.Fatal(err)
		}
		for _, file := range sortedKeys(small) {
			for at := int64(1); at <= f.n.Load(); at++ {
				m := start.clone()
				f, did := savingAt(m, file, at)
				err := update(small)(on(m, f))
				tries++
				what := fmt.Sprintf("%s: %s saved at %d (%v)", name, file, at, err)
				if *did && m.text(file) != saved {
					t.Errorf("%s: it now has %q\n%s", what, m.text(file), m)
				}
				if err != nil {
					refused++
					if text := m.text(file + oldSuffix); text != "" && (m.noExchange || m.noFlags) { // saved where there was no file
						if text != string(fileOf(file, small[file][0]).Data) {
							t.Errorf("%s: the old file is now %q", what, text)
						}
						m.remove(file + oldSuffix)
					}
					onlyChanged(t, what, m, memBuild(small, 0), file)
				}
				if left, err := hasLeftovers(m); left || err != nil {
					t.Errorf("%s: something is left: %v", what, err)
				}
			}
		}
	}
	t.Logf("%d saves, %d of them refused", tries, refused)
}

// Undo keeps nothing of what it takes away, so what an editor saves meanwhile
// stays at its name.
func TestEditorSavesDuringUndo(t *testing.T) {
	tries, refused := 0, 0
	for name, start := range variants(small) {
		start = start.clone()
		if err := update(small)(plain(start)); err != nil {
			t.Fatal(err)
		}
		f := &faulty{}
		if err := undo(on(start.clone(), f)); err != nil {
			t.Fatal(err)
		}
		for _, file := range sortedKeys(small) {
			for at := int64(1); at <= f.n.Load(); at++ {
				m := start.clone()
				f, did := savingAt(m, file, at)
				err := undo(on(m, f))
				tries++
				if err != nil {
					refused++
				}
				if *did && m.text(file) != saved {
					t.Errorf("%s: %s saved at %d (%v): it now has %q\n%s", name, file, at, err, m.text(file), m)
				}
			}
		}
	}
	t.Logf("%d saves, %d of them refused", tries, refused)
}

// onlyChanged checks that m is like want, but for file and its folders.
func onlyChanged(t *testing.T, what string, m, want *memDisk, file string) {
	t.Helper()
	m, want = m.clone(), want.clone()
	m.save(file, "")
	want.save(file, "")
	if m.String() != want.String() {
		t.Errorf("%s: more is changed:\n%s", what, m)
	}
}

// An editor that has the old file open writes into it: the bytes are in the
// project, or with what undo brings back.
func TestEditorWritesInPlace(t *testing.T) {
	f := &faulty{}
	start := memBuild(small, 0)
	if err := update(small)(on(start.clone(), f)); err != nil {
		t.Fatal(err)
	}
	inUndo := 0
	for at := int64(1); at <= f.n.Load(); at++ {
		m := start.clone()
		open, _ := m.find("main.go")
		f := &faulty{}
		f.hook = func(string, string) {
			if f.n.Load() == at-1 {
				open.data = []byte(saved)
			}
		}
		err := update(small)(on(m, f))
		switch {
		case m.text("main.go") == saved && err != nil:
		case err == nil && strings.Contains(m.dump(true), fmt.Sprintf("%q", saved)):
			inUndo++
		default:
			t.Errorf("at %d: %v\n%s", at, err, m)
		}
	}
	t.Logf("%d of %d writes come too late to be seen, and are in the undo data", inUndo, f.n.Load())
}

// The same in undo, where what the editor has open is what the run had written:
// its bytes are in the project, or beside the file.
func TestEditorWritesInPlaceDuringUndo(t *testing.T) {
	start := memBuild(small, 0)
	try(t, update(small)(plain(start)))
	count := &faulty{}
	try(t, undo(on(start.clone(), count)))
	late := 0
	for at := int64(1); at <= count.n.Load(); at++ {
		m := start.clone()
		open, _ := m.find("main.go")
		f := &faulty{}
		f.hook = func(string, string) {
			if f.n.Load() == at-1 {
				open.data = []byte(saved)
			}
		}
		err := undo(on(m, f))
		switch {
		case err != nil && (m.text("main.go") == saved || m.text("main.go"+oldSuffix) == saved):
		case err == nil && at > count.n.Load()*2/3:
			late++ // all had been looked at
		default:
			t.Errorf("at %d: %v\n%s", at, err, m)
		}
	}
	t.Logf("%d of %d writes come after the last look", late, count.n.Load())
}

// After a crash somebody goes on working: what they save stays, is named, and
// has what it was before beside it.
func TestEditAfterCrash(t *testing.T) {
	tries, besides := 0, 0
	for name, start := range variants(small) {
		f := &faulty{}
		if err := update(small)(on(start.clone(), f)); err != nil {
			t.Fatal(err)
		}
		for at := int64(1); at <= f.n.Load(); at++ {
			left := start.clone()
			update(small)(on(left, &faulty{at: at, fault: crash}))
			left.held = false
			for _, file := range sortedKeys(small) {
				m := left.clone()
				m.save(file, saved)
				if m.text(file) != saved {
					continue
				}
				tries++
				what := fmt.Sprintf("%s: %s edited after a crash at %d", name, file, at)
				besides += editedAfter(t, what, m, file)
			}
		}
	}
	t.Logf("%d edits, %d with the old bytes beside", tries, besides)
}

func editedAfter(t *testing.T, what string, m *memDisk, file string) (beside int) {
	t.Helper()
	kept, err := plain(m).Recover(context.Background(), "/project")
	if err != nil {
		t.Errorf("%s: %v\n%s", what, err, m)
		return 0
	}
	if m.text(file) != saved {
		t.Errorf("%s: it now has %q\n%s", what, m.text(file), m)
	}
	before := fileOf(file, small[file][0])
	if text := m.text(file + oldSuffix); text != "" {
		beside = 1
		if before == nil || text != string(before.Data) {
			t.Errorf("%s: beside it is %q", what, text)
		}
		m.remove(file + oldSuffix)
	}
	old, after := memBuild(small, 0), memBuild(small, 1)
	for _, d := range []*memDisk{m, old, after} {
		d.save(file, "")
	}
	switch got := m.String(); {
	case len(kept) == 0 && got != old.String() && got != after.String():
		t.Errorf("%s: nothing is named, and the rest is neither old nor new:\n%s", what, got)
	case len(kept) > 0 && (got != old.String() || !slices.Equal(kept, []string{file})):
		t.Errorf("%s: kept %q, and the rest is not old:\n%s", what, kept, got)
	}
	if left, err := hasLeftovers(m); left || err != nil {
		t.Errorf("%s: something is left: %v", what, err)
	}
	return beside
}

// Undo does not take back what somebody has changed since.
func TestUndoRefuses(t *testing.T) {
	for _, file := range sortedKeys(small) {
		m := memBuild(small, 0)
		if err := update(small)(plain(m)); err != nil {
			t.Fatal(err)
		}
		m.save(file, saved)
		before := m.String()
		err := undo(plain(m))
		if want := fmt.Sprintf("undo: changed since the last regenerate: %q; nothing was changed", file); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", file, err, want)
		}
		if m.String() != before {
			t.Errorf("%s: changed:\n%s", file, m)
		}
	}
}

// A cancelled context changes nothing, whenever it comes.
func TestUpdateCancelled(t *testing.T) {
	stop := errors.New("stop")
	f := &faulty{}
	if err := update(small)(on(memBuild(small, 0), f)); err != nil {
		t.Fatal(err)
	}
	finished := 0
	for at := range f.n.Load() {
		m := memBuild(small, 0)
		ctx, cancel := context.WithCancelCause(context.Background())
		f := &faulty{}
		f.hook = func(string, string) {
			if f.n.Load() == at {
				cancel(stop)
			}
		}
		err := on(m, f).Update(ctx, "/project", small.plan(), "scaffold regenerate")
		switch got := m.String(); {
		case err == nil && got == memBuild(small, 1).String():
			finished++
		case !errors.Is(err, stop) || got != memBuild(small, 0).String():
			t.Errorf("cancelled at %d: %v\n%s", at, err, m)
		}
		if left, err := hasLeftovers(m); left || err != nil {
			t.Errorf("cancelled at %d: something is left: %v", at, err)
		}
	}
	t.Logf("%d of %d came too late", finished, f.n.Load())
}

// swap is somebody who moves a folder away and puts a link to it in its place.
func (m *memDisk) swap(folder, to string) bool {
	a, err := m.at(folder)
	if err != nil || a.to == nil || !a.to.mode.IsDir() {
		return false
	}
	b, err := m.at(to)
	if err != nil || b.to != nil {
		return false
	}
	m.do(step{{a.dir, a.base, m.node(fs.ModeSymlink | 0o777)}, {b.dir, b.base, a.to}})
	return true
}

// A folder becomes a link to itself while we run, or after a crash: the link is
// neither followed nor replaced, no byte of the user's is lost, and no run is
// stuck for it.
func TestFolderBecomesLink(t *testing.T) {
	tries := 0
	for name, start := range variants(small) {
		f := &faulty{}
		if err := update(small)(on(start.clone(), f)); err != nil {
			t.Fatal(err)
		}
		for _, folder := range []string{"half/sub", "half/new", "half", "sub", "sub/deep"} {
			if slices.Contains(start.mounts, folder) {
				continue // it is busy
			}
			for at := int64(1); at <= f.n.Load(); at++ {
				for _, dies := range []bool{false, true} {
					m := start.clone()
					f := &faulty{}
					if dies {
						f.at, f.fault = at, crash
					}
					f.hook = func(string, string) {
						if f.n.Load() == at-1 && !dies {
							m.swap(folder, "moved")
						}
					}
					err := update(small)(on(m, f))
					m.held = false
					if dies {
						m.swap(folder, "moved")
					}
					tries++
					linked(t, fmt.Sprintf("%s: %s linked at %d, dead %v (%v)", name, folder, at, dies, err), m)
				}
			}
		}
	}
	t.Logf("%d swaps", tries)
}

func linked(t *testing.T, what string, m *memDisk) {
	t.Helper()
	if _, err := plain(m).Recover(context.Background(), "/project"); err != nil {
		t.Errorf("%s: recovery: %v\n%s", what, err, m)
	}
	if left, err := hasLeftovers(m); left || err != nil {
		t.Errorf("%s: something is left: %v\n%s", what, err, m)
	}
	all := m.dump(true)
	for file, text := range user {
		if !strings.Contains(all, fmt.Sprintf("%q", text)) {
			t.Errorf("%s: %s is lost\n%s", what, file, m)
		}
	}
	for file, sides := range small {
		if f := fileOf(file, sides[0]); f != nil && !strings.Contains(all, fmt.Sprintf("%q", f.Data)) {
			t.Errorf("%s: %s is lost\n%s", what, file, m)
		}
	}
}
