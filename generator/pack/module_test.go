package pack

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"scaffold/generator/problem"
)

func moduleFS(manifest string, names ...string) fstest.MapFS {
	fsys := fstest.MapFS{ModuleFile: {Data: []byte(manifest), Mode: 0o644}}
	for _, name := range names {
		fsys[name] = &fstest.MapFile{Data: []byte(name), Mode: 0o644}
	}
	return fsys
}

func TestFromModule(t *testing.T) {
	fsys := moduleFS("// Comment.\nmodule example.com/acme/my.service/v2 // here\n\ngo 1.26\n", "main.go", "image.tmpl", "{{ .x }}/a.go", "run.sh")
	fsys["run.sh"].Mode = 0o755
	p, err := FromModule(fsys, "./svc", "")
	if err != nil {
		t.Fatal(err)
	}
	if p.Name != "my.service" || p.Version != "0.0.0" || p.Module != "example.com/acme/my.service/v2" || len(p.Without) > 0 || len(p.Digest) != 64 {
		t.Errorf("got %q %q %q, notes %q, digest %q", p.Name, p.Version, p.Module, p.Without, p.Digest)
	}
	var targets []string
	for f := range p.Files.All() {
		targets = append(targets, fmt.Sprintf("%s %o", p.Target(f.Path).To, p.Target(f.Path).Mode))
	}
	if want := []string{"go.mod 644", "image.tmpl 644", "main.go 644", "run.sh 755", "{{ .x }}/a.go 644"}; !slices.Equal(targets, want) {
		t.Errorf("got %q, want %q", targets, want)
	}
	if len(p.Questions) != 2 || p.Questions[0].Name != "name" || p.Questions[1].Name != "module" || p.Questions[1].Default != "{{ moduleFor .name }}" {
		t.Errorf("it asks %+v", p.Questions)
	}
	if other, err := FromModule(fsys, "", "1.2.3"); err != nil || other.Version != "1.2.3" || other.Digest != p.Digest {
		t.Errorf("with a version: got %q, %v", other.Version, err)
	}
	fsys["main.go"] = &fstest.MapFile{Data: []byte("changed")}
	if other, err := FromModule(fsys, "", ""); err != nil || other.Digest == p.Digest {
		t.Errorf("with other content: got the digest %q, %v", other.Digest, err)
	}
}

// A pack of the module's own is the one that counts.
func TestIsModule(t *testing.T) {
	for names, want := range map[string]bool{"": true, "pack.yaml": false, "sub/pack.yaml": true} {
		if got := IsModule(moduleFS("module x\n", strings.Fields(names)...)); got != want {
			t.Errorf("go.mod and %q: got %v", names, got)
		}
	}
	if IsModule(fstest.MapFS{"main.go": {}}) || IsModule(fstest.MapFS{"go.mod/x": {}}) {
		t.Error("a folder without a file go.mod is a module")
	}
}

// What no module's zip has is left out, and said.
func TestModuleLeavesOut(t *testing.T) {
	fsys := moduleFS("module example.com/x\n\nreplace (\n\texample.com/x/api => ./api\n\texample.com/x/gone => ./gone\n\texample.com/other => ../other\n)\n",
		"a.go", "vendor.go", "api/go.mod", "api/a.go", "deep/er/go.mod", "deep/b.go",
		"vendor/modules.txt", "vendor/example.com/y/y.go", "sub/vendor/y/y.go", "sub/vendor/plain.go",
		".git/HEAD", "sub/.hg/x", ".github/x.yml", ".gitignore", "scaffold.yaml", ".scaffold-state/base.zip",
		".DS_Store", "a.go~", "testdata/golden~", "sub/testdata/.DS_Store")
	fsys["web/pack.yaml"], fsys["api/pack.yaml"] = &fstest.MapFile{}, &fstest.MapFile{}
	fsys["link"] = &fstest.MapFile{Data: []byte("a.go"), Mode: fs.ModeSymlink | 0o777}
	fsys["pipe"] = &fstest.MapFile{Mode: fs.ModeNamedPipe | 0o666}
	p, err := FromModule(fsys, "", "")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for f := range p.Files.All() {
		got = append(got, f.Path)
	}
	want := []string{".github/x.yml", ".gitignore", "a.go", "deep/b.go", "go.mod", "sub/testdata/.DS_Store", "sub/vendor/plain.go", "testdata/golden~", "vendor.go", "web/pack.yaml"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	notes := []string{
		"the template is the module without other modules in it: api, deep/er, gone",
		"the template is the module without copies of other modules: sub/vendor/y, vendor/example.com, vendor/modules.txt",
		"the template is the module without what is neither a file nor a folder: link, pipe",
		"the template is the module without the state of a scaffold project: .scaffold-state, scaffold.yaml",
		"the template is the module without what a desktop or an editor left there: .DS_Store, a.go~",
		"the template is the module as it is, and none of the packs in it: api, web",
	}
	if !slices.Equal(p.Without, notes) {
		t.Errorf("got notes\n%s\nwant\n%s", strings.Join(p.Without, "\n"), strings.Join(notes, "\n"))
	}
	for i := range 8 {
		fsys[fmt.Sprintf("m%d/go.mod", i)] = &fstest.MapFile{}
	}
	if p, err := FromModule(fsys, "", ""); err != nil || p.Without[0] != "the template is the module without other modules in it: api, deep/er, gone, m0, m1 and 6 more" {
		t.Errorf("got %q, %v", p.Without, err)
	}
}

// A workspace of modules that are left out would keep the go command from building
// anything; one of the module alone would not.
func TestModuleWorkspace(t *testing.T) {
	for work, want := range map[string][]string{
		"go 1.26\n\nuse .\n": nil,
		"go 1.26\n\nuse (\n\t.\n\t./sub // beside\n\t../other\n\t\"./deep/er\"\n)\n": {
			"the template is the module without other modules in it: deep/er, sub",
			"the template is the module without a workspace of other modules: go.work, go.work.sum",
		},
		"use nothing that is known\n": nil,
		"":                            nil,
	} {
		fsys := moduleFS("module example.com/x\n", "a.go", "go.work.sum", "testdata/go.work")
		fsys["go.work"] = &fstest.MapFile{Data: []byte(work)}
		fsys["testdata/go.work"] = fsys["go.work"]
		p, err := FromModule(fsys, "", "")
		if err != nil {
			t.Fatal(err)
		}
		_, there := p.Files.Find("go.work")
		_, sumThere := p.Files.Find("go.work.sum")
		_, below := p.Files.Find("testdata/go.work")
		if !slices.Equal(p.Without, want) || there != (want == nil) || sumThere != there || !below {
			t.Errorf("%q: got %q, go.work %t, go.work.sum %t, testdata/go.work %t", work, p.Without, there, sumThere, below)
		}
	}
}

func TestModuleRefused(t *testing.T) {
	many := moduleFS("module x\n")
	for i := range maxModuleFiles {
		many[fmt.Sprintf("d%d/%d", i%100, i)] = &fstest.MapFile{}
	}
	for want, fsys := range map[string]fs.FS{
		"go.mod: names no module":           moduleFS("go 1.26\n"),
		"more than 20000 files":             many,
		"more than 1048576":                 moduleFS("module x\n" + strings.Repeat("// comment\n", 100_000)),
		"go.mod: malformed import path":     moduleFS("module \"../../evil\"\n"),
		"differ only by letter case":        moduleFS("module x\n", "README", "readme"),
		"with a control, bidirectional":     moduleFS("module x\n", "a\u202eb"),
		"Windows keeps for a device":        moduleFS("module x\n", "sub/con.go"),
		"belongs to version control or to ": moduleFS("module x\n", "sub/.scaffold-state/x"),
		"which commands would take for a f": moduleFS("module x\n", "-rf"),
	} {
		_, err := FromModule(fsys, "example.com/x", "1.0.0")
		if err == nil || !strings.HasPrefix(err.Error(), "example.com/x") || !strings.Contains(err.Error(), want) || !problem.IsInput(err) {
			t.Errorf("got %v; want %s", err, want)
		}
	}
}

func TestNameOfModule(t *testing.T) {
	for modulePath, want := range map[string]string{
		"example.com/shop": "shop", "example.com/shop/v2": "shop", "gopkg.in/yaml.v3": "yaml", "shop": "shop", "example.com": "example.com",
		"example.com/~me": "me", "example.com/a~b": "a-b", "example.com/.x": "x", "example.com/-": "module", "example.com/x.": "x",
		"example.com/" + strings.Repeat("long", 20): strings.Repeat("long", 10), "example.com/con": "module",
	} {
		if got := nameOfModule(modulePath); got != want || checkName(got) != nil {
			t.Errorf("%s: got %q (%v), want %q", modulePath, got, checkName(got), want)
		}
	}
}
