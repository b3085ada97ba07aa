package pack

import (
	"strings"
	"testing"
	"testing/fstest"
)

func TestARefusalNeedsItsReason(t *testing.T) {
	manifest := "schema: 1\nname: p\nversion: 1.0.0\nrefuse:\n  - when: 'true'\n"
	_, err := Load(fstest.MapFS{ManifestFile: {Data: []byte(manifest)}}, "p")
	if err == nil || !strings.Contains(err.Error(), "p/pack.yaml:5:5: a refusal needs when, and say") {
		t.Errorf("got %v", err)
	}
}
