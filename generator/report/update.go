package report

import (
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"scaffold/generator/answer"
	"scaffold/generator/pack"
	"scaffold/generator/plan"
)

// A note is about something that is no file: an answer, or a version of the pack.
type note struct{ word, name, text string }

// Update writes the versions, what is to be said of them and of the answers, and
// the plan of an update.
func Update(w io.Writer, run Run, p plan.Plan, s Style) {
	fmt.Fprintln(w, s.paint("1", Title(*run.From, Version{run.Pack, run.Version})))
	notes := slices.Concat(noteNews(run.News), noteChanges(run.Changed))
	width := make(map[string]int)
	for _, n := range notes {
		width[n.word] = max(width[n.word], len(n.name))
	}
	for _, n := range notes {
		for line := range strings.Lines(n.text) {
			s.writeStatus(w, n.word, "36", width[n.word], n.name, strings.TrimSuffix(line, "\n"))
			n.word, n.name = "", strings.Repeat(" ", len(n.name))
		}
	}
	writeSteps(w, p, s)
	if run.Dry {
		fmt.Fprintln(w, countChanges(p)) // there are no conflicts to resolve yet
		return
	}
	fmt.Fprintln(w, Summary(p))
}

func noteNews(news []pack.Note) []note {
	var notes []note
	for _, n := range news {
		notes = append(notes, note{word: "new in", name: n.Version, text: n.Text})
	}
	return notes
}

func noteChanges(changed []answer.Change) []note {
	var notes []note
	for _, a := range changed {
		n := note{word: "answer", name: a.Name}
		was, is := answer.Format(a.Old), answer.Format(a.New)
		switch {
		case a.Lapsed != "":
			n.text = shorten(was) + ", " + a.Lapsed
		case !a.Is:
			n.text = "dropped: it is asked no more"
		case a.Was && was == is:
			n.text = shorten(is)
		case a.Was:
			n.text = shorten(was) + " → " + shorten(is)
		case a.Default:
			n.text = shorten(is) + ", by default"
		default:
			n.text = shorten(is)
		}
		if a.Renamed != "" {
			n.text += " (was called " + a.Renamed + ")"
		}
		notes = append(notes, n)
	}
	return notes
}

func shorten(value string) string {
	line, _, more := strings.Cut(value, "\n")
	if runes := []rune(line); len(runes) > 40 {
		line, more = string(runes[:40]), true
	}
	switch {
	case more:
		return line + "…"
	case line == "":
		return `""`
	}
	return line
}

// Title says from which version to which: web 1.0.0 → 1.1.0.
func Title(from, to Version) string {
	title := from.Pack + " " + from.Version
	switch {
	case from.Pack != to.Pack:
		title += " → " + to.Pack + " " + to.Version
	case from != to:
		title += " → " + to.Version
	}
	return title
}

// Open lists conflicts that are still to be resolved, a line each.
func Open(w io.Writer, conflicts []plan.ConflictRecord, s Style) {
	width := 0
	for _, c := range conflicts {
		width = max(width, columns(c.Path))
	}
	for _, c := range conflicts {
		s.writeStatus(w, string(plan.Conflict), colors[plan.Conflict], width, c.Path, OpenWhy(c))
	}
	fmt.Fprintf(w, "%s of the last run: %s\n", count(len(conflicts), "conflict"), advice(conflicts))
}

// OpenWhy says what shows that a conflict is not resolved.
func OpenWhy(c plan.ConflictRecord) string {
	switch {
	case plan.IsBeside(c.To):
		return c.To + " stands beside it until you remove it"
	case c.To != c.Path:
		return "moved by you to " + c.To + ", which still has the lines that mark it"
	}
	return "still has the lines that mark it"
}

// A StatusLine is how a file stands to the template: Word is one of words.
type StatusLine struct {
	Path, Word, Why string
	Kept            bool // because scaffold.yaml says so, which is listed whatever the word
}

// words are the standings of files, in the order of a summary.
var words = []struct{ word, say, color string }{
	{generated, "as generated", "2"},
	{"yours", "yours", "36"},
	{"deleted", "deleted", "31"},
	{"absent", "not checked out", "33"},
	{"conflict", "in conflict", "33;1"},
}

const generated = "generated"

// Status writes how the files of a project stand to its template, and how many of
// each there are. It lists all, or what is not as generated.
func Status(w io.Writer, v Version, files []StatusLine, all bool, s Style) {
	fmt.Fprintln(w, s.paint("1", Title(v, v)))
	writeFiles(w, files, all, s)
	counts := make(map[string]int)
	for _, f := range files {
		counts[f.Word]++
	}
	var summary []string
	for _, w := range words {
		if counts[w.word] > 0 {
			summary = append(summary, fmt.Sprintf("%d %s", counts[w.word], w.say))
		}
	}
	fmt.Fprintln(w, strings.Join(summary, ", "))
}

func writeFiles(w io.Writer, files []StatusLine, all bool, s Style) {
	color := make(map[string]string)
	for _, w := range words {
		color[w.word] = w.color
	}
	listed := foldFolders(files)
	if !all {
		listed = slices.DeleteFunc(listed, func(f StatusLine) bool { return f.Word == generated && !f.Kept })
	}
	width := 0
	for _, f := range listed {
		width = max(width, columns(f.Path))
	}
	for _, f := range listed {
		s.writeStatus(w, fmt.Sprintf("%-9s", f.Word), color[f.Word], width, f.Path, f.Why)
	}
}

// A Standing is what status says of a project beside its files.
type Standing struct {
	Target   string   `json:"target" says:"the project's folder"`
	Pack     string   `json:"pack" says:"the pack's name"`
	Version  string   `json:"version" says:"the version that the last run wrote"`
	Newest   string   `json:"newest,omitempty" says:"the version of the pack that is here, or was fetched once, if it is newer"`
	Declined string   `json:"declined,omitempty" says:"the newest of these, if scaffold.yaml declines it"`
	Asked    string   `json:"asked,omitempty" says:"the version that scaffold.yaml asks for, if it is another"`
	Source   string   `json:"source,omitempty" says:"the pack that scaffold.yaml names, if the last run used another"`
	Edited   []string `json:"edited,omitempty" says:"answers of scaffold.yaml that are not applied yet"`
	Refused  string   `json:"refused,omitempty" says:"why regenerate would refuse them"`
	Exit     int      `json:"exit" says:"the exit status: 3 if a file is in conflict"`
}

type jsonStatus struct {
	head
	Standing
	Counts map[string]int `json:"counts" says:"how many files stand how"`
	Files  []jsonStanding `json:"files" says:"each file that is not as generated or is kept, sorted by path; with --all every file"`
	Open   []jsonOpen     `json:"open,omitempty" says:"conflicts that are not resolved"`
}

type jsonStanding struct {
	Path     string `json:"path" says:"the file"`
	Standing string `json:"standing" one:"generated,yours,deleted,absent,conflict" says:"how it stands to what the template wrote"`
	Why      string `json:"why,omitempty" says:"what more is to be said of that"`
	Kept     bool   `json:"kept,omitempty" says:"whether scaffold.yaml keeps it as it is"`
}

// StatusJSON writes how a project stands as one document.
func StatusJSON(w io.Writer, s Standing, files []StatusLine, open []plan.ConflictRecord, all bool) error {
	d := jsonStatus{headOf("status"), s, map[string]int{}, []jsonStanding{}, openOf(open)}
	for _, f := range files {
		d.Counts[f.Word]++
		if all || f.Word != generated || f.Kept {
			d.Files = append(d.Files, jsonStanding{f.Path, f.Word, f.Why, f.Kept})
		}
	}
	return writeJSON(w, d)
}

// foldFolders puts a folder in the place of its files where nothing more is to be
// said of any than that it is as generated.
func foldFolders(files []StatusLine) []StatusLine {
	plain := func(f StatusLine) bool { return f.Word == generated && f.Why == "" }
	counts, mixed := make(map[string]int), make(map[string]bool)
	for _, f := range files {
		for dir := path.Dir(f.Path); dir != "."; dir = path.Dir(dir) {
			counts[dir]++
			mixed[dir] = mixed[dir] || !plain(f)
		}
	}
	var folded []StatusLine
	for _, f := range files {
		top := ""
		for dir := path.Dir(f.Path); dir != "."; dir = path.Dir(dir) {
			if !mixed[dir] && counts[dir] > 1 {
				top = dir
			}
		}
		if top != "" {
			f = StatusLine{Path: top + "/", Word: generated, Why: count(counts[top], "file")}
		}
		if len(folded) == 0 || folded[len(folded)-1] != f {
			folded = append(folded, f)
		}
	}
	return folded
}
