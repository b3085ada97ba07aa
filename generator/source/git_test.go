package source

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"golang.org/x/mod/module"

	"scaffold/generator/problem"
)

// sh runs a script in dir, with nobody's configuration, and returns its output.
func sh(t *testing.T, dir, script string, env ...string) string {
	t.Helper()
	cmd := exec.Command("sh", "-ec", script)
	cmd.Dir = dir
	cmd.Env = append(append(environment(), quick...), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s\n%s%v", script, out, err)
	}
	return strings.TrimSpace(string(out))
}

// quick has git neither copy its sample hooks nor look after each commit whether there is
// something to tidy up.
var quick = []string{"GIT_TEMPLATE_DIR=", "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=maintenance.auto", "GIT_CONFIG_VALUE_0=false"}

// environment is that of a user without configuration. Its dates are those that
// commits get.
func environment() []string {
	return append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull, "HOME="+os.DevNull,
		"GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=A", "GIT_COMMITTER_EMAIL=a@example.com",
		"GIT_AUTHOR_DATE=2026-01-02T03:04:05Z", "GIT_COMMITTER_DATE=2026-01-02T03:04:05Z")
}

// packs makes a repository with two packs in folders and one at the top: a commit
// for each line, and its tags.
const packs = `
git init -q -b main .
mkdir -p web/files other
printf 'one\n' >web/pack.yaml; printf 'hello\n' >web/files/a.txt; printf '#!/bin/sh\n' >web/files/run.sh; chmod +x web/files/run.sh
printf 'other\n' >other/pack.yaml; printf 'top\n' >pack.yaml
git add -A; git commit -qm 1; git tag web/v1.0.0; git tag -a -m annotated v0.1.0
printf 'two\n' >web/pack.yaml; git commit -qam 2; git tag web/v1.4.0
printf 'three\n' >web/pack.yaml; git commit -qam 3; git tag web/v2.0.0-rc.1; git tag web/v1.5; git tag nightly; git tag v0.2.0+build
git checkout -q -b feature/x; printf 'four\n' >web/pack.yaml; git commit -qam 4; git checkout -q main
`

// repository makes one by a script and returns its folder.
func repository(t *testing.T, script string) string {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("there is no git")
	}
	dir := filepath.Join(t.TempDir(), "packs")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if script != packs {
		sh(t, dir, script)
		return dir
	}
	made.Do(func() {
		from := t.TempDir()
		sh(t, from, packs)
		files, err := readFolder(from)
		if err != nil {
			t.Fatal(err)
		}
		madeOfPacks = files
	})
	if madeOfPacks == nil {
		t.Fatal("another test could not make the repository")
	}
	if err := os.CopyFS(dir, madeOfPacks); err != nil {
		t.Fatal(err)
	}
	return dir
}

// madeOfPacks is the repository of packs, which a dozen tests start from: git makes it
// once.
var (
	made        sync.Once
	madeOfPacks fstest.MapFS
)

// readFolder returns what is in a folder, to be copied when that is gone.
func readFolder(dir string) (fstest.MapFS, error) {
	files := make(fstest.MapFS)
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		file := &fstest.MapFile{Mode: info.Mode()}
		if !entry.IsDir() {
			file.Data, err = os.ReadFile(filepath.Join(dir, path))
		}
		files[path] = file
		return err
	})
	return files, err
}

// A user has a cache, and no network but this machine.
func user(t *testing.T) Finder {
	t.Helper()
	return Finder{Cache: filepath.Join(t.TempDir(), "cache"), Env: environment()}
}

func findIn(t *testing.T, f Finder, dir, rest string) (Source, error) {
	t.Helper()
	ref, err := Parse("git+file://" + filepath.ToSlash(dir) + rest)
	if err != nil {
		t.Fatal(err)
	}
	return f.Find(t.Context(), ref)
}

func manifest(t *testing.T, s Source) string {
	t.Helper()
	data, err := fs.ReadFile(s.FS, "pack.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(data))
}

// What each reference comes to. COMMIT and SHORT are those of feature/x.
func TestFindGit(t *testing.T) {
	dir := repository(t, packs)
	name := sh(t, dir, "git rev-parse feature/x")
	fill := strings.NewReplacer("COMMIT", name, "SHORT", name[:12])
	f := user(t)
	for _, tt := range []struct {
		rest, version string
		release       bool
		manifest      string
	}{
		{"//web", "1.4.0", true, "two"},
		{"//web@latest", "1.4.0", true, "two"},
		{"//web@v1.0.0", "1.0.0", true, "one"},
		{"//web@1.0.0", "1.0.0", true, "one"},
		{"//web@web/v1.0.0", "1.0.0", true, "one"},
		{"//web@2.0.0-rc.1", "2.0.0-rc.1", true, "three"},
		{"//web@v1.5", "", false, ""},
		{"//web@web/v1.5", "1.4.1-0.20260102030405-" + sh(t, dir, "git rev-parse --short=12 main"), false, "three"},
		{"//web@nightly", "1.4.1-0.20260102030405-" + sh(t, dir, "git rev-parse --short=12 main"), false, "three"},
		{"//web@feature/x", "1.4.1-0.20260102030405-SHORT", false, "four"},
		{"//web@COMMIT", "1.4.1-0.20260102030405-SHORT", false, "four"},
		{"//web@SHORT", "1.4.1-0.20260102030405-SHORT", false, "four"},
		{"//web@1.4.1-0.20260102030405-SHORT", "1.4.1-0.20260102030405-SHORT", false, "four"},
		{"//web@v1.4.1-0.20260102030405-SHORT", "1.4.1-0.20260102030405-SHORT", false, "four"},
		{"//web@1.4.1-0.20250102030405-SHORT", "", false, ""}, // of another date
		{"//web@" + sh(t, dir, "git rev-parse main~1"), "1.4.0", true, "two"},
		{"@v0.2.0+build", "0.1.1-0.20260102030405-" + sh(t, dir, "git rev-parse --short=12 main"), false, "top"}, // no version has +
		{"", "0.1.0", true, "top"},
		{"@v0.1.0", "0.1.0", true, "top"},
		{"//other", "0.1.0", true, "other"}, // which has no tags of its own
		{"//other@main", "0.1.1-0.20260102030405-" + sh(t, dir, "git rev-parse --short=12 main"), false, "other"},
		{"//none@v0.1.0", "", false, ""},
		{"//web/files/a.txt@v0.1.0", "", false, ""},
		{"@v0.3.0", "", false, ""},
		{"@none", "", false, ""},
		{"@1234567", "", false, ""},
		{"@HEAD", "", false, ""},
		{"@refs/heads/main", "", false, ""},
	} {
		got, err := findIn(t, f, dir, fill.Replace(tt.rest))
		if tt.version == "" {
			if err == nil || !problem.IsInput(err) {
				t.Errorf("%s: got %+v, %v; want an input error", tt.rest, got, err)
			}
			continue
		}
		if err != nil || got.Version != fill.Replace(tt.version) || module.IsPseudoVersion("v"+got.Version) == tt.release || got.Kind != Git || len(got.Commit) != 40 || got.Origin != "file://"+dir {
			t.Errorf("%s: got %+v, %v\nwant %s", tt.rest, got, err, fill.Replace(tt.version))
			continue
		}
		if text := manifest(t, got); text != tt.manifest {
			t.Errorf("%s: the manifest is %q, want %q", tt.rest, text, tt.manifest)
		}
		if root, err := fs.ReadFile(got.Root, "other/pack.yaml"); err != nil || string(root) != "other\n" {
			t.Errorf("%s: the root has %q, %v", tt.rest, root, err)
		}
	}
}

// What is said of a version that is not there, and the hints.
func TestGitVersionMissing(t *testing.T) {
	dir := repository(t, packs)
	f := user(t)
	for rest, want := range map[string]string{
		"//web@1.3.0":       "there is no tag web/v1.3.0; next to it there are v1.0.0, v1.4.0, v2.0.0-rc.1; the newest release is 1.4.0",
		"//web@9.9.9":       "there is no tag web/v9.9.9; next to it there are v1.4.0, v2.0.0-rc.1; the newest release is 1.4.0",
		"//web@featrue/x":   `there is no branch, tag or commit "featrue/x": did you mean "feature/x"?`,
		"//web@1234567":     "there is no commit 1234567, or several begin so",
		"//nothing@v0.1.0":  `tag v0.1.0 has no folder "nothing"`,
		"//web/files/a.txt": `tag v0.1.0 has no folder "web/files/a.txt"`,
	} {
		_, err := findIn(t, f, dir, rest)
		text := "nil"
		if err != nil {
			text = strings.Join(append([]string{err.Error()}, problem.Hints(err)...), "; ")
		}
		if want = "pack git+file://" + dir + rest + ": " + want; text != want {
			t.Errorf("%s: got  %s\nwant %s", rest, text, want)
		}
	}
	bare := repository(t, "git init -q -b main .; echo a >pack.yaml; git add -A; git commit -qm 1")
	_, err := findIn(t, f, bare, "")
	if err == nil || !problem.IsInput(err) || !strings.Contains(err.Error(), "there is no release, which is a tag v1.2.3") || !strings.HasSuffix(problem.Hints(err)[0], "@main takes the branch") {
		t.Errorf("no release: got %v, %q", err, problem.Hints(err))
	}
	sh(t, bare, "git tag web/v1.0.0; git tag web/v1.1.0; git tag api/v2.0.0; git tag notes/today; git branch x/v1.0.0")
	for _, rest := range []string{"", "//wbe"} { // what is released apart is named
		_, err = findIn(t, f, bare, rest)
		if hints := problem.Hints(err); len(hints) != 2 || hints[1] != "that repository has releases of //api, //web" {
			t.Errorf("%q: got %v, %q", rest, err, hints)
		}
	}
	sh(t, bare, "git tag v1.0.0-rc.1")
	_, err = findIn(t, f, bare, "")
	if err == nil || !strings.Contains(err.Error(), "there is no release, only v1.0.0-rc.1") || !strings.HasSuffix(problem.Hints(err)[0], "@v1.0.0-rc.1 takes it") {
		t.Errorf("only pre-releases: got %v, %q", err, problem.Hints(err))
	}
	got, err := findIn(t, f, bare, "@main") // as Go does, no pre-release of it counts
	if want := "0.0.0-20260102030405-" + sh(t, bare, "git rev-parse --short=12 main"); err != nil || got.Version != want {
		t.Errorf("a branch without releases: got %+v, %v, want %s", got, err, want)
	}
	empty := repository(t, "git init -q .")
	if _, err = findIn(t, f, empty, ""); err == nil || !problem.IsInput(err) {
		t.Errorf("an empty repository: got %v", err)
	}
}

// A version is a tag with v. Of tags that have none it is said that they are there, and
// how one is taken or made a version.
func TestGitTagsWithoutV(t *testing.T) {
	dir := repository(t, "git init -q -b main .; mkdir web; echo a >web/pack.yaml; echo a >pack.yaml; git add -A; git commit -qm 1; git tag 0.1.0; git tag 0.10.0; git tag 0.2.0; git tag 1.0; git tag x0.3.0")
	f := user(t)
	at := "git+file://" + dir
	for _, tt := range []struct{ rest, want string }{
		{"", "there is no release, which is a tag v1.2.3: the tags 0.1.0, 0.2.0, 0.10.0 have no v" +
			"; its author makes a release of it: git tag v0.10.0 '0.10.0^{}'; " + at + "@0.10.0 takes that tag; newer ones are found only with a v"},
		{"//web", "there is no release, which is a tag [web/]v1.2.3: the tags 0.1.0, 0.2.0, 0.10.0 have no v" +
			"; its author makes a release of it: git tag v0.10.0 '0.10.0^{}'; " + at + "//web@0.10.0 takes that tag; newer ones are found only with a v"},
		{"@v0.2.0", "there is no tag v0.2.0, and no other version: the tags 0.1.0, 0.2.0, 0.10.0 have no v" +
			"; its author makes a release of it: git tag v0.2.0 '0.2.0^{}'; " + at + "@0.2.0 takes that tag; newer ones are found only with a v"},
		{"@v3.0.0", "there is no tag v3.0.0, and no other version: the tags 0.1.0, 0.2.0, 0.10.0 have no v" +
			"; its author makes a release of it: git tag v0.10.0 '0.10.0^{}'; " + at + "@0.10.0 takes that tag; newer ones are found only with a v"},
	} {
		_, err := findIn(t, f, dir, tt.rest)
		if err == nil || !problem.IsInput(err) {
			t.Fatalf("%s: got %v", tt.rest, err)
		}
		if text := strings.Join(append([]string{err.Error()}, problem.Hints(err)...), "; "); text != "pack "+at+tt.rest+": "+tt.want {
			t.Errorf("%s: got  %s\nwant %s", tt.rest, text, tt.want)
		}
	}
	if got, err := findIn(t, f, dir, "@0.10.0"); err != nil || !strings.HasPrefix(got.Version, "0.0.0-") {
		t.Errorf("the tag: got %+v, %v", got, err)
	}
	sh(t, dir, "git tag v0.1.0; git tag web/0.4.0")
	for rest, want := range map[string]string{
		"@v0.2.0":      "there is no tag v0.2.0; next to it there are v0.1.0: the tags 0.1.0, 0.2.0, 0.10.0 have no v",
		"//web@v0.4.0": "there is no tag v0.4.0; next to it there are v0.1.0: the tags web/0.4.0, 0.1.0, 0.2.0, 0.10.0 have no v",
	} {
		if _, err := findIn(t, f, dir, rest); err == nil || err.Error() != "pack "+at+rest+": "+want {
			t.Errorf("%s: got %v, want %s", rest, err, want)
		}
	}
	if got, err := findIn(t, f, dir, ""); err != nil || got.Version != "0.1.0" {
		t.Errorf("a release: got %+v, %v", got, err)
	}
}

func TestGitVersions(t *testing.T) {
	dir := repository(t, packs)
	for rest, want := range map[string]string{"//web": "1.0.0 1.4.0", "": "0.1.0", "//other": "0.1.0", "//web@1.0.0": "1.0.0 1.4.0"} {
		ref, err := Parse("git+file://" + dir + rest)
		if err != nil {
			t.Fatal(err)
		}
		got, err := user(t).Versions(t.Context(), ref)
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s: got %q, %v", rest, got, err)
		}
	}
}

// A release that the mirror has needs no network; the newest and branches do.
func TestGitOffline(t *testing.T) {
	dir := repository(t, packs)
	name := sh(t, dir, "git rev-parse feature/x")
	f := user(t)
	f.Offline = true
	if _, err := findIn(t, f, dir, "//web"); err == nil || problem.IsInput(err) {
		t.Errorf("before it was fetched: got %v", err)
	}
	f.Offline = false
	if _, err := findIn(t, f, dir, "//web"); err != nil {
		t.Fatal(err)
	}
	away := dir + ".away"
	if err := os.Rename(dir, away); err != nil {
		t.Fatal(err)
	}
	for _, f.Offline = range []bool{true, false} {
		for _, rest := range []string{"//web@v1.0.0", "//web@1.4.0", "//web@1.4.1-0.20260102030405-" + name[:12], "//web@" + name} {
			if got, err := findIn(t, f, dir, rest); err != nil {
				t.Errorf("%s: got %v", rest, err)
			} else {
				manifest(t, got)
			}
		}
		for _, rest := range []string{"//web", "//web@latest", "//web@feature/x", "//web@" + name[:12]} {
			got, err := findIn(t, f, dir, rest)
			if f.Offline && err != nil {
				t.Errorf("%s offline: got %v", rest, err)
			}
			if f.Offline {
				continue
			}
			hint := strings.Join(problem.Hints(err), " ")
			if err == nil || !strings.Contains(hint, "1.4.0 was the newest when it was last fetched") || !strings.Contains(hint, "//web@v1.4.0, or --to 1.4.0 for a project") {
				t.Errorf("%s without a repository: got %+v, %v, %q", rest, got, err, hint)
			}
		}
	}
	if _, err := findIn(t, f, dir, "//web@v1.2.0"); err == nil {
		t.Error("a release that nobody has is found")
	}
}

// A mirror follows its repository: new tags, tags that moved or vanished, a branch
// that became a folder of branches.
func TestGitFollows(t *testing.T) {
	dir := repository(t, packs)
	f := user(t)
	if _, err := findIn(t, f, dir, "//web"); err != nil {
		t.Fatal(err)
	}
	sh(t, dir, `git tag -d web/v1.4.0; git tag -f web/v1.0.0 main; git branch -D feature/x; git branch feature; git commit -q --allow-empty -m 5; git tag web/v1.6.0`)
	if got, err := findIn(t, f, dir, "//web@1.0.0"); err != nil || manifest(t, got) != "one" {
		t.Errorf("a pinned release is fetched anew: %v", err)
	}
	if got, err := findIn(t, f, dir, "//web"); err != nil || got.Version != "1.6.0" {
		t.Errorf("the newest is %+v, %v", got, err)
	}
	if got, err := findIn(t, f, dir, "//web@1.0.0"); err != nil || manifest(t, got) != "three" {
		t.Errorf("a tag that moved is not followed: %v", err)
	}
	if _, err := findIn(t, f, dir, "//web@1.4.0"); err == nil || !problem.IsInput(err) || !strings.Contains(err.Error(), "no tag web/v1.4.0; next to it there are v1.0.0, v1.6.0") {
		t.Errorf("a tag that vanished: got %v", err)
	}
	if got, err := findIn(t, f, dir, "//web@feature"); err != nil {
		t.Errorf("a branch where a folder was: got %+v, %v", got, err)
	}
}

// A release of the whole repository is one of a folder only as long as the folder has
// none: the mirror may not know those yet. Without the repository what it knows counts.
func TestGitFolderReleased(t *testing.T) {
	dir := repository(t, packs)
	f := user(t)
	if got, err := findIn(t, f, dir, "//other@v0.1.0"); err != nil || manifest(t, got) != "other" {
		t.Fatalf("got %+v, %v", got, err)
	}
	sh(t, dir, `printf 'of its own\n' >other/pack.yaml; git commit -qam 5; git tag other/v0.1.0`)
	ask := func(where, want string) {
		t.Helper()
		if got, err := findIn(t, f, dir, "//other@v0.1.0"); err != nil || manifest(t, got) != want {
			t.Errorf("%s: got %+v, %v; want %q", where, got, err, want)
		}
	}
	if err := os.Rename(dir, dir+".away"); err != nil {
		t.Fatal(err)
	}
	ask("without the repository", "other")
	if err := os.Rename(dir+".away", dir); err != nil {
		t.Fatal(err)
	}
	f.Offline = true
	ask("offline", "other")
	f.Offline = false
	ask("with the repository", "of its own")
	if got, err := findIn(t, f, dir, "@v0.1.0"); err != nil || manifest(t, got) != "top" {
		t.Errorf("the repository's own: got %+v, %v", got, err)
	}
}

func TestGitNowhere(t *testing.T) {
	repository(t, "true")
	f := user(t)
	if _, err := findIn(t, f, t.TempDir(), "@v1.0.0"); err == nil || !problem.IsInput(err) || !strings.Contains(err.Error(), "there is no repository at file://") {
		t.Errorf("got %v", err)
	}
	if left, err := os.ReadDir(filepath.Join(f.Cache, "git")); err != nil || len(left) > 1 { // its lock
		t.Errorf("what is no repository leaves %v, %v", left, err)
	}
	f.Offline = true
	f.Cache = filepath.Join(t.TempDir(), "cache")
	if _, err := findIn(t, f, t.TempDir(), ""); err == nil || problem.IsInput(err) {
		t.Errorf("offline: got %v", err)
	}
	if _, err := os.Stat(f.Cache); err == nil {
		t.Error("offline a folder is made")
	}
	f.Offline, f.Cache = false, ""
	if _, err := findIn(t, f, t.TempDir(), ""); err == nil || problem.IsInput(err) || !strings.Contains(strings.Join(problem.Hints(err), ""), "XDG_CACHE_HOME") {
		t.Errorf("without a cache: got %v", err)
	}
	f = user(t)
	t.Setenv("PATH", t.TempDir())
	if _, err := findIn(t, f, t.TempDir(), ""); !errors.Is(err, errNoGit) || problem.IsInput(err) {
		t.Errorf("without git: got %v", err)
	}
}

// An empty answer, as some proxies give, is no news of a repository. The mirror keeps
// what it has.
func TestGitEmptyAnswer(t *testing.T) {
	dir := repository(t, packs)
	f := user(t)
	if _, err := findIn(t, f, dir, "//web"); err != nil {
		t.Fatal(err)
	}
	sh(t, dir, `git for-each-ref --format='delete %(refname)' | git update-ref --stdin`)
	for range 2 {
		_, err := findIn(t, f, dir, "//web")
		if err == nil || problem.IsInput(err) || !strings.Contains(err.Error(), "neither a branch nor a tag") || !strings.Contains(strings.Join(problem.Hints(err), " "), "1.4.0 was the newest") {
			t.Errorf("got %v", err)
		}
		got, err := findIn(t, f, dir, "//web@v1.4.0")
		if err != nil || manifest(t, got) != "two" {
			t.Errorf("got %+v, %v", got, err)
		}
	}
	if _, err := findIn(t, user(t), dir, "//web"); !problem.IsInput(err) || !strings.Contains(err.Error(), "there is no release") {
		t.Errorf("without a mirror: got %v", err)
	}
}

// Tags may name what is no commit, and a tag another tag.
func TestGitOddTags(t *testing.T) {
	dir := repository(t, `git init -q .; echo a >pack.yaml; git add -A; git commit -qm 1
git tag v1.0.0 HEAD:pack.yaml; git tag -a -m 1 inner; git tag -a -m 2 v1.1.0 inner; git tag tree HEAD^{tree}
git tag v1.2.0 HEAD^{tree}; git tag -a -m 3 v1.3.0 HEAD:pack.yaml`)
	f := user(t)
	if got, err := findIn(t, f, dir, ""); err != nil || got.Version != "1.1.0" {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, rest := range []string{"@v1.0.0", "@tree", "@1.2.0", "@v1.3.0"} {
		if _, err := findIn(t, f, dir, rest); err == nil || !problem.IsInput(err) || !strings.Contains(err.Error(), "names no commit") {
			t.Errorf("%s: got %v", rest, err)
		}
	}
}

func TestGitOfSHA256(t *testing.T) {
	dir := repository(t, `git init -q --object-format=sha256 .; echo a >pack.yaml; git add -A; git commit -qm 1; git tag v1.0.0`)
	got, err := findIn(t, user(t), dir, "")
	if err != nil || len(got.Commit) != 64 || manifest(t, got) != "a" {
		t.Errorf("got %+v, %v", got, err)
	}
}
