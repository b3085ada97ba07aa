//go:build unix

package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"go/format"
	"maps"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/rogpeppe/go-internal/txtar"

	"scaffold/generator"
	"scaffold/generator/answer"
	"scaffold/generator/author"
	"scaffold/generator/plan"
	"scaffold/generator/source"
	"scaffold/generator/source/proxytest"
	"scaffold/generator/tree"
	"scaffold/templates"
)

var update = flag.Bool("update", false, "record the goldens anew; refused for what does not build and pass its tests")

// inCI is whether everything is tried, or a sample: to compile one project after
// the other takes minutes.
var inCI = os.Getenv("CI") == "true"

func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) != "scaffold" && signal.Ignored(syscall.SIGHUP) { // by nohup; then what the tests start would ignore it, too
		signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	}
	testscript.Main(m, map[string]func(){"scaffold": mainOfTests})
}

// TestScript runs the command line's contract: one scenario, one file.
func TestScript(t *testing.T) {
	if inCI {
		needScriptTools(t)
	}
	testscript.Run(t, testscript.Params{
		Files:               chooseScripts(t),
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			packs, err := filepath.Abs("testdata/packs")
			env.Setenv("PACKS", packs)
			env.Setenv("GORACE", "atexit_sleep_ms=0") // else each run under the race detector takes a second more
			return err
		},
		Condition: func(name string) (bool, error) { // [ci]
			if name != "ci" {
				return false, fmt.Errorf("unknown condition %q", name)
			}
			return inCI, nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "tree": listTree, "proxy": addToProxy},
	})
}

// chooseScripts returns all scripts, since -run chooses among them, or without it and
// outside CI each eighth, because thousands of processes take a minute. Their names
// begin with what they are about, so that something of each is tried.
func chooseScripts(t *testing.T) []string {
	t.Helper()
	all, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil || len(all) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	if inCI || *update || flag.Lookup("test.run").Value.String() != "" {
		return all
	}
	var some []string
	for i := 0; i < len(all); i += 8 {
		some = append(some, all[i])
	}
	return some
}

// needScriptTools fails where a script would be skipped for want of a tool. (Those
// with a dash are made by a script, to say what it found out.)
func needScriptTools(t *testing.T) {
	t.Helper()
	files, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		script, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, tool := range regexp.MustCompile(`(?m)^\[!exec:([a-z0-9]+)\] skip`).FindAllSubmatch(script, -1) {
			need(t, string(tool[1]))
		}
	}
}

// need ends a test whose tool is not installed: in CI as failed, since nothing
// is skipped there.
func need(t *testing.T, tool string) {
	t.Helper()
	switch _, err := exec.LookPath(tool); {
	case err != nil && inCI:
		t.Fatalf("%s is not installed, and in CI nothing is skipped", tool)
	case err != nil:
		t.Skipf("%s is not installed", tool)
	}
}

// exits runs a command and compares its exit status: exits 2 scaffold new -rf
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS COMMAND [ARGUMENT...]")
	}
	status := 0
	var failed *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &failed) {
		status = failed.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if want, _ := strconv.Atoi(args[0]); status != want {
		ts.Fatalf("exit status %d, want %s", status, args[0])
	}
}

// listTree prints what is below a folder, a line each with its mode, so that a
// script can say that nothing was left behind: tree [FOLDER]
func listTree(ts *testscript.TestScript, neg bool, args []string) {
	dir := ts.MkAbs(".")
	if len(args) == 1 {
		dir = ts.MkAbs(args[0])
	}
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		info, err := entry.Info()
		rel, _ := filepath.Rel(dir, path)
		fmt.Fprintf(ts.Stdout(), "%s %s\n", info.Mode(), filepath.ToSlash(rel))
		return err
	})
	ts.Check(err)
}

// addToProxy makes a module of a folder, and has the go command find modules in a
// proxy that has it, and nowhere else: proxy MODULE VERSION FOLDER
func addToProxy(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: proxy MODULE VERSION FOLDER")
	}
	proxy := filepath.Join(ts.Getenv("WORK"), "proxy")
	ts.Check(proxytest.Add(proxy, args[0], args[1], ts.MkAbs(args[2])))
	for _, setting := range proxytest.Environment(nil, proxy, filepath.Join(ts.Getenv("WORK"), "go")) {
		key, value, _ := strings.Cut(setting, "=")
		ts.Setenv(key, value)
	}
}

// A golden's comment says with which flags it was made, and of the output what
// the files below it cannot: modes, and the files that are copied byte for byte
// from the pack. Only those with every transport are built, because .ci/run builds and
// tests them all, also for other systems.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/golden/*.txtar")
	samples := []string{"testdata/golden/demo-all.txtar", "testdata/golden/wsgi-demo-all.txtar"}
	for _, sample := range samples {
		if err != nil || !slices.Contains(files, sample) {
			t.Fatalf("no golden %s: %v", sample, err)
		}
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			want, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			title, args := header(t, string(want.Comment))
			dir := filepath.Join(t.TempDir(), "hello")
			made := generate(t, dir, args...)
			got := archive(title, args, made)
			if *update {
				buildAndTest(t, dir)
				if err := os.WriteFile(file, txtar.Format(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(txtar.Format(want)), string(txtar.Format(got))); diff != "" {
				t.Errorf("not the golden any more (-want +got; -update records it):\n%s", diff)
			}
			if slices.Contains(samples, file) {
				buildAndTest(t, dir)
			}
		})
	}
}

// header returns a golden's title line and its flags.
func header(t *testing.T, comment string) (title string, args []string) {
	t.Helper()
	lines := strings.Split(comment, "\n")
	if len(lines) < 2 || !strings.HasPrefix(lines[1], "args:") {
		t.Fatal("a golden starts with a title line and a line args:")
	}
	return lines[0], strings.Fields(strings.TrimPrefix(lines[1], "args:"))
}

// generate runs scaffold new as its users do and returns what it wrote.
func generate(t *testing.T, dir string, args ...string) []tree.File {
	t.Helper()
	made := exec.Command("scaffold", append([]string{"new", dir}, args...)...) // which is this test binary, see TestMain
	made.Env = append(os.Environ(), "SCAFFOLD_DEFAULTS=off")
	if out, err := made.CombinedOutput(); err != nil {
		t.Fatalf("scaffold new %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	var files []tree.File
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		files = append(files, tree.File{Path: filepath.ToSlash(rel), Mode: info.Mode(), Data: data})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// archive writes a project as a golden. Of the copied files only the names
// stand there: their bytes are in the pack, where they are compared with.
func archive(title string, args []string, files []tree.File) *txtar.Archive {
	var comment strings.Builder
	fmt.Fprintf(&comment, "%s\nargs: %s\n", title, strings.Join(args, " "))
	a := &txtar.Archive{}
	for _, f := range files {
		if f.Mode.Perm()&0o100 != 0 {
			fmt.Fprintf(&comment, "executable: %s\n", f.Path)
		}
		switch {
		case sameAsPack(f.Path, f.Data):
			fmt.Fprintf(&comment, "copied: %s\n", f.Path)
		case strings.HasSuffix(f.Path, "base.zip"):
			fmt.Fprintf(&comment, "state: %s\n", f.Path)
		default:
			a.Files = append(a.Files, txtar.File{Name: f.Path, Data: f.Data})
		}
	}
	a.Comment = []byte(comment.String())
	return a
}

// sameAsPack reports whether a file of a gateway is its pack's, word for word: in Go
// that is a package, in Python what stands beside the app.
func sameAsPack(name string, data []byte) bool {
	place := "wsgi/files/" + name
	if rest, found := strings.CutPrefix(name, "internal/gateway/"); found {
		place = "web/files/gateway/" + rest
	} else if path.Ext(name) != ".py" {
		return false
	}
	original, err := templates.FS.ReadFile(place)
	return err == nil && bytes.Equal(original, data)
}

// buildAndTest does what a newcomer does first, without a network.
func buildAndTest(t *testing.T, dir string) {
	t.Helper()
	if isPython(dir) {
		python(t, dir, "-m", "compileall", "-q", ".")
		python(t, dir, "-m", "unittest")
		return
	}
	goTool(t, dir, "vet", "./...")
	goTool(t, dir, "build", "-o", os.DevNull, ".")
	goTool(t, dir, "test", "-vet=off", "./...")
}

// offline keeps the go command from the network. The paths of folders are
// trimmed, since the cache would else hold nothing for another folder; and nothing is
// linked for a debugger, because that is half of what linking costs.
var offline = []string{"GOPROXY=off", "GOFLAGS=-mod=readonly -trimpath -ldflags=-s", "GOWORK=off"}

func goTool(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), offline...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// isPython tells a project in Python from one in Go.
func isPython(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "gateway.py"))
	return err == nil
}

func python(t *testing.T, dir string, args ...string) {
	t.Helper()
	need(t, "python3")
	cmd := exec.Command("python3", args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("python3 %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// TestPairwise plans a project for every pair of answers, and builds it in CI.
func TestPairwise(t *testing.T) {
	for _, name := range []string{"web", "wsgi"} {
		t.Run(name, func(t *testing.T) { tryPairs(t, name) })
	}
}

func tryPairs(t *testing.T, name string) {
	g, err := generator.Load(t.Context(), source.Finder{Builtin: templates.FS}, name)
	if err != nil {
		t.Fatal(err)
	}
	rows, left := author.Pairs(values(t, g), nil)
	if left > 0 {
		t.Fatalf("%d pairs are left out", left)
	}
	t.Logf("%d projects cover every pair", len(rows))
	seen := make(map[string]bool)
	for i, row := range rows {
		if !strings.Contains(row["transport"], "http") {
			delete(row, "docker") // is not asked then
		}
		if row["systemd"] == "false" || row["transport"] == "cgi" {
			delete(row, "processes") // is not asked then
		}
		if !containsAny(row["transport"], "http", "fcgi") && containsAny(row["server"], "caddy", "haproxy") {
			row["server"] = "lighttpd" // the pack refuses those two
		}
		if row["ci"] == "none" {
			delete(row, "template_check") // is not asked then
		}
		if row["mount"] == "/" {
			row["site"] = "own" // the pack refuses a part without a path of its own
		}
		n := planNew(t, g, row)
		for _, step := range n.Plan.Steps {
			if text := string(step.After.Data); !seen[text] { // the gateway is the same in all
				seen[text] = true
				checkGoFile(t, step)
			}
		}
		checkWhatIsWhat(t, n.Plan.Steps)
		if !inCI {
			continue
		}
		dir := filepath.Join(t.TempDir(), fmt.Sprint("p", i))
		n.Target = dir
		if err := n.Apply(t.Context()); err != nil {
			t.Fatal(err)
		}
		if isPython(dir) {
			python(t, dir, "-m", "compileall", "-q", ".")
			continue
		}
		goTool(t, dir, "vet", "./...")
		goTool(t, dir, "build", "./...")
	}
}

// TestOddNames builds each project twice, since the program of the first build
// lies where the go command looks for source.
func TestOddNames(t *testing.T) {
	names, rounds := []string{"x.test", "_x", "x_test", "2fast", "x.h", "go.x", "vendor", "testdata", "toolchain", "test", "all"}, 2
	if !inCI {
		names, rounds = names[:1], 1 // which vet sees a program in, too
	}
	for _, name := range names {
		dir := filepath.Join(t.TempDir(), name)
		generate(t, dir, "--module", "hello") // the same for all, so that the gateway is compiled once
		for range rounds {
			goTool(t, dir, "build", "-o", name, ".")
			goTool(t, dir, "vet", "./...")
		}
	}
}

func containsAny(s string, parts ...string) bool {
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(s, part) })
}

func checkGoFile(t *testing.T, step plan.Step) {
	t.Helper()
	if !strings.HasSuffix(step.Path, ".go") {
		return
	}
	formatted, err := format.Source(step.After.Data)
	if err != nil || !bytes.Equal(formatted, step.After.Data) {
		t.Errorf("%s (from %s) is not as gofmt writes it: %v", step.Path, step.After.Origin, err)
	}
}

// checkWhatIsWhat compares the project's files with the first column of its README's
// table: each file has a line, be it that of a folder, and each line a file.
func checkWhatIsWhat(t *testing.T, steps []plan.Step) {
	t.Helper()
	i := slices.IndexFunc(steps, func(s plan.Step) bool { return s.Path == "README.md" })
	_, table, _ := strings.Cut(string(steps[i].After.Data), "\n## What is what\n")
	table, _, _ = strings.Cut(table, "\n## ")
	unseen := map[string]bool{"README.md": false}
	for _, row := range regexp.MustCompile(`(?m)^\| (`+"`.*?`"+`) \|`).FindAllStringSubmatch(table, -1) {
		for _, name := range regexp.MustCompile("`(.+?)`").FindAllStringSubmatch(row[1], -1) {
			unseen[name[1]] = !strings.HasPrefix(name[1], "scaffold.yaml") && !strings.HasPrefix(name[1], ".scaffold-state/")
		}
	}
	for _, step := range steps {
		found := false
		for name := range unseen {
			same, err := path.Match(name, step.Path)
			if err != nil {
				t.Fatal(err)
			}
			if same || strings.HasSuffix(name, "/") && strings.HasPrefix(step.Path, name) {
				found, unseen[name] = true, false
			}
		}
		if !found {
			t.Errorf("README.md does not say what %s is", step.Path)
		}
	}
	for name, missing := range unseen {
		if missing {
			t.Errorf("README.md speaks of %s, which is not there", name)
		}
	}
}

func planNew(t *testing.T, g *generator.Generator, row map[string]string) generator.New {
	t.Helper()
	var layer answer.Layer
	for _, name := range slices.Sorted(maps.Keys(row)) {
		layer = append(layer, answer.Value{Name: name, Text: row[name], Where: "--" + name})
	}
	n, err := g.PlanNew(t.Context(), filepath.Join(t.TempDir(), "hello"), []answer.Layer{layer, {{Name: "name", Text: "hello"}}}, answer.Asker{})
	if err != nil {
		t.Fatalf("%v: %v", row, err)
	}
	return n
}

// values returns for each question the answers worth trying: all choices, both
// booleans, and for the rest a plain and an awkward one.
func values(t *testing.T, g *generator.Generator) map[string][]string {
	t.Helper()
	awkward := map[string][]string{
		"name":        {"hello", "My_App.2"},
		"module":      {"hello", "zoo.example/Apps/hello/v2"},
		"description": {"A web app in Go", "Says \"hi\" for 100 %\n\n# to `you`; {{ .name }} $HOME \\"},
		"domain":      {"example.com", "xn--bcher-kva.example"},
		"mount":       {"/", "/app"},
		"body_limit":  {"10", "99999"},
		"processes":   {"4", "99"},
	}
	all := make(map[string][]string)
	for _, q := range g.Pack.Questions {
		switch {
		case q.Type == "bool":
			all[q.Name] = []string{"true", "false"}
		case q.Type == "choices":
			all[q.Name] = author.Subsets(q.Choices)
		case q.Type == "choice":
			all[q.Name] = q.Choices
		case awkward[q.Name] != nil:
			all[q.Name] = awkward[q.Name]
		default:
			t.Errorf("question %s: no values to try it with", q.Name)
		}
	}
	return all
}

// shell runs a script, ends what it left in the background, and returns what it
// printed.
func shell(t *testing.T, dir, script string, env ...string) string {
	t.Helper()
	out, err := os.Create(filepath.Join(t.TempDir(), "out")) // not a pipe: what stays in the background would hold it open
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-ec", script)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, append(append(os.Environ(), "SCAFFOLD_DEFAULTS=off"), env...), out, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	err = cmd.Run()
	syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
	text, readErr := os.ReadFile(out.Name())
	if err := errors.Join(err, readErr); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return string(text)
}

// freePort returns a TCP port that was free just now.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// emptyRepository returns a folder called as the repository is.
func emptyRepository(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "scaffold")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// copyRepository returns a copy of what a clone would have.
func copyRepository(t *testing.T) string {
	t.Helper()
	list, err := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		t.Fatalf("not a git checkout: %v", err)
	}
	dir := emptyRepository(t)
	for name := range strings.SplitSeq(strings.TrimSuffix(string(list), "\x00"), "\x00") {
		data, err := os.ReadFile(name)
		if errors.Is(err, os.ErrNotExist) {
			continue // deleted, not yet committed
		}
		err = errors.Join(err, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		if err := errors.Join(err, os.WriteFile(filepath.Join(dir, name), data, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
