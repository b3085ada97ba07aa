package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"scaffold/generator/problem"
)

// TestMain makes this program one that finds a pack, for tests that need several
// processes or kill one.
func TestMain(m *testing.M) {
	text := os.Getenv("SOURCE_TEST_FIND")
	if text == "" {
		os.Exit(m.Run())
	}
	ref, err := Parse(text)
	if err == nil {
		var found Source
		found, err = Finder{Cache: os.Getenv("SOURCE_TEST_CACHE"), Env: os.Environ()}.Find(context.Background(), ref)
		if err == nil {
			_, err = fs.ReadFile(found.FS, "pack.yaml")
		}
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	os.Exit(0)
}

// child returns this program as one that finds a pack.
func child(f Finder, text string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = slices.Concat(f.Env, []string{"SOURCE_TEST_FIND=" + text, "SOURCE_TEST_CACHE=" + f.Cache})
	return cmd
}

// A hostile repository names a program, MARK, that leaves a file behind when it
// is run. Control is a command by which git does run it, to show that the trap
// works; where it is empty, git never obeys the form.
var hostiles = []struct {
	name, script, control string
	config                string // the user's own
}{
	{name: "a hook of what is packed", script: "git config uploadpack.packObjectsHook MARK"},
	{name: "hooks", script: "mkdir .git/hooks; for h in post-update reference-transaction pre-receive post-checkout; do ln -s MARK .git/hooks/$h; done; mkdir h; cp -P .git/hooks/reference-transaction h; git config core.hooksPath $PWD/h", control: "git tag x"},
	{name: "a monitor", script: "git config core.fsmonitor MARK", control: "git status"},
	{name: "other repositories' references", script: "git config core.alternateRefsCommand MARK; git clone -q --bare . $PWD/alt; echo $PWD/alt/objects >.git/objects/info/alternates"},
	{name: "filters", script: "git config filter.f.smudge MARK; git config filter.f.clean MARK; echo '* filter=f' >.gitattributes; git add .gitattributes; git commit -qm f; git tag -f web/v1.4.0", control: "touch web/pack.yaml; git status; git checkout -q HEAD~1 -- web; git checkout -q HEAD -- web"},
	{name: "a promisor by upload-pack", script: promisor + "git config remote.origin.url $PWD; git config remote.origin.uploadpack MARK", control: "git cat-file -p HEAD:web/pack.yaml"},
	{name: "a promisor by ssh", script: promisor + "git config core.sshCommand MARK; git config remote.origin.url ssh://example.com/x", control: "git cat-file -p HEAD:web/pack.yaml"},
	{name: "a promisor by ext", script: promisor + "git config remote.origin.url 'ext::MARK'; git config protocol.ext.allow always", control: "git cat-file -p HEAD:web/pack.yaml"},
	{name: "a submodule", script: "git config -f .gitmodules submodule.x.path sub; git config -f .gitmodules submodule.x.url ext::MARK; git config -f .gitmodules submodule.x.update '!MARK'; git add .gitmodules; git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),sub; git commit -qm s; git tag -f web/v1.4.0; git config fetch.recurseSubmodules true"},
	{name: "a user's insteadOf that runs a command", config: "[url \"ext::MARK \"]\n\tinsteadOf = file://\n[protocol \"ext\"]\n\tallow = always\n", control: "git ls-remote file:///x"},
	{name: "a user's hooks", config: "[core]\n\thooksPath = HOOKS\n", control: "git tag x"},
}

// promisor makes the repository one that lacks the bytes of a file.
const promisor = `git config remote.origin.promisor true; git config extensions.partialClone origin
o=$(git rev-parse HEAD:web/pack.yaml); rm -f .git/objects/$(echo $o | cut -c1-2)/$(echo $o | cut -c3-)
`

func TestGitHostileRepositories(t *testing.T) {
	for i, h := range hostiles {
		if os.Getenv("CI") != "true" && i%3 != 0 {
			continue
		}
		t.Run(h.name, func(t *testing.T) {
			outside := t.TempDir()
			mark, marked := filepath.Join(outside, "mark"), filepath.Join(outside, "marked")
			if err := os.WriteFile(mark, []byte("#!/bin/sh\necho \"$0 $*\" >>"+marked+"\n"), 0o755); err != nil {
				t.Fatal(err)
			}
			hooks := filepath.Join(outside, "hooks")
			sh(t, outside, "mkdir hooks; ln -s "+mark+" hooks/reference-transaction")
			fill := strings.NewReplacer("MARK", mark, "HOOKS", hooks)
			dir := repository(t, packs+fill.Replace(h.script))
			os.Remove(marked)
			config := filepath.Join(outside, "config")
			if err := os.WriteFile(config, []byte(fill.Replace(h.config)), 0o666); err != nil {
				t.Fatal(err)
			}
			f := user(t)
			f.Env = append(f.Env, "GIT_CONFIG_GLOBAL="+config)
			for range 2 {
				found, err := findIn(t, f, dir, "//web")
				if err == nil {
					fs.ReadFile(found.FS, "pack.yaml")
				}
				t.Log(err)
			}
			if what, err := os.ReadFile(marked); err == nil {
				t.Errorf("git ran %s", what)
				os.Remove(marked)
			}
			if h.control == "" {
				return
			}
			cmd := exec.Command("sh", "-c", fill.Replace(h.control)) // which may well fail
			cmd.Dir, cmd.Env = dir, f.Env
			cmd.Run()
			if _, err := os.Lstat(marked); err != nil {
				t.Errorf("%q does not run it either: the trap is none", h.control)
			}
		})
	}
}

// The environment of a hook, which points git elsewhere, is not obeyed.
func TestGitEnvironment(t *testing.T) {
	dir, other := repository(t, packs), repository(t, "git init -q .; git commit -q --allow-empty -m other")
	f := user(t)
	f.Env = append(f.Env, "GIT_DIR="+other+"/.git", "GIT_WORK_TREE="+other, "GIT_INDEX_FILE=/none", "GIT_OBJECT_DIRECTORY="+other+"/.git/objects",
		"GIT_NAMESPACE=x", "GIT_TRACE=1", "GIT_ALLOW_PROTOCOL=ext", "GIT_EXTERNAL_DIFF=false", "GIT_CEILING_DIRECTORIES=/", "GIT_SHALLOW_FILE=/none", "GIT_TEMPLATE_DIR="+other)
	if got, err := findIn(t, f, dir, "//web"); err != nil || manifest(t, got) != "two" {
		t.Errorf("got %+v, %v", got, err)
	}
	if left := sh(t, other, "git for-each-ref; git status --porcelain"); strings.Contains(left, "tags") {
		t.Errorf("the other repository has %s", left)
	}
}

// A user's insteadOf is theirs, between the schemes that a reference may have.
func TestGitInsteadOf(t *testing.T) {
	dir := repository(t, packs)
	config := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(config, []byte("[url \"file://"+dir+"\"]\n\tinsteadOf = https://example.com/packs.git\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	f := user(t)
	f.Env = append(f.Env, "GIT_CONFIG_GLOBAL="+config)
	ref, _ := Parse("git+https://example.com/packs.git//web")
	if got, err := f.Find(t.Context(), ref); err != nil || got.Version != "1.4.0" || got.Origin != "https://example.com/packs.git" {
		t.Errorf("got %+v, %v", got, err)
	}
}

// Repositories that lack a part of their history, or of their files.
func TestGitShallowAndPartial(t *testing.T) {
	dir := repository(t, packs)
	at := t.TempDir()
	sh(t, at, "git clone -q --depth 1 file://"+dir+" shallow; git -C "+dir+" config uploadpack.allowFilter true; git clone -q --no-checkout --filter=blob:none file://"+dir+" partial")
	got, err := findIn(t, user(t), filepath.Join(at, "shallow"), "//web@main")
	if err != nil || manifest(t, got) != "three" || !strings.HasPrefix(got.Version, "0.0.0-20260102030405-") {
		t.Errorf("shallow: got %+v, %v", got, err)
	}
	if got, err = findIn(t, user(t), filepath.Join(at, "partial"), "//web"); err == nil || !strings.Contains(strings.Join(problem.Hints(err), " "), "partial clone") {
		t.Errorf("partial: got %+v, %v", got, err)
	}
}

// Each kind of damage to a mirror is found, and mended by fetching once more.
func TestGitDamagedMirror(t *testing.T) {
	dir := repository(t, packs)
	scripts := map[string]string{
		"no objects":      "rm -rf objects/pack; mkdir objects/pack",
		"half a pack":     "chmod u+w objects/pack/*; for p in objects/pack/*.pack; do truncate -s 60 $p; done",
		"no index":        "rm -f objects/pack/*.idx",
		"an empty index":  "chmod u+w objects/pack/*; for p in objects/pack/*.idx; do : >$p; done",
		"no HEAD":         "rm HEAD",
		"no refs":         "rm -rf refs packed-refs",
		"an empty ref":    "for r in refs/tags/web/*; do : >$r; done",
		"a ref to naught": "echo 0123456789012345678901234567890123456789 >refs/tags/web/v1.4.0",
		"another config":  "printf '[core' >config",
		"locks":           "touch HEAD.lock packed-refs.lock refs/tags/web/v1.4.0.lock refs/heads/main.lock config.lock shallow.lock",
		"a file":          "cd ..; rm -rf *; for f in $NAME; do echo x >$f; done",
		"half a fetch":    "rm -f scaffold-fetched; rm -rf refs/tags; touch objects/pack/tmp_pack_x",
	}
	for i, name := range slices.Sorted(maps.Keys(scripts)) {
		if os.Getenv("CI") != "true" && i%3 != 0 {
			continue
		}
		t.Run(name, func(t *testing.T) {
			f := user(t)
			if _, err := findIn(t, f, dir, "//web"); err != nil {
				t.Fatal(err)
			}
			m, err := f.mirrorOf("file://" + dir)
			if err != nil {
				t.Fatal(err)
			}
			sh(t, m.dir, scripts[name], "NAME="+filepath.Base(m.dir))
			for _, rest := range []string{"//web@1.4.0", "//web"} {
				if got, err := findIn(t, f, dir, rest); err != nil || manifest(t, got) != "two" {
					t.Errorf("%s: got %+v, %v", rest, got, err)
				}
			}
			sh(t, m.dir, "git fsck --connectivity-only && test ! -e objects/pack/tmp_pack_x")
		})
	}
}

// What is damaged only where a file is read cannot be mended there; the error says
// how.
func TestGitDamagedWhileRead(t *testing.T) {
	dir := repository(t, packs)
	f := user(t)
	got, err := findIn(t, f, dir, "//web")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.CleanCache(); err != nil {
		t.Fatal(err)
	}
	if _, err := fs.ReadFile(got.FS, "pack.yaml"); !errors.Is(err, errDamaged) || !strings.Contains(err.Error(), "pack cache --clean") {
		t.Errorf("got %v", err)
	}
}

// Many that fill the cache at once wait for each other, and all find the pack.
func TestGitManyAtOnce(t *testing.T) {
	dir := repository(t, packs)
	f := user(t)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			if i%2 == 0 {
				out, err := child(f, "git+file://"+dir+"//web").CombinedOutput()
				if err != nil {
					t.Errorf("%v: %s", err, out)
				}
				return
			}
			ref, _ := Parse("git+file://" + dir + "//web@v1.0.0")
			if got, err := f.Find(t.Context(), ref); err != nil || got.Version != "1.0.0" {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
	all.Wait()
	if mirrors, err := f.Mirrors(); err != nil || len(mirrors) != 1 {
		t.Errorf("got %v, %v", mirrors, err)
	}
}

// Whoever is killed in the middle of a fetch, git with it or not, leaves nothing
// that keeps the next from finding the pack.
func TestGitKilled(t *testing.T) {
	onlyInCI(t)
	dir := repository(t, packs+"for i in $(seq 300); do echo $i >f$i; done; git add -A; git commit -qm many; for i in $(seq 50); do git tag t$i; done")
	f := user(t)
	text := "git+file://" + dir + "//web"
	began := time.Now()
	if out, err := child(f, text).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	whole := time.Since(began)
	for i := range 8 {
		f.Cache = filepath.Join(t.TempDir(), "cache")
		cmd := child(f, text)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(whole * time.Duration(i) / 8)
		cmd.Process.Kill()
		cmd.Wait()
		f.Offline = true
		if got, err := findIn(t, f, dir, "//web@1.4.0"); err == nil && manifest(t, got) != "two" {
			t.Errorf("after %d eighths a half mirror is trusted", i)
		}
		f.Offline = false
		if got, err := findIn(t, f, dir, "//web"); err != nil || manifest(t, got) != "two" {
			t.Errorf("after %d eighths: got %+v, %v", i, got, err)
		}
		if drafts, _ := filepath.Glob(filepath.Join(f.Cache, "git", "*.new")); len(drafts) > 0 {
			t.Errorf("after %d eighths %v is left", i, drafts)
		}
	}
}

// Git itself is killed in the middle of what comes by the line, after ever more
// bytes.
func TestGitKilledItself(t *testing.T) {
	onlyInCI(t)
	dir := repository(t, packs+"for i in $(seq 300); do echo $i >f$i; done; git add -A; git commit -qm many; for i in $(seq 50); do git tag t$i; done")
	at := t.TempDir()
	ssh := filepath.Join(at, "ssh")
	script := "#!/bin/sh\nfor last; do :; done\n[ -z \"$AFTER\" ] && eval \"exec $last\"\neval \"$last\" | { dd bs=1 count=$AFTER 2>/dev/null; echo killed >>" + at + "/killed; kill -9 $PPID; }\n"
	if err := os.WriteFile(ssh, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	ref, _ := Parse("git+ssh://example.com" + dir + "//web")
	whole := append(environment(), "GIT_SSH_COMMAND="+ssh)
	for _, after := range []int{0, 200, 1000, 5000, 12000} {
		f := user(t)
		if after%1000 == 0 { // the mirror is there already, and lacks something
			f.Env = whole
			if _, err := f.Find(t.Context(), ref); err != nil {
				t.Fatal(err)
			}
			sh(t, dir, "for i in $(seq 300); do date +%N >>f$i; done; git commit -qam "+fmt.Sprint(after)+"; git tag more"+fmt.Sprint(after))
		}
		f.Env = append(whole, fmt.Sprintf("AFTER=%d", after))
		if got, err := f.Find(t.Context(), ref); err == nil {
			t.Errorf("after %d bytes: got %+v", after, got)
		}
		f.Env = whole
		if got, err := f.Find(t.Context(), ref); err != nil || manifest(t, got) != "two" {
			t.Errorf("after %d bytes: got %+v, %v", after, got, err)
		}
	}
	if killed := sh(t, at, "cat killed"); strings.Count(killed, "killed") < 5 {
		t.Errorf("git was killed %d times only", strings.Count(killed, "killed"))
	}
}

// A fetch ends with its context, and so does all that it started.
func TestGitCancelled(t *testing.T) {
	at := t.TempDir()
	ssh := filepath.Join(at, "ssh")
	if err := os.WriteFile(ssh, []byte("#!/bin/sh\necho $$ >"+at+"/new\nmv "+at+"/new "+at+"/pid\nsleep 100\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	repository(t, "true")
	f := user(t)
	f.Env = append(f.Env, "GIT_SSH_COMMAND="+ssh)
	ref, _ := Parse("git+ssh://example.com/packs.git")
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for range 1000 {
			if pid, err := os.ReadFile(at + "/pid"); err == nil && len(pid) > 0 { // it is there before it says which
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		cancel()
	}()
	if _, err := f.Find(ctx, ref); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	pid := strings.TrimSpace(sh(t, at, "cat pid"))
	state := ""
	for range 1000 { // a signal takes its time where much else runs; the sleep takes longer
		state = sh(t, at, "cat /proc/"+pid+"/stat 2>/dev/null | cut -d' ' -f3 || true")
		if state == "" || state == "Z" {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("ssh still runs: %s", state)
}

// A server that takes a connection and says nothing is given up; one that is slow
// and speaks is not.
func TestGitSilence(t *testing.T) {
	onlyInCI(t)
	dir := repository(t, packs)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	f := user(t)
	f.silence = 700 * time.Millisecond
	ref, _ := Parse("git+https://" + listener.Addr().String() + "/packs.git")
	start := time.Now()
	_, err = f.Find(t.Context(), ref)
	if err == nil || problem.IsInput(err) || !strings.HasSuffix(err.Error(), ": nothing came for 700ms") || time.Since(start) > 20*time.Second {
		t.Errorf("got %v after %v", err, time.Since(start))
	}
	ssh := filepath.Join(t.TempDir(), "ssh")
	script := "#!/bin/sh\nfor i in 1 2 3 4 5 6 7 8 9 10; do echo wait $i >&2; sleep 0.2; done\nfor last; do :; done\neval \"$last\"\n"
	if err := os.WriteFile(ssh, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	f.Env = append(f.Env, "GIT_SSH_COMMAND="+ssh)
	ref, _ = Parse("git+ssh://example.com" + dir + "//web")
	if got, err := f.Find(t.Context(), ref); err != nil || got.Version != "1.4.0" {
		t.Errorf("slow: got %+v, %v", got, err)
	}
}

// What git says of its progress is no reason of a failure.
func TestGitText(t *testing.T) {
	for text, want := range map[string]string{
		"": "git failed without a reason",
		"remote: Enumerating objects: 5, done.\rremote: Counting objects:  20% (1/5)\rremote: Total 5 (delta 0), reused 0\nfatal: early EOF\n":                                        "early EOF",
		"Receiving objects:  12% (1/8)\rfatal: x\nfatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\nand the repository exists.\n": "x",
		"From /srv/packs\n * [new branch]      main -> main\n ! [rejected]  a -> a  (x)\nerror: y\n":                                                                                  "y",
		"warning: w\nhint: h\nfatal: unable to access 'https://me:secret@example.com/': z":                                                                                            "unable to access 'https://…@example.com/': z",
		"remote: Repository not found.\nfatal: repository 'https://x/' not found":                                                                                                     "remote: Repository not found.; repository 'https://x/' not found",
	} {
		var said tail
		said.Write([]byte(text))
		if got := said.text(); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// A user's own ssh is taken; of several lines that it says the reason is shown.
func TestGitBySSH(t *testing.T) {
	dir := repository(t, packs)
	at := t.TempDir()
	ssh := filepath.Join(at, "ssh")
	script := "#!/bin/sh\necho \"$@\" >>" + at + "/asked\nfor last; do :; done\ncd / && eval \"$last\"\n"
	if err := os.WriteFile(ssh, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	f := user(t)
	ref, _ := Parse("git+ssh://git@example.com:2222" + dir + "//web")
	for name, set := range map[string]func(){
		"environment": func() { f.Env = append(environment(), "GIT_SSH_COMMAND="+ssh) },
		"configuration": func() {
			f.Env = append(environment(), "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=core.sshCommand", "GIT_CONFIG_VALUE_0="+ssh)
		},
	} {
		set()
		got, err := f.Find(t.Context(), ref)
		if err != nil || got.Version != "1.4.0" {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
	if asked := sh(t, at, "cat asked"); strings.Count(asked, "-p 2222 git@example.com git-upload-pack") != 2 {
		t.Errorf("ssh was asked %s", asked)
	}
	if err := os.WriteFile(ssh, []byte("#!/bin/sh\necho 'git@example.com: Permission denied (publickey).' >&2; exit 255\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := f.Find(t.Context(), ref)
	if hint := strings.Join(problem.Hints(err), " "); err == nil || problem.IsInput(err) || !strings.Contains(err.Error(), ": git@example.com: Permission denied (publickey).") ||
		!strings.Contains(hint, "git ls-remote ssh://git@example.com:2222"+dir+" asks who you are") || !strings.Contains(hint, "@v1.4.0, or --to 1.4.0") {
		t.Errorf("got %v, %s", err, hint)
	}
	f.Env = environment()
	if env := fmt.Sprint(f.networkEnvironment(t.Context())); !strings.Contains(env, "BatchMode=yes") || !strings.Contains(env, "GIT_TERMINAL_PROMPT=0") {
		t.Errorf("without a terminal git has %s", env)
	}
	f.Interactive = true
	if env := fmt.Sprint(f.networkEnvironment(t.Context())); strings.Contains(env, "BatchMode") || strings.Contains(env, "PROMPT=0") {
		t.Errorf("with somebody there git has %s", env)
	}
}

// serve is a server of repositories below dir that wants a password.
func serve(t *testing.T, dir string) *httptest.Server {
	t.Helper()
	path := sh(t, dir, "git --exec-path")
	if _, err := os.Stat(path + "/git-http-backend"); err != nil && os.Getenv("CI") == "true" {
		t.Fatal("there is no git http-backend, and in CI nothing is skipped")
	} else if err != nil {
		t.Skip("there is no git http-backend")
	}
	git := &cgi.Handler{Path: path + "/git-http-backend", Env: append(environment(), "GIT_PROJECT_ROOT="+dir, "GIT_HTTP_EXPORT_ALL=1"), Stderr: new(bytes.Buffer)}
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if name, password, _ := r.BasicAuth(); strings.HasPrefix(r.URL.Path, "/private/") && (name != "me" || password != "secret") {
			w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		r.URL.Path = strings.TrimPrefix(r.URL.Path, "/private")
		git.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server
}

// By https git asks a credential helper of the user's, and never a person who is
// not there.
func TestGitByHTTPS(t *testing.T) {
	dir := repository(t, packs)
	sh(t, dir, "git config http.receivepack false")
	server := serve(t, filepath.Dir(dir))
	f := user(t)
	f.Env = append(f.Env, "GIT_SSL_NO_VERIFY=1")
	at := "git+" + server.URL
	find := func(text string) (Source, error) {
		ref, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return f.Find(t.Context(), ref)
	}
	if got, err := find(at + "/packs//web"); err != nil || got.Version != "1.4.0" {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := find(at + "/none//web"); err == nil || !problem.IsInput(err) || !strings.Contains(err.Error(), "there is no repository at "+server.URL+"/none") {
		t.Errorf("no repository: got %v", err)
	}
	helper := func(password string) []string {
		return append(environment(), "GIT_SSL_NO_VERIFY=1", "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=credential.helper",
			"GIT_CONFIG_VALUE_0=!f() { echo username=me; echo password="+password+"; }; f")
	}
	for name, env := range map[string][]string{"nobody to ask": f.Env, "a wrong password": helper("wrong")} {
		f.Env = env
		start := time.Now()
		_, err := find(at + "/private/packs//web")
		if hint := strings.Join(problem.Hints(err), " "); err == nil || problem.IsInput(err) || !strings.Contains(hint, "git ls-remote "+server.URL+"/private/packs asks who you are") {
			t.Errorf("%s: got %v, %s", name, err, hint)
		}
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("%s: it took %v", name, took)
		}
		t.Log(err)
	}
	f.Env = helper("secret")
	if got, err := find(at + "/private/packs//web"); err != nil || got.Version != "1.4.0" {
		t.Errorf("with a password: got %+v, %v", got, err)
	}
	// A token that an insteadOf brings is not shown.
	u, _ := url.Parse(server.URL)
	f.Env = append(environment(), "GIT_SSL_NO_VERIFY=1", "GIT_CONFIG_COUNT=1",
		"GIT_CONFIG_KEY_0=url.https://token:hunter2@"+u.Host+"/private/.insteadOf", "GIT_CONFIG_VALUE_0=https://example.com/")
	if _, err := find("git+https://example.com/packs"); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
	server.Close()
	f.Env = append(environment(), "GIT_SSL_NO_VERIFY=1")
	_, err := find(at + "/packs//web")
	if hint := strings.Join(problem.Hints(err), " "); err == nil || problem.IsInput(err) || !strings.Contains(hint, "--to 1.4.0") || strings.Contains(hint, "ls-remote") {
		t.Errorf("no network: got %v, %s", err, hint)
	}
	t.Log(err)
}

// onlyInCI leaves what takes long out of what a newcomer runs.
func onlyInCI(t *testing.T) {
	if os.Getenv("CI") != "true" {
		t.Skip("takes seconds: CI=true tries it")
	}
}
