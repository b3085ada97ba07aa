package generator_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"scaffold/generator"
	"scaffold/generator/answer"
	"scaffold/generator/merge"
	"scaffold/generator/merge/replaytest"
	"scaffold/generator/report"
)

var update = flag.Bool("update", false, "record the reports of the replay anew")

// TestReplay updates projects of which every file has a history: the owner edited
// some of them as the replay of package merge tells. It wants the files that are
// right, and every word of the report.
func TestReplay(t *testing.T) {
	squares, err := replaytest.Load(os.DirFS("merge/replaytest/testdata"))
	check(t, err)
	dir := t.TempDir()
	writeHistories(t, dir, squares)
	stories, err := filepath.Glob("testdata/replay/*.txtar")
	check(t, err)
	if len(stories) == 0 {
		t.Fatal("there are no stories")
	}
	for _, name := range stories {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			tellReplay(t, dir, name, squares)
		})
	}
}

// writeHistories writes a pack for each version, of all files that have a history.
func writeHistories(t *testing.T, dir string, squares []replaytest.Square) {
	t.Helper()
	for _, version := range []string{"1", "2", "3"} {
		pack := folder{t, filepath.Join(dir, version)}
		pack.write("pack.yaml", "schema: 1\nname: replay\nversion: "+version+".0.0\ndescription: Files that have a history\nquestions:\n  - {name: name, type: string, format: name, help: The name}\n")
	}
	written := make(map[string]bool) // many squares have the same two files
	for _, s := range squares {
		from, to, _ := strings.Cut(s.Pair, "-")
		for version, text := range map[string]string{from: s.Base, to: s.Theirs} {
			if file := version + "/files/" + s.File; !written[file] {
				folder{t, dir}.write(file, text)
				written[file] = true
			}
		}
	}
}

// tellReplay updates one project. Its story names the versions and the edits.
func tellReplay(t *testing.T, dir, name string, squares []replaytest.Square) {
	story, err := txtar.ParseFile(name)
	check(t, err)
	if len(story.Files) != 2 || story.Files[1].Name != "report" {
		t.Fatal("a story is edits, and a report")
	}
	from, to, _ := strings.Cut(story.Files[0].Name, "-")
	project := folder{t, filepath.Join(t.TempDir(), "project")}
	newFrom(t, filepath.Join(dir, from), project.dir)
	edited := findEdits(t, story, squares)
	for _, s := range edited {
		project.write(s.File, s.Ours)
	}
	u, err := generator.PlanUpdate(t.Context(), builtin, project.dir, generator.UpdateOptions{Pack: filepath.Join(dir, to)}, answer.Asker{})
	check(t, err)
	check(t, u.Apply(t.Context(), "scaffold regenerate"))
	for _, s := range edited {
		got := project.read(s.File)
		if merge.CountConflicts([]byte(got)) == 0 && !s.Wanted(s.Judge(true, got, got)) {
			t.Errorf("%s: want %s, got\n%s", s, s.Want, got)
		}
	}
	var out strings.Builder
	report.Update(&out, report.Run{From: &report.Version{Pack: u.FromPack, Version: u.FromVersion}, Pack: u.Pack, Version: u.Version}, u.Plan, report.Style{})
	if *update {
		story.Files[1].Data = []byte(out.String())
		check(t, os.WriteFile(name, txtar.Format(story), 0o644))
	} else if want := string(story.Files[1].Data); out.String() != want {
		t.Errorf("the report is\n%s\nwant\n%s", out.String(), want)
	}
}

// findEdits returns the squares that a story names, a line each without the versions.
func findEdits(t *testing.T, story *txtar.Archive, squares []replaytest.Square) []replaytest.Square {
	t.Helper()
	byName := make(map[string]replaytest.Square)
	for _, s := range squares {
		byName[s.String()] = s
	}
	var found []replaytest.Square
	for name := range strings.Lines(string(story.Files[0].Data)) {
		s, ok := byName[strings.TrimSuffix(name, "\n")+" "+story.Files[0].Name]
		if !ok {
			t.Fatalf("there is no edit %q from %s", name, story.Files[0].Name)
		}
		found = append(found, s)
	}
	return found
}
