//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A screen is a terminal that tmux keeps, with a shell in a folder of its own.
type screen struct {
	*testing.T
	dir, tmux string // where the shell works; tmux's folder for its socket
}

// openScreen runs commands in a terminal of so many columns and lines. The last line
// says how they ended.
func openScreen(t *testing.T, width, height int, commands string) screen {
	t.Helper()
	need(t, "tmux")
	socket, err := os.MkdirTemp("", "tmux") // because a socket's path is at most about 100 bytes
	if err != nil {
		t.Fatal(err)
	}
	s := screen{t, t.TempDir(), socket}
	t.Cleanup(func() {
		s.run("kill-server")
		s.checkRaces()
		os.RemoveAll(socket)
	})
	if out, err := s.run("-f", "/dev/null", "new-session", "-d", "-x", fmt.Sprint(width), "-y", fmt.Sprint(height), "-c", s.dir,
		"/bin/sh", "-c", "trap : INT\n"+commands+"\necho ended: $?; read wait"); err != nil {
		t.Fatalf("tmux: %v\n%s", err, out)
	}
	return s
}

func (s screen) run(args ...string) (string, error) {
	c := exec.Command("tmux", append([]string{"-L", "test"}, args...)...)
	c.Env = append(os.Environ(), "TMUX_TMPDIR="+s.tmux, "TMUX=", "LC_ALL=C.UTF-8", "SCAFFOLD_DEFAULTS=off",
		"GORACE=exitcode=0 log_path="+filepath.Join(s.tmux, "race"))
	out, err := c.CombinedOutput()
	return string(out), err
}

// checkRaces reads what the race detector wrote, where there is one. What draws the form
// has races of its own: two of its goroutines ask for the size of the terminal, and one
// closes the input that another waits for.
func (s screen) checkRaces() {
	logs, err := filepath.Glob(filepath.Join(s.tmux, "race.*"))
	if err != nil {
		s.Error(err)
	}
	for _, log := range logs {
		text, err := os.ReadFile(log)
		if err != nil {
			s.Error(err)
		}
		for report := range strings.SplitSeq(string(text), "==================") {
			if strings.Contains(report, "WARNING: DATA RACE") && !strings.Contains(report, "bubbletea/v2.(*Program).checkResize") && !strings.Contains(report, "muesli/cancelreader.") {
				s.Error(report)
			}
		}
	}
}

// shown returns what stands on the screen.
func (s screen) shown() string {
	s.Helper()
	out, err := s.run("capture-pane", "-p")
	if err != nil {
		s.Fatalf("tmux: %v\n%s", err, out)
	}
	return strings.TrimRight(out, "\n") + "\n"
}

// waitFor returns the screen as soon as all texts stand on it. How long that takes
// is the machine's matter: a minute is for one that never shows them.
func (s screen) waitFor(texts ...string) string {
	s.Helper()
	missing := ""
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		missing = ""
		shown := s.shown()
		for _, text := range texts {
			if !strings.Contains(shown, text) {
				missing = text
			}
		}
		if missing == "" {
			return shown
		}
	}
	s.Fatalf("%q is not shown:\n%s", missing, s.shown())
	return ""
}

// press presses keys as tmux calls them, or types a text.
func (s screen) press(keys ...string) {
	s.Helper()
	if out, err := s.run(append([]string{"send-keys"}, keys...)...); err != nil {
		s.Fatalf("tmux: %v\n%s", err, out)
	}
}

// sizes are those of terminals that the program is made for.
var sizes = []struct{ width, height int }{{80, 24}, {40, 20}}

// The form shows all of each page on a small terminal, and the command that it ends
// with makes the same project.
func TestForm(t *testing.T) {
	for _, size := range sizes {
		t.Run(fmt.Sprintf("%dx%d", size.width, size.height), func(t *testing.T) {
			t.Parallel()
			s := openScreen(t, size.width, size.height, "scaffold new")
			s.waitFor("A new project of web", "Esc leaves", "--name", "enter next")
			s.press("My Project")
			s.waitFor("My Project", "my-project would do")
			s.press("Enter") // takes what would do
			s.waitFor("> my-project", "enter next")
			s.press("Enter")
			s.waitFor("--module", "> my-project")
			s.press("Enter")
			s.waitFor("--style", "> func", "struct", "demo")
			s.press("Down", "Enter")
			choices := s.waitFor("--transport", "[•] http", "[ ] cgi")
			_, choices, _ = strings.Cut(choices, "--transport\n")
			for i, start := range []string{"┃ > [•] http  ", "┃   [ ] fcgi  ", "┃   [ ] scgi  ", "┃   [ ] cgi   "} {
				if line := strings.Split(choices, "\n")[i]; !strings.HasPrefix(line, start) {
					t.Errorf("a choice is no line of its own:\n%s", choices)
					break
				}
			}
			s.press("Down", "Space")
			s.waitFor("[•] fcgi")
			s.press("Enter")
			s.waitFor("--server", "[•] nginx", "[ ] haproxy")
			s.press("Enter")
			s.waitFor("--domain", "> example.com")
			s.press("www.example.org", "Enter")
			s.waitFor("Answer more?", "description", "Yes")
			s.press("y")
			s.waitFor("--description")
			s.press("BTab") // back, and on again
			s.waitFor("Answer more?")
			s.press("n")
			last := s.waitFor("Make my-project?", "├── README.md", "The same without a form:", "--yes", "Make it")
			s.press("Enter")
			s.waitFor("ended: 0")

			_, command, _ := strings.Cut(last, "The same without a form:\n")
			command, _, _ = strings.Cut(command, "Make it")
			words := strings.Fields(strings.ReplaceAll(command, "┃", ""))
			want := "scaffold new my-project --style=struct --transport=http,fcgi --domain=www.example.org --yes"
			if got := strings.Join(words, " "); got != want {
				t.Fatalf("the command is %q, want %q", got, want)
			}
			again := exec.Command(words[0], words[1:]...)
			again.Dir, again.Env = t.TempDir(), append(os.Environ(), "SCAFFOLD_DEFAULTS=off")
			if out, err := again.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if out, err := exec.Command("diff", "-r", s.dir, again.Dir).CombinedOutput(); err != nil {
				t.Errorf("it makes another project: %v\n%s", err, out)
			}
		})
	}
}

// What does not apply is not asked, and what comes later counts for what was asked.
func TestFormConditions(t *testing.T) {
	s := openScreen(t, 80, 24, "scaffold new hello")
	s.waitFor("--module", "> hello")
	s.press("example.com/hello", "Enter")
	s.waitFor("--style")
	s.press("Enter")
	s.waitFor("--transport")
	s.press("Space", "Down", "Down", "Space")
	s.waitFor("[ ] http", "[•] scgi")
	s.press("Enter")
	s.waitFor("--server")
	s.press("Space", "Down", "Down", "Down", "Space")
	s.waitFor("[ ] nginx", "[•] caddy")
	s.press("Enter")
	s.waitFor("--domain")
	s.press("Enter")
	shown := s.waitFor("Answer more?", "systemd")
	if strings.Contains(shown, "docker") {
		t.Errorf("docker needs http, which is not chosen:\n%s", shown)
	}
	s.press("n")
	s.waitFor("These answers do not go together", "Caddy has neither SCGI nor CGI")
	s.press("Enter")
	s.waitFor("Shift+Tab goes back")
	s.press("BTab")
	s.waitFor("Answer more?")
	s.press("BTab")
	s.waitFor("--domain")
	s.press("BTab")
	s.waitFor("--server", "[•] caddy")
	s.press("Space", "Up", "Up", "Up", "Space")
	s.waitFor("[•] nginx", "[ ] caddy")
	s.press("Enter")
	s.waitFor("--domain")
	s.press("Enter")
	s.waitFor("Answer more?")
	s.press("n")
	s.waitFor("Make hello?", "--module=example.com/hello --transport=scgi --yes")
	s.press("Right", "Enter")
	s.waitFor("interrupted; nothing was changed", "ended: 130")
}

// The form proposes the user's defaults, and what is chosen instead counts.
func TestFormDefaults(t *testing.T) {
	s := openScreen(t, 80, 24, "printf 'module: example.com/me/{{ .name }}\\nstyle: struct\\n' >mine.yaml; SCAFFOLD_DEFAULTS=mine.yaml scaffold new hello")
	s.waitFor("--module", "> example.com/me/hello")
	s.press("Enter")
	s.waitFor("--style", "> struct")
	s.press("Up")
	s.waitFor("> func")
	s.press("Enter")
	s.waitFor("--transport")
	s.press("Enter")
	s.waitFor("--server")
	s.press("Enter")
	s.waitFor("--domain")
	s.press("Enter")
	s.waitFor("Answer more?")
	s.press("n")
	s.waitFor("Make hello?", "--module=example.com/me/hello --style=func --yes")
	s.press("Enter")
	shown := s.waitFor("ended: 0")
	if !strings.Contains(shown, "from your defaults in mine.yaml: module\n") {
		t.Errorf("what is from the defaults is not said:\n%s", shown)
	}
}

// The last of the questions with defaults is whether git is to have the project, which is
// asked only where no repository has it already.
func TestFormGit(t *testing.T) {
	need(t, "git")
	tiny, err := filepath.Abs("testdata/packs/tiny")
	if err != nil {
		t.Fatal(err)
	}
	s := openScreen(t, 80, 24, "export HOME=$PWD GIT_CONFIG_NOSYSTEM=1; git config --global user.name Ann; git config --global user.email ann@example.com\n"+
		"scaffold new hello --pack "+tiny+"; clear; git -C hello log --format=%an:%s; git init -q repo; read wait; clear; scaffold new repo/below --pack "+tiny)
	goToMore := func() string {
		for _, name := range []string{"--module", "--style", "--transport", "--port", "--license"} {
			s.waitFor(name)
			s.press("Enter")
		}
		return s.waitFor("Answer more?")
	}
	if shown := goToMore(); !strings.Contains(shown, "greeting, git\n") {
		t.Errorf("git is not among the rest:\n%s", shown)
	}
	s.press("y")
	s.waitFor("--greeting")
	s.press("Enter")
	s.waitFor("A git repository with a first commit", "--git")
	s.press("y")
	s.waitFor("Make hello?", "--yes --git")
	s.press("Enter")
	s.waitFor("Ann:Create hello with scaffold, by tiny 1.0.0")
	s.press("Enter")
	if shown := goToMore(); strings.Contains(shown, "git") {
		t.Errorf("git has it already, and is asked for:\n%s", shown)
	}
	s.press("C-c")
	s.waitFor("ended: 130")
}

// Whoever leaves the form finds the screen and the folder as they were.
func TestFormLeft(t *testing.T) {
	for key, name := range map[string]string{"Escape": "Esc", "C-c": "Ctrl-C"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openScreen(t, 80, 24, "echo before\nscaffold new")
			s.waitFor("--name")
			s.press("hello", "Enter")
			s.waitFor("--module")
			s.press(key)
			const want = "before\nscaffold: interrupted; nothing was changed\nended: 130\n"
			if got := s.waitFor("ended: 130"); got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
			if left, err := filepath.Glob(filepath.Join(s.dir, "*")); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

// A terminal that becomes too small for a page loses nothing of it.
func TestFormResized(t *testing.T) {
	for _, size := range []struct{ width, height string }{{"1", "1"}, {"3", "3"}, {"5", "5"}, {"12", "3"}} {
		t.Run(size.width+"x"+size.height, func(t *testing.T) {
			t.Parallel()
			s := openScreen(t, 80, 24, "scaffold new")
			s.waitFor("--name")
			s.press("shop")
			s.waitFor("> shop")
			resize := func(width, height string) {
				if out, err := s.run("resize-window", "-x", width, "-y", height); err != nil {
					t.Fatalf("tmux: %v\n%s", err, out)
				}
			}
			resize(size.width, size.height)
			s.press("Enter") // the next page opens in it
			time.Sleep(500 * time.Millisecond)
			resize("80", "24")
			s.waitFor("--module", "> shop")
			s.press("C-c")
			s.waitFor("ended: 130")
		})
	}
}

// A signal ends the form, and gives the screen back.
func TestFormKilled(t *testing.T) {
	s := openScreen(t, 80, 24, "echo before\nsh -c 'echo $$ >id; exec scaffold new'")
	s.waitFor("--name")
	id, err := os.ReadFile(filepath.Join(s.dir, "id"))
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("kill", "-TERM", strings.TrimSpace(string(id))).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	const want = "before\nscaffold: interrupted; nothing was changed\nended: 130\n"
	if got := s.waitFor("ended: 130"); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// A terminal that cannot move its cursor, and a person who is read to, are asked
// line by line.
func TestFormLines(t *testing.T) {
	for _, how := range []string{"TERM=dumb", "ACCESSIBLE=1"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			s := openScreen(t, 80, 24, how+" scaffold new hello")
			s.waitFor("The Go module path [hello]:")
			s.press("Enter")
			s.waitFor("How the app is written (func, struct, demo) [func]:")
			s.press("C-c")
			s.waitFor("ended: 130")
		})
	}
}

// A plan has its words in a column on every terminal, and no line longer than that.
// Where reasons have no room beside the paths, they stand below.
func TestPlanFits(t *testing.T) {
	packs, err := filepath.Abs("testdata/packs")
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range sizes {
		t.Run(fmt.Sprintf("%dx%d", size.width, size.height), func(t *testing.T) {
			t.Parallel()
			s := openScreen(t, size.width, size.height, "cp -r "+packs+"/tiny-v1 tiny; scaffold new hello --yes --pack ./tiny >log 2>&1\n"+
				"rm -r tiny; cp -r "+packs+"/tiny-v2 tiny; sed -i s/greets/waves/ hello/main.go\nclear; scaffold regenerate --dry-run hello 2>log")
			shown := s.waitFor("conflict  main.go", "1 conflict")
			if at := strings.Index(shown, "\n  conflict  main.go"); at < 0 {
				t.Errorf("the words are no column:\n%s", shown)
			}
			for line := range strings.Lines(shown) {
				if strings.HasPrefix(line, "  ") && len([]rune(strings.TrimRight(line, "\n"))) > size.width {
					t.Errorf("too long: %q", line)
				}
			}
			t.Log("\n" + shown)
		})
	}
}

// A diff that is longer than the screen goes through the pager that git would use; a
// short one, and one that is not for a person, does not.
func TestPager(t *testing.T) {
	need(t, "less")
	const made = "scaffold new hello --yes >log 2>&1; cd hello; "
	t.Run("long", func(t *testing.T) {
		t.Parallel()
		s := openScreen(t, 80, 24, made+"seq 100 >>README.md; unset PAGER GIT_PAGER LESS; HOME=/ scaffold diff")
		s.waitFor("diff --git a/README.md", "+1", "\n:")
		s.press("G")
		s.waitFor("+100")
		s.press("q")
		s.waitFor("ended: 0")
	})
	t.Run("chosen", func(t *testing.T) {
		t.Parallel()
		s := openScreen(t, 80, 24, made+"seq 100 >>README.md; GIT_PAGER='sed -n s/.*+100.*/paged/p' scaffold diff")
		s.waitFor("paged\n", "ended: 0")
	})
	t.Run("not of a repository", func(t *testing.T) {
		t.Parallel()
		need(t, "git")
		s := openScreen(t, 80, 24, made+"git init -q; git config core.pager 'echo paged by'; seq 100 >>README.md; unset GIT_PAGER; HOME=/ PAGER='tail -1' scaffold diff")
		if shown := s.waitFor("+100", "ended: 0"); strings.Contains(shown, "paged by") {
			t.Errorf("the repository's pager ran:\n%s", shown)
		}
	})
	t.Run("short", func(t *testing.T) {
		t.Parallel()
		s := openScreen(t, 80, 24, made+"echo mine >>README.md; GIT_PAGER=false scaffold diff")
		s.waitFor("+mine", "ended: 0")
	})
	t.Run("no terminal", func(t *testing.T) {
		t.Parallel()
		s := openScreen(t, 80, 24, made+"seq 100 >>README.md; GIT_PAGER=false scaffold diff | tail -1")
		s.waitFor("+100", "ended: 0")
	})
}
