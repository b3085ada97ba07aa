package apply

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// project is a plan of a few files, one of them executable, one empty, and of
// state.
func project(t testing.TB) plan.Plan {
	t.Helper()
	files, err := tree.New(
		tree.File{Path: "main.go", Mode: tree.ModeFile, Data: []byte("package main\n")},
		tree.File{Path: "a/b/c/deep", Mode: tree.ModeFile, Data: []byte("\x00\xff\r\n")},
		tree.File{Path: "a-b", Mode: tree.ModeFile},
		tree.File{Path: "a/run", Mode: tree.ModeExec, Data: []byte("#!/bin/sh\n")},
	)
	if err != nil {
		t.Fatal(err)
	}
	p := plan.Make(tree.Tree{}, tree.Tree{}, files, plan.Options{})
	for _, path := range []string{".scaffold-state/.gitignore", "scaffold.yaml", ".scaffold-state/base.zip"} {
		f := tree.File{Path: path, Mode: tree.ModeFile, Data: []byte(path)}
		p.State = append(p.State, plan.Step{Path: path, Verb: plan.Create, To: path, After: &f})
	}
	return p
}

const made = `
.scaffold-state/ 0755
.scaffold-state/.gitignore 0644 ".scaffold-state/.gitignore"
.scaffold-state/base.zip 0644 ".scaffold-state/base.zip"
a/ 0755
a/b/ 0755
a/b/c/ 0755
a/b/c/deep 0644 "\x00\xff\r\n"
a/run 0755 "#!/bin/sh\n"
a-b 0644 ""
main.go 0644 "package main\n"
scaffold.yaml 0644 "scaffold.yaml"
`

// list shows all that is below dir, a line each.
func list(t testing.TB, dir string) string {
	t.Helper()
	lines := []string{""}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		line := fmt.Sprintf("%s %04o", filepath.ToSlash(rel), info.Mode().Perm())
		switch {
		case entry.IsDir():
			line = strings.Replace(line, " ", "/ ", 1)
		case entry.Type().IsRegular():
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			line += fmt.Sprintf(" %q", data)
		default:
			line += " " + entry.Type().String()
		}
		lines = append(lines, line)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n") + "\n"
}

func TestNew(t *testing.T) {
	for _, place := range []string{"absent", "an empty folder"} {
		dir := t.TempDir()
		target := filepath.Join(dir, "hello")
		if place != "absent" {
			if err := os.Mkdir(target, 0o777); err != nil {
				t.Fatal(err)
			}
		}
		if err := (Options{}).New(t.Context(), target, project(t)); err != nil {
			t.Fatalf("%s: %v", place, err)
		}
		if got := list(t, target); got != made {
			t.Errorf("%s: got%swant%s", place, got, made)
		}
		alone(t, dir, "hello")
	}
}

// alone reports whatever stands in dir besides names.
func alone(t testing.TB, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	slices.Sort(names)
	if !slices.Equal(got, names) {
		t.Errorf("in the folder are %q, want %q", got, names)
	}
}

// A plan is all that New consults: a file goes where its step says, and a step
// that writes nothing is none of its business.
func TestNewFollowsThePlan(t *testing.T) {
	f := tree.File{Path: "elsewhere", Mode: tree.ModeFile, Data: []byte("x")}
	p := plan.Plan{Steps: []plan.Step{
		{Path: "f", Verb: plan.Conflict, To: "f.scaffold-new", After: &f},
		{Path: "g", Verb: plan.Keep, To: "g"},
		{Path: "h", Verb: plan.Delete, To: "h"},
	}}
	target := filepath.Join(t.TempDir(), "hello")
	if err := (Options{}).New(t.Context(), target, p); err != nil {
		t.Fatal(err)
	}
	if got, want := list(t, target), "\nf.scaffold-new 0644 \"x\"\n"; got != want {
		t.Errorf("got%swant%s", got, want)
	}
}

func TestNewWithNothing(t *testing.T) {
	target := filepath.Join(t.TempDir(), "hello")
	if err := (Options{}).New(t.Context(), target, plan.Plan{}); err != nil {
		t.Fatal(err)
	}
	if got := list(t, target); got != "\n" {
		t.Errorf("got%s", got)
	}
}

func mkdir(t testing.TB, path string) {
	t.Helper()
	if err := os.MkdirAll(path, 0o777); err != nil {
		t.Fatal(err)
	}
}

func write(t testing.TB, path, data string) {
	t.Helper()
	mkdir(t, filepath.Dir(path))
	if err := os.WriteFile(path, []byte(data), 0o666); err != nil {
		t.Fatal(err)
	}
}

func symlink(t testing.TB, to, path string) {
	t.Helper()
	if err := os.Symlink(to, path); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
}

func TestRootAndLongNames(t *testing.T) {
	if err := (Options{}).New(t.Context(), "/", project(t)); err == nil || !problem.IsInput(err) {
		t.Errorf("/: %v", err)
	}
	dir := t.TempDir()
	if err := (Options{}).New(t.Context(), filepath.Join(dir, strings.Repeat("x", 256)), project(t)); err == nil {
		t.Error("a name of 256 bytes is taken")
	}
	alone(t, dir)
	for _, name := range []string{strings.Repeat("x", 255), strings.Repeat("ä", 127)} { // the stage's name is longer, and must fit
		if err := (Options{}).New(t.Context(), filepath.Join(dir, name), project(t)); err != nil {
			t.Errorf("a name of %d bytes: %v", len(name), err)
		}
	}
	alone(t, dir, strings.Repeat("x", 255), strings.Repeat("ä", 127))
}

var temporary = regexp.MustCompile(`\.scaffold-[a-z2-7]{10}|openat|mkdirat|renameat`)

// named reports an error that shows what its reader cannot know.
func named(t testing.TB, err error) {
	t.Helper()
	if err != nil && temporary.MatchString(err.Error()) {
		t.Errorf("%q has the name of a temporary folder or of a system call", err)
	}
}

// counter is a context that ends at its n-th question whether it has.
type counter struct {
	context.Context
	mu   sync.Mutex
	left int
}

func (c *counter) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// A run that is interrupted leaves nothing, at whichever file it was.
func TestNewCancelled(t *testing.T) {
	stop := errors.New("stopped by hand")
	dir := t.TempDir()
	target := filepath.Join(dir, "hello")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stop)
	if err := (Options{}).New(ctx, target, project(t)); !errors.Is(err, stop) || problem.IsInput(err) {
		t.Errorf("got %v, want it to wrap %v", err, stop)
	}
	alone(t, dir)

	mkdir(t, target)
	if err := (Options{}).New(ctx, target, project(t)); !errors.Is(err, stop) {
		t.Errorf("got %v, want it to wrap %v", err, stop)
	}
	alone(t, dir, "hello")
	if got := list(t, target); got != "\n" {
		t.Errorf("the empty folder now has%s", got)
	}
}

func TestFillCancelledAtEveryFile(t *testing.T) {
	p := project(t)
	total := len(p.Steps) + len(p.State)
	for n := range total {
		dir := t.TempDir()
		parent, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		s, err := newSibling(t.Context(), parent, "hello")
		if err != nil {
			t.Fatal(err)
		}
		if err := s.fill(&counter{Context: t.Context(), left: n}, p); !errors.Is(err, context.Canceled) {
			t.Errorf("ended after %d of %d files: %v", n, total, err)
		}
		s.remove()
		alone(t, dir)
		parent.Close()
	}
}

// What appears at the target between the check and the rename stays as it is.
func TestTargetAppears(t *testing.T) {
	for name, appear := range map[string]func(dir string){
		"a file":               func(dir string) { write(t, dir+"/hello", "mine") },
		"an empty folder":      func(dir string) { mkdir(t, dir+"/hello") },
		"a folder with a file": func(dir string) { write(t, dir+"/hello/mine", "mine") },
		"a link to nothing":    func(dir string) { symlink(t, "nowhere", dir+"/hello") },
		"a link to a folder":   func(dir string) { mkdir(t, dir+"/d"); symlink(t, "d", dir+"/hello") },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := staged(t, dir)
			appear(dir)
			before := list(t, dir+"/hello")
			err := s.publish("hello", false)
			if !errors.Is(err, fs.ErrExist) {
				t.Errorf("got %v, want it to say that something is there", err)
			}
			said := publishError(dir+"/hello", err)
			if want := "create " + dir + "/hello: something of that name appeared meanwhile; nothing was changed"; said.Error() != want || !problem.IsInput(said) {
				t.Errorf("got %v\nwant %s", said, want)
			}
			s.remove()
			if got := list(t, dir+"/hello"); got != before {
				t.Errorf("it changed%sto%s", before, got)
			}
			if name != "a link to a folder" {
				alone(t, dir, "hello")
			}
		})
	}
}

// An empty folder that was there may be filled meanwhile, or replaced, or go.
func TestEmptyFolderChanges(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(dir string)
		ok     bool
	}{
		"it stays":            {func(string) {}, true},
		"it goes":             {func(dir string) { os.Remove(dir + "/hello") }, true},
		"a file in it":        {func(dir string) { write(t, dir+"/hello/mine", "mine") }, false},
		"a file in its place": {func(dir string) { os.Remove(dir + "/hello"); write(t, dir+"/hello", "mine") }, false},
		"a link in its place": {func(dir string) { os.Remove(dir + "/hello"); mkdir(t, dir+"/d"); symlink(t, "d", dir+"/hello") }, false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			mkdir(t, dir+"/hello")
			s := staged(t, dir)
			tt.change(dir)
			before := ""
			if !tt.ok {
				before = list(t, dir+"/hello")
			}
			err := s.publish("hello", true)
			s.remove()
			after := list(t, dir+"/hello")
			switch {
			case tt.ok && (err != nil || after != made):
				t.Errorf("got %v and%swant%s", err, after, made)
			case !tt.ok && (!errors.Is(err, fs.ErrExist) || after != before):
				t.Errorf("got %v; it changed%sto%s", err, before, after)
			}
		})
	}
}

// staged returns a sibling of dir/hello that holds a whole project.
func staged(t testing.TB, dir string) *sibling {
	t.Helper()
	parent, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { parent.Close() })
	s, err := newSibling(t.Context(), parent, "hello")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.fill(t.Context(), project(t)); err != nil {
		t.Fatal(err)
	}
	return s
}

// Of several runs to one target one wins, the others say so, and nothing is
// left of them.
func TestNewAtOnce(t *testing.T) {
	for _, before := range []string{"absent", "an empty folder"} {
		for range 20 / sampled(4) {
			dir := t.TempDir()
			target := filepath.Join(dir, "hello")
			if before != "absent" {
				mkdir(t, target)
			}
			errs := make([]error, 8)
			start := make(chan struct{})
			var runs sync.WaitGroup
			for i := range errs {
				p := project(t)
				runs.Go(func() {
					<-start
					errs[i] = Options{}.New(t.Context(), target, p)
				})
			}
			close(start)
			runs.Wait()
			won := 0
			for _, err := range errs {
				named(t, err)
				switch {
				case err == nil:
					won++
				case !problem.IsInput(err):
					t.Errorf("%s: a run that lost says %v", before, err)
				}
			}
			if won != 1 {
				t.Errorf("%s: %d runs won: %v", before, won, errs)
			}
			if got := list(t, target); got != made {
				t.Errorf("%s: got%swant%s", before, got, made)
			}
			alone(t, dir, "hello")
		}
	}
}

// Runs to several targets in one folder do not mind each other.
func TestNewSideBySide(t *testing.T) {
	dir := t.TempDir()
	var runs sync.WaitGroup
	var names []string
	for i := range 8 {
		name := fmt.Sprint("p", i)
		names = append(names, name)
		p := project(t)
		runs.Go(func() {
			if err := (Options{}).New(t.Context(), filepath.Join(dir, name), p); err != nil {
				t.Error(err)
			}
		})
	}
	runs.Wait()
	alone(t, dir, names...)
	for _, name := range names {
		if got := list(t, filepath.Join(dir, name)); got != made {
			t.Errorf("%s: got%swant%s", name, got, made)
		}
	}
}
