package git_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"scaffold/generator/git"
)

// The index has three versions of each file, byte for byte, in a folder of the
// repository too, before the first commit, whatever the files are called, and although
// the repository names filters and hooks. The files stay as they are.
func TestPutConflicts(t *testing.T) {
	const traps = `
mkdir -p sub .git/hooks
printf '* filter=a.B\nc.txt filter=long\n' >.gitattributes
git config filter.a.B.clean 'touch ran; cat'
git config filter.long.process 'touch ran'
git config filter.long.required true
git config core.fsmonitor 'touch ran'
printf '#!/bin/sh\ntouch ran\n' >.git/hooks/post-index-change
chmod 755 .git/hooks/post-index-change
`
	// Files that may have changed since they were added, by their time: git reads them when
	// it writes the index.
	const unsure = "mkdir -p sub; echo a >sub/a.txt; echo b >b.txt; echo c >c.txt; touch -d @4000000000 b.txt c.txt; git add -A; git commit -qm 1"
	for _, test := range []struct {
		name, script      string
		untracked, staged []string
	}{
		{"unborn", traps, []string{"a.txt", "odd\t\"[x]\"\n:(top)"}, nil},
		{"committed", unsure + traps, []string{"odd\t\"[x]\"\n:(top)"}, nil},
		{"staged", unsure + "; echo b >sub/a.txt; git add -A" + traps, []string{"odd\t\"[x]\"\n:(top)"}, []string{"a.txt"}},
		{"sha256", "rm -r .git; git init -q --object-format=sha256 ." + traps, []string{"a.txt", "odd\t\"[x]\"\n:(top)"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			top := repository(t, test.script)
			dir := filepath.Join(top, "sub")
			before, _ := os.ReadFile(filepath.Join(dir, "a.txt"))
			conflicts := []git.Conflict{
				{Path: "a.txt", Base: []byte("base\r\n\x00"), Mine: nil, Template: []byte("template"), Now: []byte("b\n")},
				{Path: "odd\t\"[x]\"\n:(top)", Executable: true, Base: []byte("b\n"), Mine: []byte("m\n"), Template: []byte("t\n")},
			}
			for range 2 { // again, it says that nothing was there to lose
				was, err := git.Open(dir, environment(t)).PutConflicts(t.Context(), conflicts)
				if err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(was.Untracked, test.untracked) || !slices.Equal(was.Staged, test.staged) || was.Left != nil {
					t.Errorf("got %q", was)
				}
				test.untracked, test.staged = nil, nil
			}
			if _, err := os.Stat(filepath.Join(top, "ran")); err == nil {
				t.Error("what the repository names was run")
			}
			if after, _ := os.ReadFile(filepath.Join(dir, "a.txt")); string(after) != string(before) {
				t.Errorf("the file became %q", after)
			}
			cmd := exec.Command("git", "-c", "core.fsmonitor=false", "ls-files", "-z", "-u")
			cmd.Dir, cmd.Env = dir, environment(t)
			out, err := cmd.Output()
			entries := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
			if err != nil || len(entries) != 6 || !strings.HasPrefix(entries[5], "100755 ") || !strings.HasSuffix(entries[5], " 3\todd\t\"[x]\"\n:(top)") {
				t.Fatalf("got %q, %v", entries, err)
			}
			for i, want := range []string{"base\r\n\x00", "", "template", "b\n", "m\n", "t\n"} {
				cmd := exec.Command("git", "cat-file", "blob", strings.Fields(entries[i])[1])
				cmd.Dir, cmd.Env = dir, environment(t)
				if got, err := cmd.Output(); err != nil || string(got) != want {
					t.Errorf("%s is %q, want %q: %v", entries[i], got, want, err)
				}
			}
		})
	}
}

// A filter whose name cannot be said to git is an error, because it would be run.
func TestPutConflictsRefuses(t *testing.T) {
	top := repository(t, "git config filter.a=b.clean 'touch ran; cat'; echo '* filter=a=b' >.gitattributes; echo b >b.txt; touch -d @4000000000 b.txt; git add b.txt; rm ran")
	_, err := git.Open(top, environment(t)).PutConflicts(t.Context(), []git.Conflict{{Path: "a.txt"}})
	if want := `the setting "filter.a=b.clean" cannot be turned off`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if _, err := os.Stat(filepath.Join(top, "ran")); err == nil {
		t.Error("the filter was run")
	}
}

// inConflict makes a merge that leaves one file in conflict.
const inConflict = `
mkdir sub; printf 'base\0' >'sub/[a]'; cp 'sub/[a]' sub/a; git add -A; git commit -qm base; git branch other
printf 'mine\0\r\n' >'sub/[a]'; git commit -qam mine; git checkout -q other
printf 'other\0' >'sub/[a]'; printf 'other\0' >sub/a; git commit -qam other; git checkout -q -; git merge -q other || true
`

// What both sides of a merge have of a file is known while that is in conflict, and when
// it was resolved, until git reads another commit.
func TestSides(t *testing.T) {
	top := repository(t, inConflict)
	dir := filepath.Join(top, "sub")
	want := []string{"mine\x00\r\n", "other\x00"}
	for _, script := range []string{"", "git checkout -q --theirs sub; git add -A", "git commit -qm merged; git reset -q --hard"} {
		if err := sh(t, top, script); err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(script, "git commit") {
			want = nil
		}
		sides, err := git.Open(dir, environment(t)).Sides(t.Context(), "[a]")
		var got []string
		for _, side := range sides {
			got = append(got, string(side))
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("after %q: got %q, %v, want %q", script, got, err, want)
		}
		if sides, err := git.Open(dir, environment(t)).Sides(t.Context(), "a"); err != nil || len(sides) != 0 {
			t.Errorf("after %q: a file that merged clean has %q, %v", script, sides, err)
		}
	}
	var none *git.Repo
	if sides, err := none.Sides(t.Context(), "a"); err != nil || sides != nil {
		t.Errorf("without a repository: %q, %v", sides, err)
	}
}

// A side that the repository lacks is not fetched, because that would run what it names.
func TestSidesFetchNothing(t *testing.T) {
	top := repository(t, inConflict+`
git config remote.origin.url $PWD; git config remote.origin.promisor true; git config extensions.partialClone origin
printf '#!/bin/sh\ntouch '$PWD/ran'\n' >trap; chmod 755 trap; git config remote.origin.uploadpack $PWD/trap
for o in $(git ls-files -u | cut -d' ' -f2); do rm -f .git/objects/$(echo $o | cut -c1-2)/$(echo $o | cut -c3-); done
`)
	if sides, err := git.Open(filepath.Join(top, "sub"), environment(t)).Sides(t.Context(), "[a]"); err == nil {
		t.Errorf("got %q", sides)
	}
	ran := filepath.Join(top, "ran")
	if _, err := os.Stat(ran); err == nil {
		t.Error("what the repository names was run")
	}
	sh(t, top, "git cat-file blob :2:'sub/[a]'") // fails, having run it
	if _, err := os.Stat(ran); err != nil {
		t.Error("git itself does not run it either: the trap is none")
	}
}
