//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"scaffold/generator/arguments"
	"scaffold/generator/console"
	"scaffold/generator/report"
)

// mainOfTests is main, but that what it writes with --json has to be what the published
// schemas say: no script, document or other test that runs scaffold can leave that out.
func mainOfTests() {
	if !arguments.Has(os.Args, "json") || slices.ContainsFunc(os.Args, func(arg string) bool { return slices.Contains(arguments.Helps, arg) }) {
		main()
	}
	var out bytes.Buffer
	status := run(os.Args, os.Stdin, io.MultiWriter(os.Stdout, &out), os.Stderr)
	if err := validate(out.Bytes()); err != nil {
		fmt.Fprintf(os.Stderr, "what scaffold %s writes is not what its schema says: %v\n", strings.Join(os.Args[1:], " "), err)
		status = 99
	}
	os.Exit(status)
}

// validate returns why what a command wrote are no documents that scaffold schema
// describes: one, or several in a line each. Nothing is none at all, as on a full disk.
func validate(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	for n := 0; ; n++ {
		var one json.RawMessage
		switch err := d.Decode(&one); {
		case errors.Is(err, io.EOF) && n > 1 && n != bytes.Count(text, []byte("\n")):
			return fmt.Errorf("there are %d documents and %d lines", n, bytes.Count(text, []byte("\n")))
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		var is struct{ Kind string }
		if err := json.Unmarshal(one, &is); err != nil {
			return err
		}
		schema, err := compileSchema(is.Kind)
		if err != nil {
			return err
		}
		var value any
		if err := json.Unmarshal(one, &value); err != nil {
			return err
		}
		if err := schema.Validate(value); err != nil {
			return err
		}
	}
}

// compileSchema compiles the schema of a kind, made stricter: what it does not know is
// refused too, because the documents of today have no keys of tomorrow.
func compileSchema(kind string) (*jsonschema.Resolved, error) {
	documents := console.Documents()
	i := slices.IndexFunc(documents, func(d report.Document) bool { return d.Kind == kind })
	if i < 0 {
		return nil, fmt.Errorf("there is no schema of the kind %q", kind)
	}
	var schema any
	if err := json.Unmarshal(documents[i].Schema(), &schema); err != nil {
		return nil, err
	}
	closeObjects(schema)
	text, err := json.Marshal(schema)
	if err != nil {
		return nil, err
	}
	return resolveSchema(text)
}

// resolveSchema reads a schema, by a package that costs scaffold nothing to start with.
// Whether it follows its draft, which that package does not ask, console tests.
func resolveSchema(text []byte) (*jsonschema.Resolved, error) {
	var schema jsonschema.Schema
	if err := json.Unmarshal(text, &schema); err != nil {
		return nil, err
	}
	return schema.Resolve(nil)
}

// closeObjects has a schema refuse keys that it does not name.
func closeObjects(schema any) {
	switch schema := schema.(type) {
	case map[string]any:
		if _, object := schema["properties"].(map[string]any); object && schema["additionalProperties"] == nil {
			schema["additionalProperties"] = false
		}
		for _, inner := range schema {
			closeObjects(inner)
		}
	case []any:
		for _, inner := range schema {
			closeObjects(inner)
		}
	}
}

// indexed are runs of all commands in a repository with a project that has something to
// update, to resolve and to take back. Each is tried, and the last ones alone are asked
// to write git's index.
var indexed = []struct {
	args  string
	exit  int
	index bool
}{
	{"status", 0, false}, {"status --json --all", 0, false}, {"why both.txt", 0, false}, {"back both.txt", 0, false}, {"back --json both.txt", 0, false}, {"diff --exit-code", 4, false},
	{"regenerate --check --pack ../v2", 4, false}, {"regenerate --diff --json=all --pack ../v2", 2, false}, {"regenerate --dry-run --pack ../v2 --message ../pr.md", 3, false},
	{"restore both.txt", 0, false}, {"undo", 0, false}, {"adopt", 0, false}, {"regenerate --pack ../v2", 3, false}, {"resolve --json", 3, false}, {"resolve --mine", 0, false},
	{"undo --json", 0, false}, {"status", 3, false}, {"resolve --template", 0, false},
	{"config", 0, false}, {"schema", 0, false}, {"version", 0, false}, {"help", 0, false}, {"completion bash", 0, false},
	{"pack list", 0, false}, {"pack show ../v1", 0, false}, {"pack lint ../v1", 0, false}, {"pack diff ../v1 ../v2", 0, false}, {"pack schema", 0, false}, {"pack cache", 0, false},
	{"pack init ../sub", 0, false}, {"pack test ../v1", 0, false}, {"pack try ../v2 .", 0, false}, {"new ../inside --pack ../v1", 0, false},
	{"regenerate --index --pack ../v3", 3, true},
}

// Git's index is the user's: its bytes stay, and what stands in it, whatever is run, but
// for --index.
func TestIndexStays(t *testing.T) {
	need(t, "git")
	dir := t.TempDir()
	for name, text := range map[string]string{
		"v1/pack.yaml": "schema: 1\nname: tiny\nversion: 1.0.0\ndescription: A pack\n", "v1/files/both.txt": "one\n", "v1/files/update.txt": "one\n",
		"v2/pack.yaml": "schema: 1\nname: tiny\nversion: 1.1.0\ndescription: A pack\n", "v2/files/both.txt": "two\n", "v2/files/update.txt": "two\n",
		"v3/pack.yaml": "schema: 1\nname: tiny\nversion: 1.2.0\n", "v3/files/both.txt": "three\n", "v3/files/update.txt": "two\n",
	} {
		writeFile(t, filepath.Join(dir, name), text)
	}
	home := t.TempDir()
	env := append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME="+home, "XDG_CACHE_HOME="+home, "GIT_CONFIG_NOSYSTEM=1", "GIT_OPTIONAL_LOCKS=0",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com")
	project := filepath.Join(dir, "hello")
	call := func(in, command string, want int) string {
		t.Helper()
		words := strings.Fields(command)
		cmd := exec.Command(words[0], words[1:]...)
		cmd.Dir, cmd.Env = in, env
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != want {
			t.Errorf("%s: %v, want the status %d\n%s", command, err, want, out)
		}
		return string(out)
	}
	call(dir, "scaffold new hello --pack ./v1", 0)
	for _, command := range []string{"git init -q", "git add .", "git commit -qm new"} {
		call(project, command, 0)
	}
	writeFile(t, filepath.Join(project, "both.txt"), "mine\n")
	writeFile(t, filepath.Join(project, "staged.txt"), "staged\n")
	call(project, "git add staged.txt", 0)
	look := func() (index, staged string) {
		text, err := os.ReadFile(filepath.Join(project, ".git", "index"))
		if err != nil {
			t.Fatal(err)
		}
		return string(text), call(project, "git diff --cached --raw", 0)
	}
	before, staged := look()
	writeFile(t, filepath.Join(project, "untracked.txt"), "untracked\n")
	tried := make(map[string]bool)
	for _, run := range indexed {
		name, _, _ := strings.Cut(run.args, " ")
		tried[name] = true
		if run.args == "adopt" { // makes anew what is lost
			if err := os.Remove(filepath.Join(project, ".scaffold-state", "base.zip")); err != nil {
				t.Fatal(err)
			}
		}
		porcelain := call(project, "git status --porcelain", 0)
		if run.index {
			writeFile(t, filepath.Join(project, "both.txt"), "mine\n")
		}
		call(project, "scaffold "+run.args, run.exit)
		after, now := look()
		if changed := before != after; changed != run.index {
			t.Errorf("scaffold %s: git's index changed: %v", run.args, changed)
		}
		if changed := staged != now; changed != run.index {
			t.Errorf("scaffold %s: what is staged changed: %v\n%s", run.args, changed, now)
		}
		if is := call(project, "git status --porcelain", 0); run.exit == 4 && porcelain != is {
			t.Errorf("scaffold %s only looks, and git status says\n%s\ninstead of\n%s", run.args, is, porcelain)
		}
	}
	for _, c := range (program{&console.Console{}}).app(nil).Commands {
		if !tried[c.Name] {
			t.Errorf("scaffold %s is not tried", c.Name)
		}
	}
}

// The schemas of all kinds compile, and refuse what is wrong.
func TestSchemas(t *testing.T) {
	for _, d := range console.Documents() {
		if _, err := compileSchema(d.Kind); err != nil {
			t.Errorf("%s: %v", d.Kind, err)
		}
	}
	const right = `{"schema":2,"kind":"error","error":{"message":"m","hints":["h"]},"exit":2}`
	if err := validate([]byte(right)); err != nil {
		t.Errorf("%s: %v", right, err)
	}
	change := func(old, new string) string { return strings.Replace(right, old, new, 1) }
	for _, wrong := range []string{
		change(`"exit":2`, `"exit":"2"`), change(`,"exit":2`, ``), change(`"exit"`, `"status"`), change(`"exit":2`, `"exit":2,"more":1`),
		change(`["h"]`, `"h"`), change(`"m","hints"`, `"m","why":1,"hints"`), change(`"schema":2`, `"schema":1`), change(`"error","error"`, `"erorr","error"`),
		"text", right + "\n" + "text", right + "\n" + "{\n}", right + right,
	} {
		if validate([]byte(wrong)) == nil {
			t.Errorf("nothing is wrong with %s", wrong)
		}
	}
}

// What scaffold pack show --json-schema describes are the answers that scaffold takes.
func TestAnswersSchema(t *testing.T) {
	dir := t.TempDir()
	schema, err := resolveSchema([]byte(shell(t, dir, "scaffold pack show --json-schema")))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		answers string
		right   bool
	}{
		{`{"name": "shop"}`, true},
		{`{"name": "shop", "transport": ["fcgi", "cgi"], "server": ["apache"], "body_limit": 20, "docker": false, "ci": "none"}`, true},
		{`{"name": "shop", "mount": "/app", "site": "join", "systemd": false, "template_check": true}`, true},
		{`{"name": "a b"}`, false},
		{`{"name": "shop", "transport": []}`, false},
		{`{"name": "shop", "transport": ["http", "spdy"]}`, false},
		{`{"name": "shop", "style": "class"}`, false},
		{`{"name": "shop", "body_limit": "many"}`, false},
		{`{"name": "shop", "mount": "app"}`, false},
		{`{"name": "shop", "colour": "red"}`, false},
	} {
		var value any
		if err := json.Unmarshal([]byte(test.answers), &value); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(value); (err == nil) != test.right {
			t.Errorf("the schema says of %s: %v", test.answers, err)
		}
		writeFile(t, filepath.Join(dir, "answers.json"), test.answers)
		if out := shell(t, dir, "scaffold new --dry-run --answers answers.json >/dev/null 2>&1 && echo right || echo wrong"); (out == "right\n") != test.right {
			t.Errorf("scaffold says of %s: %s", test.answers, out)
		}
	}
}
