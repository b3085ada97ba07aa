package project

import (
	"fmt"
	"strings"
	"testing"

	"scaffold/generator/answer"
	"scaffold/generator/pack"
	"scaffold/generator/problem"
)

// answered is a state with these answers to questions of text.
func answered(t *testing.T, texts ...string) State {
	t.Helper()
	var p pack.Pack
	var layer answer.Layer
	for i, text := range texts {
		name := fmt.Sprintf("q%d", i)
		p.Questions = append(p.Questions, pack.Question{Name: name, Type: pack.Text})
		layer = append(layer, answer.Value{Name: name, Text: text})
	}
	answers, err := answer.Resolve(p, []answer.Layer{layer}, nil, answer.Asker{})
	if err != nil {
		t.Fatal(err)
	}
	s := state(t)
	s.Answers = answers
	return s
}

// Whatever an answer is made of, what is written of it can be read again.
func TestFilesAreReadAgain(t *testing.T) {
	if _, err := answered(t,
		strings.Repeat("[", 200), strings.Repeat("{a: ", 100), strings.Repeat("- ", 200)+"x", strings.Repeat("\n", 400), strings.Repeat("--- a\n", 100),
		"", " ", "\t", "'", `"`, `\`, "#", ": ", "null", "~", "0x1f", "1.10", "012", "no", "<<<<<<< HEAD\n", ">>>>>>> x", "%YAML 1.2\n---", "é\U0001f600\u0301", "&a *a !a", "a\n b\n\n c",
	).files(); err != nil {
		t.Error(err)
	}
}

// Answers that make a larger scaffold.yaml than is read are refused, and the
// longest is named: before anything is written.
func TestFilesThatCouldNotBeRead(t *testing.T) {
	var texts []string
	for range 20 {
		texts = append(texts, strings.Repeat("a", 15_000))
	}
	texts[7] += "a"
	_, err := answered(t, texts...).files()
	want := "the answers make a scaffold.yaml of 300275 bytes, and no more than 262144 can be read again"
	if fmt.Sprint(err) != want || !problem.IsInput(err) || fmt.Sprint(problem.Hints(err)) != "[shorten them; the longest is q7 with 15001 bytes]" {
		t.Errorf("got %v, %q\nwant %s", err, problem.Hints(err), want)
	}
}

// A state that says something else when it is read is not handed out.
func TestRereadComparesAll(t *testing.T) {
	s := answered(t, "one")
	base, err := s.encodeBase(Project{})
	if err != nil {
		t.Fatal(err)
	}
	config := s.config()
	if err := s.reread(config, base); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		config string
		base   []byte
		want   string
	}{
		"another answer":  {strings.Replace(string(config), "one", "two", 1), base, `scaffold.yaml: the answer to q0 is "two", not "one"`},
		"no answer":       {strings.Replace(string(config), "  q0: one\n", "", 1), base, `scaffold.yaml: the answer to q0 is "", not "one"`},
		"another version": {strings.Replace(string(config), "1.2.3", "1.2.4", 1), base, "it says something else"},
		"no YAML":         {string(config) + "]", base, "scaffold.yaml:"},
		"half a zip":      {string(config), base[:len(base)/2], "base.zip: is no zip file"},
	} {
		if err := s.reread([]byte(tt.config), tt.base); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %s", name, err, tt.want)
		}
	}
	other := answered(t, "one")
	other.Digest, other.Pack = s.Digest, "another"
	if err := other.reread(config, base); err == nil {
		t.Error("another pack's base is taken")
	}
}
