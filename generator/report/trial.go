package report

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"scaffold/generator/trial"
)

// Trial writes what a pack would do to projects: how many, and then each cause.
func Trial(w io.Writer, r trial.Result, s Style) {
	writeLine(w, "%s %s on %s%s", r.Pack, r.Version, count(r.Projects, "project"), listCounts(", at ", r.From))
	writeLine(w, "%s", s.paint("1", trialSummary(r)))
	if len(r.Conflicts) > 0 {
		writeLine(w, "\nconflicts:")
	}
	for _, p := range r.Conflicts {
		writePlace(w, p, s)
	}
	writeGroups(w, "would not build", r.Breaks, "31", s)
	writeGroups(w, "do not build now, and would not", r.Before, "33", s)
	writeGroups(w, "could not be tried", r.Failures, "31", s)
	writeGroups(w, "not taken", r.Untaken, "33", s)
	if len(r.Settled) > 0 {
		writeLine(w, "\nsettled by structure: %s", listCounts("", r.Settled))
	}
}

// trialSummary says in a sentence what comes of all projects.
func trialSummary(r trial.Result) string {
	text := fmt.Sprintf("%s: %d clean", count(r.Projects, "project"), r.Clean)
	for _, part := range []struct {
		n    int
		what string
	}{
		{r.Conflicted, "in conflict at " + count(len(r.Conflicts), "place")},
		{r.Failed, "could not be tried"},
		{r.Broken, "would not build"},
		{r.Declined, "not wanting this version"},
	} {
		if part.n > 0 {
			text += fmt.Sprintf(", %d %s", part.n, part.what)
		}
	}
	return text
}

// listCounts lists counts, as in "1.1.0 (12), 1.0.0 (3)".
func listCounts(before string, counts []trial.Count) string {
	var words []string
	for _, c := range counts {
		words = append(words, fmt.Sprintf("%s (%d)", c.Name, c.N))
	}
	if len(words) == 0 {
		return ""
	}
	return before + strings.Join(words, ", ")
}

func writePlace(w io.Writer, p trial.Place, s Style) {
	writeLine(w, "  %s  %s", s.paint("31", count(len(p.Projects), "project")), describePlace(p))
	writeLine(w, "    %s: %s", nameFew(p.Projects), cmp.Or(p.Why, string(p.Kind)))
	if p.Line == 0 {
		return
	}
	writeLine(w, "    what %s has, and the template:", p.Projects[0])
	const most = 12 // because the rest is in the project
	for _, side := range []struct {
		sign, code string
		lines      []string
	}{{"-", "31", p.Sample.Ours}, {"+", "32", p.Sample.Theirs}} {
		for _, line := range side.lines[:min(len(side.lines), most)] {
			writeLine(w, "      %s", s.paint(side.code, side.sign+OneLine(line)))
		}
		if more := len(side.lines) - most; more > 0 {
			writeLine(w, "      %s and %s more", side.sign, count(more, "line"))
		}
	}
}

// describePlace says where in a pack a place is, and what is there.
func describePlace(p trial.Place) string {
	at := p.Template
	switch {
	case p.Line == 0:
	case p.Last <= p.Line:
		at = fmt.Sprintf("%s:%d", at, p.Line)
	default:
		at = fmt.Sprintf("%s:%d-%d", at, p.Line, p.Last)
	}
	if p.Entry != "" {
		at += ": " + p.Entry
	}
	return OneLine(at)
}

func writeGroups(w io.Writer, title string, groups []trial.Group, code string, s Style) {
	if len(groups) > 0 {
		writeLine(w, "\n%s:", title)
	}
	for _, g := range groups {
		writeLine(w, "  %s  %s", s.paint(code, count(len(g.Projects), "project")), OneLine(g.What))
		writeLine(w, "    %s", nameFew(g.Projects))
	}
}

type jsonTrial struct {
	head
	Pack     string `json:"pack" says:"the pack's name"`
	Version  string `json:"version" says:"the version that was tried"`
	Projects int    `json:"projects" says:"how many projects it was tried on: the sum of the next five"`

	Clean      int `json:"clean" says:"how many would be brought to it with nothing left to do"`
	Conflicted int `json:"conflicted" says:"how many would be in conflict"`
	Failed     int `json:"failed" says:"how many could not be tried"`
	Broken     int `json:"broken" says:"with --build: how many of the others build, and would not"`
	Declined   int `json:"declined" says:"how many decline the version"`

	From      []jsonCount `json:"from" says:"the versions that the projects are at"`
	Conflicts []jsonPlace `json:"conflicts" says:"each place of a template where projects would be in conflict, the most first"`
	Breaks    []jsonGroup `json:"breaks" says:"with --build: the first error of those that would not build, without what tells projects apart"`
	Before    []jsonGroup `json:"before" says:"with --build: the same of those that do not build as they are; they count as clean"`
	Failures  []jsonGroup `json:"failures" says:"why projects could not be tried"`
	Untaken   []jsonGroup `json:"untaken" says:"what projects would not get, and why"`
	Settled   []jsonCount `json:"settled" says:"how many conflicts of lines were decided by what they say, by the step that did"`
	Notes     []string    `json:"notes,omitempty" says:"what of the version might surprise"`
	Exit      int         `json:"exit" says:"the exit status"`
}

type jsonCount struct {
	Name  string `json:"name" says:"what is counted"`
	Count int    `json:"count" says:"how often it is there"`
}

type jsonGroup struct {
	What     string   `json:"what" says:"what it is"`
	Projects []string `json:"projects" says:"the projects, as they were named"`
}

type jsonPlace struct {
	Template string   `json:"template" says:"the file, as a path in the pack"`
	Line     int      `json:"line,omitempty" says:"the first of its lines, from 1; not there for all of a file"`
	Last     int      `json:"last,omitempty" says:"the last of them; before it where the template took lines out"`
	Entry    string   `json:"entry,omitempty" says:"what they belong to, such as a function or a target"`
	Kind     string   `json:"conflict" says:"what kind of conflict it is"`
	Why      string   `json:"why,omitempty" says:"more of that"`
	Path     string   `json:"path" says:"the file in the first project"`
	Projects []string `json:"projects" says:"the projects, as they were named"`
	Base     []string `json:"base" says:"the lines of the first project's conflict as the template wrote them last"`
	Ours     []string `json:"ours" says:"as they are in the project"`
	Theirs   []string `json:"theirs" says:"as the template writes them now"`
}

// TrialJSON writes what a pack would do to projects as one document.
func TrialJSON(w io.Writer, r trial.Result, exit int) error {
	d := jsonTrial{
		head: headOf("pack-try"), Pack: r.Pack, Version: r.Version, Projects: r.Projects,
		Clean: r.Clean, Conflicted: r.Conflicted, Failed: r.Failed, Broken: r.Broken, Declined: r.Declined,
		From: countsOf(r.From), Conflicts: []jsonPlace{}, Breaks: groupsOf(r.Breaks), Before: groupsOf(r.Before),
		Failures: groupsOf(r.Failures), Untaken: groupsOf(r.Untaken), Settled: countsOf(r.Settled), Notes: r.Notes, Exit: exit,
	}
	for _, p := range r.Conflicts {
		d.Conflicts = append(d.Conflicts, jsonPlace{
			Template: p.Template, Line: p.Line, Last: p.Last, Entry: p.Entry, Kind: string(p.Kind), Why: p.Why, Path: p.Path, Projects: p.Projects,
			Base: notNil(p.Sample.Base), Ours: notNil(p.Sample.Ours), Theirs: notNil(p.Sample.Theirs),
		})
	}
	return writeJSON(w, d)
}

func countsOf(counts []trial.Count) []jsonCount {
	list := []jsonCount{}
	for _, c := range counts {
		list = append(list, jsonCount{c.Name, c.N})
	}
	return list
}

func groupsOf(groups []trial.Group) []jsonGroup {
	list := []jsonGroup{}
	for _, g := range groups {
		list = append(list, jsonGroup(g))
	}
	return list
}
