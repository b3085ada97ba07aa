package report

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// A Document is one of the kinds of JSON that the commands write.
type Document struct {
	Kind string // as its key kind says it
	Of   string // which commands write it, or when
	Type reflect.Type
}

// Documents are those of this package. Others have a type in their own.
func Documents() []Document {
	return []Document{
		{"report", "new --json, and regenerate --json of each project", reflect.TypeFor[document]()},
		{"error", "any command with --json that fails", reflect.TypeFor[jsonError]()},
		{"totals", "the last line of regenerate --json of several projects", reflect.TypeFor[jsonTotals]()},
		{"adoption", "adopt --json", reflect.TypeFor[jsonAdoption]()},
		{"status", "status --json", reflect.TypeFor[jsonStatus]()},
		{"diff", "diff --json", reflect.TypeFor[jsonDiff]()},
		{"changes", "undo --json and restore --json", reflect.TypeFor[jsonChanges]()},
		{"pack-list", "pack list --json", reflect.TypeFor[jsonPacks]()},
		{"pack-show", "pack show --json", reflect.TypeFor[jsonPack]()},
		{"pack-lint", "pack lint --json", reflect.TypeFor[jsonFindings]()},
		{"pack-test", "pack test --json", reflect.TypeFor[jsonTests]()},
		{"pack-try", "pack try --json", reflect.TypeFor[jsonTrial]()},
		{"config", "config --json", reflect.TypeFor[Config]()},
	}
}

// Schema returns the JSON Schema of d, made of its type. Keys that it does not have are
// not refused, because later versions add some.
func (d Document) Schema() []byte {
	schema := schemaOf(d.Type)
	schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	schema["title"] = d.Kind + ": " + d.Of
	properties := schema["properties"].(map[string]any)
	properties["kind"].(map[string]any)["const"] = d.Kind
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(schema); err != nil {
		panic(err) // a map of texts always is JSON
	}
	return text.Bytes()
}

// A Key is one of an object in a document.
type Key struct {
	Name   string
	Always bool // or only if it says something
	Says   string
	One    []string // the values it may have; nil for any
}

// keysOf returns the keys of a struct in the order of its fields, and the field of each.
func keysOf(t reflect.Type) (keys []Key, fields []reflect.StructField) {
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.Anonymous && !f.IsExported() {
			continue
		}
		if f.Anonymous {
			inner, of := keysOf(f.Type)
			keys, fields = append(keys, inner...), append(fields, of...)
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		k := Key{Name: name, Always: options == "", Says: f.Tag.Get("says")}
		if one := f.Tag.Get("one"); one != "" {
			k.One = strings.Split(one, ",")
		}
		keys, fields = append(keys, k), append(fields, f)
	}
	return keys, fields
}

// schemaOf returns the schema of values of a type.
func schemaOf(t reflect.Type) map[string]any {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if own, ok := reflect.Zero(t).Interface().(interface{ JSONSchema() map[string]any }); ok {
		return own.JSONSchema()
	}
	switch t.Kind() {
	case reflect.Struct:
		return schemaOfObject(t)
	case reflect.Slice:
		return map[string]any{"type": "array", "items": schemaOf(t.Elem())}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": schemaOf(t.Elem())}
	case reflect.Int:
		return map[string]any{"type": "integer"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Interface: // an answer
		return map[string]any{"type": []string{"string", "number", "boolean", "array"}, "items": map[string]any{"type": "string"}}
	}
	return map[string]any{"type": "string"}
}

func schemaOfObject(t reflect.Type) map[string]any {
	properties, required := make(map[string]any), []string{}
	keys, fields := keysOf(t)
	for i, k := range keys {
		property := schemaOf(fields[i].Type)
		property["description"] = k.Says
		if k.One != nil {
			property["enum"] = enumOf(k.One)
		}
		if fields[i].Tag.Get("or") == "null" {
			property = map[string]any{"description": k.Says, "anyOf": []any{property, map[string]any{"type": "null"}}}
		}
		properties[k.Name] = property
		if k.Always {
			required = append(required, k.Name)
		}
	}
	slices.Sort(required)
	return map[string]any{"type": "object", "properties": properties, "required": required}
}

func enumOf(words []string) []any {
	var values []any
	for _, word := range words {
		if n, err := strconv.Atoi(word); err == nil {
			values = append(values, n)
		} else {
			values = append(values, word)
		}
	}
	return values
}
