package project

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"strings"
	"testing"

	"scaffold/generator/plan"
)

var manifests = map[string]manifest{
	"no files":  {Schema: 1, Answers: map[string]any{}, Files: map[string]item{}},
	"one file":  {Schema: 1, Answers: map[string]any{"name": "a"}, Files: map[string]item{"a": {Mode: "0644", Sum: "5", Template: "a.tmpl"}}},
	"all there": {Schema: 1, Pack: packRecord{"web", "web", "1.2.3", "d", "c"}, Answers: map[string]any{"files": "\n  \"files\": {}", "list": []any{"a", "b"}}, Lapsed: []string{"x"}, Files: map[string]item{"a/b": {"0755", "5", "a/b", true, "1.0.0"}, "a": {Sum: "6", Since: "2.0.0"}, "c": {Once: true}}, Conflicts: []plan.ConflictRecord{{Path: "a"}}},
	"odd names": {Schema: 1, Answers: map[string]any{}, Files: map[string]item{"ä": {}, "a\"b": {}, `a\b`: {}, "<&>": {}, "\u2028": {}, "a\tb": {Template: "é"}}},
}

// The manifest is what the JSON encoder writes, so that the same state is the same bytes
// to every scaffold.
func TestEncodeText(t *testing.T) {
	for name, m := range manifests {
		want, err := json.MarshalIndent(m, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := m.encodeText(); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %v\n%s\nwant\n%s", name, err, got, want)
		}
	}
}

// Whatever the reader of our own manifests takes, the decoder of any JSON takes for the
// same.
func TestDecodeManifestAsWritten(t *testing.T) {
	read := 0
	for name, m := range manifests {
		text, err := m.encodeText()
		if err != nil {
			t.Fatal(err)
		}
		for i := range text {
			for _, changed := range [][]byte{text, text[:i], append(bytes.Clone(text[:i]), text[i+1:]...), append(bytes.Clone(text[:i]), append([]byte(`"`), text[i:]...)...)} {
				got, err := decodeManifest(changed)
				want, wantErr := decodeAll(changed)
				if (err == nil) != (wantErr == nil) || err == nil && !reflect.DeepEqual(got, want) {
					t.Fatalf("%s, at byte %d: %+v, %v, want %+v, %v\n%s", name, i, got, err, want, wantErr, changed)
				}
			}
		}
		if _, files, ok := cutFiles(text); ok && maps.Equal(files, m.Files) {
			read++
		}
	}
	if read != 2 { // which have files, of plain names
		t.Errorf("the reader of our own manifests takes %d of them", read)
	}
}

// What looks like the files of a manifest and is elsewhere is not taken for them.
func TestDecodeManifestElsewhere(t *testing.T) {
	files := filesKey + "\n    \"a\": {\n      \"mode\": \"0644\",\n      \"sha256\": \"5\",\n      \"template\": \"a\"\n    }" + filesEnd + "}"
	for _, text := range []string{
		`{"schema": 1, "answers": {` + files + `}}`,
		`{"schema": 1, "answers": {` + files + `}, "files": {}}`,
		`{"schema": 1, "answers": {` + files + `}, "files": {"b": {"mode": "0644"}}}`,
		`{"schema": 1, "files": {},` + files + `}`,
		`{"schema": 1, ` + files + `, "files": {"b": {}}}`,
		`{"schema": 1, ` + files + `,` + strings.Replace(files, `"a"`, `"b"`, 1) + `}`,
		`{"schema": 1, ` + strings.Replace(files, `{`+"\n    ", `{`+"\n    "+`"a": {"mode": "0755"}, `, 1) + `}`,
	} {
		got, err := decodeManifest([]byte(text))
		want, wantErr := decodeAll([]byte(text))
		if err == nil {
			err = got.checkValues()
		}
		if wantErr == nil {
			wantErr = want.checkValues()
		}
		if (err == nil) != (wantErr == nil) || err == nil && !reflect.DeepEqual(got, want) {
			t.Errorf("%s\nis %+v, %v, want %+v, %v", text, got, err, want, wantErr)
		}
	}
}
