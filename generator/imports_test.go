package generator_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// allowed says which packages of this module each package may import. Who is
// not listed imports none.
var allowed = map[string]string{
	"scaffold": "docs generator generator/answer generator/arguments generator/console generator/form generator/pack generator/problem generator/report generator/source templates",

	"scaffold/generator":           "generator/answer generator/apply generator/git generator/index generator/merge generator/pack generator/plan generator/problem generator/project generator/render generator/source generator/tree generator/verify",
	"scaffold/generator/adopt":     "generator generator/answer generator/apply generator/merge generator/pack generator/plan generator/problem generator/project generator/source generator/tree",
	"scaffold/generator/arguments": "generator/problem",
	"scaffold/generator/console":   "generator generator/adopt generator/answer generator/arguments generator/author generator/form generator/git generator/pack generator/plan generator/problem generator/report generator/resolve generator/source generator/terminal generator/trace generator/trial",
	"scaffold/generator/form":      "generator/answer generator/pack generator/problem generator/report",
	"scaffold/generator/resolve":   "generator generator/answer generator/apply generator/git generator/merge generator/pack generator/plan generator/problem generator/project generator/report generator/tree",

	"scaffold/generator/trace": "generator generator/answer generator/merge generator/pack generator/plan generator/problem generator/render generator/report generator/resolve generator/source generator/tree",

	"scaffold/generator/author": "generator generator/answer generator/apply generator/git generator/lazyregexp generator/merge generator/pack generator/plan generator/problem generator/project generator/render generator/source generator/strictyaml generator/tree",

	"scaffold/generator/pack":    "generator/lazyregexp generator/problem generator/strictyaml generator/tree generator/words",
	"scaffold/generator/answer":  "generator/pack generator/problem generator/strictyaml",
	"scaffold/generator/render":  "generator/answer generator/lazyregexp generator/pack generator/problem generator/strictyaml generator/tree generator/words",
	"scaffold/generator/merge":   "generator/keys generator/lazyregexp generator/outline generator/settle",
	"scaffold/generator/outline": "generator/keys generator/lazyregexp",
	"scaffold/generator/settle":  "generator/keys generator/lazyregexp",
	"scaffold/generator/keys":    "generator/lazyregexp",
	"scaffold/generator/index":   "generator/tree",
	"scaffold/generator/plan":    "generator/index generator/merge generator/tree",
	"scaffold/generator/apply":   "generator/index generator/lazyregexp generator/lock generator/plan generator/problem generator/tree",
	"scaffold/generator/project": "generator/answer generator/index generator/pack generator/plan generator/problem generator/strictyaml generator/tree",
	"scaffold/generator/report":  "generator/answer generator/author generator/lazyregexp generator/merge generator/pack generator/plan generator/problem generator/tree generator/trial",
	"scaffold/generator/trial":   "generator generator/answer generator/lazyregexp generator/merge generator/outline generator/pack generator/plan generator/problem generator/source generator/tree generator/verify",

	"scaffold/generator/source":     "generator/lazyregexp generator/lock generator/problem generator/process",
	"scaffold/generator/git":        "generator/problem generator/process",
	"scaffold/generator/verify":     "generator/problem generator/process generator/tree",
	"scaffold/generator/tree":       "generator/lazyregexp",
	"scaffold/generator/problem":    "generator/lazyregexp",
	"scaffold/generator/strictyaml": "generator/lazyregexp generator/problem",
}

// onlyIn says which packages alone may import a library.
var onlyIn = map[string]string{
	"github.com/urfave/cli/v2":        "scaffold",
	"github.com/Masterminds/sprig/v3": "scaffold/generator/render",
	"charm.land/huh/v2":               "scaffold/generator/form",
	"charm.land/bubbletea/v2":         "scaffold/generator/form",
}

func TestImportDirection(t *testing.T) {
	module := modulePath(t)
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", module+"/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := 0
	for d := json.NewDecoder(strings.NewReader(string(out))); ; packages++ {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		p.ImportPath = shortPath(module, p.ImportPath)
		may := strings.Fields(allowed[p.ImportPath])
		for _, imported := range p.Imports {
			imported = shortPath(module, imported)
			if rest, ours := strings.CutPrefix(imported, "scaffold/"); ours && !slices.Contains(may, rest) {
				t.Errorf("%s imports %s: it may import %v", p.ImportPath, imported, may)
			}
			if owner, guarded := onlyIn[imported]; guarded && owner != p.ImportPath {
				t.Errorf("%s imports %s: only %s may", p.ImportPath, imported, owner)
			}
		}
	}
	if packages < len(allowed) {
		t.Errorf("go list found %d packages, want at least %d", packages, len(allowed))
	}
}
