package pack

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// ModuleFile makes a folder without a pack.yaml a pack: a Go module is a template
// as it is.
const ModuleFile = "go.mod"

// Caps of a Go module taken for a template, which are those of a module's zip.
const (
	maxModuleFiles = 20_000
	maxModuleBytes = 500 << 20
	maxGoMod       = 1 << 20 // a zip's may have 16 MiB, which take seconds to read
)

// IsModule reports whether what is in fsys is no pack but a Go module.
func IsModule(fsys fs.FS) bool {
	_, packErr := fs.Stat(fsys, ManifestFile)
	info, err := fs.Stat(fsys, ModuleFile)
	return packErr != nil && err == nil && info.Mode().IsRegular()
}

// FromModule makes a pack of the Go module in fsys. It asks for the name and the
// module's path, and writes all files of the module. Left out and named are those
// that are not in a module's zip, a scaffold project's own state, and litter. A
// version of "" stands for none, as of a folder.
func FromModule(fsys fs.FS, display, version string) (Pack, error) {
	p := Pack{Version: cmp.Or(version, NoVersion), Next: "go build ./...\n"}
	left := leftOut{used: usedModules(fsys)}
	var err error
	if p.Files, err = tree.Read(fsys, ".", left.limits(fsys)); err != nil {
		return Pack{}, problem.Input("%s: %w", display, err)
	}
	manifest, _ := p.Files.Find(ModuleFile)
	if len(manifest.Data) > maxGoMod {
		return Pack{}, problem.Input("%s/%s: has %d bytes, more than %d", display, ModuleFile, len(manifest.Data), maxGoMod)
	}
	f, err := ParseGoMod(manifest.Data)
	switch {
	case err != nil:
		return Pack{}, problem.Input("%s/%w", display, err)
	case f.Module == nil:
		return Pack{}, problem.Input("%s/%s: names no module", display, ModuleFile)
	}
	p.Module = f.Module.Mod.Path
	if err := module.CheckImportPath(p.Module); err != nil {
		return Pack{}, problem.Input("%s/%s: %w", display, ModuleFile, err)
	}
	p.Name = nameOfModule(p.Module)
	p.Description = "The Go module " + p.Module + ", as it is"
	p.Questions = []Question{
		{Name: "name", Type: String, Format: "name", Help: "The project's name, and its folder's"},
		{Name: "module", Type: String, Format: "module", Help: "The Go module path", Default: "{{ moduleFor .name }}"},
	}
	left.nested = append(left.nested, missingModules(f, p.Files)...)
	for _, dir := range left.used {
		if tree.CheckPath(dir) == nil { // and it is not beside the module
			left.nested = append(left.nested, dir)
		}
	}
	p.Without = left.describe()
	if names := packsBelow(fsys); len(names) > 0 {
		p.Without = append(p.Without, "the template is the module as it is, and none of the packs in it: "+strings.Join(names, ", "))
	}
	p.Digest, p.contents = digest(nil, p.Files, nil)
	return p, nil
}

// ParseGoMod reads a go.mod. It takes one of a newer Go for what is known of it.
func ParseGoMod(manifest []byte) (*modfile.File, error) {
	if f, err := modfile.Parse(ModuleFile, manifest, nil); err == nil {
		return f, nil
	}
	return modfile.ParseLax(ModuleFile, manifest, nil)
}

// nameOfModule returns the last element of a module's path that is no major version,
// without what no name may have.
func nameOfModule(modulePath string) string {
	prefix, _, _ := module.SplitPathVersion(modulePath)
	name := strings.Map(func(r rune) rune {
		if nameForm.MatchString("x" + string(r)) {
			return r
		}
		return '-'
	}, path.Base(prefix))
	name = strings.Trim(name[:min(len(name), maxName)], "-.")
	if checkName(name) != nil {
		return "module"
	}
	return name
}

// missingModules returns the folders that go.mod has in place of other modules and
// that are not there: these modules are nested, and a zip has nothing of them.
func missingModules(f *modfile.File, files tree.Tree) []string {
	var missing []string
	for _, r := range f.Replace {
		dir := path.Clean(r.New.Path)
		if _, there := files.Find(dir + "/" + ModuleFile); r.New.Version == "" && !there && tree.CheckPath(dir) == nil {
			missing = append(missing, dir)
		}
	}
	return missing
}

// workFile makes a workspace of a module and others.
const workFile = "go.work"

// usedModules returns the folders of the other modules that the workspace in a
// module's folder has; none where it cannot be read.
func usedModules(fsys fs.FS) []string {
	info, err := fs.Stat(fsys, workFile)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxGoMod {
		return nil
	}
	text, err := fs.ReadFile(fsys, workFile)
	if err != nil {
		return nil
	}
	work, err := modfile.ParseWork(workFile, text, nil)
	if err != nil {
		return nil
	}
	var used []string
	for _, u := range work.Use {
		if dir := path.Clean(u.Path); dir != "." {
			used = append(used, dir)
		}
	}
	return used
}

// What of a module's folder is no part of it, by why.
type leftOut struct {
	used                                                  []string // by the workspace, which is left out with them
	nested, vendored, workspace, irregular, state, litter []string
}

func (l *leftOut) limits(fsys fs.FS) tree.Limits {
	info, err := fs.Stat(fsys, ModuleFile)
	return tree.Limits{
		Files: maxModuleFiles, Bytes: maxModuleBytes, File: maxModuleBytes,
		Modes:     err == nil && info.Mode()&0o100 == 0,
		Irregular: func(name string) { l.irregular = append(l.irregular, name) },
		Skip:      func(name string, folder bool) bool { return l.skip(fsys, name, folder) },
	}
}

// skip follows the rules of a module's zip. A repository is nothing that anybody
// expects to be copied, so it is not named.
func (l *leftOut) skip(fsys fs.FS, name string, folder bool) bool {
	dir, base := path.Split(name)
	list := (*[]string)(nil)
	switch {
	case folder && slices.Contains([]string{".git", ".hg", ".svn", ".bzr", ".jj"}, base), name == ".git", name == ".hg_archival.txt":
		return true
	case folder && isFileIn(fsys, name+"/"+ModuleFile):
		list = &l.nested
	case folder && path.Base(dir) == "vendor", name == "vendor/modules.txt":
		list = &l.vendored
	case (name == workFile || name == workFile+".sum") && len(l.used) > 0:
		list = &l.workspace
	case name == tree.ConfigFile, name == tree.StateFolder:
		list = &l.state
	case litter(base, folder) && !slices.Contains(strings.Split(dir, "/"), "testdata"):
		list = &l.litter
	default:
		return false
	}
	*list = append(*list, name)
	return true
}

func isFileIn(fsys fs.FS, name string) bool {
	info, err := fs.Stat(fsys, name)
	return err == nil && info.Mode().IsRegular()
}

func (l *leftOut) describe() []string {
	var notes []string
	for _, group := range []struct {
		names []string
		why   string
	}{
		{l.nested, "other modules in it"},
		{l.vendored, "copies of other modules"},
		{l.workspace, "a workspace of other modules"},
		{l.irregular, "what is neither a file nor a folder"},
		{l.state, "the state of a scaffold project"},
		{l.litter, "what a desktop or an editor left there"},
	} {
		if len(group.names) == 0 {
			continue
		}
		slices.Sort(group.names)
		names := slices.Compact(group.names)
		named := strings.Join(names[:min(len(names), maxNamed)], ", ")
		if more := len(names) - maxNamed; more > 0 {
			named += fmt.Sprintf(" and %d more", more)
		}
		notes = append(notes, fmt.Sprintf("the template is the module without %s: %s", group.why, named))
	}
	return notes
}
