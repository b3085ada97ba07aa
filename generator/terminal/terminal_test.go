package terminal

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestFindPager(t *testing.T) {
	home, none := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(home, ".gitconfig"), []byte("[core]\n\tpager = less -S\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := exec.LookPath("git")
	for _, tt := range []struct {
		home string
		env  []string
		want string
	}{
		{none, nil, "less"},
		{none, []string{"PAGER=more"}, "more"},
		{none, []string{"PAGER="}, ""},
		{none, []string{"PAGER= "}, ""},
		{none, []string{"GIT_PAGER= "}, ""},
		{none, []string{"PAGER=more", "GIT_PAGER=most"}, "most"},
		{none, []string{"PAGER=more", "PAGER=most"}, "most"},
		{home, []string{"PAGER=more"}, "less -S"},
		{home, []string{"PAGER=more", "GIT_PAGER="}, ""},
	} {
		if tt.home == home && err != nil {
			continue
		}
		env := append([]string{"HOME=" + tt.home, "PATH=" + os.Getenv("PATH"), "GIT_CONFIG_NOSYSTEM=1"}, tt.env...)
		if got := findPager(env); got != tt.want {
			t.Errorf("%v: got %q, want %q", tt.env, got, tt.want)
		}
	}
}

func TestSize(t *testing.T) {
	for columns, want := range map[string]int{"": 0, "40": 40, "-1": 0, "many": 0} {
		if got, _ := Size(nil, []string{"COLUMNS=" + columns}); got != want {
			t.Errorf("COLUMNS=%s: got %d, want %d", columns, got, want)
		}
	}
}
