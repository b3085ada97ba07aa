package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

// A platform is what a binary is built for, by Go's names.
type platform struct{ os, arch string }

var (
	platforms = []platform{{"linux", "amd64"}, {"linux", "arm64"}, {"darwin", "amd64"}, {"darwin", "arm64"}, {"windows", "amd64"}, {"windows", "arm64"}}
	host      = platform{runtime.GOOS, runtime.GOARCH}
)

func (p platform) String() string { return p.os + "_" + p.arch }

func exe(os string) string {
	if os == "windows" {
		return ".exe"
	}
	return ""
}

// binary is where the program for a platform is.
func (r *release) binary(p platform) string {
	return filepath.Join(r.work, "stage", p.String(), "scaffold"+exe(p.os))
}

func (r *release) build() error {
	if !slices.Contains(platforms, host) {
		return fmt.Errorf("there is no binary for %s, so that nothing could be tried here", host)
	}
	if err := r.findModules(); err != nil {
		return err
	}
	for _, p := range platforms {
		if err := r.compile(r.source, p, r.binary(p), nil); err != nil {
			return err
		}
	}
	return r.wantVersion(r.binary(host))
}

// findModules asks where the go command has modules from, which is all that a build
// takes from the user's settings.
func (r *release) findModules() error {
	names := []string{"GOMODCACHE", "GOPROXY", "GOSUMDB", "GOPRIVATE", "GONOPROXY", "GONOSUMDB", "GOTOOLCHAIN"}
	values, err := r.output(r.source, nil, "go", append([]string{"env", "-json"}, names...)...)
	if err != nil {
		return err
	}
	var have map[string]string
	if err := json.Unmarshal([]byte(values), &have); err != nil {
		return err
	}
	for _, name := range names {
		r.modules = append(r.modules, name+"="+have[name])
	}
	return nil
}

// compile builds a binary that says its version because the commit has that tag. What
// the machine has set makes no difference to it.
func (r *release) compile(dir string, p platform, to string, machine []string) error {
	env := slices.Concat(machine, r.modules, []string{
		"GOOS=" + p.os, "GOARCH=" + p.arch, "GOAMD64=v1", "GOARM64=v8.0", "CGO_ENABLED=0",
		"GOENV=off", "GOFLAGS=", "GOWORK=off", "GO111MODULE=", "GOEXPERIMENT=", "GOFIPS140=off",
		"GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1", // git is asked for the commit
	})
	return r.run(dir, env, "go", "build", "-trimpath", "-buildvcs=true", "-ldflags=-s -w", "-o", to, ".")
}

// buildAgain builds for this machine in another folder, without a cache, and with
// other settings: nothing of the machine's is in the binary if both are the same.
func (r *release) buildAgain() error {
	elsewhere := filepath.Join(r.work, "elsewhere", "clone")
	if err := r.run(r.work, nil, "git", "clone", "-q", "--template=", r.source, elsewhere); err != nil {
		return err
	}
	settings := filepath.Join(r.work, "go-env")
	if err := write(settings, []byte("GOEXPERIMENT=nogreenteagc\nGOFLAGS=-tags=elsewhere\n"), 0o644); err != nil {
		return err
	}
	again := filepath.Join(r.work, "again")
	machine := []string{
		"GOCACHE=" + filepath.Join(r.work, "cache"), "HOME=" + filepath.Join(r.work, "home"), "TZ=Asia/Tokyo", "LC_ALL=tr_TR.UTF-8",
		"GOENV=" + settings, "GOFLAGS=-tags=elsewhere", "GOAMD64=v3",
	}
	if err := r.compile(elsewhere, host, again, machine); err != nil {
		return err
	}
	first, err := hash(r.binary(host))
	second, againErr := hash(again)
	if err := errors.Join(err, againErr); err != nil {
		return err
	}
	if first != second {
		return fmt.Errorf("two builds for %s differ: %s and %s", host, first, second)
	}
	return nil
}

func hash(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return fmt.Sprintf("%x", h.Sum(nil)), err
}

// stage puts beside each binary what goes with it.
func (r *release) stage() error {
	pages, err := listPages(r.source)
	if err != nil {
		return err
	}
	r.pages = pages
	from := map[string]string{"LICENSE": "LICENSE", "CHANGELOG.md": "CHANGELOG.md", "scaffold.1": "docs/scaffold.1"}
	for _, name := range pages {
		from[name] = name
	}
	files := make(map[string][]byte)
	for name, source := range from {
		if files[name], err = os.ReadFile(filepath.Join(r.source, filepath.FromSlash(source))); err != nil {
			return err
		}
	}
	for shell, name := range map[string]string{"bash": "scaffold.bash", "zsh": "_scaffold", "fish": "scaffold.fish", "powershell": "scaffold.ps1"} {
		script, err := r.output(r.work, nil, r.binary(host), "completion", shell)
		if err != nil {
			return err
		}
		files["completions/"+name] = []byte(script + "\n")
	}
	if files["THIRD_PARTY_LICENSES.txt"], err = r.licences(); err != nil {
		return err
	}
	for _, p := range platforms {
		for name, text := range files {
			if err := write(filepath.Join(filepath.Dir(r.binary(p)), filepath.FromSlash(name)), text, 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

// write writes a file and the folders above it, with a mode that no umask changes.
func write(path string, text []byte, mode os.FileMode) error {
	return errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, text, mode), os.Chmod(path, mode))
}

// licenceFile is how files with the terms of a module are called.
var licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents)([-._].*)?$`)

// licences returns the licence texts of all that is linked into a binary of any
// platform, Go's library first.
func (r *release) licences() ([]byte, error) {
	root, err := r.output(r.source, nil, "go", "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	folders := map[string][]string{"Go's library": {root}}
	for _, p := range platforms {
		list, err := r.output(r.source, []string{"GOOS=" + p.os, "GOARCH=" + p.arch}, "go", "list", "-deps", "-json=Dir,Module", ".")
		if err != nil {
			return nil, err
		}
		for d := json.NewDecoder(strings.NewReader(list)); ; {
			var linked struct {
				Dir    string
				Module *struct {
					Path, Version, Dir string
					Main               bool
				}
			}
			if err := d.Decode(&linked); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return nil, err
			}
			if m := linked.Module; m != nil && !m.Main {
				name := m.Path + " " + m.Version
				folders[name] = append(folders[name], m.Dir, linked.Dir) // a package may have its own
			}
		}
	}
	var all bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(folders)) {
		if err := appendLicences(&all, name, folders[name]); err != nil {
			return nil, err
		}
	}
	return all.Bytes(), nil
}

func appendLicences(all *bytes.Buffer, name string, folders []string) error {
	slices.Sort(folders)
	found := 0
	for _, dir := range slices.Compact(folders) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if e.IsDir() || filepath.Ext(e.Name()) == ".go" || !licenceFile.MatchString(e.Name()) {
				continue
			}
			text, err := os.ReadFile(filepath.Join(dir, e.Name()))
			if err != nil {
				return err
			}
			fmt.Fprintf(all, "%s\n%s: %s\n\n%s\n", strings.Repeat("=", 80), name, e.Name(), bytes.TrimSpace(text))
			found++
		}
	}
	if found == 0 {
		return fmt.Errorf("%s has no licence", name)
	}
	return nil
}
