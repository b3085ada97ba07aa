package generator

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
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
	if err := checkAnswersFile(path); err != nil {
		return nil, nil, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, fmt.Errorf("--answers: %w", err)
	}
	layer, ofProject, err := answer.ParseFile(path, text, g.Pack)
	if err != nil || !ofProject {
		return layer, nil, err
	}
	given, name = g.splitName(ctx, layer)
	return given, name, nil
}

func checkAnswersFile(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return problem.Input("--answers: there is no file %s", path)
	case err != nil:
		return fmt.Errorf("--answers: %w", err)
	case info.IsDir():
		err := problem.Input("--answers: %s is a folder: want a YAML file", path)
		config := filepath.Join(path, tree.ConfigFile)
		if info, statErr := os.Stat(config); statErr == nil && info.Mode().IsRegular() {
			err = problem.WithHint(err, "%s takes the answers of the project there", problem.CommandLine("--answers", config))
		}
		return err
	case !info.Mode().IsRegular():
		return problem.Input("--answers: %s is no regular file", path)
	case info.Size() > answer.MaxFile:
		return problem.Input("--answers: %s has %d bytes, more than %d", path, info.Size(), answer.MaxFile)
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
