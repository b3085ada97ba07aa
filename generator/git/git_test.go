package git_test

import (
	"context"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"scaffold/generator/git"
)

// sh runs a script in dir, with nobody's configuration but what it writes.
func sh(t *testing.T, dir, script string, env ...string) error {
	t.Helper()
	cmd := exec.Command("sh", "-ec", script)
	cmd.Dir = dir
	cmd.Env = append(environment(t), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Logf("%s\n%s", script, out)
	}
	return err
}

func environment(t *testing.T) []string {
	return append(os.Environ(), "HOME="+t.TempDir(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull,
		"GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=A", "GIT_COMMITTER_EMAIL=a@example.com")
}

// repository makes one by a script and returns its folder.
func repository(t *testing.T, script string) string {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("there is no git")
	}
	dir := t.TempDir()
	if err := sh(t, dir, "git init -q .\n"+script); err != nil {
		t.Fatal(err)
	}
	return dir
}

const threeFiles = `
mkdir -p src docs 'odd [x]'
echo a >src/a.txt; echo b >docs/b.txt; echo c >'odd [x]/:(top)c'
printf 'build/\n*.log\n!keep.log\n' >.gitignore
git add -A; git commit -qm 1
`

func TestIgnored(t *testing.T) {
	dir := repository(t, threeFiles+"mkdir -p src/build; touch src/build/x src/forced.log; git add -f src/forced.log")
	paths := []string{"build/x", "src/build", "x.log", "keep.log", "src/a.txt", "none", "src/forced.log", ":(top)y.log", "-x.log", "a\nb.log", "[a-z].log"}
	got, err := git.Open(dir, environment(t)).Ignored(t.Context(), paths)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"-x.log", ":(top)y.log", "[a-z].log", "a\nb.log", "build/x", "src/build", "x.log"}
	if ignored := slices.Sorted(maps.Keys(got)); !slices.Equal(ignored, want) {
		t.Errorf("ignored %q, want %q", ignored, want)
	}
	if rule := (git.Rule{Source: ".gitignore", Line: "2", Pattern: "*.log"}); got["x.log"] != rule {
		t.Errorf("got the rule %v, want %v", got["x.log"], rule)
	}
}

func TestNoneIsIgnored(t *testing.T) {
	got, err := git.Open(repository(t, threeFiles), environment(t)).Ignored(t.Context(), []string{"src/a.txt"})
	if err != nil || len(got) > 0 {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestAllIgnored(t *testing.T) {
	dir := repository(t, threeFiles+"mkdir -p src/build build/forced; touch src/build/x build/forced/f build/y src/x.log; git add -f build/forced/f")
	for root, want := range map[string][]string{
		".":     {"build/y", "src/build/", "src/x.log"},
		"src":   {"build/", "x.log"},
		"build": {"y"},
	} {
		got, err := git.Open(filepath.Join(dir, root), environment(t)).AllIgnored(t.Context())
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: got %q, %v, want %q", root, got, err, want)
		}
	}
	got, err := git.Open(filepath.Join(dir, "src/build"), environment(t)).AllIgnored(t.Context())
	if err != nil || !slices.Equal(got, []string{"./"}) {
		t.Errorf("a folder that is ignored itself: got %q, %v", got, err)
	}
}

func TestTogether(t *testing.T) {
	dir := repository(t, threeFiles+`
echo new >src/new.txt; git add src/new.txt; echo untracked >docs/u.txt
mkdir old; cp src/a.txt old/a.txt; git add old; git commit -qm 2
git rm -q src/a.txt; cp docs/b.txt src/c.txt; git add src/c.txt; git commit -qm 3; git commit -q --allow-empty -m 4`)
	r := git.Open(dir, environment(t)).History()
	for _, tt := range []struct {
		gone, came      string
		together, known bool
	}{
		{"docs/b.txt", "src/c.txt", true, true},    // in the commit that is checked out
		{"docs/b.txt", "docs/u.txt", false, false}, // git does not know when that came
		{"src/a.txt", "old/a.txt", true, true},     // before it was deleted
		{"src/a.txt", "src/c.txt", false, true},    // it came when the other went
		{"src/a.txt", "none.txt", false, false},
		{"none.txt", "docs/b.txt", false, false},
		{"odd [x]/:(top)c", "docs/b.txt", true, true},
	} {
		together, known := r.Together(t.Context(), tt.gone, tt.came)
		if together != tt.together || known != tt.known {
			t.Errorf("%s, %s: together is %v, known %v", tt.gone, tt.came, together, known)
		}
	}
	if _, known := git.Open(t.TempDir(), nil).History().Together(t.Context(), "a", "b"); known {
		t.Error("something is known without a repository")
	}
}

func TestAbsent(t *testing.T) {
	for name, script := range map[string]string{
		"sparse":        "git sparse-checkout set src",
		"sparse index":  "git sparse-checkout set --sparse-index src",
		"no cone":       "git sparse-checkout set --no-cone '/*' '!docs' '!odd*'",
		"skip-worktree": "git update-index --skip-worktree docs/b.txt 'odd [x]/:(top)c'; rm -r docs odd*",
	} {
		t.Run(name, func(t *testing.T) {
			r := git.Open(repository(t, threeFiles+script), environment(t))
			got, err := r.Absent(t.Context())
			if want := []string{"docs/b.txt", "odd [x]/:(top)c"}; err != nil || !slices.Equal(got, want) {
				t.Errorf("got %q, %v, want %q", got, err, want)
			}
			if sparse := r.Sparse(t.Context()); sparse == (name == "skip-worktree") {
				t.Errorf("sparse is %v", sparse)
			}
		})
	}
}

// A project in a folder of the repository sees its own part, by its own paths.
func TestProjectBelowTheTop(t *testing.T) {
	dir := repository(t, threeFiles+"git sparse-checkout set src; mkdir docs")
	r := git.Open(filepath.Join(dir, "docs"), environment(t))
	skipped, err := r.Absent(t.Context())
	if err != nil || !slices.Equal(skipped, []string{"b.txt"}) {
		t.Errorf("got %q, %v", skipped, err)
	}
	if r.AtTop() || !git.Open(dir, nil).AtTop() {
		t.Error("the top is elsewhere")
	}
}

func TestLinkedWorktree(t *testing.T) {
	dir := repository(t, threeFiles+"git worktree add -q linked; git -C linked sparse-checkout set src")
	got, err := git.Open(filepath.Join(dir, "linked"), environment(t)).Absent(t.Context())
	if want := []string{"docs/b.txt", "odd [x]/:(top)c"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

// A merge leaves a file in conflict until its resolution is added.
func TestUnmerged(t *testing.T) {
	dir := repository(t, threeFiles+"git checkout -q -b side; echo 1 >src/a.txt; git commit -qam side; git checkout -q -; echo 2 >src/a.txt; git commit -qam main; git merge -q side || true")
	got, err := git.Open(dir, environment(t)).Unmerged(t.Context())
	if got = slices.Compact(got); err != nil || !slices.Equal(got, []string{"src/a.txt"}) {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestSubmodules(t *testing.T) {
	dir := repository(t, threeFiles+"git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),third_party/lib")
	got, err := git.Open(dir, environment(t)).Submodules(t.Context())
	if err != nil || !slices.Equal(got, []string{"third_party/lib"}) {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestFileMode(t *testing.T) {
	dir := repository(t, "git config core.fileMode false")
	if git.Open(dir, environment(t)).FileMode(t.Context()) {
		t.Error("modes are compared")
	}
	if err := sh(t, dir, "git config core.fileMode true"); err != nil {
		t.Fatal(err)
	}
	if !git.Open(dir, environment(t)).FileMode(t.Context()) {
		t.Error("modes are not compared")
	}
}

func TestOpen(t *testing.T) {
	dir := repository(t, threeFiles+"mkdir -p src/.git")
	if r := git.Open(filepath.Join(dir, "src"), environment(t)); r == nil || r.AtTop() {
		t.Error("an empty folder called .git is taken for a repository")
	}
	none := t.TempDir()
	if git.Open(none, nil) != nil {
		t.Error("there is a repository where there is none")
	}
	if err := os.WriteFile(filepath.Join(none, ".git"), []byte("gitdir: nowhere\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	r := git.Open(none, environment(t))
	if r == nil {
		t.Fatal("a file that names a repository is overlooked")
	}
	if _, err := r.Absent(t.Context()); err == nil {
		t.Error("a repository that is not there answers")
	}
}

func TestNoRepository(t *testing.T) {
	var r *git.Repo
	ignored, err := r.Ignored(t.Context(), []string{"a"})
	skipped, err2 := r.Absent(t.Context())
	if err != nil || err2 != nil || len(ignored)+len(skipped) > 0 || !r.FileMode(t.Context()) || r.Sparse(t.Context()) || r.AtTop() {
		t.Errorf("got %v %v, %v %v", ignored, skipped, err, err2)
	}
}

func TestNoGit(t *testing.T) {
	dir := repository(t, threeFiles)
	t.Setenv("PATH", t.TempDir())
	if _, err := git.Open(dir, nil).Ignored(t.Context(), []string{"x.log"}); err == nil {
		t.Error("git answers without being there")
	}
}

func TestCancelled(t *testing.T) {
	dir := repository(t, threeFiles)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := git.Open(dir, environment(t)).Absent(ctx); err == nil || !strings.Contains(err.Error(), "cancel") {
		t.Errorf("got %v", err)
	}
}

// What git reads may be a pipe that nobody writes to. Then it is given up once,
// not at every question.
func TestSilentGit(t *testing.T) {
	for _, file := range []string{"config", "index", "HEAD", "info/exclude"} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			dir := repository(t, threeFiles+"rm -f .git/"+file+"; mkfifo .git/"+file)
			r := git.Open(dir, environment(t))
			start := time.Now()
			r.Absent(t.Context())
			r.AllIgnored(t.Context())
			r.Sparse(t.Context())
			if took := time.Since(start); took > 9*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

// A few objects may be a tree of any number of files, which nobody has to check
// out: it is in the commit before the one that deleted it. No more of it is
// remembered than there is room for.
func TestTreeOfManyFiles(t *testing.T) {
	dir := repository(t, threeFiles+`
name=$(printf %0100d 0); tree=$(git rev-parse HEAD:src)
for level in 1 2 3 4 5 6 7; do
	tree=$(for i in 0 1 2 3 4 5 6 7 8 9; do printf "040000 tree $tree\t$i$name\n"; done | git mktree)
done
tree=$({ git ls-tree HEAD; printf "040000 tree $tree\tmany\n"; } | git mktree)
commit=$(git commit-tree -p HEAD -m many $tree)
commit=$(git commit-tree -p $commit -m few "$(git ls-tree HEAD | grep -v docs | git mktree)")
git reset -q --hard $commit`)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	_, known := git.Open(dir, environment(t)).History().Together(t.Context(), "docs/b.txt", "src/a.txt")
	runtime.ReadMemStats(&after)
	took, bytes := time.Since(start), after.TotalAlloc-before.TotalAlloc
	if known || took > 4*time.Second || bytes > 256<<20 {
		t.Errorf("known is %v, after %v and %d bytes", known, took, bytes)
	}
}
