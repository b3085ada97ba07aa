package main

import (
	"bytes"
	"fmt"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/modfile"
)

// clone clones HEAD, sets the module's path there, and tags that, with nothing but the version.
func (r *release) clone() error {
	if err := r.run(".", nil, "git", "clone", "-q", "--template=", ".", r.source); err != nil { // without the user's hooks
		return err
	}
	date, err := r.git("log", "-1", "--format=%cI")
	if err != nil {
		return err
	}
	if r.date, err = time.Parse(time.RFC3339, date); err != nil {
		return err
	}
	r.date = r.date.UTC()
	have, err := os.ReadFile(filepath.Join(r.source, "go.mod"))
	if err != nil {
		return err
	}
	old := modfile.ModulePath(have)
	if r.module != old {
		if err := r.rename(old); err != nil {
			return err
		}
	}
	if err := r.checkTag(); err != nil {
		return err
	}
	if err := r.removeTags(); err != nil {
		return err
	}
	_, err = r.git("tag", "-f", "-a", "-m", "scaffold "+r.version, r.version)
	return err
}

// removeTags removes from the clone what else names HEAD, because the go command would
// take the highest of a commit's tags for the version of the program.
func (r *release) removeTags() error {
	tags, err := r.git("tag", "--points-at", "HEAD")
	if err != nil || tags == "" {
		return err
	}
	_, err = r.git(append([]string{"tag", "-d", "--"}, strings.Fields(tags)...)...)
	return err
}

// git runs git in the clone. What it makes depends on HEAD alone, and not on the
// user's configuration, so that the binaries, which name their commit, are the same
// for everybody.
func (r *release) git(args ...string) (string, error) {
	date := r.date.Format(time.RFC3339)
	env := []string{
		"GIT_AUTHOR_NAME=scaffold", "GIT_AUTHOR_EMAIL=scaffold@localhost", "GIT_AUTHOR_DATE=" + date,
		"GIT_COMMITTER_NAME=scaffold", "GIT_COMMITTER_EMAIL=scaffold@localhost", "GIT_COMMITTER_DATE=" + date,
		"GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1",
	}
	return r.output(r.source, env, "git", args...)
}

// rename gives the module of the clone its path, in go.mod and in all imports, and
// commits that.
func (r *release) rename(old string) error {
	if err := r.run(r.source, nil, "go", "mod", "edit", "-module", r.module); err != nil {
		return err
	}
	files, err := r.git("ls-files", "*.go")
	if err != nil {
		return err
	}
	for _, name := range strings.Fields(files) {
		if slices.Contains(strings.Split(name, "/"), "testdata") { // files of other modules
			continue
		}
		path := filepath.Join(r.source, filepath.FromSlash(name))
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		renamed, err := renameImports(text, old, r.module)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if bytes.Equal(text, renamed) {
			continue
		}
		if err := os.WriteFile(path, renamed, 0o666); err != nil {
			return err
		}
	}
	if err := r.run(r.source, nil, "go", "mod", "tidy", "-diff"); err != nil {
		return err
	}
	_, err = r.git("commit", "-q", "-a", "-m", "go.mod: set the path to "+r.module)
	return err
}

// renameImports returns a Go file that imports from another module path.
func renameImports(text []byte, old, path string) ([]byte, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", text, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	var out []byte
	written := 0
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		if rest, ours := strings.CutPrefix(imported+"/", old+"/"); ours {
			begin := fset.Position(spec.Path.Pos()).Offset
			out = append(out, text[written:begin]...)
			out = strconv.AppendQuote(out, strings.TrimSuffix(path+"/"+rest, "/"))
			written = begin + len(spec.Path.Value)
		}
	}
	if written == 0 {
		return text, nil
	}
	return format.Source(append(out, text[written:]...)) // which sorts the imports anew
}

// fetchTag brings the tag, and the commit that it names, into the repository, where
// no branch has it.
func (r *release) fetchTag() error {
	ref := "refs/tags/" + r.version
	if err := r.run(".", nil, "git", "fetch", "-q", "--no-tags", r.source, ref+":"+ref); err != nil {
		return err
	}
	fmt.Printf("== git push origin %s publishes it: .github/workflows/release.yml makes the same again from the tag\n", r.version)
	return nil
}
