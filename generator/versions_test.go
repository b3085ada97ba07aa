package generator_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scaffold/generator"
	"scaffold/generator/answer"
	"scaffold/generator/plan"
)

// TestSteps takes projects over three versions of a pack, once by each and once
// from the first to the last, and wants the same files. What the template and the
// owner do to a file is drawn, apart from each other, so that nothing conflicts.
func TestSteps(t *testing.T) {
	seeds := uint64(1)
	if inCI {
		seeds = 6
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(2006, seed))
			dir := t.TempDir()
			versions := drawVersions(folder{t, dir}, r)
			step := folder{t, filepath.Join(dir, "step")}
			newFrom(t, versions[0], step.dir)
			editAsOwner(step, r)
			direct := folder{t, filepath.Join(dir, "direct")}
			check(t, os.CopyFS(direct.dir, os.DirFS(step.dir)))
			updateTo(t, step, versions[1])
			updateTo(t, step, versions[2])
			updateTo(t, direct, versions[2])
			if diff := cmp.Diff(step.files(), direct.files()); diff != "" {
				t.Errorf("step by step and at once differ (-steps +once):\n%s", diff)
			}
		})
	}
}

func updateTo(t *testing.T, project folder, pack string) {
	t.Helper()
	u, err := generator.PlanUpdate(t.Context(), builtin, project.dir, generator.UpdateOptions{Pack: pack}, answer.Asker{})
	check(t, err)
	for _, s := range u.Plan.Steps {
		if s.Verb == plan.Conflict {
			t.Fatalf("%s: a conflict, and nothing was edited on both sides: %s", s.Path, s.Why)
		}
	}
	check(t, u.Apply(t.Context(), "scaffold regenerate"))
}

const drawn = 60 // files of a pack

// drawVersions writes three versions of a pack. In each of the later ones a file
// may be edited, renamed, dropped or new; once dropped, a path does not come back.
func drawVersions(dir folder, r *rand.Rand) (packs []string) {
	type file struct {
		path   string
		number int
		lines  []string
	}
	var files []file
	add := func(path string, number int) {
		f := file{path: path, number: number}
		for line := range 30 {
			f.lines = append(f.lines, fmt.Sprintf("%s has the line %d\n", path, line))
		}
		files = append(files, f)
	}
	for i := range drawn {
		add(fmt.Sprintf("dir%d/file%d.txt", i%7, i), i)
	}
	moved := ""
	for v := 1; v <= 3; v++ {
		var kept []file
		for _, f := range files {
			draw := r.IntN(10)
			switch {
			case v == 1:
			case draw < 4: // each version has lines of its own, some of them twice
				f.lines[r.IntN(5)+5*(v-2)] += fmt.Sprintf("%s in version %d\n", f.path, v)
			case draw == 4 && f.number%3 == 0:
				to := fmt.Sprintf("moved%d/%s", v, filepath.Base(f.path))
				moved += fmt.Sprintf("  - {from: %s, to: %s, since: %d.0.0}\n", f.path, to, v)
				f.path = to
			case draw == 5 && f.number%3 == 1:
				continue
			}
			kept = append(kept, f)
		}
		files = kept
		if v > 1 {
			add(fmt.Sprintf("new/in%d.txt", v), drawn+v)
		}
		pack := folder{dir.TB, filepath.Join(dir.dir, fmt.Sprintf("v%d", v))}
		manifest := fmt.Sprintf("schema: 1\nname: steps\nversion: %d.0.0\ndescription: Files to edit\n", v)
		manifest += "questions:\n  - {name: name, type: string, format: name, help: The name}\n"
		if moved != "" {
			manifest += "moved:\n" + moved
		}
		pack.write("pack.yaml", manifest)
		for _, f := range files {
			pack.write("files/"+f.path, strings.Join(f.lines, ""))
		}
		packs = append(packs, pack.dir)
	}
	return packs
}

// editAsOwner edits and deletes files, moves some that the template leaves where
// they are, and adds others. The end of a file is the owner's alone.
func editAsOwner(project folder, r *rand.Rand) {
	for i := range drawn {
		path := fmt.Sprintf("dir%d/file%d.txt", i%7, i)
		switch draw := r.IntN(10); {
		case draw < 4 && i%3 != 1: // because what is edited stays as it was when the template drops it
			project.write(path, strings.Replace(project.read(path), "the line 25\n", "the line 25, edited by its owner\n", 1))
		case draw == 4:
			check(project, os.Remove(project.at(path)))
		case draw == 5 && i%3 == 2:
			project.write(fmt.Sprintf("mine/%d/file%d.txt", i, i), project.read(path)+"and more\n")
			check(project, os.Remove(project.at(path)))
		case draw == 6:
			project.write(fmt.Sprintf("own%d.txt", i), "mine\n")
		}
	}
}
