package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"scaffold/generator/arguments"
	"scaffold/generator/report"
	"scaffold/generator/resolve"
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
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(one))
		if err != nil {
			return err
		}
		if err := schema.Validate(value); err != nil {
			return err
		}
	}
}

// compileSchema compiles the schema of a kind, made stricter: what it does not know is
// refused too, because the documents of today have no keys of tomorrow.
func compileSchema(kind string) (*jsonschema.Schema, error) {
	documents := append(report.Documents(), resolve.Described())
	i := slices.IndexFunc(documents, func(d report.Document) bool { return d.Kind == kind })
	if i < 0 {
		return nil, fmt.Errorf("there is no schema of the kind %q", kind)
	}
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(documents[i].Schema()))
	if err != nil {
		return nil, err
	}
	closeObjects(schema)
	c := jsonschema.NewCompiler()
	if err := c.AddResource(kind+".json", schema); err != nil {
		return nil, err
	}
	return c.Compile(kind + ".json")
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

// The schemas of all kinds compile, and refuse what is wrong.
func TestSchemas(t *testing.T) {
	for _, d := range append(report.Documents(), resolve.Described()) {
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
