package resolve

import (
	"fmt"
	"strings"
	"testing"

	"scaffold/generator/plan"
	"scaffold/generator/tree"
)

// session has one file in conflict, with these bytes.
func session(t *testing.T, data string) *Session {
	t.Helper()
	text, err := Parse([]byte(data), labels, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &Session{Root: "/p", Files: []*File{{
		Path: "a.txt", Kind: plan.Content, Sides: []Side{Mine, Template, Both, Other}, Hunks: text.Hunks, Answers: make([]Answer, len(text.Hunks)),
		text: text, labels: labels, yours: &tree.File{Path: "a.txt", Data: []byte(data)},
	}}}
}

const twoHunks = "a\r\n<<<<<<< yours\r\nm\r\n||||||| base\r\n=======\r\nt\r\n>>>>>>> tiny 1.1.0\r\n<<<<<<< yours\r\nM\r\n||||||| base\r\n=======\r\nT\r\n>>>>>>> tiny 1.1.0\r\n"

// Lines of a text end as the file's do, and what is not said stays open. Only the sum,
// and of a hunk its number and the answer, have to come back.
func TestReadDocument(t *testing.T) {
	s := session(t, twoHunks)
	f := s.Files[0]
	err := s.ReadDocument(strings.NewReader(fmt.Sprintf(
		`{"schema": 1, "project": "/p", "files": [{"path": "a.txt", "sum": %q, "hunks": [{"id": 2, "answer": {"text": ["x", "", "y"]}}, {"id": 1, "answer": null}]}]}`, f.Sum())))
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(twoHunks, twoHunks[strings.LastIndex(twoHunks, "<<<<<<<"):], "x\r\n\r\ny\r\n", 1)
	if got := string(f.text.Resolve(f.Answers)); got != want || f.open() != 1 || f.resolved() {
		t.Errorf("got %q, %d open", got, f.open())
	}
}

// The document that is written is read back, without an answer.
func TestDocumentReturns(t *testing.T) {
	s := session(t, strings.Replace(twoHunks, "M", "\u202eM\t\"\xff\x1b[1m", 1))
	var text strings.Builder
	if err := s.WriteDocument(&text); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(text.String(), "\x1b\u202e") {
		t.Errorf("a terminal obeys %q", text.String())
	}
	if err := s.ReadDocument(strings.NewReader(text.String())); err != nil || s.Decided() {
		t.Errorf("decided %v, %v", s.Decided(), err)
	}
	latin1 := strings.NewReplacer(`"answer": null`, `"answer": {"text": []}`).Replace(text.String())
	if err := s.ReadDocument(strings.NewReader(latin1)); err == nil || !strings.Contains(err.Error(), "a.txt: hunk 1: it is no UTF-8, which a text in JSON cannot say") {
		t.Errorf("text for what is no UTF-8: %v", err)
	}
	both := strings.NewReplacer(`"answer": null`, `"answer": "both"`).Replace(text.String())
	if err := s.ReadDocument(strings.NewReader(both)); err != nil || s.Files[0].open() != 0 {
		t.Errorf("%d open: %v", s.Files[0].open(), err)
	}
}

func TestReadDocumentRefuses(t *testing.T) {
	sum := session(t, twoHunks).Files[0].Sum()
	hunks := func(list string) string {
		return fmt.Sprintf(`{"schema": 1, "project": "/p", "files": [{"path": "a.txt", "sum": %q, "hunks": [%s]}]}`, sum, list)
	}
	for _, test := range []struct{ text, want string }{
		{``, "read the answers: there are none"},
		{"{", "read the answers: unexpected EOF"},
		{hunks("") + "{}", "read the answers: something follows the document"},
		{`{"schema": 2}`, "read the answers: they have schema 2, and this scaffold reads 1"},
		{`{"schema": 1, "project": "/q"}`, `the answers are for the project "/q", and this is "/p"`},
		{`{"schema": 1, "anwser": "mine"}`, `read the answers: json: unknown field "anwser"`},
		{hunks(`{"id": 1, "answer": "left"}`), `read the answers: an answer is null, "mine", "template", "both" or {"text": ["a line"]}, and not "left"`},
		{hunks(`{"id": 1, "answer": "text"}`), `read the answers: an answer is null, "mine", "template", "both" or {"text": ["a line"]}, and not "text"`},
		{hunks(`{"id": 1, "answer": {"text": null}}`), `read the answers: an answer is null, "mine", "template", "both" or {"text": ["a line"]}, and not {"text": null}`},
		{hunks(`{"id": 1, "answer": "mine", "answer": null}`), `read the answers: the key "answer" stands twice in an object`},
		{hunks(`{"id": 1, "answer": {"text": ["a"], "text": []}}`), `read the answers: the key "text" stands twice in an object`},
		{strings.Replace(hunks(`{"id": 1, "answer": "mine"}`), "]}]}", `]}], "files": []}`, 1), `read the answers: the key "files" stands twice in an object`},
		{hunks(`{"id": 1, "answer": "mine", "Answer": "template"}`), `read the answers: the key "Answer" is not in lower case`},
		{hunks(`{"id": 0}, {"id": 3}`), "a.txt: there is no hunk 0, but 2\na.txt: there is no hunk 3, but 2"},
		{hunks(`{"id": 1}, {"id": 1}`), "a.txt: hunk 1 stands twice in the answers"},
		{hunks(`{"id": 1, "mine": []}`), `a.txt: hunk 1: "mine" is not what it was`},
		{hunks(`{"id": 1, "answer": {"text": ["a\nb"]}}`), `a.txt: hunk 1: "a\nb" is more than one line: every line is a string of its own`},
		{hunks(`{"id": 1, "answer": {"text": ["||||||| base "]}}`), "a.txt: hunk 1: the text has a line that marks a conflict"},
		{`{"schema": 1, "project": "/p", "files": [{"path": "a.txt"}, {"path": "a.txt"}, {"path": "b"}]}`,
			"a.txt: changed since it was listed\na.txt stands twice in the answers\nb: no conflict is open there"},
	} {
		if err := session(t, twoHunks).ReadDocument(strings.NewReader(test.text)); err == nil || err.Error() != test.want {
			t.Errorf("%s:\ngot  %v\nwant %s", test.text, err, test.want)
		}
	}
}
