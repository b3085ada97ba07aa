package git_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"scaffold/generator/git"
)

// A hostile repository names a program, MARK, that leaves a file behind when it
// is run. Control is a command by which git does run it, to show that the trap
// works; where it is empty, git obeys the form only on a terminal, or never.
type hostile struct {
	name    string
	script  string
	control string
	env     []string // of ours
	root    string   // the project, below the repository
}

var hostiles = []hostile{
	{name: "a monitor", script: "git config core.fsmonitor MARK", control: "git status"},
	{name: "hooks", script: "mkdir h; ln -s MARK h/post-index-change; git config core.hooksPath $PWD/h; touch src/a.txt", control: "sleep 1; touch src/a.txt; git update-index --refresh"},
	{name: "hooks where they are", script: "ln -s MARK .git/hooks/post-index-change; ln -s MARK .git/hooks/fsmonitor-watchman", control: "git update-index --force-write-index"},
	{name: "filters", script: "git config filter.f.clean MARK; git config filter.f.smudge MARK; git config filter.f.process MARK; echo '* filter=f' >.gitattributes; echo new >>src/a.txt", control: "git status; git diff"},
	{name: "filters by core.attributesFile", script: "git config filter.f.clean MARK; echo '* filter=f' >attributes; git config core.attributesFile $PWD/attributes; echo new >>src/a.txt", control: "git diff"},
	{name: "pagers", script: "git config core.pager MARK; git config pager.ls-files MARK; git config pager.config MARK; git config pager.check-ignore MARK"},
	{name: "an alias", script: "git config alias.ls-files '!MARK'; git config alias.check-ignore '!MARK'; git config alias.x '!MARK'", control: "git x"},
	{name: "diff and textconv", script: "git config diff.external MARK; git config diff.d.textconv MARK; echo '* diff=d' >.gitattributes; echo new >>src/a.txt", control: "git diff"},
	{name: "a promisor remote", script: promisor + "git config remote.origin.uploadpack MARK; rm -rf src docs", control: "git cat-file -p :src/a.txt"},
	{name: "a promisor remote by ssh", script: promisor + "git config core.sshCommand MARK; git config remote.origin.url ssh://example.com/x; rm -rf src docs", control: "git cat-file -p :src/a.txt"},
	{name: "a promisor remote by ext", script: promisor + "git config remote.origin.url 'ext::MARK'; git config protocol.ext.allow always; rm -rf src docs", control: "git cat-file -p :src/a.txt"},
	{name: "a promisor remote that has the ignore file", script: promisor + "git config remote.origin.uploadpack MARK; git update-index --skip-worktree .gitignore; rm .gitignore", control: "git check-ignore -q x.log"},
	{name: "credentials", script: promisor + "git config credential.helper '!MARK'; git config core.askPass MARK; git config remote.origin.url http://127.0.0.1:9/x"},
	{name: "signatures", script: "git config gpg.program MARK; git config log.showSignature true; git config commit.gpgSign true", control: "git commit --allow-empty -m 2"},
	{name: "an included file", script: "printf '[core]\\n\\tfsmonitor = MARK\\n' >config; git config include.path $PWD/config", control: "git status"},
	{name: "a file included on a condition", script: "printf '[core]\\n\\tfsmonitor = MARK\\n' >config; git config includeIf.onbranch:*.path $PWD/config; git config includeIf.gitdir:/.path $PWD/config", control: "git status"},
	{name: "the configuration of a worktree", script: "git config extensions.worktreeConfig true; git config --worktree core.fsmonitor MARK", control: "git status"},
	{name: "a linked worktree", script: "git config core.fsmonitor MARK; git worktree add -q linked; mkdir -p linked/src", control: "cd linked && git status", root: "linked"},
	{name: "a worktree whose common folder is elsewhere", script: "mkdir -p other src; cp -r .git/. evil; git -C evil config core.fsmonitor MARK; git -C evil config core.bare false; mkdir part; cp .git/HEAD .git/index part; echo $PWD/evil >part/commondir; echo gitdir: $PWD/part >src/.git", control: "cd src && git status", root: "src"},
	{name: "another working tree", script: "git config core.fsmonitor MARK; git config core.worktree $PWD/docs", control: "git status"},
	{name: "a file for a repository", script: "mv .git real; git config -f real/config core.fsmonitor MARK; echo gitdir: real >.git", control: "git status"},
	{name: "a bare repository in a folder", script: "git clone -q --bare . inner; git -C inner config core.fsmonitor MARK; git -C inner config core.bare false; git -C inner config core.worktree $PWD", control: "cd inner && git status", root: "inner"},
	{name: "a monitor by the environment", control: "git status", env: []string{"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=core.fsmonitor", "GIT_CONFIG_VALUE_0=MARK"}},
	{name: "another repository by the environment", script: "cp -r .git evil; git -C evil config core.fsmonitor MARK", control: "git status", env: []string{"GIT_DIR=evil", "GIT_WORK_TREE=."}},
	{name: "a pager by the environment", env: []string{"GIT_PAGER=MARK", "PAGER=MARK"}},
	{name: "a trace by the environment", control: "git status", env: []string{"GIT_TRACE2=MARKED", "GIT_TRACE=MARKED"}},
	{name: "a trace", script: "git config trace2.normalTarget MARKED; git config trace2.eventTarget MARKED"},
	{name: "other repositories' references", script: "git config core.alternateRefsCommand MARK; git config uploadpack.packObjectsHook MARK; git config core.gitProxy MARK; git config core.editor MARK; git config sequence.editor MARK; git config interactive.diffFilter MARK"},
	{name: "a monitor of a submodule", script: "git init -q sub; git -C sub commit -q --allow-empty -m 1; git -C sub config core.fsmonitor MARK; git add sub; git config submodule.recurse true", control: "git status"},
}

// promisor makes the repository one that lacks the bytes of its files.
const promisor = `git config remote.origin.url $PWD; git config remote.origin.promisor true; git config extensions.partialClone origin
for o in $(git ls-files -s | cut -d' ' -f2); do rm -f .git/objects/$(echo $o | cut -c1-2)/$(echo $o | cut -c3-); done
`

// asks are all that a repository can be asked.
var asks = map[string]func(*testing.T, *git.Repo){
	"ignored": func(t *testing.T, r *git.Repo) {
		r.Ignored(t.Context(), []string{"x.log", "src/a.txt", "docs/x.log", "build/y", "sub/z"})
	},
	"all ignored": func(t *testing.T, r *git.Repo) { r.AllIgnored(t.Context()) },
	"together": func(t *testing.T, r *git.Repo) {
		h := r.History()
		h.Together(t.Context(), "src/a.txt", "docs/b.txt")
		h.Together(t.Context(), "src/none.txt", "docs/b.txt")
	},
	"not checked out": func(t *testing.T, r *git.Repo) { r.Absent(t.Context()) },
	"unmerged":        func(t *testing.T, r *git.Repo) { r.Unmerged(t.Context()) },
	"submodules":      func(t *testing.T, r *git.Repo) { r.Submodules(t.Context()) },
	"modes":           func(t *testing.T, r *git.Repo) { r.FileMode(t.Context()) },
	"sides":           func(t *testing.T, r *git.Repo) { r.Sides(t.Context(), "src/a.txt") },
	"sparse":          func(t *testing.T, r *git.Repo) { r.Sparse(t.Context()) },
}

func TestHostileRepositories(t *testing.T) {
	for i, h := range hostiles {
		if os.Getenv("CI") != "true" && i%3 != 0 {
			continue
		}
		t.Run(h.name, func(t *testing.T) {
			dir := repository(t, threeFiles)
			outside := t.TempDir()
			mark, marked := filepath.Join(outside, "mark"), filepath.Join(outside, "marked")
			if err := os.WriteFile(mark, []byte("#!/bin/sh\necho \"$0 $*\" >>"+marked+"\n"), 0o755); err != nil {
				t.Fatal(err)
			}
			fill := strings.NewReplacer("MARKED", marked, "MARK", mark)
			if err := sh(t, dir, fill.Replace(h.script)); err != nil {
				t.Fatal(err)
			}
			os.Remove(marked) // the script's own git may have run it
			env := environment(t)
			for _, v := range h.env {
				env = append(env, fill.Replace(v))
			}
			for name, ask := range asks {
				ask(t, git.Open(filepath.Join(dir, h.root), env))
				if what, err := os.ReadFile(marked); err == nil {
					t.Errorf("%s: git ran %s", name, what)
					os.Remove(marked)
				}
			}
			if h.control == "" {
				return
			}
			sh(t, dir, fill.Replace(h.control), env...) // which may well fail
			if _, err := os.Lstat(marked); err != nil {
				t.Errorf("%q does not run it either: the trap is none", h.control)
			}
		})
	}
}
