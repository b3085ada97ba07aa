package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// name is how what is packed for a platform is called, without the ending.
func (r *release) name(p platform) string {
	return "scaffold_" + strings.TrimPrefix(r.version, "v") + "_" + p.String()
}

// archive packs all that is staged for each platform, and says in CycloneDX's JSON
// what the binary is made of, which is read from the binary itself.
func (r *release) archive() error {
	if err := os.MkdirAll(r.dist, 0o755); err != nil {
		return err
	}
	for _, p := range platforms {
		pack, ending := packTar, ".tar.gz"
		if p.os == "windows" {
			pack, ending = packZip, ".zip"
		}
		var b bytes.Buffer
		if err := pack(&b, r, p); err != nil {
			return err
		}
		if err := write(filepath.Join(r.dist, r.name(p)+ending), b.Bytes(), 0o644); err != nil {
			return err
		}
		sbom := filepath.Join(r.dist, r.name(p)+".cdx.json")
		if err := r.run(r.work, nil, r.tools["cyclonedx-gomod"], "bin", "-json", "-std", "-noserial", "-notimestamp", "-output", sbom, r.binary(p)); err != nil {
			return err
		}
		if err := r.checkSBOM(sbom, p); err != nil {
			return err
		}
	}
	return nil
}

// A staged file is packed with nothing of this machine's: no owner, no time but the
// commit's, and one of two modes.
type staged struct {
	path string // with slashes, below the folder that the archive holds
	text []byte
	mode fs.FileMode
}

func (r *release) listStaged(p platform) ([]staged, error) {
	dir := filepath.Dir(r.binary(p))
	var list []staged
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		f := staged{path: r.name(p) + "/" + filepath.ToSlash(rel), mode: 0o644}
		if path == r.binary(p) {
			f.mode = 0o755
		}
		f.text, err = os.ReadFile(path)
		list = append(list, f) // sorted, as WalkDir goes
		return err
	})
	return list, err
}

func packTar(b *bytes.Buffer, r *release, p platform) error {
	list, err := r.listStaged(p)
	if err != nil {
		return err
	}
	z, err := gzip.NewWriterLevel(b, gzip.BestCompression)
	if err != nil {
		return err
	}
	w := tar.NewWriter(z)
	for _, f := range list {
		if err := w.WriteHeader(&tar.Header{Name: f.path, Mode: int64(f.mode), Size: int64(len(f.text)), ModTime: r.date, Format: tar.FormatPAX}); err != nil {
			return err
		}
		if _, err := w.Write(f.text); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	return z.Close()
}

func packZip(b *bytes.Buffer, r *release, p platform) error {
	list, err := r.listStaged(p)
	if err != nil {
		return err
	}
	w := zip.NewWriter(b)
	for _, f := range list {
		h := &zip.FileHeader{Name: f.path, Method: zip.Deflate, Modified: r.date}
		h.SetMode(f.mode)
		e, err := w.CreateHeader(h)
		if err != nil {
			return err
		}
		if _, err := e.Write(f.text); err != nil {
			return err
		}
	}
	return w.Close()
}

// sum lists the SHA-256 of all that is released, as sha256sum -c reads it.
func (r *release) sum() error {
	entries, err := os.ReadDir(r.dist)
	if err != nil {
		return err
	}
	var lines bytes.Buffer
	for _, e := range entries {
		h, err := hash(filepath.Join(r.dist, e.Name()))
		if err != nil {
			return err
		}
		fmt.Fprintf(&lines, "%s  %s\n", h, e.Name())
	}
	return write(filepath.Join(r.dist, "SHA256SUMS"), lines.Bytes(), 0o644)
}
