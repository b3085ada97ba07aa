package source

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"scaffold/generator/problem"
	"scaffold/generator/process"
)

// Limits of the go command: the time of one run, and the size of its answer. It
// waits without end for a proxy that says nothing.
const (
	maxGoTime   = 10 * time.Minute
	maxGoAnswer = 8 << 20
)

// A goCommand asks the go command about a module. Where modules come from, and what
// vouches for them, is as the user has set it; what a project says of its own
// modules is not, because the pack is none of them.
type goCommand struct {
	env []string
	ref Reference
}

type reach int

const (
	network reach = iota
	cacheOnly
)

// download asks for modules and returns an answer for each.
func (g goCommand) download(ctx context.Context, r reach, queries ...module.Version) ([]download, error) {
	args := []string{"mod", "download", "-json", "-modfile="}
	for _, q := range queries {
		args = append(args, q.String())
	}
	out, err := g.run(ctx, r, args...)
	if err != nil {
		return nil, err
	}
	found, err := decodeAll[download](out)
	if err == nil && len(found) != len(queries) {
		err = fmt.Errorf("the go command answers for %d modules, not %d", len(found), len(queries))
	}
	if err != nil {
		return nil, fmt.Errorf("pack %s: %w", g.ref, err)
	}
	return found, nil
}

// versions returns the tagged versions of the module, the oldest first.
func (g goCommand) versions(ctx context.Context) ([]string, error) {
	paths := listPaths(g.ref.Name)
	out, err := g.run(ctx, network, slices.Concat([]string{"list", "-e", "-m", "-versions", "-json", "-mod=mod", "-modfile="}, paths)...)
	if err != nil {
		return nil, err
	}
	type listed struct {
		Versions []string
		Error    *struct{ Err string }
	}
	answers, err := decodeAll[listed](out)
	if err != nil {
		return nil, fmt.Errorf("pack %s: %w", g.ref, err)
	}
	failed := make([]download, 0, len(answers))
	for i, a := range answers {
		if a.Error == nil {
			return withoutIncompatible(a.Versions), nil
		}
		failed = append(failed, download{Path: paths[i], Error: a.Error.Err})
	}
	return nil, g.explain(ctx, failed)
}

func decodeAll[T any](text []byte) ([]T, error) {
	var all []T
	for d := json.NewDecoder(bytes.NewReader(text)); ; {
		var one T
		err := d.Decode(&one)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read the go command's answer: %w", err)
		}
		all = append(all, one)
	}
}

// run runs the go command in an empty folder, away from any go.mod, and returns what
// it prints. Where that is something its exit status does not count, because it
// says there what failed.
func (g goCommand) run(ctx context.Context, r reach, args ...string) ([]byte, error) {
	limited, cancel := context.WithTimeout(ctx, maxGoTime)
	defer cancel()
	dir, err := os.MkdirTemp("", "scaffold-go-")
	if err != nil {
		return nil, fmt.Errorf("pack %s: make a folder for the go command: %w", g.ref, err)
	}
	defer os.RemoveAll(dir)
	out, errs := capped{limit: maxGoAnswer}, capped{limit: maxGoAnswer}
	cmd := exec.CommandContext(limited, "go", args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr, cmd.WaitDelay = dir, g.environment(r, dir), &out, &errs, time.Second
	process.Separate(cmd)
	err = cmd.Run()
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case limited.Err() != nil:
		return nil, fmt.Errorf("pack %s: the go command did not end within %s: what it asks does not answer", g.ref, maxGoTime)
	case errors.Is(err, exec.ErrNotFound):
		return nil, problem.WithHint(fmt.Errorf("pack %s: a Go module comes by the go command, and there is none on PATH", g.ref),
			"install Go; or name the module's repository, which needs none: git+https://HOST/PATH.git")
	case out.over || errs.over:
		return nil, fmt.Errorf("pack %s: the go command says more than %d MiB", g.ref, maxGoAnswer>>20)
	case err != nil && len(out.text) == 0:
		if said := causeLine(string(errs.text)); said != "" {
			err = errors.New(said)
		}
		return nil, fmt.Errorf("pack %s: the go command failed: %w", g.ref, err)
	}
	return out.text, nil
}

// environment returns the user's variables, but for those that would have the go
// command look at a project. Messages are in English, since some are read here.
func (g goCommand) environment(r reach, dir string) []string {
	env := append(slices.Clip(g.env), "GO111MODULE=on", "GOWORK=off", "GOTOOLCHAIN=local", "PWD="+dir, "LC_ALL=C", "LANGUAGE=")
	if r == cacheOnly { // GONOPROXY is first among what is fetched without a proxy
		env = append(env, "GOPROXY=off", "GONOPROXY=none")
	}
	return env
}

// capped keeps what is written to it, up to a limit.
type capped struct {
	text  []byte
	limit int
	over  bool
}

func (c *capped) Write(p []byte) (int, error) {
	if len(c.text)+len(p) > c.limit {
		c.over = true
		return 0, errors.New("too much")
	}
	c.text = append(c.text, p...)
	return len(p), nil
}

// A failure is why the go command has no module.
type failure int

const (
	other failure = iota
	missing
	disabled // nothing may be fetched
	unreachable
	denied
	forged
)

// signs are the words by which failures are told apart, because the go command and
// git have no other way to say them. The first that fits counts.
var signs = []struct {
	failure failure
	words   []string
}{
	{disabled, []string{"disabled by GOPROXY=off"}},
	{other, []string{"module cache not found"}}, // which says nothing of the module
	{forged, []string{"SECURITY ERROR", "checksum mismatch", "no verifiable signatures", "misbehaving server"}},
	{denied, []string{"401 Unauthorized", "407 Proxy", "could not read Username", "could not read Password",
		"Authentication failed", "returned error: 401", "returned error: 403", "Permission denied (publickey", "terminal prompts disabled",
		"Host key verification failed"}},
	{unreachable, []string{"dial tcp", "dial udp", "i/o timeout", "no such host", "connection refused", "connection reset", "network is unreachable",
		"TLS handshake", "x509:", "deadline exceeded", ": EOF", "unexpected EOF", "Could not resolve host", "Failed to connect", "unable to access",
		"429 Too Many", "500 Internal", "502 Bad Gateway", "503 Service", "504 Gateway"}},
	{missing, []string{"403 Forbidden", "404 Not Found", "410 Gone", "no such file or directory", "cannot find the file", "unrecognized import path", "unknown revision",
		"no matching versions", "invalid version", "not found", "malformed module path"}},
}

func kindOfFailure(text string) failure {
	for _, s := range signs {
		if slices.ContainsFunc(s.words, func(word string) bool { return strings.Contains(text, word) }) {
			return s.failure
		}
	}
	return other
}

// explain returns why none of the modules that were asked for could be had. Of the
// failures the first counts that says more than that there is no such module.
func (g goCommand) explain(ctx context.Context, failed []download) error {
	worst := failed[0]
	if i := slices.IndexFunc(failed, func(d download) bool { return kindOfFailure(d.Error) != missing }); i >= 0 {
		worst = failed[i]
	}
	bare := strings.TrimPrefix(worst.Error, worst.Path+"@"+worst.Version+": ")
	bare = strings.TrimPrefix(bare, "module "+worst.Path+": ")
	said := causeLine(bare)
	switch kindOfFailure(worst.Error) {
	case forged:
		return problem.WithHint(fmt.Errorf("pack %s: SECURITY ERROR: %s", g.ref, describeMismatch(bare)),
			"its content is not what its checksum says: somebody changed it after its release, or on the way here; do not use it")
	case denied:
		return problem.WithHint(fmt.Errorf("pack %s: access is denied: %s", g.ref, said),
			"a private module needs GOPRIVATE=%s and a login in ~/.netrc or for git: go help module-private", privatePattern(worst.Path))
	case unreachable:
		if strings.Contains(worst.Error, "unrecognized import path") { // so a proxy does not know it, and its host was asked
			if err := g.explainVersion(ctx); err != nil {
				return err
			}
		}
		return g.hintCached(ctx, fmt.Errorf("pack %s: cannot be reached: %s", g.ref, said))
	case disabled:
		return g.hintCached(ctx, fmt.Errorf("pack %s: is not in the module cache, and nothing is fetched", g.ref))
	case missing:
		return g.explainMissing(ctx, said)
	}
	return fmt.Errorf("pack %s: the go command says: %s", g.ref, said)
}

// explainMissing says whether the module is missing or only its version.
func (g goCommand) explainMissing(ctx context.Context, said string) error {
	if err := g.explainVersion(ctx); err != nil {
		return err
	}
	err := problem.Input("pack %s: there is no such module: %s", g.ref, said)
	if info, statErr := os.Stat(g.ref.Name); statErr == nil && info.IsDir() {
		return problem.WithHint(err, "a folder is named with a dot first: ./%s", g.ref.Name)
	}
	return problem.WithHint(err, "of a private module GOPRIVATE=%s keeps the go command from asking a proxy for it", privatePattern(g.ref.Name))
}

// explainVersion returns which versions the module has, or nil where it has none.
func (g goCommand) explainVersion(ctx context.Context) error {
	if g.ref.Version == "" || g.ref.Version == Latest {
		return nil
	}
	any := goCommand{g.env, g.ref.At("")} // because then it is the module that is missing
	versions, err := any.versions(ctx)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil || len(versions) == 0:
		return nil
	}
	return problem.Input("pack %s: there is no such version: there is %s", g.ref, strings.Join(nearestVersions(versions, g.ref.Version), ", "))
}

// hintCached adds which versions need no network.
func (g goCommand) hintCached(ctx context.Context, err error) error {
	versions, listErr := g.cached(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if listErr != nil || len(versions) == 0 {
		return problem.WithHint(err, "go env GOPROXY says where modules are looked for; a version that was used here before needs no network")
	}
	return problem.WithHint(err, "the module cache has %s, and needs no network for it: %s",
		strings.Join(nearestVersions(versions, g.ref.Version), ", "), g.ref.At(versions[len(versions)-1]))
}

// maxNearest is how many versions are named.
const maxNearest = 5

// nearestVersions returns some of the versions, which are sorted: those around the
// wanted one, or the newest where that is none.
func nearestVersions(versions []string, wanted string) []string {
	at := len(versions)
	if wanted = "v" + strings.TrimPrefix(wanted, "v"); semver.IsValid(wanted) {
		at, _ = slices.BinarySearchFunc(versions, wanted, semver.Compare)
	}
	first := max(0, min(at-maxNearest/2, len(versions)-maxNearest))
	return versions[first:min(first+maxNearest, len(versions))]
}

// privatePattern is what GOPRIVATE names a module by: its host, and its owner there.
func privatePattern(name string) string {
	elements := strings.SplitN(name, "/", 3)
	return strings.Join(elements[:min(2, len(elements))], "/")
}

// boilerplate are the starts of lines that say the same of every failure.
var boilerplate = []string{"Confirm the import path", "If this is a private", "For more information", "go: downloading", "To add", "exit status"}

// maxSaid caps what is repeated of another program's message, in bytes.
const maxSaid = 500

// causeLine returns the line that says what failed: what git or the go command starts
// with its mark, or else the first; and what a server said of it.
func causeLine(text string) string {
	lines := meaningful(text)
	if len(lines) == 0 {
		return ""
	}
	cause := lines[0]
	for _, line := range slices.Backward(lines) {
		if strings.HasPrefix(line, "fatal: ") || strings.HasPrefix(line, "go: ") {
			cause = line
			break
		}
	}
	if i := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, "server response:") }); i > 0 {
		cause += " (" + lines[i] + ")"
	}
	cause = strings.TrimPrefix(cause, "go: ")
	if len(cause) > maxSaid {
		cause = strings.ToValidUTF8(cause[:maxSaid], "") + "…"
	}
	return cause
}

func meaningful(text string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line != "" && !slices.ContainsFunc(boilerplate, func(start string) bool { return strings.HasPrefix(line, start) }) {
			lines = append(lines, line)
		}
	}
	return lines
}

// describeMismatch puts into a line what the go command says in several: the first,
// and the checksums below it.
func describeMismatch(text string) string {
	said := causeLine(text)
	for _, line := range meaningful(text) {
		if strings.Contains(line, ": h1:") {
			said += ", " + strings.Join(strings.Fields(line), " ")
		}
	}
	return said
}
