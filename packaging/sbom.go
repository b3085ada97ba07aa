package main

import (
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
)

// checkSBOM compares what an SBOM lists with what the go command reads of the binary.
func (r *release) checkSBOM(path string, p platform) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var bom struct {
		BOMFormat string
		Metadata  struct {
			Component struct{ Name, Version string }
		}
		Components []struct{ Name, Version string }
	}
	if err := json.Unmarshal(text, &bom); err != nil {
		return err
	}
	info, err := buildinfo.ReadFile(r.binary(p))
	if err != nil {
		return err
	}
	want, have := make(map[string]string), make(map[string]string)
	for _, m := range info.Deps {
		want[m.Path] = m.Version
	}
	for _, c := range bom.Components {
		if c.Name != "std" {
			have[c.Name] = c.Version
		}
	}
	main := bom.Metadata.Component
	if bom.BOMFormat != "CycloneDX" || main.Name != r.module || main.Version != r.version {
		return fmt.Errorf("%s is %s of %s %s", path, bom.BOMFormat, main.Name, main.Version)
	}
	if !maps.Equal(want, have) {
		return fmt.Errorf("%s lists %q, and the binary is made of %q", path, slices.Sorted(maps.Keys(have)), slices.Sorted(maps.Keys(want)))
	}
	return nil
}
