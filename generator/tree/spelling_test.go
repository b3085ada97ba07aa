package tree

import (
	"path"
	"slices"
	"strings"
	"testing"
)

const (
	composed   = "caf\u00e9"
	decomposed = "cafe\u0301"
)

func TestSpelling(t *testing.T) {
	disk := []string{
		decomposed + "/" + decomposed + ".txt",
		"both/" + composed, "both/" + decomposed,
		"exact/" + decomposed + "/a",
	}
	looked := 0
	at := Spelling{
		There: func(name string) bool {
			looked++
			return slices.ContainsFunc(disk, func(f string) bool { return f == name || strings.HasPrefix(f, name+"/") })
		},
		List: func(dir string) (names []string) {
			looked++
			for _, f := range disk {
				rest, ok := strings.CutPrefix(path.Join(".", "./"+f), strings.TrimPrefix(dir+"/", "./"))
				if ok {
					names = append(names, strings.Split(rest, "/")[0])
				}
			}
			return names
		},
	}
	for name, want := range map[string]string{
		composed:                           decomposed,
		composed + "/" + composed + ".txt": decomposed + "/" + decomposed + ".txt",
		composed + "/new.txt":              decomposed + "/new.txt",
		composed + "/n\u00e9w":             decomposed + "/n\u00e9w",
		composed + ".md":                   composed + ".md",
		"both/" + composed:                 "both/" + composed,
		"both/" + decomposed:               "both/" + decomposed,
		"exact/" + composed + "/a":         "exact/" + decomposed + "/a",
		"no/" + decomposed:                 "no/" + decomposed,
	} {
		if got := at.At(name); got != want {
			t.Errorf("%+q is at %+q, want %+q", name, got, want)
		}
	}
	if looked = 0; at.At("plain/ascii.txt") != "plain/ascii.txt" || looked > 0 {
		t.Errorf("looked %d times for a name that has one spelling", looked)
	}
}

func TestComposed(t *testing.T) {
	was, err := New(File{Path: decomposed + "/x", Origin: decomposed + ".tmpl"}, File{Path: "cafz"})
	if err != nil {
		t.Fatal(err)
	}
	now := was.Composed()
	f, ok := now.Find(composed + "/x")
	if !ok || f.Origin != composed+".tmpl" || now.Len() != 2 {
		t.Errorf("composed: %v", slices.Collect(now.All()))
	}
	if _, ok := was.Find(decomposed + "/x"); !ok {
		t.Error("the tree itself changed")
	}
}
