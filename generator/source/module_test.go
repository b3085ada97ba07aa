package source

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb"
	"golang.org/x/mod/sumdb/note"

	"scaffold/generator/problem"
	"scaffold/generator/source/proxytest"
)

// A shelf is a proxy with a module cache, and finds what is on it.
type shelf struct {
	t             testing.TB
	proxy, gopath string
}

func newShelf(t testing.TB) shelf {
	dir := t.TempDir()
	return shelf{t, filepath.Join(dir, "proxy"), filepath.Join(dir, "go")}
}

func (s shelf) add(path, version, archive string) {
	s.t.Helper()
	root := s.t.TempDir()
	if err := txtar.Write(txtar.Parse([]byte(archive)), root); err != nil {
		s.t.Fatal(err)
	}
	if err := proxytest.Add(s.proxy, path, version, root); err != nil {
		s.t.Fatal(err)
	}
}

func (s shelf) finder(env ...string) Finder {
	return Finder{Env: append(proxytest.Environment(os.Environ(), s.proxy, s.gopath), env...)}
}

func (s shelf) find(f Finder, text string) (Source, error) {
	s.t.Helper()
	ref, err := Parse(text)
	if err != nil {
		s.t.Fatal(err)
	}
	return f.Find(s.t.Context(), ref)
}

// content is what the file called pack holds, or why it cannot be read.
func content(s Source) string {
	data, err := fs.ReadFile(s.FS, "pack")
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(data))
}

const aBranch = "v1.1.1-0.20260102030405-0123456789ab"

func packShelf(t testing.TB) shelf {
	s := newShelf(t)
	for _, v := range []string{"v1.0.0", "v1.1.0", "v1.2.0-rc.1", aBranch} {
		s.add("example.com/acme/packs", v, "-- go.mod --\nmodule example.com/acme/packs\n-- pack --\nroot "+v+"\n-- web/pack --\nweb "+v+"\n-- LICENSE --\n")
	}
	s.add("example.com/acme/packs/api", "v0.3.0", "-- go.mod --\nmodule example.com/acme/packs/api\n-- pack --\napi\n")
	s.add("example.com/old", "v1.0.0", "-- pack --\nold 1\n")
	s.add("example.com/old", "v2.0.0+incompatible", "-- pack --\nold 2\n")
	s.add("example.com/Upper/v3", "v3.1.0", "-- go.mod --\nmodule example.com/Upper/v3\n-- pack --\nupper\n")
	s.add("example.com/future", "v1.0.0", "-- go.mod --\nmodule example.com/future\n\ngo 1.999\n\ntoolchain go1.999.1\n-- pack --\nfuture\n")
	s.add("example.com/early", "v0.1.0-alpha", "-- go.mod --\nmodule example.com/early\n-- pack --\nearly\n")
	if err := proxytest.Name(s.proxy, "example.com/acme/packs", "main", aBranch); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestFindModule(t *testing.T) {
	s := packShelf(t)
	tests := []struct {
		ref, version, content string
		tagged                bool
	}{
		{"example.com/acme/packs", "1.1.0", "root v1.1.0", true}, // the newest release
		{"example.com/acme/packs@latest", "1.1.0", "root v1.1.0", true},
		{"example.com/acme/packs@v1.0.0", "1.0.0", "root v1.0.0", true},
		{"example.com/acme/packs@1.0.0", "1.0.0", "root v1.0.0", true}, // as scaffold.yaml has it
		{"example.com/acme/packs@v1", "1.1.0", "root v1.1.0", true},
		{"example.com/acme/packs@v1.2.0-rc.1", "1.2.0-rc.1", "root v1.2.0-rc.1", true},
		{"example.com/acme/packs@main", aBranch[1:], "root " + aBranch, false},
		{"example.com/acme/packs@" + aBranch, aBranch[1:], "root " + aBranch, false},
		{"example.com/acme/packs/web", "1.1.0", "web v1.1.0", true}, // a folder of a module
		{"example.com/acme/packs/web@v1.0.0", "1.0.0", "web v1.0.0", true},
		{"example.com/acme/packs/web@main", aBranch[1:], "web " + aBranch, false},
		{"example.com/acme/packs/api", "0.3.0", "api", true}, // a module of its own
		{"example.com/old", "2.0.0", "old 2", true},          // +incompatible, which nobody writes
		{"example.com/old@v2.0.0", "2.0.0", "old 2", true},
		{"example.com/old@v2.0.0+incompatible", "2.0.0", "old 2", true},
		{"example.com/old@v1.0.0", "1.0.0", "old 1", true},
		{"example.com/Upper/v3", "3.1.0", "upper", true},
		{"example.com/Upper/v3@3.1.0", "3.1.0", "upper", true},
		{"example.com/future@v1.0.0", "1.0.0", "future", true}, // whose Go is not out yet: nothing of it is built
		{"example.com/early", "0.1.0-alpha", "early", true},    // no release, so what is before one
	}
	for _, tt := range tests {
		got, err := s.find(s.finder(), tt.ref)
		if err != nil || got.Version != tt.version || !module.IsPseudoVersion("v"+got.Version) != tt.tagged || content(got) != tt.content {
			t.Errorf("%s: got %q (tagged: %v) with %q, %v; want %q (%v) with %q", tt.ref, got.Version, !module.IsPseudoVersion("v"+got.Version), content(got), err, tt.version, tt.tagged, tt.content)
			continue
		}
		name, _, _ := strings.Cut(tt.ref, "@")
		if inFolder := name != got.Origin; inFolder != (got.Root != nil) || inFolder && path.Join(got.Origin, got.Dir) != name {
			t.Errorf("%s: got the root %v and the folder %q", tt.ref, got.Root, got.Dir)
		}
		if got.Kind != Module || got.Name != name || !strings.HasPrefix(name, got.Origin) || got.Origin == "" {
			t.Errorf("%s: got kind %d, name %q, origin %q", tt.ref, got.Kind, got.Name, got.Origin)
		}
		if got.Commit != proxytest.Commit {
			t.Errorf("%s: got the commit %q", tt.ref, got.Commit)
		}
		again, err := s.find(s.finder(), got.Name+"@v"+got.Version) // what is recorded
		if err != nil || content(again) != tt.content || again.Version != got.Version {
			t.Errorf("%s: once more by %s: got %q, %v", tt.ref, got.Name+"@v"+got.Version, content(again), err)
		}
	}
	if got, _ := s.find(s.finder(), "example.com/acme/packs/web@v1.0.0"); got.Origin != "example.com/acme/packs" {
		t.Errorf("got the origin %q", got.Origin)
	}
}

func TestModuleVersions(t *testing.T) {
	s := packShelf(t)
	for name, want := range map[string]string{
		"example.com/acme/packs":     "1.0.0 1.1.0 1.2.0-rc.1",
		"example.com/acme/packs/web": "1.0.0 1.1.0 1.2.0-rc.1",
		"example.com/acme/packs/api": "0.3.0",
		"example.com/old":            "1.0.0 2.0.0",
	} {
		got, err := s.finder().Versions(t.Context(), Reference{Kind: Module, Name: name})
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s: got %q, %v; want %s", name, got, err, want)
		}
	}
	if got, err := s.finder().Versions(t.Context(), Reference{Kind: Module, Name: "example.com/nothing"}); err == nil || !problem.IsInput(err) {
		t.Errorf("a module that is not there: got %q, %v", got, err)
	}
}

// What is in the module cache needs no proxy, and without the network nothing else
// is to be had.
func TestModuleOffline(t *testing.T) {
	s := packShelf(t)
	for _, ref := range []string{"example.com/acme/packs@v1.0.0", "example.com/acme/packs@v1.1.0", "example.com/old@v2.0.0"} {
		if _, err := s.find(s.finder(), ref); err != nil {
			t.Fatal(err)
		}
	}
	gone := s.finder("GOPROXY=http://127.0.0.1:1", "GOPRIVATE=example.com/private")
	offline := gone
	offline.Offline = true
	for ref, want := range map[string]string{
		"example.com/acme/packs@v1.0.0":     "root v1.0.0",
		"example.com/acme/packs/web@v1.1.0": "web v1.1.0",
		"example.com/old@2.0.0":             "old 2",
	} {
		for name, f := range map[string]Finder{"no network": gone, "offline": offline} {
			if got, err := s.find(f, ref); err != nil || content(got) != want {
				t.Errorf("%s: %s: got %q, %v; want %q", name, ref, content(got), err, want)
			}
		}
	}
	// A longer path may be a module that is not there yet.
	s.add("example.com/acme/packs", "v0.3.0", "-- go.mod --\nmodule example.com/acme/packs\n-- pack --\nroot\n")
	for _, tt := range [][2]string{{"example.com/acme/packs@v0.3.0", "root"}, {"example.com/acme/packs/api@v0.3.0", "api"}} {
		if got, err := s.find(s.finder(), tt[0]); err != nil || content(got) != tt[1] {
			t.Errorf("%s: got %q, %v; want %q", tt[0], content(got), err, tt[1])
		}
	}
	versions, err := offline.Versions(t.Context(), Reference{Kind: Module, Name: "example.com/acme/packs/web"})
	if want := []string{"0.3.0", "1.0.0", "1.1.0"}; err != nil || !slices.Equal(versions, want) {
		t.Errorf("got versions %q, %v; want %q", versions, err, want)
	}

	const cached = "the module cache has v0.3.0, v1.0.0, v1.1.0, and needs no network for it: example.com/acme/packs@v1.1.0"
	for _, tt := range []struct {
		f                Finder
		ref, want, hints string
	}{
		{offline, "example.com/acme/packs", "is not in the module cache, and nothing is fetched", cached},
		{offline, "example.com/acme/packs@v1.2.0-rc.1", "is not in the module cache, and nothing is fetched", "the module cache has v0.3.0, v1.0.0, v1.1.0"},
		{offline, "example.com/private/x@v1.0.0", "is not in the module cache", "go env GOPROXY"}, // nor is its host asked
		{s.finder("GOPROXY=off"), "example.com/acme/packs", "is not in the module cache, and nothing is fetched", cached},
		{gone, "example.com/acme/packs", "cannot be reached: ", cached},
		{gone, "example.com/nothing@v1.0.0", "connection refused", "go env GOPROXY"},
	} {
		_, err := s.find(tt.f, tt.ref)
		hints := strings.Join(problem.Hints(err), "\n")
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(hints, tt.hints) || problem.IsInput(err) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v\nhints: %s\nwant %s\nhints: %s", tt.ref, err, hints, tt.want, tt.hints)
		}
	}
}

// Neither the folder that one stands in nor what the user has set for their own
// project has a say in what the pack is.
func TestModuleApartFromProject(t *testing.T) {
	s := packShelf(t)
	dir := t.TempDir()
	project := "-- go.mod --\nmodule example.com/mine\n\ngo 1.999\n\nrequire example.com/acme/packs v1.1.0\n\nreplace example.com/acme/packs => ./mine\n" +
		"-- go.work --\ngo 1.999\n\nuse .\n-- vendor/modules.txt --\n-- mine/go.mod --\nmodule example.com/acme/packs\n"
	if err := txtar.Write(txtar.Parse([]byte(project)), dir); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	for _, env := range []string{
		"X=", "GOFLAGS=-mod=vendor", "GOFLAGS=-mod=mod -modcacherw", "GOFLAGS=-modfile=other.mod", "GO111MODULE=off",
		"GOWORK=" + filepath.Join(dir, "go.work"), "GOTOOLCHAIN=go1.999.1", "GOTOOLCHAIN=auto", "LC_ALL=de_DE.UTF-8",
	} {
		f := s.finder(env)
		for _, ref := range []string{"example.com/acme/packs", "example.com/acme/packs@v1.0.0", "example.com/future"} {
			if _, err := s.find(f, ref); err != nil {
				t.Errorf("%s: %s: %v", env, ref, err)
			}
		}
		if got, err := f.Versions(t.Context(), Reference{Kind: Module, Name: "example.com/acme/packs"}); err != nil || len(got) != 3 {
			t.Errorf("%s: got versions %q, %v", env, got, err)
		}
	}
}

func TestModuleRefused(t *testing.T) {
	s := packShelf(t)
	s.add("example.com/many", "v1.0.0", "-- go.mod --\nmodule example.com/many\n")
	for _, v := range []string{"v1.1.0", "v1.2.0", "v1.3.0", "v1.4.0", "v1.10.0", "v2.0.0+incompatible"} {
		s.add("example.com/many", v, "-- x --\n")
	}
	t.Chdir(t.TempDir())
	if err := os.MkdirAll("example.com/x", 0o777); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GIT_ALLOW_PROTOCOL", "none")
	for _, tt := range []struct{ ref, want, hint string }{
		{"example.com/acme/packs@v1.7.0", "there is no such version: there is v1.0.0, v1.1.0, v1.2.0-rc.1", ""},
		{"example.com/acme/packs/web@v1.7.0", "there is no such version: there is v1.0.0, v1.1.0, v1.2.0-rc.1", ""},
		{"example.com/many@1.2.1", "there is no such version: there is v1.1.0, v1.2.0, v1.3.0, v1.4.0, v1.10.0", ""},
		{"example.com/many@v0.1.0", "there is no such version: there is v1.0.0, v1.1.0, v1.2.0, v1.3.0, v1.4.0", ""},
		{"example.com/many@nobranch", "there is no such version: there is v1.2.0, v1.3.0, v1.4.0, v1.10.0, v2.0.0", ""},
		{"example.com/acme/packs/nowhere@v1.0.0", "there is no such module, and the module example.com/acme/packs has no folder nowhere at v1.0.0", ""},
		{"example.com/acme/packs/pack", "there is no such module, and the module example.com/acme/packs has no folder pack at v1.1.0", ""}, // a file
		{"example.com/nothing", "there is no such module: ", "GOPRIVATE=example.com/nothing"},
		{"example.com/nothing@v1.0.0", "there is no such module: ", "GOPRIVATE=example.com/nothing"},
		{"example.com/x", "there is no such module: ", "a folder is named with a dot first: ./example.com/x"},
	} {
		_, err := s.find(s.finder(), tt.ref)
		if err == nil || !strings.HasPrefix(err.Error(), "pack "+tt.ref+": "+tt.want) || !problem.IsInput(err) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v\nwant %s", tt.ref, err, tt.want)
		}
		if hints := strings.Join(problem.Hints(err), "\n"); !strings.Contains(hints, tt.hint) {
			t.Errorf("%s: got hints %s\nwant %s", tt.ref, hints, tt.hint)
		}
	}
}

// A proxy that answers wrongly is no input error, but for what it does not have.
func TestModuleProxyFails(t *testing.T) {
	s := newShelf(t)
	for status, want := range map[int]string{
		401: "access is denied: ", 403: "there is no such module: ", 404: "there is no such module: ", 410: "there is no such module: ", 418: "the go command says: ",
		429: "cannot be reached: ", 500: "cannot be reached: ", 503: "cannot be reached: ",
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Error(w, "this is \x1b[31mred\nand more", status)
		}))
		_, err := s.find(s.finder("GOPROXY="+server.URL), "example.com/x@v1.0.0")
		server.Close()
		input := status == 403 || status == 404 || status == 410
		if err == nil || !strings.HasPrefix(err.Error(), "pack example.com/x@v1.0.0: "+want) || problem.IsInput(err) != input || strings.Contains(err.Error(), "\n") {
			t.Errorf("%d: got %v (input: %v)\nwant %s", status, err, problem.IsInput(err), want)
		}
		if hints := strings.Join(problem.Hints(err), "\n"); status == 401 && !strings.Contains(hints, "GOPRIVATE=example.com/x and a login") {
			t.Errorf("%d: got hints %s", status, hints)
		}
	}
}

// The go command waits for ever; whoever waits for it does not have to.
func TestModuleProxyHangs(t *testing.T) {
	s := newShelf(t)
	asked := make(chan struct{}, 100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-r.Context().Done()
	}))
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-asked
		cancel()
	}()
	start := time.Now()
	_, err := s.finder("GOPROXY="+server.URL).Find(ctx, Reference{Kind: Module, Name: "example.com/x"})
	if took := time.Since(start); !errors.Is(err, context.Canceled) || took > 20*time.Second {
		t.Errorf("got %v after %v", err, took)
	}
}

// What is not as its checksum says is refused, and why is said in a line.
func TestModuleForged(t *testing.T) {
	s := packShelf(t)
	signer, verifier, err := note.GenerateKey(nil, "sum.example.com")
	if err != nil {
		t.Fatal(err)
	}
	honest := sumdb.NewTestServer(signer, func(path, version string) ([]byte, error) {
		const hash = "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
		return fmt.Appendf(nil, "%s %s %s\n%s %s/go.mod %s\n", path, version, hash, path, version, hash), nil
	})
	server := httptest.NewServer(sumdb.NewServer(honest))
	defer server.Close()
	env := []string{"GOSUMDB=" + verifier + " " + server.URL}
	_, err = s.find(s.finder(env...), "example.com/acme/packs@v1.0.0")
	if err == nil || !strings.Contains(err.Error(), "SECURITY ERROR: ") || !strings.Contains(err.Error(), "checksum mismatch, downloaded: h1:") || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v", err)
	}
	if hints := problem.Hints(err); len(hints) != 1 || !strings.Contains(hints[0], "do not use it") {
		t.Errorf("got hints %q", hints)
	}
	// Whom the user exempts is not asked for.
	if got, err := s.find(s.finder(append(env, "GONOSUMDB=example.com")...), "example.com/acme/packs@v1.0.0"); err != nil {
		t.Errorf("GONOSUMDB: got %q, %v", content(got), err)
	}
	// Who is not the checksum server is not believed.
	_, other, err := note.GenerateKey(nil, "sum.example.com")
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.find(s.finder("GOSUMDB="+other+" "+server.URL), "example.com/acme/packs@v1.1.0")
	if err == nil || !strings.Contains(err.Error(), "SECURITY ERROR: ") || !strings.Contains(err.Error(), "no verifiable signatures") || strings.Contains(err.Error(), "\n") {
		t.Errorf("another's key: got %v", err)
	}
}

// What the go command needs and has not is the environment's fault.
func TestModuleWithoutGo(t *testing.T) {
	s := packShelf(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	_, err := s.find(s.finder("GOMODCACHE="+filepath.Join(file, "cache")), "example.com/acme/packs@v1.0.0")
	if err == nil || problem.IsInput(err) || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "not a directory") {
		t.Errorf("a cache that cannot be written: got %v", err)
	}
	_, err = s.find(s.finder("GOPROXY=nonsense"), "example.com/acme/packs@v1.0.0")
	if err == nil || problem.IsInput(err) || strings.Contains(err.Error(), "\n") {
		t.Errorf("GOPROXY=nonsense: got %v", err)
	}
	t.Setenv("PATH", t.TempDir())
	_, err = s.find(s.finder(), "example.com/acme/packs@v1.0.0")
	if err == nil || problem.IsInput(err) || err.Error() != "pack example.com/acme/packs@v1.0.0: a Go module comes by the go command, and there is none on PATH" {
		t.Errorf("no go command: got %v", err)
	}
	if hints := problem.Hints(err); len(hints) != 1 || !strings.Contains(hints[0], "git+https://") {
		t.Errorf("no go command: got hints %q", hints)
	}
}

func TestModulesAtOnce(t *testing.T) {
	s := packShelf(t)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if got, err := s.find(s.finder(), "example.com/acme/packs/web@v1.0.0"); err != nil || content(got) != "web v1.0.0" {
				t.Errorf("got %q, %v", content(got), err)
			}
		})
	}
	all.Wait()
}

// zipOf makes a zip of which the headers are as given. What is stated of the size
// need not be true.
func zipOf(t *testing.T, headers ...zip.FileHeader) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, h := range headers {
		f, err := w.CreateRaw(&h)
		if err != nil {
			t.Fatal(err)
		}
		f.Write(make([]byte, h.CompressedSize64))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// The module cache is what other programs write to: a zip in it is read with care.
func TestHostileZip(t *testing.T) {
	header := func(name string) zip.FileHeader { return zip.FileHeader{Name: name} }
	in := func(name string) zip.FileHeader { return header("example.com/x@v1.0.0/" + name) }
	link, huge := in("link"), in("huge")
	link.SetMode(fs.ModeSymlink | 0o777)
	huge.UncompressedSize64 = maxModule + 1
	half, many := in("half"), []zip.FileHeader{}
	half.UncompressedSize64 = maxModule/2 + 1
	half2 := half
	half2.Name += "2"
	for i := range maxModuleFiles + 1 {
		many = append(many, in(fmt.Sprint(i)))
	}
	for _, tt := range []struct {
		want    string
		entries []zip.FileHeader
	}{
		{"no regular file", []zip.FileHeader{link}},
		{"larger than 500 MiB", []zip.FileHeader{huge}},
		{"more than 500 MiB", []zip.FileHeader{half, half2}},
		{"20001 files, more than 20000", many},
		{"twice", []zip.FileHeader{in("a"), in("a")}},
		{"not below", []zip.FileHeader{header("example.com/y@v1.0.0/a")}},
		{"not below", []zip.FileHeader{header("/etc/passwd")}},
		{"malformed file path", []zip.FileHeader{in("../../etc/passwd")}},
		{"malformed file path", []zip.FileHeader{in("a/../b")}},
		{"malformed file path", []zip.FileHeader{in(`a\b`)}},
		{"malformed file path", []zip.FileHeader{in("/a")}},
		{"malformed file path", []zip.FileHeader{in("a\x1bb")}},
		{"malformed file path", []zip.FileHeader{in("con")}},
		{"no regular file", []zip.FileHeader{in("../")}},
	} {
		name := filepath.Join(t.TempDir(), "x.zip")
		if err := os.WriteFile(name, zipOf(t, tt.entries...), 0o666); err != nil {
			t.Fatal(err)
		}
		_, err := openModule(download{Path: "example.com/x", Version: "v1.0.0", Zip: name})
		if err == nil || !strings.Contains(err.Error(), tt.want) || !problem.IsInput(err) {
			t.Errorf("%.100q: got %v; want %s", tt.entries[0].Name, err, tt.want)
		}
	}
	// A file that is more than it states is found out where it is read.
	var bomb bytes.Buffer
	w := zip.NewWriter(&bomb)
	for _, folder := range []string{"", "sub/"} { // which a zip may have or not
		if _, err := w.Create("example.com/x@v1.0.0/" + folder); err != nil {
			t.Fatal(err)
		}
	}
	f, err := w.Create("example.com/x@v1.0.0/bomb")
	if err != nil {
		t.Fatal(err)
	}
	f.Write(make([]byte, 1<<20))
	w.Close()
	size := []byte{0, 0, 0x10, 0} // 1 MiB
	name := filepath.Join(t.TempDir(), "bomb.zip")
	if err := os.WriteFile(name, bytes.ReplaceAll(bomb.Bytes(), size, []byte{1, 0, 0, 0}), 0o666); err != nil {
		t.Fatal(err)
	}
	fsys, err := openModule(download{Path: "example.com/x", Version: "v1.0.0", Zip: name})
	if err != nil {
		t.Fatal(err)
	}
	if data, err := fs.ReadFile(fsys, "bomb"); err == nil || len(data) > 64<<10 {
		t.Errorf("a file that states 1 byte: read %d, %v", len(data), err)
	}
}

// A cache that was damaged later is not the pack's fault.
func TestDamagedCache(t *testing.T) {
	s := packShelf(t)
	if _, err := s.find(s.finder(), "example.com/acme/packs@v1.0.0"); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(s.gopath, "pkg/mod/cache/download/example.com/acme/packs/@v/v1.0.0.zip")
	if err := os.WriteFile(name, []byte("no zip"), 0o666); err != nil {
		t.Fatal(err)
	}
	offline := s.finder()
	offline.Offline = true
	for _, f := range []Finder{s.finder(), offline} {
		_, err := s.find(f, "example.com/acme/packs@v1.0.0")
		if err == nil || problem.IsInput(err) || !strings.Contains(err.Error(), "read the module's zip: zip: not a valid zip file") {
			t.Errorf("offline: %v: got %v", f.Offline, err)
		}
		if hints := problem.Hints(err); len(hints) != 1 || !strings.Contains(hints[0], "go clean -modcache") {
			t.Errorf("offline: %v: got hints %q", f.Offline, hints)
		}
	}
}

// What is no zip at all is refused by the go command.
func TestBrokenZip(t *testing.T) {
	s := newShelf(t)
	if err := proxytest.AddZip(s.proxy, "example.com/broken", "v1.0.0", []byte("no zip")); err != nil {
		t.Fatal(err)
	}
	_, err := s.find(s.finder(), "example.com/broken")
	if err == nil || !strings.Contains(err.Error(), "not a valid zip file") || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v", err)
	}
}
