package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/mod/module"
	modzip "golang.org/x/mod/zip"
)

// tryGo installs the module as others will: from a module proxy, with go install and
// as a tool of a project. The proxy is a folder, and so is that of the dependencies.
func (r *release) tryGo() error {
	proxy := filepath.Join(r.work, "proxy")
	if err := r.addToProxy(proxy); err != nil {
		return err
	}
	cache, err := r.output(r.source, nil, "go", "env", "GOMODCACHE")
	if err != nil {
		return err
	}
	bin := filepath.Join(r.work, "gobin")
	env := []string{
		"GOPROXY=" + fileURL(proxy) + "," + fileURL(filepath.Join(cache, "cache", "download")), "GOMODCACHE=" + filepath.Join(r.work, "modcache"), "GOBIN=" + bin,
		"GOFLAGS=-modcacherw", "GOSUMDB=off", "GOENV=off", "GOWORK=off", "GOPRIVATE=", "GONOPROXY=", "GONOSUMDB=",
	}
	if err := r.run(r.work, env, "go", "install", r.module+"@"+r.version); err != nil {
		return err
	}
	installed := filepath.Join(bin, "scaffold"+exe(host.os))
	if err := r.wantVersion(installed); err != nil {
		return err
	}
	byGo, released := filepath.Join(r.work, "by-go", "hello"), filepath.Join(r.work, "released", "hello")
	for project, program := range map[string]string{byGo: installed, released: r.binary(host)} {
		if err := os.MkdirAll(filepath.Dir(project), 0o755); err != nil {
			return err
		}
		if err := r.run(r.work, nil, program, "new", project); err != nil {
			return err
		}
	}
	if err := r.run(r.work, nil, "git", "diff", "--no-index", "--exit-code", released, byGo); err != nil {
		return fmt.Errorf("go install and the binary write different projects: %w", err)
	}
	if err := r.run(byGo, env, "go", "get", "-tool", r.module+"@"+r.version); err != nil {
		return err
	}
	for _, args := range []string{"tool scaffold regenerate --check", "vet ./..."} {
		if err := r.run(byGo, env, "go", strings.Fields(args)...); err != nil {
			return err
		}
	}
	return nil
}

func fileURL(dir string) string {
	return "file://" + strings.TrimSuffix("/"+strings.TrimPrefix(filepath.ToSlash(dir), "/"), "/")
}

// addToProxy adds the module to a proxy, with the zip that each proxy makes of a tag.
func (r *release) addToProxy(proxy string) error {
	escaped, err := module.EscapePath(r.module)
	if err != nil {
		return err
	}
	var zip bytes.Buffer
	if err := modzip.CreateFromVCS(&zip, module.Version{Path: r.module, Version: r.version}, r.source, r.version, ""); err != nil {
		return err
	}
	mod, err := os.ReadFile(filepath.Join(r.source, "go.mod"))
	if err != nil {
		return err
	}
	for name, text := range map[string][]byte{
		"list": []byte(r.version + "\n"), r.version + ".mod": mod, r.version + ".zip": zip.Bytes(),
		r.version + ".info": fmt.Appendf(nil, `{"Version":%q,"Time":%q}`, r.version, r.date.Format("2006-01-02T15:04:05Z")),
	} {
		if err := write(filepath.Join(proxy, filepath.FromSlash(escaped), "@v", name), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func (r *release) wantVersion(program string) error {
	out, err := r.output(r.work, nil, program, "version")
	if want := "scaffold version " + r.version; err == nil && out != want {
		err = fmt.Errorf("%s says %q, want %q", program, out, want)
	}
	return err
}

// trySystem unpacks the archive of this machine, and installs and removes what its
// system may have, in a root of its own.
func (r *release) trySystem() error {
	ending := ".tar.gz"
	if host.os == "windows" {
		ending = ".zip"
	}
	if err := r.run(r.work, nil, "tar", "-xf", filepath.Join(r.dist, r.name(host)+ending)); err != nil {
		return err
	}
	unpacked := filepath.Join(r.work, r.name(host))
	if err := errors.Join(r.wantVersion(filepath.Join(unpacked, "scaffold"+exe(host.os))), checkPages(unpacked)); err != nil {
		return err
	}
	if host.os != "linux" {
		fmt.Printf("   deb and rpm are not tried on %s\n", host)
		return nil
	}
	file := filepath.Join(r.dist, r.name(host))
	deb, rpm := filepath.Join(r.work, "deb"), filepath.Join(r.work, "rpm")
	for _, dir := range []string{"info", "updates"} {
		if err := os.MkdirAll(filepath.Join(deb, "var/lib/dpkg", dir), 0o755); err != nil {
			return err
		}
	}
	if err := write(filepath.Join(deb, "var/lib/dpkg/status"), nil, 0o644); err != nil {
		return err
	}
	if err := os.MkdirAll(rpm, 0o755); err != nil {
		return err
	}
	return errors.Join(
		r.tryPackage(deb, r.tryCompletion, []string{"dpkg", "--root=" + deb, "--force-architecture", "--path-include=/usr/share/doc/*", "--install", file + ".deb"}, []string{"dpkg", "--root=" + deb, "--purge", "scaffold"}),
		r.tryPackage(rpm, nil, []string{"rpm", "--root=" + rpm, "--nodeps", "--nosignature", "--install", file + ".rpm"}, []string{"rpm", "--root=" + rpm, "--erase", "scaffold"}))
}

// tryPackage installs in root, runs what is there and tries it, and wants nothing to be
// left after it was removed. Where the tool is missing, that is said, and fails in CI.
func (r *release) tryPackage(root string, try func(root string) error, install, remove []string) error {
	if _, err := exec.LookPath(install[0]); err != nil && os.Getenv("CI") == "true" {
		return err
	} else if err != nil {
		fmt.Printf("   %s is not here, so that what it installs is not tried\n", install[0])
		return nil
	}
	if err := r.asRoot(install...); err != nil {
		return err
	}
	if err := errors.Join(r.wantVersion(filepath.Join(root, "usr/bin/scaffold")), checkPages(filepath.Join(root, "usr/share/doc/scaffold"))); err != nil {
		return err
	}
	for _, name := range []string{"share/man/man1/scaffold.1.gz", "share/bash-completion/completions/scaffold", "share/fish/vendor_completions.d/scaffold.fish"} {
		if _, err := os.Stat(filepath.Join(root, "usr", name)); err != nil {
			return err
		}
	}
	if try != nil {
		if err := try(root); err != nil {
			return err
		}
	}
	if err := r.asRoot(remove...); err != nil {
		return err
	}
	left := filepath.WalkDir(filepath.Join(root, "usr"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.Contains(path, "scaffold") {
			err = fmt.Errorf("%s is left behind", path)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
	return errors.Join(left, r.asRoot("rm", "-rf", root))
}

// asRoot runs what only root may, such as giving files to root. It has a home of its
// own, because Debian's rpm keeps a database there.
func (r *release) asRoot(args ...string) error {
	args = append([]string{"env", "HOME=" + filepath.Join(r.work, "home")}, args...)
	if os.Geteuid() != 0 {
		args = append([]string{"sudo"}, args...)
	}
	return r.run(r.work, nil, args[0], args[1:]...)
}

// tryNPM installs the package of this machine and the one that runs it from their
// files, without a registry, and has a failure's exit status come through.
func (r *release) tryNPM() error {
	system, arch := nodeNames(host)
	file := func(name string) string {
		return filepath.Join(r.dist, strings.NewReplacer("@", "", "/", "-").Replace(name)+"-"+strings.TrimPrefix(r.version, "v")+".tgz")
	}
	dir := filepath.Join(r.work, "node")
	if err := write(filepath.Join(dir, "package.json"), []byte("{}\n"), 0o644); err != nil {
		return err
	}
	err := r.run(dir, nil, "npm", "install", "--offline", "--no-audit", "--no-fund", "--cache", filepath.Join(r.work, "npm-cache"),
		file(r.npm+"-"+system+"-"+arch), file(r.npm))
	if err != nil {
		return err
	}
	if err := checkPages(filepath.Join(dir, "node_modules", r.npm)); err != nil {
		return err
	}
	program := filepath.Join(dir, "node_modules", ".bin", "scaffold")
	if host.os == "windows" {
		program += ".cmd"
	}
	if err := r.wantVersion(program); err != nil {
		return err
	}
	var failed *exec.ExitError
	if err := exec.Command(program, "nope").Run(); !errors.As(err, &failed) || failed.ExitCode() != 2 {
		return fmt.Errorf("scaffold nope: %w, want exit status 2", err)
	}
	return nil
}
