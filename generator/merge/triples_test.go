package merge

import (
	"fmt"
	"go/build"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// A triple is one file and two edited versions of it.
type triple struct{ base, ours, theirs []byte }

// triples makes n triples out of Go's own sources, the same ones every time:
// functions inserted, removed, moved, repeated and edited, names changed.
func triples(tb testing.TB, n int) []triple {
	tb.Helper()
	files, err := sources()
	if err != nil {
		tb.Fatal(err)
	}
	all := make([]triple, n)
	for i := range all {
		r := rand.New(rand.NewPCG(20061122, uint64(i)))
		base, donor := files[r.IntN(len(files))], files[r.IntN(len(files))]
		ours, theirs := slices.Clone(base), slices.Clone(base)
		if r.IntN(4) == 0 { // both did the same, to begin with
			ours = mutate(r, ours, donor)
			theirs = slices.Clone(ours)
		}
		for range 1 + r.IntN(4) {
			ours = mutate(r, ours, donor)
		}
		for range 1 + r.IntN(4) {
			theirs = mutate(r, theirs, donor)
		}
		all[i] = triple{join(base), join(ours), join(theirs)}
	}
	return all
}

// repetitive makes n triples of a few kinds of lines, each so frequent that none
// holds a diff in place: what is left is to choose one of many shortest edits.
func repetitive(n int) []triple {
	all := make([]triple, n)
	for i := range all {
		r := rand.New(rand.NewPCG(14, uint64(i)))
		kinds := 2 + r.IntN(5)
		line := func() string { return fmt.Sprintf("line %d\n", r.IntN(kinds)) }
		var base chunk
		for range 200 + r.IntN(1000) {
			base = append(base, line())
		}
		edit := func() []byte {
			lines := slices.Clone(base)
			for range 1 + r.IntN(40) {
				at := r.IntN(len(lines))
				switch r.IntN(3) {
				case 0:
					lines = slices.Insert(lines, at, line())
				case 1:
					lines = slices.Delete(lines, at, at+1)
				case 2:
					lines[at] = line()
				}
			}
			return join([]chunk{lines})
		}
		all[i] = triple{join([]chunk{base}), edit(), edit()}
	}
	return all
}

// sources are Go files of the sizes found in projects.
var sources = sync.OnceValues(func() ([][]chunk, error) {
	var files [][]chunk
	for _, dir := range []string{"net", "encoding", "go", "text", "os", "database", "log", "html", "mime"} {
		err := filepath.WalkDir(filepath.Join(build.Default.GOROOT, "src", dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
				return err
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			if c := chunks(string(data)); len(data) < 40<<10 && len(c) > 5 {
				files = append(files, c)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	if len(files) < 100 {
		return nil, fmt.Errorf("only %d Go files under %s", len(files), build.Default.GOROOT)
	}
	return files, nil
})

// A chunk is the lines of one top-level declaration, with its comment.
type chunk []string

func chunks(source string) []chunk {
	var all []chunk
	lines := strings.SplitAfter(strings.TrimSuffix(source, "\n"), "\n")
	lines[len(lines)-1] += "\n"
	for i, l := range lines {
		if i == 0 || lines[i-1] == "\n" && strings.IndexAny(l, " \t\n})") != 0 {
			all = append(all, nil)
		}
		all[len(all)-1] = append(all[len(all)-1], l)
	}
	return all
}

func join(all []chunk) []byte {
	var b []byte
	for _, c := range all {
		for _, l := range c {
			b = append(b, l...)
		}
	}
	return b
}

// mutate edits a file as people do. Most edits are inside a declaration.
func mutate(r *rand.Rand, file, donor []chunk) []chunk {
	at := pick(r, file)
	switch r.IntN(20) {
	case 0, 1:
		return slices.Insert(slices.Clone(file), at, donor[pick(r, donor)])
	case 2:
		return slices.Delete(slices.Clone(file), at, at+1)
	case 3: // copied and altered
		c := file[at]
		for range 3 {
			c = editLines(r, c, donor)
		}
		return slices.Insert(slices.Clone(file), at+1, c)
	case 4: // moved
		c := file[at]
		file = slices.Delete(slices.Clone(file), at, at+1)
		return slices.Insert(file, 1+r.IntN(len(file)), c)
	case 5:
		return rename(r, file)
	}
	file = slices.Clone(file)
	for range 1 + r.IntN(3) {
		file[at] = editLines(r, file[at], donor)
	}
	return file
}

// pick chooses a declaration: anything but the head of the file.
func pick(r *rand.Rand, file []chunk) int { return 1 + r.IntN(len(file)-1) }

var (
	word     = regexp.MustCompile(`[A-Za-z_]\w{2,}`)
	snippets = []chunk{
		{"\tif err != nil {\n", "\t\treturn err\n", "\t}\n"},
		{"\tif err != nil {\n", "\t\treturn nil, err\n", "\t}\n"},
		{"\tdefer mu.Unlock()\n"},
		{"\t// TODO: look at this again.\n"},
		{"\n"},
		{"\tfor _, v := range list {\n", "\t\tuse(v)\n", "\t}\n"},
	}
)

func editLines(r *rand.Rand, c chunk, donor []chunk) chunk {
	c = slices.Clone(c)
	at := r.IntN(len(c))
	end := min(len(c), at+1+r.IntN(4))
	switch r.IntN(8) {
	case 0:
		return slices.Insert(c, at, snippets[r.IntN(len(snippets))]...)
	case 1:
		from := donor[pick(r, donor)]
		i := r.IntN(len(from))
		return slices.Insert(c, at, from[i:min(len(from), i+1+r.IntN(6))]...)
	case 2:
		if len(c) > end-at {
			return slices.Delete(c, at, end)
		}
	case 3: // put into a block
		for i := at; i < end; i++ {
			c[i] = "\t" + c[i]
		}
		return slices.Concat(c[:at], chunk{"\tif ok {\n"}, c[at:end], chunk{"\t}\n"}, c[end:])
	}
	c[at] = word.ReplaceAllString(c[at], fmt.Sprintf("${0}%d", r.IntN(3)))
	return c
}

func rename(r *rand.Rand, file []chunk) []chunk {
	c := file[r.IntN(len(file))]
	words := word.FindAllString(c[r.IntN(len(c))], -1)
	if len(words) == 0 {
		return file
	}
	old := words[r.IntN(len(words))]
	all := make([]chunk, len(file))
	for i, c := range file {
		for _, l := range c {
			all[i] = append(all[i], strings.ReplaceAll(l, old, old+"New"))
		}
	}
	return all
}
