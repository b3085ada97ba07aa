package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// packSystem packs what Debian's and Red Hat's systems install, by nfpm.yaml.
func (r *release) packSystem() error {
	for _, p := range platforms {
		if p.os != "linux" {
			continue
		}
		dir := filepath.Dir(r.binary(p))
		if err := r.compressManPage(dir); err != nil {
			return err
		}
		env := []string{"VERSION=" + r.version, "ARCH=" + p.arch, "HOMEPAGE=https://" + r.module, fmt.Sprint("SOURCE_DATE_EPOCH=", r.date.Unix())}
		for _, format := range []string{"deb", "rpm"} {
			to := filepath.Join(r.dist, r.name(p)+"."+format)
			if err := r.run(dir, env, r.tools["nfpm"], "package", "-f", filepath.Join(r.source, "packaging", "nfpm.yaml"), "-p", format, "-t", to); err != nil {
				return err
			}
		}
	}
	return nil
}

// compressManPage writes the man page as systems keep it.
func (r *release) compressManPage(dir string) error {
	page, err := os.ReadFile(filepath.Join(dir, "scaffold.1"))
	if err != nil {
		return err
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(page); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return write(filepath.Join(dir, "scaffold.1.gz"), b.Bytes(), 0o644)
}

// A manifest is a package.json.
type manifest struct {
	Name        string            `json:"name"`
	Version     string            `json:"version"`
	Description string            `json:"description"`
	License     string            `json:"license"`
	Homepage    string            `json:"homepage"`
	Bin         map[string]string `json:"bin,omitempty"`
	OS          []string          `json:"os,omitempty"`
	CPU         []string          `json:"cpu,omitempty"`
	Files       []string          `json:"files"`
	Optional    map[string]string `json:"optionalDependencies,omitempty"`
}

// npmName returns the name of the package with the binary of a platform, which has
// Node's words for it: scaffold.js looks for that.
func (r *release) npmName(p platform) string {
	system, arch := nodeNames(p)
	return r.npm + "-" + system + "-" + arch
}

func nodeNames(p platform) (system, arch string) {
	system, arch = p.os, p.arch
	if system == "windows" {
		system = "win32"
	}
	if arch == "amd64" {
		arch = "x64"
	}
	return system, arch
}

// packNPM packs a package for each platform, of which npm installs only the one that
// fits, and one that depends on them all and runs what is there. No script runs at
// installation.
func (r *release) packNPM() error {
	version := strings.TrimPrefix(r.version, "v")
	m := manifest{
		Name: r.npm, Version: version, Description: "write ready-to-deploy web apps and keep them up to date", License: "MIT", Homepage: "https://" + r.module,
		Bin: map[string]string{"scaffold": "scaffold.js"}, Files: append([]string{"scaffold.js"}, r.pages...), Optional: make(map[string]string),
	}
	for _, p := range platforms {
		m.Optional[r.npmName(p)] = version
		system, arch := nodeNames(p)
		binary := "scaffold" + exe(p.os)
		own := manifest{
			Name: r.npmName(p), Version: version, Description: "scaffold for " + p.String(), License: m.License, Homepage: m.Homepage,
			OS: []string{system}, CPU: []string{arch}, Files: []string{binary, "THIRD_PARTY_LICENSES.txt"},
		}
		if err := r.packNode(own, filepath.Dir(r.binary(p)), binary, "LICENSE", "THIRD_PARTY_LICENSES.txt"); err != nil {
			return err
		}
	}
	if err := os.CopyFS(filepath.Join(r.work, "main"), os.DirFS(filepath.Join(r.source, "packaging", "npm"))); err != nil {
		return err
	}
	files := append([]string{"LICENSE"}, r.pages...)
	for _, name := range files {
		if err := copyFile(filepath.Join(r.work, "main", name), filepath.Join(r.source, name)); err != nil {
			return err
		}
	}
	return r.packNode(m, filepath.Join(r.work, "main"), append(files, "scaffold.js")...)
}

// packNode packs files of a folder as an npm package.
func (r *release) packNode(m manifest, from string, files ...string) error {
	dir := filepath.Join(r.work, "npm", m.Name)
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	if err := write(filepath.Join(dir, "package.json"), append(text, '\n'), 0o644); err != nil {
		return err
	}
	for _, name := range files {
		if err := copyFile(filepath.Join(dir, name), filepath.Join(from, name)); err != nil {
			return err
		}
	}
	return r.run(dir, nil, "npm", "pack", "--silent", "--cache", filepath.Join(r.work, "npm-cache"), "--pack-destination", r.dist)
}

// copyFile copies a file, which is for running if the other is.
func copyFile(to, from string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	return write(to, text, info.Mode().Perm())
}
