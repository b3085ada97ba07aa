package report

import (
	"bytes"
	"encoding/json"
	"io"
	"reflect"
	"strings"

	"scaffold/generator/pack"
)

// An object is one of JSON whose keys keep their order, in which a form shows them.
type object []member

type member struct {
	key   string
	value any
}

func (o object) MarshalJSON() ([]byte, error) {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	for i, m := range o {
		text.WriteByte("{,"[min(i, 1)])
		if err := e.Encode(m.key); err != nil {
			return nil, err
		}
		text.WriteByte(':')
		if err := e.Encode(m.value); err != nil {
			return nil, err
		}
	}
	if len(o) == 0 {
		text.WriteByte('{')
	}
	text.WriteByte('}')
	return text.Bytes(), nil
}

// AnswersSchema writes a JSON Schema (draft 7, which programs that make forms know) of an
// answers file for p. What it refuses scaffold refuses; the reverse does not hold, because
// conditions and most formats have no words there.
func AnswersSchema(w io.Writer, p pack.Pack) error {
	properties, required := object{}, []string{}
	for _, q := range p.Questions {
		properties = append(properties, member{q.Name, questionSchema(p, q)})
		if q.Default == nil && q.When == "" {
			required = append(required, q.Name)
		}
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(object{
		{"$schema", "http://json-schema.org/draft-07/schema#"},
		{"title", strings.TrimSpace(p.Name + " " + p.Version)},
		{"description", p.Description},
		{"type", "object"},
		{"required", required},
		{"additionalProperties", false},
		{"properties", properties},
	})
}

// questionSchema describes the answers of a question. A default is there if it is the
// same for all projects, and does not make an answer of what is not asked.
func questionSchema(p pack.Pack, q pack.Question) object {
	s := object{{"title", q.Name}, {"description", describeForForm(p, q)}}
	switch q.Type {
	case pack.Bool:
		s = append(s, member{"type", "boolean"})
	case pack.Int:
		s = append(s, member{"type", "integer"})
		if q.Format == "port" {
			s = append(s, member{"minimum", 1}, member{"maximum", 65535})
		}
	case pack.Choice:
		s = append(append(s, member{"type", "string"}), choicesSchema(q)...)
	case pack.Choices:
		s = append(s, member{"type", "array"}, member{"uniqueItems", true})
		if !q.Empty {
			s = append(s, member{"minItems", 1})
		}
		s = append(s, member{"items", append(object{{"type", "string"}}, choicesSchema(q)...)})
	default:
		s = append(s, member{"type", "string"})
		if pattern := q.Pattern(); pattern != "" {
			s = append(s, member{"pattern", pattern})
		}
	}
	text, isText := q.Default.(string)
	fixed := q.Default != nil && !(isText && strings.Contains(text, "{{"))
	if fixed && (q.When == "" || reflect.DeepEqual(q.Default, q.Zero())) {
		s = append(s, member{"default", q.Default})
	}
	return s
}

func describeForForm(p pack.Pack, q pack.Question) string {
	words := q.Help
	if form := q.Form(); form != "" {
		words += " (" + form + ")"
	}
	switch {
	case q.Needs != "":
		words += "; needs " + q.Needs
	case q.When != "":
		words += "; asked with " + describeCondition(p, q.When)
	}
	if _, isText := q.Default.(string); isText && Default(q) == "from the other answers" {
		words += "; by default from the other answers"
	}
	return words
}

// choicesSchema lists what may be chosen, and what that means.
func choicesSchema(q pack.Question) object {
	s := object{{"enum", q.Choices}}
	if len(q.Labels) == 0 {
		return s
	}
	return append(s, member{"enumNames", labelled(q)})
}
