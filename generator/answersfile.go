package generator

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"scaffold/generator/answer"
	"scaffold/generator/pack"
	"scaffold/generator/problem"
	"scaffold/generator/source"
	"scaffold/generator/tree"
)

// ReadAnswers reads an answers file, or another project's scaffold.yaml. That
// project's name comes apart, because it counts only where nothing else names this.
func (g *Generator) ReadAnswers(ctx context.Context, path string) (given, name answer.Layer, err error) {
	text, err := readAnswersFile("--answers", path)
	if err != nil {
		return nil, nil, err
	}
	layer, ofProject, err := answer.ParseFile(path, text, g.Pack)
	if err != nil || !ofProject {
		return layer, nil, err
	}
	given, name = g.splitName(ctx, layer)
	return given, name, nil
}

// Defaults are the default answers of a user, for every pack.
type Defaults struct {
	File  string // where they stand; "" for nowhere
	Named bool   // the user named that file, so that it must be there, and counts always
	Off   string // why they do not count in this run; "" if they do
}

// Count reports whether they count beside an answers file, "" for none. One says all
// that a project is to be, so that only a file which is asked for as well adds to it.
func (d Defaults) Count(answers string) bool {
	return d.File != "" && d.Off == "" && (d.Named || answers == "")
}

// Read returns the text of the file, or fs.ErrNotExist if there need not be one. Nor need
// there be a home that this user may enter, because that of a service may be /dev/null.
func (d Defaults) Read() ([]byte, error) {
	if d.Named {
		return readAnswersFile("SCAFFOLD_DEFAULTS", d.File)
	}
	if _, err := os.Lstat(d.File); err != nil {
		return nil, fs.ErrNotExist
	}
	return readAnswersFile("defaults", d.File)
}

// IsOpen reports whether every user of the machine can write to the file.
func (d Defaults) IsOpen() bool {
	info, err := os.Stat(d.File)
	return err == nil && runtime.GOOS != "windows" && info.Mode()&0o002 != 0 // there it says nothing of others
}

// ReadDefaults returns those of the defaults that the pack asks for and none of the
// layers answers: the least layer.
func (g *Generator) ReadDefaults(d Defaults, layers []answer.Layer) (answer.Layer, error) {
	text, err := d.Read()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	layer, err := answer.ParseDefaults(d.File, text, g.Pack)
	given := slices.Concat(layers...)
	return slices.DeleteFunc(layer, func(v answer.Value) bool {
		return slices.ContainsFunc(given, func(stronger answer.Value) bool { return stronger.Name == v.Name })
	}), err
}

// readAnswersFile reads a file of answers; what says in messages who named it.
func readAnswersFile(what, path string) ([]byte, error) {
	if err := checkAnswersFile(what, path); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return text, nil
}

func checkAnswersFile(what, path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return problem.Input("%s: there is no file %s", what, path)
	case err != nil:
		return fmt.Errorf("%s: %w", what, err)
	case info.IsDir():
		err := problem.Input("%s: %s is a folder: want a YAML file", what, path)
		config := filepath.Join(path, tree.ConfigFile)
		if info, statErr := os.Stat(config); what == "--answers" && statErr == nil && info.Mode().IsRegular() {
			err = problem.WithHint(err, "%s takes the answers of the project there", problem.CommandLine("--answers", config))
		}
		return err
	case !info.Mode().IsRegular():
		return problem.Input("%s: %s is no regular file", what, path)
	case info.Size() > answer.MaxFile:
		return problem.Input("%s: %s has %d bytes, more than %d", what, path, info.Size(), answer.MaxFile)
	}
	return nil
}

// splitName separates the name from the answers of another project. It leaves out
// what followed from the others there, so that it follows from the answers here:
// a module that was called as its project is called as the new one.
func (g *Generator) splitName(ctx context.Context, layer answer.Layer) (given, name answer.Layer) {
	run := g.compiled.Run(ctx)
	data := make(map[string]any)
	for _, v := range layer {
		data[v.Name] = v.Typed
	}
	for _, v := range layer {
		q, _ := g.Pack.Question(v.Name)
		text, isText := q.Default.(string)
		switch {
		case v.Name == "name":
			name = append(name, v)
			continue
		case isText && strings.Contains(text, "{{"):
			if follows, err := run.Eval(text, data); err == nil && saysDefault(q, follows, v.Typed) {
				continue
			}
		}
		given = append(given, v)
	}
	return given, name
}

// saysDefault reports whether the text of a default stands for a value that was given.
func saysDefault(q pack.Question, text string, given any) bool {
	if q.Type != pack.String && q.Type != pack.Text {
		text = strings.TrimSpace(text)
	}
	value, err := q.Parse(text)
	if err != nil {
		return false
	}
	one, err := q.Check(value)
	other, err2 := q.Check(given)
	return errors.Join(err, err2) == nil && answer.Format(one) == answer.Format(other)
}

// HintPack adds to err which pack the scaffold.yaml at path names, because its
// answers fit that pack and may not fit this one.
func (g *Generator) HintPack(err error, path string) error {
	text, failed := os.ReadFile(path)
	abs, failedAbs := filepath.Abs(path)
	if errors.Join(failed, failedAbs) != nil || !problem.IsInput(err) {
		return err
	}
	name := answer.PackIn(text)
	if source.IsFolder(name) {
		name = folderFrom(filepath.Dir(abs), name)
	}
	if name == "" || name == g.Source.Name || g.Source.Kind == source.Folder && sameFile(name, g.Source.Name) {
		return err
	}
	return problem.WithHint(problem.Input("%s", err.Error()), "%s answers another pack: %s takes it", path, problem.CommandLine("--pack", name))
}

func sameFile(a, b string) bool {
	one, err := os.Stat(a)
	other, err2 := os.Stat(b)
	return errors.Join(err, err2) == nil && os.SameFile(one, other)
}
