package author

import (
	"fmt"
	"io/fs"
	"os"
	"testing"

	"scaffold/templates"
)

func TestTryout(t *testing.T) {
	web, _ := fs.Sub(templates.FS, "web")
	for name, fsys := range map[string]fs.FS{"web": web, "tiny": os.DirFS("../../testdata/packs/tiny"), "tiny-v1": os.DirFS("../../testdata/packs/tiny-v1"), "tiny-v2": os.DirFS("../../testdata/packs/tiny-v2")} {
		findings, err := Lint(t.Context(), fsys, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range findings {
			fmt.Printf("%s:%d:%d: %v %s: %s\n", f.Path, f.Line, f.Column, f.Hint, f.Rule, f.Message)
		}
	}
}
