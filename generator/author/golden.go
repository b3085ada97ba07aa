package author

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/txtar"

	"scaffold/generator/answer"
	"scaffold/generator/lazyregexp"
	"scaffold/generator/merge"
	"scaffold/generator/pack"
	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// casesFolder is where a pack has its cases, beside files/.
const casesFolder = "testdata"

// A Golden is a case as its file has it: a txtar archive whose files are the tree that
// the answers in its comment give. The comment has a line for each of these:
//
//	What the case shows, in the first line.
//	# More of that.
//	KEY=VALUE           an answer, as after --set
//	executable: FILE    has mode 0755
//	crlf: FILE          every line ends in CR LF, and stands here without the CR
//	unended: FILE       the last line has no end
//	quoted: FILE        each line stands behind a >, because one looks like an archive's
//	base64: FILE        is no text
//
// After a line --- the rest of the comment is YAML, as of an answers file: there an
// answer may have lines.
type Golden struct {
	Name  string // of the file, without .txtar
	Path  string // shown in messages
	Given answer.Layer
	Want  tree.Tree
	text  []byte   // of the file
	lines []string // of the comment, without those about files
	yaml  string   // what follows ---, with it; or ""

	earlier bool // whether an earlier version of the pack has it
}

// The words of the comment that say something of a file.
const (
	wordExec    = "executable"
	wordCRLF    = "crlf"
	wordUnended = "unended"
	wordQuoted  = "quoted"
	wordBase64  = "base64"
)

var fileWords = []string{wordExec, wordCRLF, wordUnended, wordQuoted, wordBase64}

var (
	answerLine = lazyregexp.New(`^([a-z][a-z0-9_-]*)=(.*)$`)
	fileLine   = lazyregexp.New(`^([A-Za-z0-9]+): *(\S.*)$`)
)

// parseGolden reads a case of the pack p. All that is wrong is returned at once, as
// input errors with their lines.
func parseGolden(name string, source []byte, p pack.Pack) (Golden, error) {
	if marks := min(bytes.Count(source, []byte("\n-- ")), bytes.Count(source, []byte(" --\n"))); marks > maxProject {
		return Golden{}, problem.Input("%s: has more than %d files", name, maxProject)
	}
	a := txtar.Parse(bytes.ReplaceAll(source, []byte("\r\n"), []byte("\n"))) // as git may have checked it out
	if size := len(a.Comment); size > answer.MaxFile {
		return Golden{}, problem.Input("%s: has %d bytes before its first file, more than %d", name, size, answer.MaxFile)
	}
	g := Golden{Name: caseName(name), Path: name}
	r := goldenReader{golden: &g, about: make(map[string][]string)}
	comment, yaml, hasYAML := strings.Cut("\n"+string(a.Comment), "\n---\n")
	comment = strings.TrimPrefix(comment, "\n")
	for i, line := range strings.Split(strings.TrimSuffix(comment, "\n"), "\n") {
		r.line(i+1, line)
	}
	if hasYAML {
		g.yaml = "---\n" + yaml
		above := strings.Repeat("\n", strings.Count(comment, "\n")+2) // so that lines are those of the file
		layer, _, err := answer.ParseFile(name, []byte(above+yaml), p)
		g.Given = append(g.Given, layer...)
		r.errs = append(r.errs, err)
	}
	r.files(a)
	return g, problem.AsInput(errors.Join(r.errs...))
}

type goldenReader struct {
	golden *Golden
	about  map[string][]string // what is said of each file
	errs   []error
}

func (r *goldenReader) line(n int, text string) {
	g := r.golden
	at := fmt.Sprintf("%s:%d:1", g.Path, n)
	given, word := answerLine.FindStringSubmatch(text), fileLine.FindStringSubmatch(text)
	switch {
	case given != nil:
		g.Given = append(g.Given, answer.Value{Name: strings.ReplaceAll(given[1], "-", "_"), Text: given[2], Where: at})
	case word != nil && slices.Contains(fileWords, word[1]):
		r.about[word[2]] = append(r.about[word[2]], word[1])
		return
	case n == 1 || text == "" || strings.HasPrefix(text, "#"):
	default:
		near := ""
		if word != nil {
			near = problem.DidYouMean(word[1], fileWords)
		}
		r.errs = append(r.errs, problem.WithHint(
			problem.Input("%s: %q is neither an answer, KEY=VALUE, nor one of %s with a FILE%s", at, text, strings.Join(fileWords, ", "), near),
			"a remark starts with #; answers may also stand as YAML below a line ---"))
	}
	g.lines = append(g.lines, text)
}

func (r *goldenReader) files(a *txtar.Archive) {
	var files []tree.File
	for _, f := range a.Files {
		file, err := decodeFile(f, r.about[f.Name])
		if err != nil {
			r.errs = append(r.errs, problem.Input("%s: %s: %w", r.golden.Path, f.Name, err))
		}
		files = append(files, file)
		delete(r.about, f.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(r.about)) {
		r.errs = append(r.errs, problem.Input("%s: %s: %s, and there is no such file below", r.golden.Path, r.about[name][0], name))
	}
	want, err := tree.New(files...)
	if err != nil {
		r.errs = append(r.errs, problem.Input("%s: %w", r.golden.Path, err))
	}
	r.golden.Want = want
}

func decodeFile(f txtar.File, about []string) (tree.File, error) {
	file := tree.File{Path: f.Name, Mode: tree.ModeFile, Data: f.Data}
	has := func(word string) bool { return slices.Contains(about, word) }
	var err error
	if has(wordExec) {
		file.Mode = tree.ModeExec
	}
	if has(wordBase64) {
		file.Data, err = base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(f.Data)), ""))
		return file, err
	}
	if has(wordQuoted) {
		file.Data, err = txtar.Unquote(f.Data)
	}
	if has(wordUnended) {
		file.Data = bytes.TrimSuffix(file.Data, []byte("\n"))
	}
	if has(wordCRLF) {
		file.Data = bytes.ReplaceAll(file.Data, []byte("\n"), []byte("\r\n"))
	}
	return file, err
}

// format returns the case with files for its tree.
func (g Golden) format(files tree.Tree) []byte {
	a := &txtar.Archive{}
	about := make(map[string][]string)
	for f := range files.All() {
		data, words := encodeFile(f.Data)
		if f.Mode&0o100 != 0 {
			words = append(words, wordExec)
		}
		for _, word := range words {
			about[word] = append(about[word], f.Path)
		}
		a.Files = append(a.Files, txtar.File{Name: f.Path, Data: data})
	}
	lines := slices.Clone(g.lines)
	for len(lines) > 1 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	for _, word := range fileWords {
		for _, name := range about[word] {
			lines = append(lines, word+": "+name)
		}
	}
	a.Comment = []byte(strings.Join(lines, "\n") + "\n" + g.yaml)
	return txtar.Format(a)
}

// encodeFile returns data as an archive can have it, and the words that say how. Few
// files need any.
func encodeFile(data []byte) (encoded []byte, words []string) {
	text := data
	if crlf := bytes.Count(data, []byte("\r\n")); crlf > 0 && crlf == bytes.Count(data, []byte("\n")) && crlf == bytes.Count(data, []byte("\r")) {
		text, words = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")), append(words, wordCRLF)
	}
	if len(text) > 0 && text[len(text)-1] != '\n' {
		text, words = append(slices.Clone(text), '\n'), append(words, wordUnended)
	}
	if txtar.NeedsQuote(text) {
		if quoted, err := txtar.Quote(text); err == nil {
			text, words = quoted, append(words, wordQuoted)
		}
	}
	file, err := decodeFile(txtar.File{Data: text}, words)
	if err == nil && bytes.Equal(file.Data, data) && utf8.Valid(data) && !merge.Binary(data) && !bytes.ContainsRune(text, '\r') {
		return text, words
	}
	return wrapBase64(data), []string{wordBase64}
}

func wrapBase64(data []byte) []byte {
	var out []byte
	for text := base64.StdEncoding.EncodeToString(data); text != ""; {
		n := min(76, len(text))
		out = append(append(out, text[:n]...), '\n')
		text = text[n:]
	}
	return out
}

// Limits of a case: the bytes of its file, and how many files it has in it.
const (
	maxGolden  = 64 << 20
	maxProject = 20_000
)

// readGolden reads the file of a case.
func readGolden(fsys fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("is %s", tree.Kind(info.Mode()))
	case info.Size() > maxGolden:
		return nil, fmt.Errorf("has %d bytes, more than %d", info.Size(), maxGolden)
	}
	return fs.ReadFile(fsys, name)
}
