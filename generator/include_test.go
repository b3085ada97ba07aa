package generator

import (
	"strings"
	"testing"
	"testing/fstest"

	"scaffold/generator/answer"
	"scaffold/generator/source"
)

// Two packs in the program share a folder beside them, which is no pack, and one
// wants a newer program than this.
func TestBuiltinIncludes(t *testing.T) {
	manifest := func(name string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte("schema: 1\nname: " + name + "\nversion: 1.0.0\nscaffold: '>=1.4'\n" +
			"questions: [{name: name, type: string, format: name, help: h}]\nincludes: [{from: ../shared/nginx, to: deploy/}]\n")}
	}
	finder := source.Finder{Program: "v1.4.0", Builtin: fstest.MapFS{
		"one/pack.yaml":                manifest("one"),
		"two/pack.yaml":                manifest("two"),
		"shared/nginx/nginx.conf.tmpl": {Data: []byte("{{ .name }}")},
	}}
	packs, err := Packs(t.Context(), finder)
	if err != nil || len(packs) != 2 {
		t.Fatalf("%d packs, %v", len(packs), err)
	}
	g, err := Load(t.Context(), finder, "two")
	if err != nil {
		t.Fatal(err)
	}
	n, err := g.PlanNew(t.Context(), t.TempDir()+"/x", []answer.Layer{{{Name: "name", Text: "x", Where: "--name"}}}, answer.Asker{})
	if err != nil || len(n.Plan.Steps) != 1 || n.Plan.Steps[0].Path != "deploy/nginx.conf" || string(n.Plan.Steps[0].After.Data) != "x" {
		t.Errorf("planned %+v, %v", n.Plan.Steps, err)
	}
	finder.Program = "v1.3.0"
	if _, err := Load(t.Context(), finder, "two"); err == nil || !strings.Contains(err.Error(), "two/pack.yaml:4:11: the pack wants scaffold >=1.4, and this is 1.3.0") {
		t.Errorf("an older program: %v", err)
	}
}
