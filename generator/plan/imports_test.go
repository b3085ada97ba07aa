package plan

import "testing"

func TestRenameImports(t *testing.T) {
	for _, tt := range []struct{ name, src, want string }{
		{"one", `package a; import "m/x"`, `package a; import "n.io/y/x"`},
		{"the module itself", `package a; import "m"`, `package a; import "n.io/y"`},
		{"named, raw, for its effect", "package a\nimport (\n\tz \"m/z\" // why\n\t`m/r`\n\t_ \"m/e\"\n)", "package a\nimport (\n\tz \"n.io/y/z\" // why\n\t`n.io/y/r`\n\t_ \"n.io/y/e\"\n)"},
		{"another module", `package a; import ("mm"; "m.io/x"; "x/m"; "fmt")`, `package a; import ("mm"; "m.io/x"; "x/m"; "fmt")`},
		{"no import", "package a\nvar x = \"m/x\" // \"m/x\"", "package a\nvar x = \"m/x\" // \"m/x\""},
		{"under a line directive", "//line other.go:900\npackage a; import \"m/x\"", "//line other.go:900\npackage a; import \"n.io/y/x\""},
		{"with a byte order mark and CRLF", "\ufeffpackage a\r\nimport \"m/x\"\r\n", "\ufeffpackage a\r\nimport \"n.io/y/x\"\r\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := renameImports([]byte(tt.src), "m", "n.io/y")
			if err != nil || string(got) != tt.want {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
	if _, err := renameImports([]byte("package a; import {"), "m", "n"); err == nil {
		t.Error("what is no Go is read")
	}
}

const (
	modM = "go.mod=module_m, "
	modN = "go.mod=module_n, "
)

// A module with another path: the imports follow it, whoever wrote them.
var importTests = []row{
	{name: "once, edited", base: modM + `!a.go=package_a,import_"m/x",`, disk: modM + `a.go=package_a,import_"m/x",var_X,`, theirs: modN + `!a.go=package_a,import_"n/x",`,
		say: "merge a.go  yours once edited; its imports follow the module\nupdate go.mod", after: modN + `a.go=package_a,import_"n/x",var_X,`},
	{name: "once, edited, and the template changed more", base: modM + `!a.go=package_a,import_"m/x",`, disk: modM + `a.go=package_a,import_"m/x",var_X,`, theirs: modN + `!a.go=package_a,import_"n/x",var_T,`,
		say: "merge a.go  yours once edited; its imports follow the module; the template changed more\nupdate go.mod", after: modN + `a.go=package_a,import_"n/x",var_X,`},
	{name: "once, without the import", base: modM + `!a.go=package_a,import_"m/x",`, disk: modM + `a.go=package_a,`, theirs: modN + `!a.go=package_a,import_"n/x",`,
		say: "keep a.go  yours once edited; the template changed it\nupdate go.mod", after: modN + `a.go=package_a,`},
	{name: "once, moved by the template", base: modM + `!a.go<a=package_a,import_"m/x",`, disk: modM + `a.go=package_a,import_"m/x",var_X,`, theirs: modN + `!b.go<a=package_a,import_"n/x",`,
		say:   "delete a.go  moved to b.go\nmerge b.go  moved from a.go; yours once edited; its imports follow the module\nupdate go.mod",
		after: `b.go=package_a,import_"n/x",var_X, ` + modN},
	{name: "once, cannot be read", base: modM + `!a.go=package_a,import_"m/x",`, disk: modM + `a.go=package,import_"m/x",`, theirs: modN + `!a.go=package_a,import_"n/x",`,
		say:   "conflict a.go  yours once edited; the module is n now, and the imports cannot be read; the template's is in a.go.scaffold-new\nupdate go.mod",
		after: modN + `a.go=package,import_"m/x", a.go.scaffold-new=package_a,import_"n/x",`},
	{name: "an import that the user added", base: modM + `a.go=package_a,,,,import_"m/x",`, disk: modM + `a.go=package_a,import_"m/mine",,,,import_"m/x",`, theirs: modN + `a.go=package_a,,,,import_"n/x",`,
		say: "merge a.go  your 1 line and the template's 1\nupdate go.mod", after: modN + `a.go=package_a,import_"n/mine",,,,import_"n/x",`},
	{name: "next to the template's", base: modM + `a.go=package_a,import_"m/x",`, disk: modM + `a.go=package_a,import_"m/mine",import_"m/x",`, theirs: modN + `a.go=package_a,import_"n/x",`,
		say: "merge a.go  your 1 line and the template's 1\nupdate go.mod", after: modN + `a.go=package_a,import_"n/mine",import_"n/x",`},
}

func TestImportsFollowTheModule(t *testing.T) {
	for _, tt := range importTests {
		t.Run(tt.name, tt.check)
	}
}

func TestImportsOld(t *testing.T) {
	for src, want := range map[string]bool{
		`package a; import "m/x"`: true, `package a; import "mm/x"`: false, `package a; import "m/n/x"`: false, `no go "m/x"`: false,
	} {
		if got := ImportsOld([]byte(src), "m", "m/n"); got != want {
			t.Errorf("%s: got %v", src, got)
		}
	}
}

// The module moves below itself, or up again.
func TestRenameImportsBelow(t *testing.T) {
	up, down := `package a; import ("m/x"; "m/n/y")`, `package a; import ("m/n/x"; "m/n/y")`
	if got, err := renameImports([]byte(up), "m", "m/n"); err != nil || string(got) != down {
		t.Errorf("got %s, %v", got, err)
	}
	if got, err := renameImports([]byte(down), "m/n", "m"); err != nil || string(got) != `package a; import ("m/x"; "m/y")` {
		t.Errorf("got %s, %v", got, err)
	}
}
