package form

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"text/template"

	tea "charm.land/bubbletea/v2"
	"charm.land/huh/v2"

	"scaffold/generator/answer"
	"scaffold/generator/pack"
	"scaffold/generator/problem"
)

// A packed is a Source of a pack, whose answers do not go together where the colour
// is red and the size is 5.
type packed struct{ pack.Pack }

func (p packed) Drafts(given answer.Layer) ([]answer.Draft, error) {
	return answer.Drafts(p.Pack, []answer.Layer{given}, func(text string, data map[string]any) (string, error) {
		t, err := template.New("").Parse(text)
		if err != nil {
			return "", err
		}
		var b strings.Builder
		err = t.Execute(&b, data)
		return b.String(), err
	})
}

func (p packed) Check(q pack.Question, text string) error {
	if text == "taken" {
		return problem.Input("taken is there already")
	}
	return nil
}

func (p packed) Preview(given answer.Layer) (Preview, error) {
	var words []string
	for _, v := range given {
		words = append(words, v.Name+"="+v.Text)
	}
	command := strings.Join(words, " ")
	if strings.Contains(command, "color=red size=5") {
		return Preview{}, problem.Input("red is not made in 5")
	}
	return Preview{Name: "it", Tree: func(int) string { return "it/\n" }, Command: command}, nil
}

var source = packed{pack.Pack{Questions: []pack.Question{
	{Name: "name", Type: pack.String, Format: "name", Help: "Name"},
	{Name: "title", Type: pack.Text, Help: "Title", Default: "About {{ .name }}"},
	{Name: "color", Type: pack.Choice, Help: "Colour", Choices: []string{"green", "red"}, Default: "green"},
	{Name: "size", Type: pack.Int, Help: "Size", Default: 3, When: `{{ eq .color "red" }}`},
	{Name: "parts", Type: pack.Choices, Help: "Parts", Choices: []string{"a", "b"}, Default: []string{"a"}},
	{Name: "path", Type: pack.String, Help: "Path", Default: "/{{ .name }}"},
	{Name: "quick", Type: pack.Bool, Help: "Quick", Default: true},
	{Name: "late", Type: pack.String, Help: "Late", Default: "no"},
	{Name: "needed", Type: pack.String, Format: "name", Help: "Needed"},
}}}

func TestSplit(t *testing.T) {
	first, more := Split(source.Questions)
	if got := fmt.Sprint(first, more); got != "[name color size parts path quick needed] [title late]" {
		t.Errorf("got %s", got)
	}
}

func TestLines(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"defaults are no answers", "x\n\n\n\n\ny\n\n\n", "name=x needed=y"},
		{"nor is what is typed as the default is", "x\ngreen\na\n/x\nyes\ny\nno\nyes\n", "name=x needed=y"},
		{"asked until it fits", "taken\n-x\nx\n\n\n\n\ny\n\n\n", "name=x needed=y"},
		{"a condition", "x\nred\n4\n\n\n\ny\n\n\n", "name=x color=red size=4 needed=y"},
		{"more", "x\n\n\n\n\ny\nyes\nA title\n\n\n", "name=x title=A title needed=y"},
		{"asked again", "x\nred\n5\n\n\n\ny\n\n" + "\n\n6\n\n\n\n\n\n\n", "name=x color=red size=6 needed=y"},
		{"what lapsed does not count", "x\nred\n5\n\n\n\ny\n\n" + "\ngreen\n\n\n\n\n\n\n", "name=x needed=y"},
		{"no", "x\n\n\n\n\ny\n\nno\n", context.Canceled.Error()},
		{"the end", "x\n\n", answer.ErrEnd.Error()},
	} {
		got := ""
		layer, err := Terminal{In: strings.NewReader(tt.in), Out: io.Discard, Lines: true}.Fill(t.Context(), source)
		if err != nil {
			got = err.Error()
		} else if p, err := source.Preview(layer); err != nil {
			got = err.Error()
		} else {
			got = p.Command
		}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

// An error while a name is typed stops the way forward and not the way back; Enter
// takes what would do.
func TestPage(t *testing.T) {
	p, s := openPage(t, "name")
	press(p, "My P")
	if err := p.Error(); err == nil || !strings.Contains(err.Error(), "my-p would do") {
		t.Errorf("typed: got %v", err)
	}
	p.Update(tea.KeyPressMsg{Code: tea.KeyTab, Mod: tea.ModShift})
	if err := p.Error(); err != nil {
		t.Errorf("back: got %v", err)
	}
	p.Update(tea.KeyPressMsg{Code: tea.KeyEnter})
	if err := p.Error(); err != nil || s.given["name"] != "my-p" {
		t.Errorf("enter: got %v, %v", err, s.given)
	}
	if got := answer.Format(s.find("path").Value); got != "/my-p" {
		t.Errorf("a default that follows from it is %q", got)
	}
}

// What is typed after Enter took what would do goes to its end, also where that is longer
// than what it replaced.
func TestPageCursor(t *testing.T) {
	p, s := openPage(t, "name")
	press(p, "großeß")
	p.Update(tea.KeyPressMsg{Code: tea.KeyEnter})
	press(p, "-x")
	if s.given["name"] != "grossess-x" {
		t.Errorf("got %v", s.given)
	}
}

// A list from which everything is taken away is refused, because the default in its place
// would be what nobody chose.
func TestPageEmptyList(t *testing.T) {
	p, s := openPage(t, "parts")
	press(p, "x")
	p.Update(tea.KeyPressMsg{Code: tea.KeyEnter})
	if err := p.Error(); err == nil || !strings.Contains(err.Error(), "nothing is chosen: want at least one of a, b") {
		t.Errorf("empty: got %v", err)
	}
	p.Update(tea.KeyPressMsg{Code: tea.KeyDown})
	press(p, "x")
	p.Update(tea.KeyPressMsg{Code: tea.KeyEnter})
	if err := p.Error(); err != nil || s.given["parts"] != "b" {
		t.Errorf("one: got %v, %v", err, s.given)
	}
}

// openPage returns the page of a question as it is when somebody comes to it.
func openPage(t *testing.T, name string) (*page, *state) {
	t.Helper()
	s := &state{source: source, given: make(map[string]string)}
	if err := s.look(); err != nil {
		t.Fatal(err)
	}
	s.sort()
	p := (&pageForm{state: s}).newPage(name)
	p.WithKeyMap(huh.NewDefaultKeyMap())
	p.Focus()
	return p, s
}

func press(p *page, text string) {
	for _, r := range text {
		p.Update(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
}

// A signal ends the form as it ends everything else.
func TestStopped(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	for _, lines := range []bool{false, true} {
		in, _ := io.Pipe()
		if _, err := (Terminal{In: in, Out: io.Discard, Lines: lines}).Fill(ctx, source); !errors.Is(err, context.Canceled) {
			t.Errorf("lines %v: got %v", lines, err)
		}
	}
}
