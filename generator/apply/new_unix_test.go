//go:build unix

package apply

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"scaffold/generator/lock"
	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// newHelper is the environment variable that has this program make a project
// instead of testing: umask, number of descriptors, target.
const newHelper = "SCAFFOLD_TEST_NEW"

func init() {
	what := os.Getenv(newHelper)
	if what == "" {
		return
	}
	var umask int
	var files uint64
	var target string
	if _, err := fmt.Sscanf(what, "%o %d %s", &umask, &files, &target); err != nil {
		panic(err)
	}
	p := project(&testing.T{})
	unix.Umask(umask)
	err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: files, Max: files})
	if err == nil {
		err = Options{}.New(context.Background(), target, p)
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	os.Exit(0)
}

func mkfifo(t testing.TB, path string) {
	t.Helper()
	if err := unix.Mkfifo(path, 0o666); err != nil {
		t.Skipf("no named pipes here: %v", err)
	}
}

// Modes are the plan's, narrowed by the umask and by nothing else. No other
// test runs meanwhile: the umask is the whole process's.
func TestUmask(t *testing.T) {
	for _, tt := range []struct {
		umask                 int
		folder, file, program string
	}{
		{0o000, "0777", "0644", "0755"},
		{0o022, "0755", "0644", "0755"},
		{0o002, "0775", "0644", "0755"},
		{0o077, "0700", "0600", "0700"},
	} {
		target := filepath.Join(t.TempDir(), "hello")
		before := unix.Umask(tt.umask)
		err := Options{}.New(t.Context(), target, project(t))
		unix.Umask(before)
		if err != nil {
			t.Errorf("umask %03o: %v", tt.umask, err)
			continue
		}
		want := strings.NewReplacer("/ 0755", "/ "+tt.folder, " 0644", " "+tt.file, "run 0755", "run "+tt.program).Replace(made)
		if got := list(t, target); got != want {
			t.Errorf("umask %03o: got%swant%s", tt.umask, got, want)
		}
		if info, err := os.Stat(target); err != nil || fmt.Sprintf("%04o", info.Mode().Perm()) != tt.folder {
			t.Errorf("umask %03o: the project's folder is %v, %v", tt.umask, info.Mode(), err)
		}
	}
}

// Folders whose names sort before a dot are like any other.
func TestFoldersBeforeDot(t *testing.T) {
	var files []tree.File
	for _, dir := range []string{"(app)", "$lib", "+types", "#x", "!", "%", "&", "'", ",", "-"} {
		files = append(files, tree.File{Path: dir + "/page", Mode: tree.ModeFile})
	}
	var p plan.Plan
	for _, f := range files {
		p.Steps = append(p.Steps, plan.Step{Path: f.Path, Verb: plan.Create, To: f.Path, After: &f})
	}
	target := filepath.Join(t.TempDir(), "hello")
	if err := (Options{}).New(t.Context(), target, p); err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if _, err := os.Stat(filepath.Join(target, f.Path)); err != nil {
			t.Error(err)
		}
	}
}

// Where no folder can be made, new says so; it does not try for ever.
func TestNewWhereNothingCanBe(t *testing.T) {
	for _, target := range []string{"/proc/x", "/sys/x", "/proc/self/fd/x", "/dev/fd/x"} {
		if _, err := os.Stat(filepath.Dir(target)); err != nil {
			continue
		}
		if err := (Options{}).New(t.Context(), target, project(t)); err == nil {
			t.Errorf("%s: is made", target)
		}
	}
}

// crippled runs New in a process that has less than it needs, and returns what
// that says and what it leaves.
func crippled(t *testing.T, umask int, files uint64) (said, left string) {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%o %d %s", newHelper, umask, files, filepath.Join(dir, "hello")))
	if os.Getuid() == 0 { // who may do everything
		program, err := os.ReadFile(os.Args[0])
		try(t, err)
		shared, err := os.MkdirTemp("", "apply-")
		try(t, err, os.Chmod(shared, 0o755), os.Chmod(dir, 0o777))
		t.Cleanup(func() { os.RemoveAll(shared) })
		put(t, shared+"/program", string(program), 0o755)
		for at := filepath.Dir(dir); at != os.TempDir() && at != "/"; at = filepath.Dir(at) {
			try(t, os.Chmod(at, 0o755))
		}
		cmd.Path, cmd.Args = shared+"/program", []string{"program"}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	out, err := cmd.CombinedOutput()
	if err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Fatal(err)
	}
	return string(out), list(t, dir)
}

// A umask that leaves the owner nothing, or a process with too few descriptors:
// the error says so, and nothing is left.
func TestNewCrippled(t *testing.T) {
	for _, umask := range []int{0o777, 0o477, 0o377, 0o277, 0o177, 0o700} {
		if said, left := crippled(t, umask, 64); !strings.Contains(said, "permission denied") || left != "\n" {
			t.Errorf("umask %03o: said %q, left %s", umask, said, left)
		}
	}
	made := 0
	for files := int64(5); files <= 20; files += sampled(5) {
		said, left := crippled(t, 0o022, uint64(files))
		switch {
		case said == "" && strings.Contains(left, "hello/scaffold.yaml"):
			made++
		case left != "\n", !strings.Contains(said, "too many open files") && !strings.Contains(said, "fatal error: runtime"): // which needs three of its own
			t.Errorf("%d descriptors: said %q, left %s", files, said, left)
		}
	}
	if made == 0 {
		t.Error("20 descriptors are too few")
	}
}

// What a killed run left is taken away by the next one to the same target; what
// a living one is building, what only looks alike, and what is the user's, not.
func TestStale(t *testing.T) {
	dir := t.TempDir()
	parent, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer parent.Close()
	dead, err := newSibling(t.Context(), parent, "hello")
	if err != nil {
		t.Fatal(err)
	}
	if err := dead.fill(t.Context(), project(t)); err != nil {
		t.Fatal(err)
	}
	dead.lock.Close() // as the kernel does when a process dies
	dead.disk.close()
	live, err := newSibling(t.Context(), parent, "hello")
	if err != nil {
		t.Fatal(err)
	}
	if err := live.fill(t.Context(), project(t)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		".hello.scaffold-notes", ".hello.scaffold-", ".hello.scaffold-abcdefghi", ".hello.scaffold-abcdefghijk", ".hello.scaffold-ABCDEFGHIJ",
		".hello.scaffold-abcdefghi1", ".hello.scaffold-x.scaffold-abcdefghij", ".other.scaffold-abcdefghij", "hello.scaffold-abcdefghij",
	} {
		write(t, filepath.Join(dir, name, "mine"), "mine")
	}
	write(t, filepath.Join(dir, ".hello.scaffold-abcdefghij"), "a file of the user's")
	symlink(t, ".hello.scaffold-notes", filepath.Join(dir, ".hello.scaffold-jihgfedcba"))
	before := strings.Split(list(t, dir), "\n")

	if err := (Options{}).New(t.Context(), filepath.Join(dir, "hello"), project(t)); err != nil {
		t.Fatal(err)
	}
	after := list(t, dir)
	for _, line := range before {
		switch ofDead := strings.HasPrefix(line, dead.name+"/"); {
		case ofDead && strings.Contains(after, line+"\n"):
			t.Errorf("left over: %s", line)
		case !ofDead && !strings.Contains(after, line+"\n"):
			t.Errorf("gone or changed: %s", line)
		}
	}
	if err := live.publish("other", false); err != nil { // it can still be finished
		t.Error(err)
	}
	live.remove()
	if got := list(t, filepath.Join(dir, "other")); got != made {
		t.Errorf("got%swant%s", got, made)
	}
}

// A folder that somebody is removing is locked until it is gone, because whoever has
// just created it must try another name, and not build in what vanishes.
func TestSiblingIsLockedWhileItIsRemoved(t *testing.T) {
	dir := t.TempDir()
	mkdir(t, dir+"/stage")
	other, err := os.Open(dir + "/stage")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := lock.Try(other); err != nil {
		t.Fatal(err)
	}
	parent, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer parent.Close()
	s := &sibling{parent: parent, name: "stage"}
	if err := s.takeLock(); !errors.Is(err, errRemoved) {
		t.Errorf("a folder that another run holds is opened: %v", err)
	}
	s.lock.Close()

	removeAbandoned(parent, "stage")
	alone(t, dir, "stage") // it is held: not abandoned
	other.Close()
	removeAbandoned(parent, "stage")
	alone(t, dir)
}

// A folder that one may not write in, or not look into.
func TestPermissions(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may do everything")
	}
	dir := t.TempDir()
	mkdir(t, dir+"/closed")
	if err := os.Chmod(dir+"/closed", 0o555); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(dir+"/closed", 0o755) })
	err := Options{}.New(t.Context(), dir+"/closed/x", project(t))
	if want := "create a folder in " + dir + "/closed: permission denied; nothing was changed"; fmt.Sprint(err) != want || problem.IsInput(err) {
		t.Errorf("got %v\nwant %s", err, want)
	}
}
