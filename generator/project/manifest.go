package project

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

type manifest struct {
	Schema    int                   `json:"schema"`
	Pack      packRecord            `json:"pack"`
	Answers   map[string]any        `json:"answers"`
	Lapsed    []string              `json:"lapsed,omitempty"`
	Files     map[string]item       `json:"files"`
	Conflicts []plan.ConflictRecord `json:"conflicts,omitempty"`

	seen Seen   // beside it
	text string // the sum of both as they are in base.zip
}

type packRecord struct {
	Reference string `json:"source"`
	Name      string `json:"name"`
	Version   string `json:"version"`
	Digest    string `json:"digest"`
	Commit    string `json:"commit,omitempty"`
}

type item struct {
	Mode     string `json:"mode"`
	Sum      string `json:"sha256"`
	Template string `json:"template"`
	Once     bool   `json:"once,omitempty"`
	Since    string `json:"since,omitempty"` // the version that wrote it, where the rest is of a later one
}

// checkValues looks at what no other reader of the manifest does.
func (m manifest) checkValues() error {
	if v := m.Pack.Version; len(v) > maxName || !isVersion(v) {
		return fmt.Errorf("version %.100q is no semantic version", m.Pack.Version)
	}
	for _, it := range m.Files {
		if v := it.Since; v != "" && (len(v) > maxName || !isVersion(v)) {
			return fmt.Errorf("version %.100q is no semantic version", v)
		}
	}
	if name := m.Pack.Name; len(name) > maxName || strings.ContainsFunc(name, problem.IsControl) {
		return fmt.Errorf("%.100q is no pack's name", name)
	}
	for _, name := range slices.Sorted(maps.Keys(m.Answers)) {
		if !isAnswer(m.Answers[name]) {
			return fmt.Errorf("the answer %q is neither text, number, boolean nor a list of texts", name)
		}
	}
	if len(m.Conflicts) > maxEntries {
		return fmt.Errorf("has %d conflicts, more than %d", len(m.Conflicts), maxEntries)
	}
	for _, c := range m.Conflicts {
		beside := besideName().ReplaceAllString(c.To, "$2")
		if err := errors.Join(tree.CheckPath(c.Path), tree.CheckPath(beside)); err != nil {
			return fmt.Errorf("conflicts: %w", err)
		}
	}
	return nil
}

// composed returns m with composed names, because a pack that was unpacked on a
// Mac had others.
func (m manifest) composed() manifest {
	decomposed := func(path string) bool { return tree.Compose(path) != path }
	if !slices.ContainsFunc(slices.Collect(maps.Keys(m.Files)), decomposed) && !slices.ContainsFunc(m.Conflicts, func(c plan.ConflictRecord) bool { return decomposed(c.Path) }) {
		return m
	}
	files := make(map[string]item, len(m.Files))
	for path, it := range m.Files {
		files[tree.Compose(path)] = it
	}
	m.Files, m.Conflicts = files, slices.Clone(m.Conflicts)
	for i := range m.Conflicts {
		m.Conflicts[i].Path = tree.Compose(m.Conflicts[i].Path)
	}
	return m
}

func isAnswer(value any) bool {
	switch value := value.(type) {
	case string, bool, json.Number:
		return true
	case []any:
		return !slices.ContainsFunc(value, func(item any) bool { _, text := item.(string); return !text })
	}
	return false
}

// besideName is what an element of a path beside another ends in. With it the
// element may be longer than a template's.
var besideName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(regexp.QuoteMeta(plan.BesideSuffix) + `(\.[0-9]{1,4})?(/|$)`)
})

var errNewer = errors.New("use the scaffold that wrote it, or a newer one")

func decodeManifest(text []byte) (manifest, error) {
	rest, files, ok := cutFiles(text)
	if ok {
		if m, err := decodeAll(rest); err == nil && m.Files != nil && len(m.Files) == 0 { // so that these were its own
			m.Files = files
			return m, nil
		}
	}
	return decodeAll(text)
}

func decodeAll(text []byte) (manifest, error) {
	var m manifest
	if err := checkShape(text); err != nil {
		return m, cmp.Or(otherManifest(text), err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	d.UseNumber()
	err := d.Decode(&m)
	if _, end := d.Token(); err != nil || end != io.EOF || m.Schema != Schema {
		return m, cmp.Or(otherManifest(text), err)
	}
	return m, nil
}

func otherManifest(text []byte) error {
	var probe struct{ Schema int }
	if err := json.Unmarshal(text, &probe); err != nil {
		return err
	}
	if probe.Schema != Schema {
		return fmt.Errorf("schema %d, and this scaffold reads %d: %w", probe.Schema, Schema, errNewer)
	}
	return nil
}

// Caps of the JSON in a manifest, because what a decoder makes of a short text
// may take thirty times its memory.
const (
	maxDepth  = 4               // as a list that answers a question has
	maxValues = 12 * maxEntries // as each file has five, and each conflict
)

// An unclosed value is an object or a list whose end is not reached.
type unclosed struct {
	keys []string // of an object
	free bool     // its keys are names of files or questions, not ours
}

// checkShape refuses JSON that a decoder would take and must not: what nests too
// deep or has too many values; keys of ours in another letter case, which the
// decoder takes for the same; and one key twice, of which it takes the last, and
// another reader the first. It may stop where text is no JSON: the decoder says
// so.
func checkShape(text []byte) error {
	var open []unclosed
	values := 0
	for i := 0; i < len(text); i++ {
		last := len(open) - 1
		switch text[i] {
		case '{', '[':
			if values++; len(open) == maxDepth {
				return fmt.Errorf("nests more than %d deep", maxDepth)
			}
			free := len(open) == 1 && len(open[0].keys) > 0 && slices.Contains([]string{"answers", "files"}, open[0].keys[len(open[0].keys)-1])
			open = append(open, unclosed{free: free})
		case ',':
			values++
		case '}', ']':
			if last < 0 {
				return nil
			}
			if err := open[last].checkKeys(); err != nil {
				return err
			}
			open = open[:last]
		case '"':
			end := endOfString(text, i)
			if end > len(text) {
				return nil
			}
			if after := bytes.TrimLeft(text[end:], " \t\r\n"); len(after) > 0 && after[0] == ':' && last >= 0 {
				open[last].keys = append(open[last].keys, unquote(text[i:end]))
			}
			i = end - 1
		}
		if values > maxValues {
			return fmt.Errorf("has more than %d values", maxValues)
		}
	}
	return nil
}

func (o unclosed) checkKeys() error {
	slices.Sort(o.keys)
	for i, key := range o.keys {
		if i > 0 && key == o.keys[i-1] {
			return fmt.Errorf("has the key %q twice", key)
		}
		if upper := func(r rune) bool { return (r < 'a' || 'z' < r) && (r < '0' || '9' < r) }; !o.free && strings.ContainsFunc(key, upper) {
			return fmt.Errorf("has the key %q: keys are in lower case", key)
		}
	}
	return nil
}

// endOfString returns where the string that starts at text[i] ends; beyond the
// text if it does not.
func endOfString(text []byte, i int) int {
	for i++; i < len(text) && text[i] != '"'; i++ {
		if text[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// unquote reads a string as the decoder does, because two spellings may be one
// key.
func unquote(quoted []byte) string {
	if bytes.IndexByte(quoted, '\\') < 0 && utf8.Valid(quoted) {
		return string(quoted[1 : len(quoted)-1])
	}
	var s string
	json.Unmarshal(quoted, &s) // if that is none, the decoder says so
	return s
}

// encodeText returns the manifest as JSON, as [json.MarshalIndent] writes it. Its files are
// written without that, because they are many and alike.
func (m manifest) encodeText() ([]byte, error) {
	files := m.Files
	m.Files = map[string]item{}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil || len(files) == 0 {
		return text, err
	}
	before, after, _ := bytes.Cut(text, []byte(filesKey+"}")) // of ours alone, because others stand deeper
	out := make([]byte, 0, len(text)+300*len(files))
	out = append(append(out, before...), filesKey...)
	for i, path := range slices.Sorted(maps.Keys(files)) {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, "\n    "...)
		out = appendString(out, path)
		out = append(out, ": {"...)
		out = files[path].append(out)
		out = append(out, "\n    }"...)
	}
	return append(append(out, filesEnd+"}"...), after...), nil
}

const (
	filesKey = "\n  \"files\": {"
	filesEnd = "\n  "
)

func (it item) append(out []byte) []byte {
	out = appendString(append(out, "\n      \"mode\": "...), it.Mode)
	out = appendString(append(out, ",\n      \"sha256\": "...), it.Sum)
	out = appendString(append(out, ",\n      \"template\": "...), it.Template)
	if it.Once {
		out = append(out, ",\n      \"once\": true"...)
	}
	if it.Since != "" {
		out = appendString(append(out, ",\n      \"since\": "...), it.Since)
	}
	return out
}

// appendString appends s as JSON has it.
func appendString(out []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= utf8.RuneSelf || strings.IndexByte(`"\<>&`, c) >= 0 {
			quoted, _ := json.Marshal(s) // a string has no error
			return append(out, quoted...)
		}
	}
	return append(append(append(out, '"'), s...), '"')
}

// cutFiles reads the files of a manifest that is written as encodeText does, and returns
// it without them. Of any other, ok is false, and a decoder that takes all JSON says
// what it is.
func cutFiles(text []byte) (rest []byte, files map[string]item, ok bool) {
	before, after, ok := strings.Cut(string(text), filesKey)
	if !ok {
		return nil, nil, false
	}
	r := filesReader{rest: after, ok: true}
	files = make(map[string]item, strings.Count(after, "\"sha256\": "))
	for last := ""; r.ok && !r.takes(filesEnd+"}"); {
		if len(files) > 0 {
			r.take(",")
		}
		r.take("\n    ")
		path := r.text()
		r.take(": {\n      \"mode\": ")
		it := item{Mode: r.text()}
		r.take(",\n      \"sha256\": ")
		it.Sum = r.text()
		r.take(",\n      \"template\": ")
		it.Template = r.text()
		it.Once = r.takes(",\n      \"once\": true")
		if r.takes(",\n      \"since\": ") {
			it.Since = r.text()
		}
		r.take("\n    }")
		if len(files) == maxEntries || len(files) > 0 && path <= last {
			r.ok = false
		}
		files[path], last = it, path
	}
	if !r.ok {
		return nil, nil, false
	}
	return []byte(before + filesKey + "}" + r.rest), files, true
}

// A filesReader reads what is expected. After anything else it is no longer ok.
type filesReader struct {
	rest string
	ok   bool
}

func (r *filesReader) takes(want string) bool {
	rest, has := strings.CutPrefix(r.rest, want)
	if has {
		r.rest = rest
	}
	return has
}

func (r *filesReader) take(want string) {
	if !r.takes(want) {
		r.ok = false
	}
}

// text reads a string without escapes.
func (r *filesReader) text() string {
	r.take(`"`)
	for i := range len(r.rest) {
		switch c := r.rest[i]; {
		case c == '"':
			s := r.rest[:i]
			r.rest = r.rest[i+1:]
			return s
		case c < ' ' || c == '\\' || c >= utf8.RuneSelf:
			r.ok = false
			return ""
		}
	}
	r.ok = false
	return ""
}
