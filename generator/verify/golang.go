package verify

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"scaffold/generator/tree"
)

// overlays reports whether the go command can take t as an overlay of the project. In
// two cases it would write there, go.sum or go.work.sum, and it does not vet a folder
// that is not on disk.
func (r Runner) overlays(ctx context.Context, t Tree) bool {
	if t.Root == "" {
		return false
	}
	for name, f := range t.Changed {
		info, err := os.Stat(filepath.Join(t.Root, filepath.FromSlash(path.Dir(name))))
		if f != nil && (err != nil || !info.IsDir()) {
			return false
		}
	}
	cmd := exec.CommandContext(ctx, "go", "env", "GOFLAGS", "GOWORK")
	cmd.Dir, cmd.Env = t.Root, r.environment(t.Root)
	out, err := cmd.Output()
	flags, workspace, _ := strings.Cut(string(out), "\n")
	inside := strings.HasPrefix(workspace, t.Root+string(filepath.Separator))
	return err == nil && !inside && !slices.Contains(strings.Fields(flags), "-mod=mod")
}

// tryOverlay runs the go command in the project itself, which sees what changes in
// place of what is on disk.
func (r Runner) tryOverlay(ctx context.Context, t Tree) (Outcome, error) {
	if len(t.Changed) == 0 {
		return r.runGo(ctx, t.Root, "")
	}
	dir, err := r.makeFolder()
	if err != nil {
		return Outcome{}, err
	}
	defer os.RemoveAll(dir)
	files := Tree{Changed: make(map[string]*tree.File)}
	overlay := struct{ Replace map[string]string }{make(map[string]string)} // "" for a file that is gone
	for name, f := range t.Changed {
		there := ""
		if f != nil {
			there, files.Changed[name] = filepath.Join(dir, filepath.FromSlash(name)), f
		}
		overlay.Replace[filepath.Join(t.Root, filepath.FromSlash(name))] = there
	}
	text, err := json.Marshal(overlay)
	if err != nil {
		return Outcome{}, err
	}
	files.Changed[overlayFile] = &tree.File{Data: text}
	if err := r.copyTo(ctx, dir, files); err != nil {
		return Outcome{}, err
	}
	return r.runGo(ctx, t.Root, dir)
}

// overlayFile has a name that no file of a template may have.
const overlayFile = tree.StateFolder + "/overlay.json"

// runGo runs GoCommand in a folder. A program is built and not kept, and does not ask
// a repository above the folder for its version. Overlay is the folder of what changes,
// or "".
func (r Runner) runGo(ctx context.Context, dir, overlay string) (Outcome, error) {
	elsewhere := []string{overlay}
	if rel, err := filepath.Rel(dir, overlay); err == nil {
		elsewhere = append(elsewhere, rel)
	}
	for _, args := range [][]string{{"build", "-buildvcs=false", "-o", os.DevNull}, {"vet", "-buildvcs=false"}} {
		if overlay != "" {
			args = append(args, "-overlay="+filepath.Join(overlay, filepath.FromSlash(overlayFile)))
		}
		o, err := r.run(ctx, dir, func(ctx context.Context) *exec.Cmd {
			return exec.CommandContext(ctx, "go", append(args, "./...")...)
		}, elsewhere...)
		if err != nil || !o.Passed {
			return o, err
		}
	}
	return Outcome{Passed: true}, nil
}
