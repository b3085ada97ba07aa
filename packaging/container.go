package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// added matches what a Containerfile takes from the folder that it is built in.
var added = regexp.MustCompile(`(?m)^(?:ADD|COPY) (\S+) \S+$`)

// packContainer puts the Containerfile into the folder that an image is built in, and
// wants all there that it takes. No image is built, because that needs a network and
// a daemon.
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
