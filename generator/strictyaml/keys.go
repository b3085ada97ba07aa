package strictyaml

import (
	"encoding/json"
	"maps"
	"slices"
)

// Keys are all that a mapping may have. The decoder takes no other, by
// [Node.Fields], and [Schema] tells an editor the same, so that neither knows a key
// that the other does not.
type Keys []Key

// A Key is one that somebody may write.
type Key struct {
	Name     string
	Value    Value
	Required bool
	Help     string // what it says, in a sentence
	Example  string // of its value, in YAML
}

// A Value is what may stand behind a key. Of the fields below Type those count
// that go with it.
type Value struct {
	Type    string   // "string", "integer", "boolean", "null", "array", "object"; "" for any of Any
	Words   []string // that a string may be; none are any
	Pattern string   // of a string, or of the names in Each
	Len     int      // how many items an array has; 0 for any number
	Min     int      // how many it has at least
	Items   *Value   // each in an array
	Keys    Keys     // of an object
	Each    *Value   // in an object with names instead of Keys
	Any     []Value  // one of these
}

// The values that most keys have.
var (
	Text   = Value{Type: "string"}
	Number = Value{Type: "integer"}
	Flag   = Value{Type: "boolean"}
)

// Words returns a string that is one of these.
func Words(words ...string) Value { return Value{Type: "string", Words: words} }

// Form returns a string that matches a pattern.
func Form(pattern string) Value { return Value{Type: "string", Pattern: pattern} }

// List returns an array of these.
func List(of Value) Value { return Value{Type: "array", Items: &of} }

// Object returns a mapping with these keys.
func Object(keys Keys) Value { return Value{Type: "object", Keys: keys} }

// Either returns what may be each of these.
func Either(of ...Value) Value { return Value{Any: of} }

// Names returns the keys' names, in their order.
func (k Keys) Names() []string {
	names := make([]string, len(k))
	for i, key := range k {
		names[i] = key.Name
	}
	return names
}

// Schema returns a JSON Schema (draft 7, which editors know) of a file with these
// keys.
func Schema(title string, keys Keys) []byte {
	top := Object(keys).schema()
	top["$schema"] = "http://json-schema.org/draft-07/schema#"
	top["title"] = title
	text, err := json.MarshalIndent(top, "", "  ")
	if err != nil {
		panic(err) // maps, lists, words and numbers are what JSON has
	}
	return append(text, '\n')
}

func (v Value) schema() map[string]any {
	if v.Type == "" {
		var list []any
		for _, one := range v.Any {
			list = append(list, one.schema())
		}
		return map[string]any{"anyOf": list}
	}
	s := map[string]any{"type": v.Type}
	if len(v.Words) > 0 {
		s["enum"] = v.Words
	}
	if v.Len > 0 {
		s["minItems"], s["maxItems"] = v.Len, v.Len
	}
	if v.Min > 0 {
		s["minItems"] = v.Min
	}
	if v.Items != nil {
		s["items"] = v.Items.schema()
	}
	switch {
	case v.Each != nil:
		s["additionalProperties"] = v.Each.schema()
		if v.Pattern != "" {
			s["propertyNames"] = map[string]any{"pattern": v.Pattern}
		}
	case v.Pattern != "":
		s["pattern"] = v.Pattern
	case v.Type == "object":
		maps.Copy(s, v.Keys.schema())
	}
	return s
}

func (k Keys) schema() map[string]any {
	properties := make(map[string]any)
	var required []string
	for _, key := range k {
		one := key.Value.schema()
		one["description"] = key.Help
		properties[key.Name] = one
		if key.Required {
			required = append(required, key.Name)
		}
	}
	s := map[string]any{"properties": properties, "additionalProperties": false}
	if slices.Sort(required); len(required) > 0 {
		s["required"] = required
	}
	return s
}
