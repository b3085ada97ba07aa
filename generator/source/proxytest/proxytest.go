// Package proxytest makes Go module proxies for tests: folders that the go command
// reads as GOPROXY=file://FOLDER.
package proxytest

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/mod/module"
	modzip "golang.org/x/mod/zip"
)

// Commit is where all versions say that they come from.
const Commit = "0123456789abcdef0123456789abcdef01234567"

// Add adds a version of a module to the proxy in a folder, with the files in root.
func Add(proxy, path, version, root string) error {
	var zip bytes.Buffer
	if err := modzip.CreateFromDir(&zip, module.Version{Path: path, Version: version}, root); err != nil {
		return err
	}
	return AddZip(proxy, path, version, zip.Bytes())
}

// AddZip adds a version whose zip is any bytes.
func AddZip(proxy, path, version string, zip []byte) error {
	dir, err := folder(proxy, path)
	if err != nil {
		return err
	}
	info := fmt.Sprintf(`{"Version":%q,"Time":"2026-01-02T03:04:05Z","Origin":{"VCS":"git","URL":"https://example.com/packs","Hash":%q}}`, version, Commit)
	list, err := os.ReadFile(filepath.Join(dir, "list"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if !module.IsPseudoVersion(version) {
		list = append(list, version+"\n"...)
	}
	for name, text := range map[string][]byte{
		version + ".info": []byte(info), version + ".mod": []byte("module " + path + "\n"), version + ".zip": zip, "list": list,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o666); err != nil {
			return err
		}
	}
	return nil
}

// Name has a branch or a commit of a module mean a version of it.
func Name(proxy, path, name, version string) error {
	dir, err := folder(proxy, path)
	if err != nil {
		return err
	}
	info, err := os.ReadFile(filepath.Join(dir, version+".info"))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, name+".info"), info, 0o666)
}

func folder(proxy, path string) (string, error) {
	escaped, err := module.EscapePath(path)
	if err != nil {
		return "", err
	}
	dir := filepath.Join(proxy, filepath.FromSlash(escaped), "@v")
	return dir, os.MkdirAll(dir, 0o777)
}

// Environment returns env for the go command, with the proxy as all there is and a
// GOPATH that may be empty. Nothing else of the user's counts.
func Environment(env []string, proxy, gopath string) []string {
	return append(env[:len(env):len(env)],
		"GOPROXY=file://"+filepath.ToSlash(proxy), "GOPATH="+gopath, "GOMODCACHE=", "GOFLAGS=-modcacherw", "GOSUMDB=off", "GOENV=off",
		"GOPRIVATE=", "GONOPROXY=", "GONOSUMDB=")
}
