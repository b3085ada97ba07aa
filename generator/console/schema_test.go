package console

import (
	"bytes"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"scaffold/generator"
	"scaffold/generator/report"
	"scaffold/generator/source"
	"scaffold/templates"
)

// What scaffold schema and pack show --json-schema print is what the drafts of JSON
// Schema that it names call a schema. What scaffold writes is compared with it by the
// tests of the command.
func TestSchemasFollowTheirDrafts(t *testing.T) {
	schemas := make(map[string][]byte)
	for _, d := range Documents() {
		schemas[d.Kind] = d.Schema()
	}
	for _, pack := range []string{"web", "wsgi"} {
		g, err := generator.Load(t.Context(), source.Finder{Builtin: templates.FS}, pack)
		if err != nil {
			t.Fatal(err)
		}
		var answers bytes.Buffer
		if err := report.AnswersSchema(&answers, g.Pack); err != nil {
			t.Fatal(err)
		}
		schemas["answers of "+pack] = answers.Bytes()
	}
	for name, text := range schemas {
		if err := compile(text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		wrong := bytes.Replace(text, []byte(`"object"`), []byte(`"objet"`), 1)
		if compile(wrong) == nil {
			t.Errorf("%s: the type objet is one", name)
		}
	}
}

func compile(text []byte) error {
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return err
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", schema); err != nil {
		return err
	}
	_, err = c.Compile("schema.json")
	return err
}
