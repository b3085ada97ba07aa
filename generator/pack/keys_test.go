package pack

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"scaffold/generator/strictyaml"
)

// tables are the mappings of pack.yaml: what is before the keys of one, what
// stands beside them, and what is behind them.
var tables = []struct {
	name          string
	keys          strictyaml.Keys
	before, after string
	beside        string // by the key it goes with, or for all
}{
	{"top", manifestKeys, "", "", ""},
	{"question", questionKeys, head + "questions:\n- {", "}", "name: q, type: string, help: h"},
	{"choice", choiceKeys, head + "questions:\n- {name: q, type: choice, help: h, choices: [{", "}]}", "value: v"},
	{"value", valueKeys, head + "values:\n- {", "}", "name: v, value: w"},
	{"refusal", refusalKeys, head + "refuse:\n- {", "}", "when: w, say: s"},
	{"include", includeKeys, head + "includes:\n- {", "}", "from: ../shared"},
	{"rule", ruleKeys, head + "files:\n- {", "}", "path: a"},
	{"move", moveKeys, head + "moved:\n- {", "}", "from: a, to: b, since: 1.0.0"},
}

// goesWith are keys that need others.
var goesWith = map[string]string{
	"choices": "type: choice", "empty": "type: choices, choices: [a]", "want": "match: a", "needs": "when: a", "with": "once: true",
}

// document returns a manifest with one key of a table, instead of that key where
// it stands beside, and what it needs.
func document(i int, key, value string) string {
	tt := tables[i]
	if tt.before == "" {
		lines := head
		if strings.Contains(head, key+": ") {
			lines = ""
			for line := range strings.Lines(head) {
				if !strings.HasPrefix(line, key+":") {
					lines += line
				}
			}
		}
		return lines + key + ": " + value + "\n"
	}
	entries := []string{key + ": " + value}
	for beside := range strings.SplitSeq(goesWith[key]+", "+tt.beside, ", ") {
		name, _, _ := strings.Cut(beside, ": ")
		if beside != "" && !strings.Contains(", "+strings.Join(entries, ", "), ", "+name+": ") {
			entries = append(entries, beside)
		}
	}
	return tt.before + strings.Join(entries, ", ") + tt.after + "\n"
}

func schemaOf(t *testing.T, text []byte) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
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
	return schema
}

func validate(schema *jsonschema.Schema, text string) error {
	var doc any
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		return err
	}
	return schema.Validate(doc)
}

// Each key of the tables is read by the decoder, takes its example, does not take
// what no key does, and is the same to the schema.
func TestKeys(t *testing.T) {
	schema := schemaOf(t, JSONSchema())
	for i, tt := range tables {
		for _, key := range tt.keys {
			text := document(i, key.Name, key.Example)
			if _, err := Parse([]byte(text), "p"); err != nil {
				t.Errorf("%s: %s: the decoder refuses its example\n%s%v", tt.name, key.Name, text, err)
			}
			if err := validate(schema, text); err != nil {
				t.Errorf("%s: %s: the schema refuses its example\n%s%v", tt.name, key.Name, text, err)
			}
			for _, wrong := range []string{"{no: [thing]}", "[[thing]]"} {
				text := document(i, key.Name, wrong)
				if _, err := Parse([]byte(text), "p"); err == nil {
					t.Errorf("%s: the decoder does not read %s:\n%s", tt.name, key.Name, text)
				}
				if err := validate(schema, text); err == nil {
					t.Errorf("%s: the schema does not know %s:\n%s", tt.name, key.Name, text)
				}
			}
			if !strings.HasSuffix(key.Help, ".") || key.Help[:1] != strings.ToUpper(key.Help[:1]) {
				t.Errorf("%s: %s: its help is no sentence: %s", tt.name, key.Name, key.Help)
			}
		}
		unknown := document(i, "nothing", "true")
		_, err := Parse([]byte(unknown), "p")
		if want := `unknown key "nothing"`; err == nil || !strings.Contains(err.Error(), want) || validate(schema, unknown) == nil {
			t.Errorf("%s: got %v, want %s, also by the schema", tt.name, err, want)
		}
	}
}

// What says nothing the decoder and the schema refuse both, or take both. Which
// default a question takes hangs on its type, which no schema says.
func TestEmptyKeys(t *testing.T) {
	schema := schemaOf(t, JSONSchema())
	for i, tt := range tables {
		for _, key := range tt.keys {
			for _, empty := range []string{"''", "' '", "[]", "['']", "{}", "null"} {
				if key.Name == "default" && strings.HasPrefix(empty, "[") {
					continue
				}
				text := document(i, key.Name, empty)
				_, err := Parse([]byte(text), "p")
				if refusal := validate(schema, text); (err == nil) != (refusal == nil) {
					t.Errorf("%s: %s: %s: the decoder says %v, the schema %v", tt.name, key.Name, empty, err, refusal)
				}
			}
		}
	}
}

// The schema takes every pack that the decoder takes, and refuses what is broken in
// a way that a schema can say.
func TestJSONSchema(t *testing.T) {
	schema := schemaOf(t, JSONSchema())
	packs, err := filepath.Glob("../../testdata/packs/*/pack.yaml")
	if err != nil || len(packs) == 0 {
		t.Fatal(packs, err)
	}
	for _, name := range append(packs, "../../templates/web/pack.yaml") {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate(schema, string(text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, text := range []string{
		"[]", "schema: 1\n", "schema: '1'\nname: web\n", "schema: 1\nname: 1\n", head + "qestions: []", head + "questions: {}",
		"schema: 1\nname: web\nversion: '1.0'\n", "schema: 1\nname: web\nversion: 1.10\n",
		head + "questions: [{name: A, type: bool, help: h}]", head + "questions: [{name: a, type: strign, help: h}]",
		head + "questions: [{name: a, type: bool}]", head + "questions: [{name: a, type: choice, help: h, choices: [{label: x}]}]",
		head + "questions: [{name: a, type: choice, help: h, choices: [a b]}]", head + "files: [{path: a, mode: 0755}]",
		head + "files: [{path: a, delims: [a]}]", head + "notes: {'1.0': x}", head + "notes: {1.0.0: 1}", head + "scaffold: ^1",
		head + "questions: [{name: a, type: bool, help: h, renamed: B}]", head + "values: {a: b}", head + "moved: [{from: a, to: b}]",
	} {
		if err := validate(schema, text); err == nil {
			t.Errorf("the schema takes\n%s", text)
		}
		if _, err := Parse([]byte(text), "p"); err == nil {
			t.Errorf("the decoder takes\n%s", text)
		}
	}
}

// An editor takes the versions that the decoder takes.
func TestVersionKey(t *testing.T) {
	form := regexp.MustCompile(versionKey)
	for _, version := range []string{
		"1.0.0", "0.0.0", "10.20.30-rc.1", "1.0.0-a-b.0.x9", "1.0.0-0a", "1.0.0--", "1.0.0-01", "1.0.0-a.01", "1.0.0-a..b", "1.0.0-", "1.0.0-a.",
		"1.0", "01.0.0", "v1.0.0", "1.0.0+meta", "", "1.0.0 ", "1.0.0-ü",
	} {
		if taken := checkSemver(version) == nil; taken != form.MatchString(version) {
			t.Errorf("%q: the decoder takes it: %v, the schema does not agree", version, taken)
		}
	}
}
