//go:build unix

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"go.yaml.in/yaml/v4"
)

// A forge is what a scheduled job asks for a pull or merge request, as the fake gh or
// the server of a test has it.
type forge interface {
	// requests returns the titles and the texts of those that are open.
	requests() (titles, texts []string)
	// closeAll closes them, as somebody does who does not want them.
	closeAll()
	// refuse has the forge refuse what it is asked, from now on.
	refuse()
	// env is what the forge sets for a job.
	env() []string
}

// A checked is a project with a scheduled job, in a bare repository that it pushes to.
type checked struct {
	*testing.T
	forge
	ci   string
	dir  string // has packs, project.git, and bin with the tools that are not there
	base []string
}

// TestTemplateCheck runs the job of web's question template_check, step by step as its
// file has them, against a bare repository, a fake gh, and a server like GitLab's.
func TestTemplateCheck(t *testing.T) {
	need(t, "git")
	need(t, "curl")
	for _, ci := range []string{"github", "gitlab"} {
		t.Run(ci, func(t *testing.T) {
			if ci == "gitlab" && !inCI {
				t.Skip("CI runs it: CI=true go test . -run TestTemplateCheck")
			}
			t.Parallel()
			c := newChecked(t, ci)
			c.noInstall()
			c.nothingNewer()
			c.newer()
			c.stays()
			c.closedStaysClosed()
			if !inCI {
				return // the rest takes three seconds
			}
			c.newerStill()
			c.othersCommit()
			c.refused()
			c.conflict()
			c.openConflict()
			c.fails()
		})
	}
}

func newChecked(t *testing.T, ci string) checked {
	c := checked{T: t, ci: ci, dir: t.TempDir()}
	home := filepath.Join(c.dir, "home")
	c.base = []string{"HOME=" + home, "XDG_CACHE_HOME=" + filepath.Join(home, "cache"), "GIT_CONFIG_NOSYSTEM=1", "GIT_TEMPLATE_DIR=", "PATH=" + filepath.Join(c.dir, "bin") + ":" + os.Getenv("PATH")}
	writeFile(t, filepath.Join(home, ".gitconfig"), "[user]\nname = Ada\nemail = ada@example.com\n[init]\ndefaultBranch = main\n[maintenance]\nauto = false\n")
	if ci == "github" {
		c.forge = newFakeGitHub(t, c.dir)
	} else {
		c.forge = newFakeGitLab(t, c.dir)
	}
	c.sh(`mkdir packs && cp -R "$REPOSITORY/templates/web" "$REPOSITORY/templates/shared" packs && cd packs && git init --quiet
sed -i.old 's/^version: .*/version: 2.0.0/' web/pack.yaml && rm web/pack.yaml.old`)
	c.release("2.0.0", "")
	c.sh(`scaffold new hello --pack "git+file://$PWD/packs//web@v2.0.0" --yes --ci ` + ci + ` --template-check
git init --quiet --bare project.git
cd hello && git init --quiet && git add --all && git commit --quiet --message first && git push --quiet ../project.git main`)
	return c
}

// sh runs a script in the folder of c.
func (c checked) sh(script string) string {
	c.Helper()
	repository, err := os.Getwd()
	if err != nil {
		c.Fatal(err)
	}
	return shell(c.T, c.dir, "exec 2>&1\n"+script, append(c.base, "REPOSITORY="+repository)...)
}

// release gives the pack a version whose Makefile begins with a line.
func (c checked) release(version, line string) {
	c.Helper()
	if line != "" {
		name := filepath.Join(c.dir, "packs/web/files/Makefile.tmpl")
		text, err := os.ReadFile(name)
		if err != nil {
			c.Fatal(err)
		}
		writeFile(c.T, name, line+"\n"+string(text))
	}
	c.sh(`cd packs && sed -i.old 's/^version: .*/version: ` + version + `/' web/pack.yaml && rm web/pack.yaml.old
git add --all && git commit --quiet --message ` + version + ` && git tag web/v` + version)
}

// A jobStep is a piece of shell that a job runs.
type jobStep struct {
	Run string
	Env map[string]string
}

// steps reads the job from the file that the forge would read it from.
func (c checked) steps(clone string) []jobStep {
	c.Helper()
	name := map[string]string{"github": ".github/workflows/template-check.yml", "gitlab": ".gitlab-ci.yml"}[c.ci]
	text, err := os.ReadFile(filepath.Join(clone, name))
	if err != nil {
		c.Fatal(err)
	}
	var file struct {
		Jobs map[string]struct{ Steps []jobStep }
		Job  struct{ Script []string } `yaml:"template-check"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		c.Fatal(err)
	}
	if c.ci == "github" {
		return file.Jobs["template-check"].Steps
	}
	return []jobStep{{Run: strings.Join(file.Job.Script, "\n")}}
}

// check runs the job in a fresh clone, and returns its exit status and what it said.
func (c checked) check(settings ...string) (status int, said string) {
	c.Helper()
	clone := filepath.Join(c.TempDir(), "clone")
	c.sh(`git clone --quiet "file://$PWD/project.git" ` + clone)
	for _, step := range c.steps(clone) {
		if step.Run == "" {
			continue // an action
		}
		env := append(append(append(os.Environ(), c.base...), c.env()...), "SCAFFOLD_DEFAULTS=off", "SCAFFOLD_INSTALL=true")
		for name, value := range step.Env {
			if !strings.HasPrefix(value, "${{ ") {
				c.Errorf("%s is %s in the workflow, which the test does not know", name, value)
			}
		}
		cmd := exec.Command("bash", "-ec", step.Run) // as GitHub and GitLab run them
		cmd.Dir, cmd.Env = clone, append(env, settings...)
		out, err := cmd.CombinedOutput()
		said += string(out)
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return exit.ExitCode(), said
		} else if err != nil {
			c.Fatal(err)
		}
	}
	return 0, said
}

// want runs the job and compares: its exit status, a word that it says, and the
// requests that are open after it.
func (c checked) want(status int, word string, open int, settings ...string) (text string) {
	c.Helper()
	got, said := c.check(settings...)
	titles, texts := c.requests()
	if got != status || !strings.Contains(said, word) || len(titles) != open {
		c.Fatalf("exit status %d, want %d; %d requests, want %d; want %q in\n%s", got, status, len(titles), open, word, said)
	}
	return strings.Join(append(titles, texts...), "\n")
}

// branch is the commit that the job has pushed; "" before that.
func (c checked) branch() string {
	return strings.TrimSpace(c.sh("git --git-dir project.git rev-parse --quiet --verify scaffold/template || :"))
}

func (c checked) noInstall() {
	c.want(1, "set the variable SCAFFOLD_INSTALL", 0, "SCAFFOLD_INSTALL=")
	c.want(9, "", 0, "SCAFFOLD_INSTALL=exit 9")
}

func (c checked) nothingNewer() {
	c.want(0, "nothing to do", 0)
	if got := c.branch(); got != "" {
		c.Errorf("a branch is made for nothing: %s", got)
	}
}

func (c checked) newer() {
	c.release("2.1.0", "# Two.")
	text := c.want(0, "", 1)
	if want := "Update web 2.0.0 → 2.1.0\n"; !strings.HasPrefix(text, want) || !strings.Contains(text, "`Makefile`") {
		c.Errorf("the request is\n%s", text)
	}
	if log := c.sh("git --git-dir project.git log --format='%s by %ce' main..scaffold/template"); log != "Update web 2.0.0 → 2.1.0 by scaffold@localhost\n" {
		c.Errorf("the branch has %s", log)
	}
	c.sh("git --git-dir project.git show scaffold/template:Makefile | grep '^# Two.'")
}

// A second run finds all done.
func (c checked) stays() {
	before := c.branch()
	c.want(0, "", 1)
	if after := c.branch(); after != before {
		c.Errorf("the branch was pushed again: %s, then %s", before, after)
	}
}

func (c checked) closedStaysClosed() {
	c.closeAll()
	c.want(0, "", 0)
}

// The branch is used again, and so is a request that is open.
func (c checked) newerStill() {
	c.release("2.2.0", "# Three.")
	c.want(0, "", 1)
	c.release("2.3.0", "# Four.")
	if text := c.want(0, "", 1); !strings.HasPrefix(text, "Update web 2.0.0 → 2.3.0\n") {
		c.Errorf("the request is\n%s", text)
	}
	if n := c.sh("git --git-dir project.git rev-list --count main..scaffold/template"); n != "1\n" {
		c.Errorf("the branch has %s commits", n)
	}
}

// What somebody committed to the branch is not overwritten, also where the job could
// not look.
func (c checked) othersCommit() {
	c.sh(`git clone --quiet --branch scaffold/template project.git other && cd other
echo mine >mine && git add mine && git commit --quiet --message mine && git push --quiet`)
	before := c.branch()
	c.want(1, "somebody else", 1)
	writeFile(c.T, filepath.Join(c.dir, "bin", "git"), "#!/bin/sh\nPATH=${PATH#*:}\ntest \"$1\" != fetch || exit 1\nexec git \"$@\"\n")
	c.sh("chmod +x bin/git")
	c.want(1, "stale info", 1)
	if after := c.branch(); after != before {
		c.Errorf("the branch of somebody else was %s, and is %s", before, after)
	}
	c.sh("rm bin/git && git --git-dir project.git branch --quiet -D scaffold/template")
}

// What the forge refuses ends the job, and the next run does it.
func (c checked) refused() {
	c.closeAll()
	c.refuse()
	if status, said := c.check(); status == 0 {
		c.Errorf("the forge refused, and the job says\n%s", said)
	}
	if titles, _ := c.requests(); len(titles) > 0 {
		c.Errorf("the forge refused, and has %q", titles)
	}
	c.refuse()
}

func (c checked) conflict() {
	c.sh(`git clone --quiet project.git owner && cd owner
sed -i.old '1s/^/# Mine.\n/' Makefile && rm Makefile.old && git commit --quiet --all --message mine && git push --quiet`)
	text := c.want(0, "conflict: Makefile", 1)
	if !strings.Contains(text, "(1 conflict)\n") || !strings.Contains(text, "- [ ] `Makefile`") {
		c.Errorf("the request is\n%s", text)
	}
	c.sh(`git --git-dir project.git show scaffold/template:Makefile | grep '^# Mine.'
git --git-dir project.git show scaffold/template:Makefile.scaffold-new | grep '^# Four.'`)
}

// Merged with its conflict open, the job says so each time.
func (c checked) openConflict() {
	c.sh(`cd owner && git fetch --quiet && git merge --quiet origin/scaffold/template && git push --quiet`)
	c.closeAll()
	c.want(3, "resolve these first", 0)
	c.sh(`cd owner && rm Makefile.scaffold-new && git commit --quiet --all --message resolved && git push --quiet`)
	c.want(0, "nothing to do", 0)
}

// Neither a cache that cannot be written, nor a pack that is gone, nor a project that is damaged is taken for up to date.
func (c checked) fails() {
	c.want(1, "not a directory", 0, "XDG_CACHE_HOME="+filepath.Join(c.dir, "packs/web/pack.yaml"))
	c.sh("mv packs gone")
	c.want(2, "there is no repository", 0)
	c.sh(`mv gone packs
cd owner && echo >.scaffold-state/base.zip && git commit --quiet --all --message damaged && git push --quiet`)
	c.want(2, "base.zip", 0)
}

// A fakeGitHub is what the fake gh has in a folder.
type fakeGitHub struct {
	t   *testing.T
	dir string
}

// fakeGH does what the job asks of gh, with a request as a folder: number, title, text
// and state.
const fakeGH = `#!/bin/sh
set -eu
cd "$FAKE_GITHUB"
: "${GH_TOKEN:?}"
option() { # NAME ARGUMENTS...: what follows the option
	name=$1; shift
	while [ "$1" != "$name" ]; do shift; done
	printf '%s' "$2"
}
if [ "$1 $2" = "auth setup-git" ]; then exit; fi
if [ -e refuse ]; then echo "gh: GitHub Actions is not permitted to create or approve pull requests" >&2; exit 1; fi
case "$1 $2" in
"pr list")
	test "$(option --head "$@")" = scaffold/template
	for pr in [0-9]*; do
		test -e "$pr" || continue
		case $(option --state "$@") in all) ;; *) test "$(cat "$pr/state")" = "$(option --state "$@")" || continue ;; esac
		echo "$pr"; exit
	done ;;
"pr create")
	test "$(option --base "$@")" = main
	n=$(find . -mindepth 1 -type d | wc -l)
	mkdir $((n + 1)) && cd $((n + 1))
	option --title "$@" >title; cat "$(option --body-file "$@")" >text; printf open >state ;;
"api --silent")
	for last; do
		case $last in
		repos/acme/hello/pulls/*) pr=${last##*/} ;;
		title=*) title=${last#title=} ;;
		body=@*) body=${last#body=@} ;;
		esac
	done
	printf '%s' "$title" >"$pr/title"; cat "$body" >"$pr/text" ;;
*)
	echo "gh: unknown: $*" >&2; exit 1 ;;
esac
`

func newFakeGitHub(t *testing.T, dir string) forge {
	g := fakeGitHub{t, filepath.Join(dir, "requests")}
	writeFile(t, filepath.Join(dir, "bin", "gh"), fakeGH)
	if err := errors.Join(os.Chmod(filepath.Join(dir, "bin", "gh"), 0o755), os.Mkdir(g.dir, 0o755)); err != nil {
		t.Fatal(err)
	}
	return g
}

func (g fakeGitHub) env() []string {
	return []string{"FAKE_GITHUB=" + g.dir, "GH_TOKEN=secret", "GITHUB_REF_NAME=main", "GITHUB_REPOSITORY=acme/hello"}
}

func (g fakeGitHub) requests() (titles, texts []string) {
	open, err := filepath.Glob(filepath.Join(g.dir, "*", "state"))
	if err != nil {
		g.t.Fatal(err)
	}
	for _, state := range open {
		read := func(name string) string {
			text, err := os.ReadFile(filepath.Join(filepath.Dir(state), name))
			if err != nil {
				g.t.Fatal(err)
			}
			return string(text)
		}
		if read("state") == "open" {
			titles, texts = append(titles, read("title")), append(texts, read("text"))
		}
	}
	return titles, texts
}

func (g fakeGitHub) closeAll() {
	shell(g.t, g.dir, `for pr in [0-9]*; do test ! -e "$pr" || printf closed >"$pr/state"; done`)
}

func (g fakeGitHub) refuse() {
	shell(g.t, g.dir, "if test -e refuse; then rm refuse; else touch refuse; fi")
}

// A fakeGitLab answers as GitLab's API of merge requests does.
type fakeGitLab struct {
	mu      sync.Mutex
	url     string
	project string // the URL of the repository, without .git
	list    []mergeRequest
	refuses bool
}

type mergeRequest struct {
	ID          int    `json:"id"`
	IID         int    `json:"iid"`
	Title       string `json:"title"`
	Description string `json:"description"`
	State       string `json:"state"`
	source      string
}

func newFakeGitLab(t *testing.T, dir string) forge {
	g := &fakeGitLab{project: "file://" + filepath.Join(dir, "project")}
	s := httptest.NewServer(g)
	t.Cleanup(s.Close)
	g.url = s.URL
	return g
}

func (g *fakeGitLab) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	number := regexp.MustCompile(`^/projects/7/merge_requests(?:/(\d+))?$`).FindStringSubmatch(r.URL.Path)
	if g.refuses || number == nil || r.Header.Get("PRIVATE-TOKEN") != "secret" {
		w.WriteHeader(http.StatusForbidden)
		io.WriteString(w, `{"message":"403 Forbidden"}`)
		return
	}
	var answer any
	switch {
	case r.Method == "GET":
		found := []mergeRequest{}
		for _, m := range g.list {
			if state := r.FormValue("state"); m.source == r.FormValue("source_branch") && (state == "all" || state == m.State) {
				found = append(found, m)
			}
		}
		answer = found
	case r.Method == "POST" && r.FormValue("target_branch") == "main":
		n := len(g.list) + 1
		m := mergeRequest{100 + n, n, r.FormValue("title"), r.FormValue("description"), "opened", r.FormValue("source_branch")}
		g.list, answer = append(g.list, m), m
	case r.Method == "PUT":
		for i := range g.list {
			if fmt.Sprint(g.list[i].IID) == number[1] {
				g.list[i].Title, g.list[i].Description = r.FormValue("title"), r.FormValue("description")
				answer = g.list[i]
			}
		}
	}
	json.NewEncoder(w).Encode(answer)
}

func (g *fakeGitLab) env() []string {
	return []string{"SCAFFOLD_TOKEN=secret", "CI_API_V4_URL=" + g.url, "CI_PROJECT_ID=7", "CI_PROJECT_URL=" + g.project, "CI_COMMIT_REF_NAME=main"}
}

func (g *fakeGitLab) requests() (titles, texts []string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, m := range g.list {
		if m.State == "opened" {
			titles, texts = append(titles, m.Title), append(texts, m.Description)
		}
	}
	return titles, texts
}

func (g *fakeGitLab) closeAll() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i := range g.list {
		g.list[i].State = "closed"
	}
}

func (g *fakeGitLab) refuse() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.refuses = !g.refuses
}
