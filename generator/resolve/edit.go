package resolve

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"strings"

	"scaffold/generator/problem"
)

// Programs are the user's own: an editor, or git's merge tool. They get copies in a
// folder of their own, because only package apply writes into a project, and because a
// repository that came from a stranger may name programs in its configuration.
type Programs struct {
	Env      []string // VISUAL, EDITOR, PATH and the rest
	In       io.Reader
	Out, Err io.Writer
	Note     func(text string) // is told why a file is left
}

// Edit returns text as the user's editor leaves it. Name is that of the file, of which
// the editor sees the last element.
func (p Programs) Edit(ctx context.Context, name string, text []byte) ([]byte, error) {
	editor := cmp.Or(strings.TrimSpace(p.setting("VISUAL")), strings.TrimSpace(p.setting("EDITOR"))) // else what is edited would be run
	if editor == "" {
		return nil, errors.New("no editor: VISUAL and EDITOR are not set")
	}
	dir, err := os.MkdirTemp("", "scaffold-resolve-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the editor: %w", err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, path.Base(name))
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return nil, fmt.Errorf("write what is edited: %w", problem.Cause(err))
	}
	cmd := editorCommand(ctx, editor, file)
	cmd.Env = p.Env
	if err := p.run(cmd); err != nil {
		return nil, fmt.Errorf("run the editor %q: %w", editor, err)
	}
	text, err = os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read what was edited: %w", problem.Cause(err))
	}
	return text, nil
}

// editorCommand runs an editor with its arguments, as VISUAL may have some.
func editorCommand(ctx context.Context, editor, file string) *exec.Cmd {
	if runtime.GOOS == "windows" {
		words := append(strings.Fields(editor), file)
		return exec.CommandContext(ctx, words[0], words[1:]...)
	}
	return exec.CommandContext(ctx, "sh", "-c", editor+` "$@"`, editor, file)
}

func (p Programs) run(cmd *exec.Cmd) error {
	cmd.Stdin, cmd.Stdout, cmd.Stderr = p.In, p.Out, p.Err
	return cmd.Run()
}

func (p Programs) setting(name string) string {
	value := ""
	for _, v := range p.Env {
		if key, is, ok := strings.Cut(v, "="); ok && key == name {
			value = is // the last counts
		}
	}
	return value
}

// RunTool has git's merge tool decide the files that have hunks of text, one after the
// other. The tool is the one of the user's own configuration: git mergetool runs in a
// repository made for it, so that the project's is neither read nor changed. What the tool
// leaves is taken if it says that it succeeded.
func (s *Session) RunTool(ctx context.Context, p Programs) error {
	dir, err := os.MkdirTemp("", "scaffold-resolve-")
	if err != nil {
		return fmt.Errorf("make a folder for the merge tool: %w", err)
	}
	defer os.RemoveAll(dir)
	t := tool{ctx: ctx, dir: dir, programs: p}
	if err := t.git("", "init", "-q", "--template="); err != nil {
		return err
	}
	if err := t.convertNothing(); err != nil {
		return err
	}
	for _, f := range s.Files {
		if !f.IsText() {
			p.Note(f.Path + " is left, because it is no text: --mine or --template resolves it")
			continue
		}
		if err := t.merge(f); err != nil {
			return err
		}
	}
	return nil
}

// A tool is a repository in which git runs a merge tool.
type tool struct {
	ctx      context.Context
	dir      string
	programs Programs
}

// convertNothing has git give the tool the bytes of files as they are, because what the
// tool leaves is written so. These attributes come before those of the user, and of a
// file in conflict that names some.
func (t tool) convertNothing() error {
	info := filepath.Join(t.dir, ".git", "info")
	err := os.MkdirAll(info, 0o700)
	if err == nil {
		err = os.WriteFile(filepath.Join(info, "attributes"), []byte("* -text -filter -ident -working-tree-encoding\n"), 0o600)
	}
	if err != nil {
		return fmt.Errorf("prepare a repository for the merge tool: %w", problem.Cause(err))
	}
	return nil
}

func (t tool) merge(f *File) error {
	base, mine, template := f.sides()
	var index strings.Builder
	for i, side := range [][]byte{base, mine, template} {
		id, err := t.store(side)
		if err != nil {
			return err
		}
		fmt.Fprintf(&index, "100644 %s %d\t%s\x00", id, i+1, f.Path)
	}
	name := filepath.Join(t.dir, filepath.FromSlash(f.Path))
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return fmt.Errorf("write %s for the merge tool: %w", f.Path, problem.Cause(err))
	}
	before := f.toMerge()
	if err := os.WriteFile(name, before, 0o600); err != nil {
		return fmt.Errorf("write %s for the merge tool: %w", f.Path, problem.Cause(err))
	}
	if err := t.git(index.String(), "update-index", "-z", "--index-info"); err != nil {
		return err
	}
	cmd := t.command("mergetool", "--no-prompt", "--", f.Path)
	if err := t.programs.run(cmd); err != nil {
		if err := t.ctx.Err(); err != nil {
			return err
		}
		t.programs.Note(fmt.Sprintf("%s is left, because git mergetool ended with %v", f.Path, err))
		return nil
	}
	after, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		t.programs.Note(f.Path + " is left, because git mergetool left no such file")
		return nil
	}
	if err != nil {
		return fmt.Errorf("read %s from the merge tool: %w", f.Path, problem.Cause(err))
	}
	if err := f.take(before, after); err != nil {
		t.programs.Note(fmt.Sprintf("%s is left: %v", f.Path, err))
	}
	return nil
}

// take has the file be as a tool left it.
func (f *File) take(before, after []byte) error {
	switch {
	case string(before) == string(after):
	case f.besides == nil:
		f.edited = after
	default:
		return f.Answer(0, Answer{Side: Other, Text: string(after)})
	}
	return nil
}

// sides are the three whole files.
func (f *File) sides() (base, mine, template []byte) {
	if f.besides == nil {
		return f.text.Sides()
	}
	if f.yours != nil {
		mine = f.yours.Data
	}
	return nil, mine, f.besides.Data
}

func (f *File) toMerge() []byte {
	if f.besides == nil {
		return f.yours.Data
	}
	return f.toEdit(f.Hunks[0])
}

func (t tool) store(data []byte) (id string, err error) {
	cmd := t.command("hash-object", "-w", "--stdin")
	cmd.Stdin = strings.NewReader(string(data))
	out, err := cmd.Output()
	if err != nil {
		return "", cmp.Or(t.ctx.Err(), fmt.Errorf("run git hash-object: %w", err))
	}
	return strings.TrimSpace(string(out)), nil
}

func (t tool) git(input string, args ...string) error {
	cmd := t.command(args...)
	cmd.Stdin = strings.NewReader(input)
	if out, err := cmd.CombinedOutput(); err != nil {
		return cmp.Or(t.ctx.Err(), fmt.Errorf("run git %s: %w: %s", args[0], err, strings.TrimSpace(string(out))))
	}
	return nil
}

// command runs git in the repository of the tool, whatever repository the environment
// names.
func (t tool) command(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(t.ctx, "git", args...)
	cmd.Dir = t.dir
	for _, v := range t.programs.Env {
		if name, _, _ := strings.Cut(v, "="); !strings.HasPrefix(name, "GIT_") || strings.HasPrefix(name, "GIT_CONFIG") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	return cmd
}
