package apply

import (
	"context"
	"strings"
	"testing"
)

// On a volume without modes every file reads 0777: that is no change of the
// user's, nor of ours.
func TestVolumeWithoutModes(t *testing.T) {
	s := scene{
		"main.go":                  {"+x old\n", "new\n"},
		"gone.go":                  {"+x gone\n", ""},
		"fresh.go":                 {"", "fresh\n"},
		"scaffold.yaml":            {"+x version: 1\n", "+x version: 2\n"},
		".scaffold-state/base.zip": {"+x base 1", "base 2"},
	}
	m := memBuild(s, 0)
	m.noModes = true
	start := m.String()
	crashed := m.clone()
	f := &faulty{}
	if err := update(s)(on(m, f)); err != nil {
		t.Fatal(err)
	}
	if m.text("main.go") != "new\n" || m.text("fresh.go") != "fresh\n" || m.text("gone.go") != "" {
		t.Errorf("updated:\n%s", m)
	}
	if err := undo(plain(m)); err != nil || m.String() != start {
		t.Errorf("undone: %v\n%s", err, m)
	}
	for at := int64(1); at <= f.n.Load(); at++ {
		left := crashed.clone()
		update(s)(on(left, &faulty{at: at, fault: crash}))
		left.held = false
		if err := recoverIt(plain(left)); err != nil {
			t.Errorf("recovered after a crash at %d: %v\n%s", at, err, left)
		}
	}
}

// A volume may take two spellings of a name for one: the plan takes the file from
// one and puts it to the other. The folder gets the new spelling, too.
func TestVolumeWithoutCase(t *testing.T) {
	s := scene{
		"Readme.txt":               {"old\n", ""},
		"README.txt":               {"", "old\n"},
		"Deploy/App.conf":          {"one\n", ""},
		"deploy/app.conf":          {"", "two\n"},
		"scaffold.yaml":            {"version: 1\n", "version: 2\n"},
		".scaffold-state/base.zip": {"base 1", "base 2"},
	}
	for _, mine := range []bool{false, true} {
		before := make(scene)
		for name, sides := range s {
			before[name] = sides
		}
		if mine { // the folder has a file of the user's, so it keeps its name
			before["Deploy/mine"] = [2]string{"mine\n", "mine\n"}
		}
		m := memBuild(before, 0)
		m.noCase = true
		start := m.String()
		f := &faulty{}
		if err := update(s)(on(m, f)); err != nil {
			t.Fatal(err)
		}
		want := "./deploy ./deploy/app.conf"
		if mine {
			want = "./Deploy ./Deploy/app.conf ./Deploy/mine"
		}
		if got := names(m); !strings.Contains(got, want) || !strings.Contains(got, "./README.txt") {
			t.Errorf("updated: %s\nwant %s", got, want)
		}
		if err := undo(plain(m)); err != nil || m.String() != start {
			t.Errorf("undone: %v\n%s\nwant\n%s", err, m, start)
		}
		for at := int64(1); at <= f.n.Load(); at++ {
			left := m.clone()
			update(s)(on(left, &faulty{at: at, fault: crash}))
			left.held = false
			if err := recoverIt(plain(left)); err != nil || left.String() != start && m.text("README.txt") == "" {
				t.Errorf("recovered after a crash at %d: %v\n%s", at, err, left)
			}
		}
	}
}

// names lists the paths on a disk.
func names(m *memDisk) string {
	var list []string
	for line := range strings.Lines(m.String()) {
		name, _, _ := strings.Cut(line, " ")
		list = append(list, "./"+name)
	}
	return strings.Join(list, " ")
}

// A folder that went and comes back is as it was.
func TestUndoMakesFoldersAsTheyWere(t *testing.T) {
	s := scene{
		"secret/keys/a":            {"a\n", ""},
		"scaffold.yaml":            {"version: 1\n", "version: 2\n"},
		".scaffold-state/base.zip": {"base 1", "base 2"},
	}
	m := memBuild(s, 0)
	for _, dir := range []string{"secret", "secret/keys"} {
		n, err := m.find(dir)
		try(t, err)
		n.mode = n.mode&^0o777 | 0o700
	}
	before := m.String()
	try(t, update(s)(plain(m)))
	if _, err := m.find("secret"); err == nil {
		t.Errorf("the empty folder stays:\n%s", m)
	}
	if err := undo(plain(m)); err != nil || m.String() != before {
		t.Errorf("undone: %v\n%s\nwant\n%s", err, m, before)
	}
}

// A run that takes itself back keeps the undo data of the one before, however
// often it fails.
func TestFailedRunKeepsUndo(t *testing.T) {
	m := memBuild(small, 0)
	start := m.String()
	try(t, update(small)(plain(m)))
	f := &faulty{}
	try(t, update(small.next())(on(m.clone(), f)))
	for at := int64(1); at <= f.n.Load(); at++ {
		ctx, cancel := context.WithCancelCause(t.Context())
		stopping := &faulty{}
		stopping.hook = func(string, string) {
			if stopping.n.Load() == at {
				cancel(errStop)
			}
		}
		again := m.clone()
		if updateIn(small.next())(ctx)(on(again, stopping)) == nil {
			continue // it came too late
		}
		if err := undo(plain(again)); err != nil || again.String() != start {
			t.Errorf("interrupted at %d, then undone: %v\n%s", at, err, again)
		}
	}
}

// A folder of the project is on another volume: the run is taken back and the
// error names the file, and so it is where the process dies on the way back.
func TestMountInside(t *testing.T) {
	start := memBuild(small, 0)
	start.mounts = []string{"half"}
	before := start.String()
	count := &faulty{}
	m := start.clone()
	err := update(small)(on(m, count))
	if err == nil || !strings.HasPrefix(err.Error(), "write half/sub/a.go: it is on another file system than .scaffold-state") || m.String() != before {
		t.Errorf("got %v\n%s", err, m)
	}
	for at := int64(1); at <= count.n.Load(); at++ {
		for how, l := range losses(at) {
			m := start.clone()
			update(small)(on(m, &faulty{at: at, fault: crash}))
			m.held = false
			left := m.cut(l)
			if err := recoverIt(plain(left)); err != nil || left.String() != before {
				t.Errorf("%s at %d: %v\n%s", how, at, err, left)
			}
		}
	}
}
