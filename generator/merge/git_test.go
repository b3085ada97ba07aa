package merge

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// needGit skips where git is missing, except in CI, where it must not be.
func needGit(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("git is not on PATH; CI compares with it")
		}
		t.Skip("git is not on PATH: nothing to compare with")
	}
}

// git runs git out of reach of the machine's configuration.
func git(dir string, stdin []byte, args ...string) (stdout []byte, status int, err error) {
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Stdin = bytes.NewReader(stdin)
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "LC_ALL=C",
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + os.DevNull,
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com",
		"GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com",
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err = cmd.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		status, err = exit.ExitCode(), nil
	}
	if err == nil && stderr.Len() > 0 {
		err = fmt.Errorf("git %s: %s", strings.Join(args, " "), stderr.Bytes())
	}
	return stdout, status, err
}

// An agreement counts how a set of merges compares with git's.
type agreement struct {
	total, verdict int // verdict: clean in both, or in neither
	clean, same    int // clean in both; and with the same bytes
	oursOnly       int // clean here, a conflict in git
}

func (a *agreement) add(r Result, gitClean bool, content []byte) {
	a.total++
	if r.Clean() == gitClean {
		a.verdict++
	} else if r.Clean() {
		a.oursOnly++
	}
	if r.Clean() && gitClean {
		a.clean++
		if bytes.Equal(r.Content, content) {
			a.same++
		}
	}
}

// check wants the same verdict in least per thousand.
func (a *agreement) check(t *testing.T, what string, least int) {
	t.Helper()
	t.Logf("%s: %d triples; same verdict %d (%.2f %%); clean here only %d; clean in both %d, of these the same bytes %d",
		what, a.total, a.verdict, 100*float64(a.verdict)/float64(a.total), a.oursOnly, a.clean, a.same)
	if a.verdict*1000 < a.total*least {
		t.Errorf("%s: the same verdict in %d of %d triples, want %d per thousand", what, a.verdict, a.total, least)
	}
}

// compared returns what is merged: a sample, and in CI many times as much.
func compared(t *testing.T) []triple {
	return triples(t, tries(60, 2000))
}

// TestMergeFile compares with git merge-file, whose diff is Myers' (git 2.39
// has no other there). The two diffs alone part the verdicts of one or two in a
// thousand; which triples there are depends on the sources of this Go release,
// hence the room. TestMergeOrt, where the diffs are of one kind, has none.
func TestMergeFile(t *testing.T) {
	needGit(t)
	all := compared(t)
	var (
		mu    sync.Mutex
		agree agreement
		wg    sync.WaitGroup
		next  = make(chan triple)
	)
	for range 3 {
		dir := t.TempDir()
		wg.Go(func() {
			for x := range next {
				content, conflicts, err := mergeFile(dir, x)
				r := Lines(x.base, x.ours, x.theirs, Labels{})
				mu.Lock()
				if err != nil {
					t.Error(err)
				}
				agree.add(r, conflicts == 0, content)
				mu.Unlock()
			}
		})
	}
	for _, x := range all {
		next <- x
	}
	close(next)
	wg.Wait()
	least := 995
	if agree.total < 1000 {
		least = 990 // two of a sample: one alone may be two in a thousand by chance
	}
	agree.check(t, "git merge-file", least)
}

// mergeFile runs git merge-file; its exit status is the number of conflicts, up
// to 127, or 255 for an error.
func mergeFile(dir string, x triple) (content []byte, conflicts int, err error) {
	for name, data := range map[string][]byte{"base": x.base, "ours": x.ours, "theirs": x.theirs} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return nil, 0, err
		}
	}
	content, conflicts, err = git(dir, nil, "merge-file", "-p", "-q", "ours", "base", "theirs")
	if err == nil && conflicts > 127 {
		err = fmt.Errorf("git merge-file: exit status %d", conflicts)
	}
	return content, conflicts, err
}

// TestMergeOrt compares with git merge, which takes the histogram diff, and all
// triples at once: each is a file of one repository. Conflicts are compared
// byte for byte too, in git's style zdiff3.
func TestMergeOrt(t *testing.T) {
	all := compared(t)
	compareMergeOrt(t, append(all, repetitive(len(all))...))
}

func compareMergeOrt(t *testing.T, all []triple) {
	t.Helper()
	needGit(t)
	dir := t.TempDir()
	if out, _, err := git(dir, nil, "version"); err != nil || olderThan(string(out), 2, 35) {
		t.Skipf("%q: no zdiff3 before git 2.35 (%v)", out, err)
	}
	run := func(stdin []byte, args ...string) []byte {
		t.Helper()
		out, status, err := git(dir, stdin, args...)
		if err != nil || status != 0 && !slices.Contains(args, "merge") {
			t.Fatalf("git %s: exit status %d, %v", strings.Join(args, " "), status, err)
		}
		return out
	}
	run(nil, "init", "-q", "-b", "ours")
	run(history(all), "fast-import", "--quiet")
	run(nil, "reset", "-q", "--hard")
	run(nil, "-c", "merge.conflictStyle=zdiff3", "merge", "-q", "-X", "no-renames", "theirs")
	l := Labels{"HEAD", string(run(nil, "rev-parse", "--short", "base")), "theirs"}
	conflicted := string(run(nil, "diff", "--name-only", "--diff-filter=U"))

	var agree agreement
	sameConflict, conflicts := 0, 0
	for i, x := range all {
		content, err := os.ReadFile(filepath.Join(dir, fileName(i)))
		if err != nil {
			t.Fatal(err)
		}
		r := Lines(x.base, x.ours, x.theirs, l)
		clean := !strings.Contains(conflicted, fileName(i))
		agree.add(r, clean, content)
		if !clean && !r.Clean() {
			conflicts++
			if bytes.Equal(r.Content, content) {
				sameConflict++
			}
		}
	}
	agree.check(t, "git merge", 999)
	t.Logf("conflicts in both %d, of these the same bytes %d", conflicts, sameConflict)
	if agree.oursOnly > 0 || agree.same < agree.clean {
		t.Error("a clean merge differs from git's with the same diff")
	}
}

func olderThan(version string, major, minor int) bool {
	var v, w int
	_, err := fmt.Sscanf(version, "git version %d.%d", &v, &w)
	return err != nil || v < major || v == major && w < minor
}

func fileName(i int) string { return fmt.Sprintf("%04d", i) }

// history is a base commit and one on either side, for git fast-import.
func history(all []triple) []byte {
	var out []byte
	commit := func(branch, from string, pick func(triple) []byte) {
		out = fmt.Appendf(out, "commit refs/heads/%s\ncommitter a <a@example.com> 0 +0000\ndata 0\n%s", branch, from)
		for i, x := range all {
			data := pick(x)
			out = fmt.Appendf(out, "M 100644 inline %s\ndata %d\n%s\n", fileName(i), len(data), data)
		}
	}
	commit("base", "", func(x triple) []byte { return x.base })
	commit("ours", "from refs/heads/base\n", func(x triple) []byte { return x.ours })
	commit("theirs", "from refs/heads/base\n", func(x triple) []byte { return x.theirs })
	return out
}
