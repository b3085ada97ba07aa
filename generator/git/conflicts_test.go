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
				{Path: "a.txt", Base: []byte("base\r\n\x00"), Mine: nil, Template: []byte("template")},
				{Path: "odd\t\"[x]\"\n:(top)", Executable: true, Base: []byte("b\n"), Mine: []byte("m\n"), Template: []byte("t\n")},
			}
			for range 2 { // again, it says that nothing was there to lose
				untracked, staged, err := git.Open(dir, environment(t)).PutConflicts(t.Context(), conflicts)
				if err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(untracked, test.untracked) || !slices.Equal(staged, test.staged) {
					t.Errorf("untracked %q, staged %q", untracked, staged)
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
	_, _, err := git.Open(top, environment(t)).PutConflicts(t.Context(), []git.Conflict{{Path: "a.txt"}})
	if want := `the setting "filter.a=b.clean" cannot be turned off`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if _, err := os.Stat(filepath.Join(top, "ran")); err == nil {
		t.Error("the filter was run")
	}
}
