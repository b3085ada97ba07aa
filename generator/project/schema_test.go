package project

import (
	"bytes"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"scaffold/generator/tree"
)

// What the schema says of a scaffold.yaml is what is read: each text, and whether
// both take it.
func TestJSONSchema(t *testing.T) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(JSONSchema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{
		"pack: web\nversion: 1.0.0\nanswers:\n":                                                          true,
		"pack: web\nversion: 1.0.0\nanswers: {name: x, port: 80, flag: true, parts: [a, b], none: []}\n": true,
		"schema: 1\npack: web\nversion: 1.0.0\nanswers: {}\n":                                            true,
		"pack: web\nversion: 1.0.0\nanswers: {}\nmerge: {Makefile: lines, '**/*.yaml': structure}\n":     true,
		"pack: web\nversion: 1.0.0\nanswers: {}\nmerge: # none yet\n":                                    true,
		"pack: web\nversion: 1.0.0\nanswers: {}\nmerge: lines\n":                                         false,
		"pack: web\nversion: 1.0.0\nanswers: {}\nmerge: [Makefile]\n":                                    false,
		"pack: web\nversion: 1.0.0\nanswers: {}\nmerge: {Makefile: line}\n":                              false,
		"pack: web\nversion: 1.0.0\nanswers: {}\nmerge: {Makefile: true}\n":                              false,
		"pack: web\nversion: 1.0.0\nanswers: {}\nkeep: [deploy/, '**/*.md']\n":                           true,
		"pack: web\nversion: 1.0.0\nanswers: {}\nkeep: []\n":                                             true,
		"pack: web\nversion: 1.0.0\nanswers: {}\nkeep: # none yet\n":                                     true,
		"pack: web\nversion: 1.0.0\nanswers: {}\nkeep: deploy/\n":                                        false,
		"pack: web\nversion: 1.0.0\nanswers: {}\nkeep: {a: b}\n":                                         false,
		"pack: web\nversion: 1.0.0\nanswers: {}\nkeep: [1]\n":                                            false,
		"pack: web\nversion: 1.0.0\nanswers: {}\nkeep: ['']\n":                                           false,
		"pack: web\nversion: 1.0.0\nanswers: {}\nkeep: ['!a']\n":                                         false,
		"pack: web\nversion: 1.0.0\nanswers: {}\nkeep: [/a]\n":                                           false,
		"pack: web\nversion: 1.0.0\nanswers: {}\ndecline: 1.4.0\n":                                       true,
		"pack: web\nversion: 1.0.0\nanswers: {}\ndecline: [1.4.0, v1.5.0]\n":                             true,
		"pack: web\nversion: 1.0.0\nanswers: {}\ndecline:\n":                                             true,
		"pack: web\nversion: 1.0.0\nanswers: {}\ndecline: 1.4\n":                                         false,
		"pack: web\nversion: 1.0.0\nanswers: {}\ndecline: ['']\n":                                        false,
		"pack: web\nversion: 1.0.0\nanswers: {}\ndecline: latest\n":                                      false,
		"pack: web\nversion: 1.0.0\nanswers: {}\ndecline: {a: 1.4.0}\n":                                  false,
		"pack: web\nversion: 1.0.0\n":                                                                    false,
		"pack: web\nanswers: {}\n":                                                                       false,
		"pack: 1\nversion: 1.0.0\nanswers: {}\n":                                                         false,
		"pack: web\nversion: 1.10\nanswers: {}\n":                                                        false,
		"pack: web\nversion: 1.0.0\nanswers: {}\nschmea: 1\n":                                            false,
		"pack: web\nversion: 1.0.0\nanswers: {}\nschema: '1'\n":                                          false,
		"pack: web\nversion: 1.0.0\nanswers: {}\nverify: make test\n":                                    true,
		"pack: web\nversion: 1.0.0\nanswers: {}\nverify: ' '\n":                                          false,
		"pack: web\nversion: 1.0.0\nanswers: {}\nverify:\n":                                              false,
		"pack: web\nversion: 1.0.0\nanswers: {}\nverify: true\n":                                         false,
		"pack: web\nversion: 1.0.0\nanswers: {}\nverify: [make, test]\n":                                 false,
	} {
		_, err := parseConfig(tree.ConfigFile, tree.File{Path: tree.ConfigFile, Data: []byte(text)})
		if read := err == nil; read != want {
			t.Errorf("%sis read: %v, want %v: %v", text, read, want, err)
		}
		var doc any
		if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
			t.Fatal(err)
		}
		err = schema.Validate(doc)
		if valid := err == nil; valid != want {
			t.Errorf("%sis valid: %v, want %v: %v", text, valid, want, err)
		}
	}
}
