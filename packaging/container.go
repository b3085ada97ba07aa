package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// added matches what a Containerfile takes from the folder that it is built in.
var added = regexp.MustCompile(`(?m)^(?:ADD|COPY) (\S+) \S+$`)

// packContainer puts the Containerfile into the folder that an image is built in, and
// wants all there that it takes.
func (r *release) packContainer() error {
	text, err := os.ReadFile(filepath.Join(r.source, "packaging", "Containerfile"))
	if err != nil {
		return err
	}
	version := strings.TrimPrefix(r.version, "v")
	text = bytes.Replace(text, []byte("\nARG VERSION\n"), fmt.Appendf(nil, "\nARG VERSION=%s\n", version), 1)
	names := added.FindAllSubmatch(text, -1)
	if len(names) == 0 || !bytes.Contains(text, []byte("\nARG VERSION="+version+"\n")) {
		return errors.New("the Containerfile adds nothing, or has no ARG VERSION")
	}
	for _, arch := range []string{"amd64", "arm64"} {
		for _, name := range names {
			file := strings.NewReplacer("${VERSION}", version, "${TARGETARCH}", arch).Replace(string(name[1]))
			if _, err := os.Stat(filepath.Join(r.dist, file)); err != nil {
				return err
			}
		}
	}
	return write(filepath.Join(r.dist, "Containerfile"), text, 0o644)
}

// tryContainer builds the image without a daemon, and writes a project in it. This
// machine's system stands in for the base, because no registry is asked; so what is
// not tried is the real base, and that it gets git.
func (r *release) tryContainer() error {
	if _, err := exec.LookPath("buildah"); err != nil && os.Getenv("CI") == "true" {
		return err
	} else if err != nil {
		fmt.Println("   buildah is not here, so that no image is built")
		return nil
	}
	dir := filepath.Join(r.work, "container")
	system, err := writeBase(filepath.Join(dir, "base"))
	if err != nil {
		return err
	}
	buildah := func(args ...string) error {
		all := []string{"buildah", "--storage-driver", "vfs", "--root", filepath.Join(dir, "storage"), "--runroot", filepath.Join(dir, "run"), args[0], "--isolation", "chroot"}
		all = append(all, system...)
		return r.asRoot(append(all, args[1:]...)...)
	}
	image, project := "localhost/scaffold", filepath.Join(dir, "work")
	program := "/opt/" + r.name(host) + "/scaffold"
	if err := os.Mkdir(project, 0o777); err != nil {
		return err
	}
	for _, args := range [][]string{
		{"bud", "--tag", "localhost/base", "--file", filepath.Join(dir, "base", "Containerfile"), filepath.Join(dir, "base")},
		{"bud", "--pull-never", "--build-arg", "BASE=localhost/base", "--build-arg", "TARGETARCH=" + host.arch, "--tag", image, "--file", filepath.Join(r.dist, "Containerfile"), r.dist},
		{"from", "--pull-never", "--name", "scaffold", image},
		{"run", "--volume", project + ":/work", "scaffold", "--", "/bin/sh", "-c", `test "$(command -v scaffold)" = ` + program + ` && test "$PWD" = /work && scaffold new hello && cd hello && scaffold regenerate --check`},
	} {
		if err := buildah(args...); err != nil {
			return err
		}
	}
	if _, err := os.Stat(filepath.Join(project, "hello", "go.mod")); err != nil {
		return err
	}
	return r.asRoot("rm", "-rf", dir)
}

// writeBase writes what an image is made of that has this machine's system, and
// returns the flags that mount its folders into it.
func writeBase(dir string) (system []string, err error) {
	for _, name := range []string{"usr", "etc", "bin", "sbin", "lib", "lib64"} {
		path := filepath.Join(dir, name)
		info, err := os.Lstat("/" + name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if info.IsDir() {
			err = os.MkdirAll(path, 0o755)
			system = append(system, "--volume", "/"+name+":/"+name+":ro")
		} else if to, linkErr := os.Readlink("/" + name); linkErr == nil { // into usr, on most systems
			err = os.Symlink(to, path)
		}
		if err != nil {
			return nil, err
		}
	}
	text := "FROM scratch\nCOPY . /\nENV PATH=" + os.Getenv("PATH") + "\n"
	tmp := filepath.Join(dir, "tmp")
	return system, errors.Join(os.Mkdir(tmp, 0o777), os.Chmod(tmp, 0o777|fs.ModeSticky), write(filepath.Join(dir, "Containerfile"), []byte(text), 0o644))
}
