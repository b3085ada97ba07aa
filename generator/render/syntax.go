package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/parser"
	"go/scanner"
	"go/token"
	"path"
	"slices"
	"strings"
	"text/template/parse"

	"scaffold/generator/strictyaml"
	"scaffold/generator/tree"
)

// maxChecked is how much of what is rendered is read again, in bytes of JSON: Go
// takes twice as long, YAML ten times.
const maxChecked = 8 << 20

// check reads a rendered file as its language: one that does not parse is the
// pack's mistake, and better found here than by the user's compiler. Where its
// readers may take more than this one knows, that is a note and no error.
func (r *Run) check(f file, out tree.File) error {
	if f.target.Unchecked || len(out.Data) == 0 {
		return nil
	}
	price := map[string]int{".json": 1, ".go": 2, ".yaml": 10, ".yml": 10}[path.Ext(out.Path)]
	if r.checked += price * len(out.Data); r.checked > maxChecked {
		return nil
	}
	if bytes.Equal(out.Data, r.parsed[out.Path]) {
		return nil // because one of many projects had the same
	}
	err, sure := checkSyntax(out)
	switch {
	case err == nil && price > 0:
		r.parsed[out.Path] = out.Data
		return nil
	case err == nil:
		return nil
	case sure:
		return fmt.Errorf("%s: writes %s, which does not parse: %w", f.body.Name(), out.Path, err)
	}
	line, _, _ := strings.Cut(err.Error(), "\n")
	r.Notes = append(r.Notes, fmt.Sprintf("%s: writes %s, which may not parse: %s (check: false in its rule silences this)", f.body.Name(), out.Path, line))
	return nil
}

// ParseTree returns the parse tree of a template, for whoever looks at one and does not
// run it: its functions need not be there. What would overflow the parser is refused.
func ParseTree(name, text string, delims [2]string) (*parse.Tree, error) {
	if err := scan(text, delims); err != nil {
		return nil, fmt.Errorf("%s:%w", name, err)
	}
	t := parse.New(name)
	t.Mode = parse.SkipFuncCheck
	return t.Parse(text, delims[0], delims[1], make(map[string]*parse.Tree))
}

// CheckSyntax returns what is wrong with a file that claims to be Go, JSON or YAML by
// its name, and whether that is sure.
func CheckSyntax(f tree.File) (err error, sure bool) { return checkSyntax(f) }

// checkSyntax returns what is wrong with a file, and whether that is sure.
func checkSyntax(f tree.File) (err error, sure bool) {
	switch path.Ext(f.Path) {
	case ".go":
		if len(f.Data) > maxNested && nested(f.Data) > maxNested {
			return fmt.Errorf("its brackets are nested more than %d deep", maxNested), false
		}
		return checkGo(f.Data), goReads(f.Path) && !templated(f.Data, "{{ ", "{{-", "{{.")
	case ".json":
		err, sure := checkJSON(f.Data)
		return err, sure && !templated(f.Data, "{{")
	case ".yaml", ".yml":
		fault, sure := strictyaml.Check(f.Path, f.Data)
		if fault == nil {
			return nil, false
		}
		text := strings.ReplaceAll(string(f.Data), "${{", "") // which is text to YAML
		return fault, sure && !templated([]byte(text), "{{")
	}
	return nil, false
}

// templated reports whether a file looks like a template of another generator,
// which is no language before that has run.
func templated(data []byte, marks ...string) bool {
	text := string(data)
	return slices.ContainsFunc(append(marks, "{%", "<%"), func(mark string) bool { return strings.Contains(text, mark) })
}

// goReads reports whether the go command looks at a file: it passes over names
// that start with _ or a dot, and over testdata.
func goReads(name string) bool {
	return !slices.ContainsFunc(strings.Split(name, "/"), func(element string) bool {
		return element == "testdata" || element[0] == '_' || element[0] == '.'
	})
}

// maxNested caps brackets in one another, because go/parser recurses: it stops at
// 100,000, which takes a quarter of a gigabyte.
const maxNested = 10_000

// nested returns how deep the brackets of a text are nested, in strings, too.
func nested(text []byte) int {
	deepest, depth := 0, 0
	for _, c := range text {
		switch c {
		case '(', '[', '{':
			depth++
			deepest = max(deepest, depth)
		case ')', ']', '}':
			depth--
		}
	}
	return deepest
}

func checkGo(source []byte) error {
	_, err := parser.ParseFile(token.NewFileSet(), "", source, parser.SkipObjectResolution)
	if list, ok := err.(scanner.ErrorList); ok {
		return fmt.Errorf("line %d: %w", list[0].Pos.Line, positioned(errors.New(list[0].Msg)))
	}
	return err
}

// checkJSON takes what editors and compilers take in their settings: comments, a
// comma after the last item, a byte order mark. Not every reader takes several
// values one after the other, or a tab in a string: there it is not sure.
func checkJSON(source []byte) (err error, sure bool) {
	text := plainJSON(source)
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, false
	}
	var value json.RawMessage
	err = json.Unmarshal(text, &value)
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return err, true
	}
	before := text[:max(min(int(syntax.Offset)-1, len(text)), 0)]
	lenient := slices.ContainsFunc([]string{"after top-level value", "in string literal"}, func(part string) bool {
		return strings.Contains(syntax.Error(), part)
	})
	return fmt.Errorf("is no JSON: line %d: %w", 1+bytes.Count(before, []byte("\n")), err), !lenient
}

// plainJSON returns source with blanks for what JSON itself does not have. Lines
// stay where they are.
func plainJSON(source []byte) []byte {
	text := []byte(strings.TrimPrefix(string(source), "\ufeff"))
	comma := -1 // the last one, if nothing but blanks and comments follows it
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			i, comma = endOfString(text, i), -1
		case c == '/' && i+1 < len(text) && (text[i+1] == '/' || text[i+1] == '*'):
			i = blankComment(text, i)
		case c == ',':
			comma = i
		case c == ']' || c == '}':
			if comma >= 0 {
				text[comma] = ' '
			}
			comma = -1
		case c != ' ' && c != '\t' && c != '\r' && c != '\n':
			comma = -1
		}
	}
	return text
}

func endOfString(text []byte, i int) int {
	for i++; i < len(text) && text[i] != '"'; i++ {
		if text[i] == '\\' {
			i++
		}
	}
	return i
}

// blankComment blanks the comment at i and returns where its last byte is.
func blankComment(text []byte, i int) int {
	end := "\n"
	if text[i+1] == '*' {
		end = "*/"
	}
	length := bytes.Index(text[i+2:], []byte(end))
	stop := len(text)
	if length >= 0 {
		stop = i + 2 + length
		if end == "*/" {
			stop += len(end)
		}
	}
	for j := i; j < stop; j++ {
		if text[j] != '\n' {
			text[j] = ' '
		}
	}
	return stop - 1
}
