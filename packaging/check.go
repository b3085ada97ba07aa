package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

// npmPackage is what npm takes as a name, with its scope or without.
var npmPackage = regexp.MustCompile(`^(@[a-z0-9~-][a-z0-9._~-]*/)?[a-z0-9~-][a-z0-9._~-]*$`)

// checkNames refuses what a registry or the go command would refuse at the end.
func (r *release) checkNames() error {
	var errs []error
	if semver.Canonical(r.version) != r.version {
		errs = append(errs, fmt.Errorf("version %q: want all three numbers, as in v1.2.3 or v1.2.3-rc.1", r.version))
	}
	if longest := r.npmName(platform{"darwin", "arm64"}); !npmPackage.MatchString(r.npm) || len(longest) > 214 {
		errs = append(errs, fmt.Errorf("-npm %q: npm takes small letters, digits and dashes, at most 214 with the platform's name: give a name such as scaffold-go or @acme/scaffold", r.npm))
	}
	return errors.Join(errs...)
}

// checkOut refuses to replace what is no earlier release: only such a folder has
// checksums, and nothing that they do not list.
func checkOut(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil
	}
	if err != nil {
		return fmt.Errorf("-out %q: want a folder that is replaced: %w", dir, err)
	}
	sums, err := os.ReadFile(filepath.Join(dir, "SHA256SUMS"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("-out %q: %w", dir, err)
	}
	for _, e := range entries {
		if e.Name() != "SHA256SUMS" && !strings.Contains(string(sums), "  "+e.Name()+"\n") {
			return fmt.Errorf("-out %q has %s, which no earlier release put there and which would be lost: give a new folder", dir, e.Name())
		}
	}
	return nil
}

// checkRepository refuses to release what is not committed, and a module that nobody
// could install. HEAD may be detached, because the workflow's is.
func (r *release) checkRepository() error {
	text, err := r.output(".", nil, "git", "show", "HEAD:go.mod")
	if err != nil {
		return fmt.Errorf("there is no commit with a go.mod to release: %w", err)
	}
	if r.module == "" {
		r.module = modfile.ModulePath([]byte(text))
	}
	changed, err := r.output(".", nil, "git", "status", "--porcelain")
	if err == nil && changed != "" && r.trial {
		fmt.Printf("   not committed, and so not in what is tried:\n%s\n", changed)
	} else if err == nil && changed != "" {
		err = fmt.Errorf("not committed, and so not in the release: commit or stash it, or try with -quick:\n%s", changed)
	}
	return errors.Join(r.checkPath(), err)
}

// checkPath refuses a path that the go command would not find.
func (r *release) checkPath() error {
	if first, _, _ := strings.Cut(r.module, "/"); !strings.Contains(first, ".") {
		return fmt.Errorf("the module's path %q has no domain, so that nobody could install it: give one, as in ./release %s example.com/acme/scaffold", r.module, r.version)
	}
	if err := module.CheckPath(r.module); err != nil {
		return fmt.Errorf("%w: give one such as example.com/acme/scaffold", err)
	}
	if !semver.IsValid(r.version) {
		return nil // checkNames says so
	}
	path, have, _ := module.SplitPathVersion(r.module)
	if module.CheckPathMajor(r.version, have) == nil {
		return nil
	}
	if major := semver.Major(r.version); major != "v0" && major != "v1" {
		path += "/" + major
	}
	return fmt.Errorf("the module's path %q is none of %s, because the go command wants the number of version 2 and later in it: give %s", r.module, r.version, path)
}

// checkTag refuses a version that was released from another commit: who has that
// one would be told that somebody forged it.
func (r *release) checkTag() error {
	have, err := r.git("for-each-ref", "--format=%(if)%(*objectname)%(then)%(*objectname)%(else)%(objectname)%(end)", "refs/tags/"+r.version)
	if err != nil || have == "" || r.trial {
		return err
	}
	head, err := r.git("rev-parse", "HEAD")
	if err == nil && have != head {
		err = fmt.Errorf("tag %s is there already and names %.12s, which is not what HEAD releases (%.12s): choose the next version, or if it was never pushed, git tag -d %s", r.version, have, head, r.version)
	}
	return err
}
