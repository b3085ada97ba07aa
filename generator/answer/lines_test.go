package answer

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"scaffold/generator/pack"
)

// ask asks web's questions called names, one after the other.
func ask(ctx context.Context, in io.Reader, names ...string) (answers []string, talk string, err error) {
	var out strings.Builder
	asker := LineAsker(ctx, in, &out)
	for _, name := range names {
		q, _ := web.Question(name)
		text, err := asker.Ask(q, func(text string) error {
			_, err := Value{Text: text}.value(q)
			return err
		})
		if err != nil {
			return answers, out.String(), err
		}
		answers = append(answers, text)
	}
	return answers, out.String(), nil
}

func TestLines(t *testing.T) {
	tests := []struct{ name, in, questions, answers, talk string }{
		{"an answer a line", "hello\nfunc\n", "name style", "hello|func",
			"The name: How (func, struct) [func]: "},
		{"spaces around it do not count", "  hello \t\r\n", "name", "hello", "The name: "},
		{"asked until it fits", "a/b\n-x\nhello\n", "name", "hello",
			"The name: \"a/b\" has a path separator: the folder is the argument of new, the name its last element\n" +
				"The name: \"-x\" starts with -: commands would take it for a flag\nThe name: "},
		{"nothing is an answer too, and may not fit", "\nhello\n", "name", "hello",
			"The name: is empty: a project needs a name\nThe name: "},
		{"choices and switches say what they take", "c,a\nyes\n", "parts systemd", "c,a|yes",
			"Which (any of a,b,c) [a]: Whether (yes or no) [no]: "},
		{"nothing is the default where there is one", "\n\n\n", "style parts systemd", "func|a|false",
			"How (func, struct) [func]: Which (any of a,b,c) [a]: Whether (yes or no) [no]: "},
	}
	for _, tt := range tests {
		for kind, in := range map[string]io.Reader{"": strings.NewReader(tt.in), "byte by byte": iotest.OneByteReader(strings.NewReader(tt.in))} {
			answers, talk, err := ask(t.Context(), in, strings.Fields(tt.questions)...)
			if got := strings.Join(answers, "|"); err != nil || got != tt.answers || talk != tt.talk {
				t.Errorf("%s %s:\ngot  %q, %v\nsaid %q\nwant %q\n     %q", tt.name, kind, got, err, talk, tt.answers, tt.talk)
			}
		}
	}
}

// What choices mean is said before the question, once; that none is an answer, in
// it. What would do instead of an answer is said, too.
func TestLinesSayMore(t *testing.T) {
	var out strings.Builder
	asker := LineAsker(t.Context(), strings.NewReader("d\n\nMy App\nmy-app\n"), &out)
	p := pack.Pack{Questions: []pack.Question{
		{Name: "parts", Type: pack.Choices, Choices: []string{"fast", "b", "c"}, Labels: map[string]string{"c": "The third", "fast": "Fast, and more"}, Empty: true, Help: "Which"},
		{Name: "name", Type: pack.String, Format: "name", Help: "The name"},
	}}
	answers, err := Resolve(p, nil, eval, asker)
	const want = "  fast  Fast, and more\n  c     The third\n" +
		"Which (any of fast,b,c, or none): \"d\" is none of fast, b, c: did you mean \"b\"?\nWhich (any of fast,b,c, or none): " +
		"The name: \"My App\": want letters (a-z, A-Z), digits, dot, - and _, and no dot first\nmy-app would do\nThe name: "
	if got := out.String(); err != nil || got != want || shown(answers) != "parts= name=my-app" {
		t.Errorf("got %s, %v\nsaid %q\nwant %q", shown(answers), err, got, want)
	}
}

// The end of the input is no answer: not an empty one, not yes, not what stands
// there so far.
func TestLinesEnd(t *testing.T) {
	for _, in := range []io.Reader{
		strings.NewReader(""),
		strings.NewReader("hel"),
		strings.NewReader("a/b\n"),
		iotest.ErrReader(errors.New("broken")),
	} {
		answers, talk, err := ask(t.Context(), in, "name")
		if !errors.Is(err, ErrEnd) || answers != nil || !strings.HasSuffix(talk, "\n") {
			t.Errorf("got %q, %v after %q; want ErrEnd and a finished line", answers, err, talk)
		}
	}
}

// A person who gives up is not waited for, though the terminal still is read.
func TestLinesCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		in, typed := io.Pipe()
		defer typed.Close()
		time.AfterFunc(time.Second, cancel)
		answers, talk, err := ask(ctx, in, "name")
		if !errors.Is(err, context.Canceled) || answers != nil || talk != "The name: \n" {
			t.Errorf("got %q, %v after %q", answers, err, talk)
		}
	})
}

// Resolve passes on what ended the asking as it is, not as somebody's mistake.
func TestResolveEnd(t *testing.T) {
	_, err := Resolve(web, nil, eval, LineAsker(t.Context(), strings.NewReader(""), io.Discard))
	if !errors.Is(err, ErrEnd) {
		t.Errorf("got %v", err)
	}
	got, err := Resolve(web, []Layer{flags("style=struct")}, eval, LineAsker(t.Context(), strings.NewReader("x\n\n"), io.Discard))
	if want := "name=x ?module=example.com/x style=struct ?parts=a ?body_limit=10 ?systemd=false -user= title="; err != nil || shown(got) != want {
		t.Errorf("got %s, %v", shown(got), err)
	}
}
