package answer

import (
	"fmt"
	"strings"
	"testing"

	"scaffold/generator/problem"
)

func TestParseFile(t *testing.T) {
	layer, _, err := ParseFile("f", []byte("name: x\nparts: [c, a]\nbody_limit: 7\nsystemd: true\nuser: me\n"), web)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Resolve(web, []Layer{layer}, eval, Asker{})
	if want := "name=x ?module=example.com/x ?style=func parts=a,c body_limit=7 systemd=true user=me -title="; err != nil || shown(got) != want {
		t.Errorf("got  %s, %v\nwant %s", shown(got), err, want)
	}
	if where := layer[1].Where; where != "f:2:8" {
		t.Errorf("parts stand at %s", where)
	}
}

func TestParseFileRefuses(t *testing.T) {
	for source, want := range map[string]string{
		"":                        "f: is empty",
		"- name":                  "f:1:1: want a mapping (key: value), not a list",
		"name: 1.10":              `f:1:7: want a string, not the number 1.10: write "1.10"`,
		"name: no":                `f:1:7: want a string, and no is a boolean to some readers: write "no"`,
		"systemd: yes":            "f:1:10: want true or false, not a string",
		"body_limit: '7'":         "f:1:13: want a whole number, not a string",
		"parts: a,b":              "f:1:8: want a list: write [a, b]",
		"parts:":                  "f:1:8: want a list, not nothing",
		"parts: 1":                "f:1:8: want a list, not the number 1",
		"parts: [1]":              `f:1:9: want a string, not the number 1: write "1"`,
		"name: x\nname: y":        `f:2:1: mapping key "name" already defined at [1:1]`,
		"name: x\n---\nname: y":   "f:3:1: a second document starts here: only one is read",
		"<<<<<<< HEAD\nname: x":   "f:1:1: has git's conflict markers: decide for one side and remove the marker lines",
		"name: &a x\nmodule: *a":  "f:1:7: want a string, not an anchor (&name): write the value out\nf:2:9: want a string, not an alias (*name): write the value out",
		"systemd: 1\nparts: {}":   "f:1:10: want true or false, not the number 1\nf:2:8: want a list, not a mapping",
		"name: [x, [y, {z: [1]}]": "f:1:7: sequence end token ']' not found",
	} {
		_, _, err := ParseFile("f", []byte(source), web)
		var lines []string
		for line := range strings.SplitSeq(fmt.Sprint(err), "\n") {
			if !strings.HasPrefix(line, " ") {
				lines = append(lines, line)
			}
		}
		if got := strings.Join(lines, "\n"); got != want || !problem.IsInput(err) {
			t.Errorf("%q:\ngot  %s (input error: %v)\nwant %s", source, got, problem.IsInput(err), want)
		}
	}
}

// A list of one needs no brackets.
func TestListOfOne(t *testing.T) {
	layer, _, err := ParseFile("f", []byte("name: x\nparts: c\n"), web)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Resolve(web, []Layer{layer}, eval, Asker{})
	if parts, _ := got.Find("parts"); err != nil || Format(parts.Value) != "c" {
		t.Errorf("got %v, %v", parts.Value, err)
	}
}

// Names that no question has stay, for Resolve to report with their place.
func TestParseFileUnknown(t *testing.T) {
	layer, _, err := ParseFile("f", []byte("name: x\nstlye: {any: [thing]}\n"), web)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Resolve(web, []Layer{layer}, eval, Asker{})
	if got, want := fmt.Sprint(err), `: pack web asks no question "stlye": did you mean "style"?`; !strings.HasPrefix(got, "f:2:") || !strings.HasSuffix(got, want) {
		t.Errorf("got %s\nwant f:2:COLUMN%s", got, want)
	}
}

func TestParseDefaults(t *testing.T) {
	for _, tt := range []struct{ source, want string }{
		{"", "[]"},
		{"# all of it\n\n  # is off\n", "[]"},
		{"style: struct\ncolour: {of: another}\n", "[style=struct]"},
		{"systemd: '{{ true }}'\nbody_limit: 20\n", "[systemd~{{ true }} body_limit=20]"},
		{"parts: [a, b]\n", "[parts=a,b]"},
		{"systemd: maybe\n", "mine.yaml:1:10: want true or false, not a string"},
		{"- style\n", "mine.yaml:1:1: want a mapping (key: value), not a list"},
	} {
		layer, err := ParseDefaults("mine.yaml", []byte(tt.source), web)
		words := []string{}
		for _, v := range layer {
			if v.Typed == nil {
				words = append(words, v.Name+"~"+v.Text)
				continue
			}
			words = append(words, v.Name+"="+Format(v.Typed))
		}
		got := fmt.Sprint(words)
		if err != nil {
			got, _, _ = strings.Cut(err.Error(), "\n")
		}
		if got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.source, got, tt.want)
		}
	}
}
