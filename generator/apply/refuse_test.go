package apply

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

func is(err, want error) bool { return errors.Is(err, want) && (want != nil || err == nil) }

func try(t testing.TB, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// Each meddles with a project after it was planned. The error says what is
// wrong, and nothing at all is changed, inside or out.
var meddlings = []struct {
	name   string
	meddle func(t *testing.T, root, outside string)
	want   string
}{
	{"edited", func(t *testing.T, root, _ string) { put(t, root+"/main.go", "mine\n", 0o644) },
		"write main.go: it changed meanwhile; nothing was written"},
	{"two edited", func(t *testing.T, root, _ string) {
		put(t, root+"/main.go", "mine\n", 0o644)
		put(t, root+"/half/a.go", "mine\n", 0o644)
	}, "write half/a.go: it changed meanwhile; nothing was written\nwrite main.go: it changed meanwhile"},
	{"made executable", func(t *testing.T, root, _ string) { try(t, os.Chmod(root+"/main.go", 0o755)) },
		"write main.go: it changed meanwhile"},
	{"deleted", func(t *testing.T, root, _ string) { try(t, os.Remove(root+"/main.go")) },
		"write main.go: it changed meanwhile"},
	{"the state edited", func(t *testing.T, root, _ string) { put(t, root+"/scaffold.yaml", "x: 1\n", 0o644) },
		"write scaffold.yaml: it changed meanwhile"},
	{"appeared", func(t *testing.T, root, _ string) { put(t, root+"/fresh/y.go", "mine\n", 0o644) },
		"write fresh/y.go: it changed meanwhile"},
	{"appeared as a dangling link", func(t *testing.T, root, outside string) {
		mkdir(t, root+"/fresh")
		symlink(t, outside+"/none", root+"/fresh/y.go")
	}, "write fresh/y.go: it changed meanwhile"},
	{"a folder in its place", func(t *testing.T, root, _ string) {
		try(t, os.Remove(root+"/main.go"))
		put(t, root+"/main.go/mine.txt", "mine\n", 0o644)
	}, "write main.go: it changed meanwhile"},
	{"a link to the same bytes in its place", func(t *testing.T, root, outside string) {
		put(t, outside+"/main.go", "old main\n", 0o644)
		try(t, os.Remove(root+"/main.go"))
		symlink(t, outside+"/main.go", root+"/main.go")
	}, "write main.go: it changed meanwhile"},
	{"a pipe in its place", func(t *testing.T, root, _ string) {
		try(t, os.Remove(root+"/main.go"))
		mkfifo(t, root+"/main.go")
	}, "write main.go: it changed meanwhile"},
	{"a folder of deleted files that has another", func(t *testing.T, root, _ string) {
		put(t, root+"/folder/mine.txt", "mine\n", 0o644)
	}, "write folder: it changed meanwhile"},
	{"its parent replaced by a link that leads outside", func(t *testing.T, root, outside string) {
		put(t, outside+"/app.fcgi", "old\n", 0o755)
		try(t, os.RemoveAll(root+"/deploy"))
		symlink(t, outside, root+"/deploy")
	}, "write deploy/app.fcgi: it changed meanwhile"},
	{"its parent replaced by a link that stays inside", func(t *testing.T, root, _ string) {
		try(t, os.Rename(root+"/deploy", root+"/mine"))
		symlink(t, "mine", root+"/deploy")
	}, "write deploy/app.fcgi: it changed meanwhile"},
	{"a new file's parent is a link", func(t *testing.T, root, outside string) { symlink(t, outside, root+"/fresh") },
		"write fresh/deep/x.go: fresh is a symbolic link, not a folder; nothing was changed"},
	{"a new file's parent is a file", func(t *testing.T, root, _ string) { put(t, root+"/fresh", "mine\n", 0o644) },
		"write fresh/deep/x.go: fresh is a file, not a folder; nothing was changed"},
	{"the state folder is a link", func(t *testing.T, root, outside string) {
		try(t, os.Rename(root+"/.scaffold-state", outside+"/state"))
		symlink(t, outside+"/state", root+"/.scaffold-state")
	}, ".scaffold-state is a symbolic link, not a folder; nothing was changed"},
	{"the state folder is a file", func(t *testing.T, root, _ string) {
		try(t, os.RemoveAll(root+"/.scaffold-state"))
		put(t, root+"/.scaffold-state", "mine\n", 0o644)
	}, ".scaffold-state is a file, not a folder; nothing was changed"},
	{"the stage is a link", func(t *testing.T, root, outside string) { symlink(t, outside, root+"/.scaffold-state/stage") },
		".scaffold-state/stage is a symbolic link, not a folder; nothing was changed"},
	{"the undo data is a link", func(t *testing.T, root, outside string) { symlink(t, outside, root+"/.scaffold-state/undo") },
		".scaffold-state/undo is a symbolic link, not a folder; nothing was changed"},
	{"the lock is a link", func(t *testing.T, root, outside string) {
		put(t, outside+"/precious", "precious\n", 0o644)
		symlink(t, outside+"/precious", root+"/.scaffold-state/lock")
	}, "lock .scaffold-state/lock: too many levels of symbolic links"},
	{"the lock is another file's name", func(t *testing.T, root, outside string) {
		put(t, outside+"/precious", "precious\n", 0o644)
		try(t, os.Link(outside+"/precious", root+"/.scaffold-state/lock"))
	}, "lock .scaffold-state/lock: it is no plain file of one name"},
	{"the lock is a pipe", func(t *testing.T, root, _ string) { mkfifo(t, root+"/.scaffold-state/lock") },
		"lock .scaffold-state/lock: it is no plain file of one name"},
	{"the lock is a folder", func(t *testing.T, root, _ string) { mkdir(t, root+"/.scaffold-state/lock") },
		"lock .scaffold-state/lock: is a directory"},
}

func TestUpdateRefuses(t *testing.T) {
	for _, tt := range meddlings {
		t.Run(tt.name, func(t *testing.T) {
			root, outside := build(t, full), t.TempDir()
			tt.meddle(t, root, outside)
			before, beforeOut := tidy(t, root), list(t, outside)
			err := Options{}.Update(t.Context(), root, full.plan(), "scaffold regenerate")
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v\nwant %s", err, tt.want)
			}
			if got := tidy(t, root); got != before {
				t.Errorf("changed: got %s\nwant %s", got, before)
			}
			if got := list(t, outside); got != beforeOut {
				t.Errorf("changed outside: got %s\nwant %s", got, beforeOut)
			}
		})
	}
}

// What a plan keeps may be edited meanwhile: nothing hangs on it.
func TestUpdateKeepsWhatIsEdited(t *testing.T) {
	root := build(t, full)
	put(t, root+"/kept.go", "more\n", 0o600)
	try(t, Options{}.Update(t.Context(), root, full.plan(), "scaffold regenerate"))
	want := strings.Replace(full.listing(t, 1), "kept.go 0644 \"mine\\n\"", "kept.go 0600 \"more\\n\"", 1)
	if got := tidy(t, root); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// A plan that no pack could make is refused all the same.
func TestUpdateRefusesPlans(t *testing.T) {
	file := func(name string) *tree.File { return &tree.File{Path: name, Mode: tree.ModeFile, Data: []byte("x")} }
	create := func(name string) plan.Step {
		return plan.Step{Path: name, To: name, Verb: plan.Create, After: file(name)}
	}
	for want, steps := range map[string][]plan.Step{
		`path "../evil": has the element "..", which leaves its folder`: {create("../evil")},
		`path "/etc/passwd": is absolute`:                               {create("/etc/passwd")},
		`path ".git/hooks/x": has the element ".git"`:                   {create(".git/hooks/x")},
		`path ".scaffold-state/lock": has the element`:                  {create(".scaffold-state/lock")},
		"write a: the plan writes it twice":                             {create("a"), create("a")},
	} {
		root := build(t, full)
		before := tidy(t, root)
		err := Options{}.Update(t.Context(), root, plan.Plan{Steps: steps}, "scaffold regenerate")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v\nwant %s", err, want)
		}
		if got := tidy(t, root); got != before {
			t.Errorf("%s: changed: %s", want, got)
		}
	}
}

// What is not a plain state of the file survives: its other names, its mode.
func TestUpdateKeepsWhatIsTheUsers(t *testing.T) {
	root, outside := build(t, full), t.TempDir()
	try(t, os.Chmod(root+"/main.go", 0o440), os.Chmod(root+"/run.sh", 0o640), os.Chmod(root+"/deploy/app.fcgi", 0o700))
	try(t, os.Link(root+"/main.go", outside+"/linked"))
	before := tidy(t, root)
	try(t, Options{}.Update(t.Context(), root, full.plan(), "scaffold regenerate"))
	after := tidy(t, root)
	for _, want := range []string{"\nmain.go 0440 \"new main\\n\"", "\nrun.sh 0750 ", "\ndeploy/app.fcgi 0700 \"new\\n\"", "\nfresh/y.go 0755 "} {
		if !strings.Contains(after, want) {
			t.Errorf("lacks %q: %s", want, after)
		}
	}
	if got := list(t, outside); got != "\nlinked 0440 \"old main\\n\"\n" {
		t.Errorf("the file of another name is now %s", got)
	}
	if _, err := (Options{}).Undo(t.Context(), root); err != nil || tidy(t, root) != before {
		t.Errorf("undone: %v: got %s\nwant %s", err, tidy(t, root), before)
	}
}

// A file that moved keeps its mode at its new path.
func TestUpdateMoves(t *testing.T) {
	root := build(t, scene{"old.sh": {"+x a\n", ""}, ".scaffold-state/base.zip": {"1", ""}})
	try(t, os.Chmod(root+"/old.sh", 0o700))
	ours := fileOf("old.sh", "+x a\n")
	p := plan.Plan{Steps: []plan.Step{
		{Path: "new/new.sh", To: "new/new.sh", From: "old.sh", Verb: plan.Update, Ours: ours, After: fileOf("new/new.sh", "+x b\n")},
		{Path: "old.sh", To: "old.sh", Verb: plan.Delete, Ours: ours},
	}}
	try(t, Options{}.Update(t.Context(), root, p, "scaffold regenerate"))
	if got := tidy(t, root); !strings.Contains(got, "\nnew/new.sh 0700 \"b\\n\"") || strings.Contains(got, "old.sh") {
		t.Errorf("got %s", got)
	}
}

// Two runs at once: one works, the other says who does.
func TestLock(t *testing.T) {
	root := build(t, full)
	d, err := openDisk(root)
	try(t, err)
	defer d.close()
	held, err := lockProject(d, root, "scaffold\x1b[2J")
	try(t, err)
	want := fmt.Sprintf(`another scaffold is at work in %s: %d (scaffold\x1b[2J)`, root, os.Getpid())
	err = Options{}.Update(t.Context(), root, full.plan(), "scaffold regenerate")
	if err == nil || err.Error() != want || problem.IsInput(err) || len(problem.Hints(err)) != 1 {
		t.Errorf("update: got %v, want %s", err, want)
	}
	if _, err := (Options{}).Undo(t.Context(), root); err == nil || err.Error() != want {
		t.Errorf("undo: got %v, want %s", err, want)
	}
	held.Close()
	try(t, Options{}.Update(t.Context(), root, full.plan(), "scaffold regenerate"))
	if text, err := os.ReadFile(root + "/" + lockFile); err != nil || string(text) != fmt.Sprintf("%d scaffold regenerate\n", os.Getpid()) {
		t.Errorf("the lock says %q, %v", text, err)
	}
}

// Many at once: one of them writes, all others are refused, whenever they come.
func TestUpdateAtOnce(t *testing.T) {
	root := build(t, full)
	errs := make(chan error)
	for range 8 {
		go func() { errs <- Options{}.Update(t.Context(), root, full.plan(), "scaffold regenerate") }()
	}
	won := 0
	for range 8 {
		switch err := <-errs; {
		case err == nil:
			won++
		case !strings.Contains(err.Error(), "another scaffold is at work") && !errors.Is(err, errChanged):
			t.Error(err)
		}
	}
	if got := tidy(t, root); won != 1 || got != full.listing(t, 1) {
		t.Errorf("%d of 8 won: %s", won, got)
	}
}

// A journal is hostile until it is read: whatever is wrong with it, nothing is
// changed, and how to go on is said.
func TestJournalRefused(t *testing.T) {
	root := build(t, full)
	o := Options{serial: true, open: func(name string) (disk, error) {
		d, err := openDisk(name)
		return &faulty{disk: d, at: 150, fault: crash}, err
	}}
	o.Update(t.Context(), root, full.plan(), "scaffold regenerate")
	file := filepath.Join(root, stageDir, journalName)
	good, err := os.ReadFile(file)
	try(t, err)
	if what, err := (Options{}).Pending(root); err != nil || what != `"scaffold regenerate" was interrupted, or is still at work, while it wrote 15 files` {
		t.Errorf("pending: %q, %v", what, err)
	}
	forge := func(old, new string) []byte {
		return reseal(t, bytes.ReplaceAll(good, []byte(old), []byte(new)))
	}
	folder, err := os.Stat(filepath.Join(root, tree.StateFolder))
	try(t, err)
	tests := map[string][]byte{
		"empty":            {},
		"truncated":        good[:len(good)/2],
		"a byte changed":   bytes.Replace(good, []byte("main.go"), []byte("Main.go"), 1),
		"another version":  forge(`"version":2`, `"version":1`),
		"an unknown key":   forge(`"version":2`, `"version":2,"more":1`),
		"a path outside":   forge(`"path":"main.go"`, `"path":"../main.go"`),
		"a path into git":  forge(`"path":"main.go"`, `"path":".git/config"`),
		"a folder outside": forge(`"made":["`, `"made":["../outside","`),
		"a folder of git":  forge(`"emptied":[`, `"emptied":[{"path":".git","mode":493},`),
		"a folder's mode":  forge(`"mode":493`, `"mode":2541`),
		"another copy":     forge(fmt.Sprintf(`"folder":%d`, statField(folder, "Ino")), `"folder":1`),
		"a sum":            forge(`"sha256":"`, `"sha256":"x`),
	}
	for name, data := range tests {
		put(t, file, string(data), 0o644)
		before, hints := tidy(t, root), 1
		if name == "another version" { // the error says it
			hints = 0
		}
		for what, err := range map[string]error{
			"update":  Options{}.Update(t.Context(), root, full.plan(), "scaffold regenerate"),
			"undo":    second(Options{}.Undo(t.Context(), root)),
			"recover": second(Options{}.Recover(t.Context(), root)),
			"pending": second((Options{}).Pending(root)),
		} {
			if err == nil || !problem.IsInput(err) || len(problem.Hints(err)) != hints {
				t.Errorf("%s: %s: %v %q", name, what, err, problem.Hints(err))
			}
		}
		if got := tidy(t, root); got != before {
			t.Errorf("%s: changed: got %s\nwant %s", name, got, before)
		}
	}
	put(t, file, string(good), 0o644)
	kept, err := Options{}.Recover(t.Context(), root)
	if got := tidy(t, root); err != nil || len(kept) > 0 || got != full.listing(t, 0) {
		t.Errorf("the good one: %v, %q: %s", err, kept, got)
	}
	if what, err := (Options{}).Pending(root); what != "" || err != nil {
		t.Errorf("pending: %q, %v", what, err)
	}
}

// A few bytes of a forged journal may be an entry of a hundred, and each of them
// wrong: there is an end to what is read and to what is said.
func TestJournalOfManyEntries(t *testing.T) {
	root := build(t, small)
	file := filepath.Join(root, stageDir, journalName)
	try(t, os.Mkdir(filepath.Dir(file), 0o777))
	lists := []string{`"ops":[{}%s]`, `"ops":[{"path":"a"}%s]`, `"made":[""%s]`, `"emptied":[{}%s]`}
	if os.Getenv("CI") != "true" {
		lists = lists[:1]
	}
	for _, list := range lists {
		entry := "," + strings.Trim(list[strings.Index(list, "["):strings.Index(list, "%")], "[")
		for _, n := range []int{100, 1_000_000, 4_000_000} { // a run may write as many commas as the first two have
			text := fmt.Sprintf(`{"sha256":"","journal":{"version":2,`+list+`}}`, strings.Repeat(entry, n))
			put(t, file, string(reseal(t, []byte(text))), 0o644)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := Options{}.Pending(root)
			runtime.ReadMemStats(&after)
			if bytes := after.TotalAlloc - before.TotalAlloc; err == nil || len(err.Error()) > 200 || bytes > 600<<20 {
				t.Errorf("%d of %s: %d bytes; %.300v", n, entry, bytes, err)
			}
		}
	}
}

// reseal returns a journal with the checksum that its text has.
func reseal(t *testing.T, data []byte) []byte {
	t.Helper()
	_, text, ok := bytes.Cut(data, []byte(`"journal":`))
	if !ok {
		t.Fatal("no journal")
	}
	text = text[:len(text)-1]
	return fmt.Appendf(nil, `{"sha256":"%x","journal":%s}`, sha256.Sum256(text), text)
}
