package generator_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"scaffold/generator"
	"scaffold/generator/answer"
	"scaffold/generator/index"
	"scaffold/generator/tree"
)

// indexed returns a project of so many files that it has an index, and the packs
// that come next, which the test only reads.
func indexed(t *testing.T) pair {
	dir := filepath.Join(shared, "large")
	if _, err := os.Stat(dir); err != nil {
		writeLarge(t, dir)
	}
	return indexedBy(t, dir)
}

// indexedBy does so with packs that stand in a folder.
func indexedBy(t *testing.T, dir string) pair {
	at := func(name string) folder { return folder{t, filepath.Join(dir, name)} }
	project := folder{t, filepath.Join(t.TempDir(), "hello")}
	newFrom(t, at("v1").dir, project.dir)
	return pair{nil, [2]folder{at("v2"), at("v3")}, project}
}

// writeLarge writes the packs, three versions of one.
func writeLarge(t *testing.T, dir string) {
	for version := range 3 {
		pack := folder{t, filepath.Join(dir, fmt.Sprintf("v%d", version+1))}
		pack.write("pack.yaml", fmt.Sprintf("schema: 1\nname: large\nversion: %d.0.0\ndescription: Many files\nquestions:\n  - {name: name, type: string, format: name, help: The name}\n", version+1))
		for i := range index.Least + 20 {
			last := ""
			if i%20 == version {
				last = "the template's line\n"
			}
			pack.write(indexedFile(i), fmt.Sprintf("first line of %03d\nin the middle\n%s", i, last))
		}
	}
}

func indexedFile(i int) string { return fmt.Sprintf("files/part%d/file%03d.txt", i%3, i) }

// verdict is all that a plan would change.
func verdict(t *testing.T, project folder, pack string) string {
	t.Helper()
	u := planUpdate(t, project, pack)
	var b strings.Builder
	for _, s := range u.Plan.Steps {
		fmt.Fprintf(&b, "%s %s %s", s.Verb, s.Path, s.Why)
		if s.Ours != nil {
			fmt.Fprintf(&b, " ours %q", s.Ours.Data)
		}
		if s.After != nil {
			fmt.Fprintf(&b, " after %q", s.After.Data)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func planUpdate(t *testing.T, project folder, pack string) generator.Update {
	t.Helper()
	u, err := generator.PlanUpdate(t.Context(), builtin, project.dir, generator.UpdateOptions{Pack: pack}, answer.Asker{})
	check(t, err)
	return u
}

// edits change a file in ways that hide it: size and time of modification stay.
var edits = map[string]func(f folder, path string, was os.FileInfo){
	"written in place, time set back": func(f folder, path string, was os.FileInfo) {
		swapLetters(f, path)
		check(f, os.Chtimes(f.at(path), time.Time{}, was.ModTime()))
	},
	"replaced by a copy that keeps the time": func(f folder, path string, was os.FileInfo) {
		text := f.read(path)
		check(f, os.Remove(f.at(path)))
		f.write(path, strings.Replace(text, "middle", "center", 1))
		check(f, os.Chtimes(f.at(path), time.Time{}, was.ModTime()))
	},
	"renamed over": func(f folder, path string, was os.FileInfo) {
		f.write(path+".new", strings.Replace(f.read(path), "middle", "center", 1))
		check(f, os.Chtimes(f.at(path+".new"), time.Time{}, was.ModTime()))
		check(f, os.Rename(f.at(path+".new"), f.at(path)))
	},
	"written twice in a row": func(f folder, path string, was os.FileInfo) {
		text := f.read(path)
		f.write(path, strings.ToUpper(text))
		f.write(path, strings.Replace(text, "middle", "center", 1))
	},
	"written and put back": func(f folder, path string, was os.FileInfo) {
		text := f.read(path)
		f.write(path, "")
		f.write(path, text)
	},
	"only touched": func(f folder, path string, was os.FileInfo) {
		check(f, os.Chtimes(f.at(path), time.Now(), time.Now()))
	},
	"deleted": func(f folder, path string, was os.FileInfo) { check(f, os.Remove(f.at(path))) },
}

func swapLetters(f folder, path string) {
	file, err := os.OpenFile(f.at(path), os.O_RDWR, 0)
	check(f, err)
	_, err = file.WriteAt([]byte("F"), 0)
	check(f, err)
	check(f, file.Close())
}

// A new project has an index that knows its files, and the same is planned with it.
func TestIndexOfNewProject(t *testing.T) {
	if runtime.GOOS != "linux" && runtime.GOOS != "darwin" {
		t.Skip("there is no index")
	}
	p := indexed(t)
	info, err := os.Stat(p.project.at(index.File))
	check(t, err)
	x := index.Decode([]byte(p.project.read(index.File)), info.ModTime())
	for i := range index.Least + 20 {
		path := strings.TrimPrefix(indexedFile(i), "files/")
		file, err := os.Lstat(p.project.at(path))
		check(t, err)
		sum, ok := x.Sum(path, index.StatOf(file))
		if want := (tree.File{Data: []byte(p.project.read(path))}).Sum(); ok && sum != want {
			t.Errorf("%s has the sum %s, and the index says %s", path, want, sum)
		}
		// Folders are made lasting after the files, and that may take no time.
		if older := info.ModTime().Sub(file.ModTime()); !ok && older > time.Second {
			t.Errorf("%s is older than the index by %v, which does not know it", path, older)
		}
	}
	if x == nil {
		t.Error("there is no index")
	}
	swapLetters(p.project, strings.TrimPrefix(indexedFile(7), "files/"))
	with := verdict(t, p.project, p.packs[0].dir)
	check(t, os.Remove(p.project.at(index.File)))
	if without := verdict(t, p.project, p.packs[0].dir); with != without {
		t.Errorf("with the index\n%s\nwithout\n%s", with, without)
	}
}

// A plan is the same with an index and without, whatever was edited, and however.
func TestIndexHidesNothing(t *testing.T) {
	if runtime.GOOS != "linux" && runtime.GOOS != "darwin" {
		t.Skip("there is no index")
	}
	p := indexed(t)
	time.Sleep(50 * time.Millisecond) // or all is too new to be remembered
	u := planUpdate(t, p.project, p.packs[0].dir)
	check(t, u.Apply(t.Context(), "scaffold regenerate"))
	if p.project.read(index.File) == "" {
		t.Fatal("there is no index")
	}
	random := rand.New(rand.NewPCG(1, 2))
	rounds := 2
	if inCI {
		rounds = 20
	}
	for round := range rounds {
		for name, edit := range edits {
			path := strings.TrimPrefix(indexedFile(random.IntN(index.Least+20)), "files/")
			was, err := os.Lstat(p.project.at(path))
			if os.IsNotExist(err) {
				continue
			}
			check(t, err)
			edit(p.project, path, was)
			with := verdict(t, p.project, p.packs[1].dir)
			away := p.project.at(index.File) + ".away"
			check(t, os.Rename(p.project.at(index.File), away))
			without := verdict(t, p.project, p.packs[1].dir)
			check(t, os.Rename(away, p.project.at(index.File)))
			if with != without {
				t.Fatalf("round %d, %s %s: with the index\n%s\nwithout\n%s", round, path, name, with, without)
			}
		}
	}
}

// A pack in a folder, which the index knows, is no less read where somebody edits it,
// however.
func TestIndexHidesNoEditOfAPack(t *testing.T) {
	if runtime.GOOS != "linux" && runtime.GOOS != "darwin" {
		t.Skip("there is no index")
	}
	dir := t.TempDir()
	writeLarge(t, dir)
	p := indexedBy(t, dir)
	pack := p.packs[0]
	time.Sleep(50 * time.Millisecond) // or all is too new to be remembered
	u := planUpdate(t, p.project, pack.dir)
	check(t, u.Apply(t.Context(), "scaffold regenerate"))
	info, err := os.Stat(p.project.at(index.File))
	check(t, err)
	x := index.Decode([]byte(p.project.read(index.File)), info.ModTime())
	i := 0
	for name, edit := range edits {
		i++
		path := indexedFile(i)
		was, err := os.Lstat(pack.at(path))
		check(t, err)
		if sum, ok := x.Sum(pack.at(path), index.StatOf(was)); !ok || sum != (tree.File{Data: []byte(pack.read(path))}).Sum() {
			t.Errorf("the index has not %s", path)
		}
		edit(pack, path, was)
		with := verdict(t, p.project, pack.dir)
		away := p.project.at(index.File) + ".away"
		check(t, os.Rename(p.project.at(index.File), away))
		without := verdict(t, p.project, pack.dir)
		check(t, os.Rename(away, p.project.at(index.File)))
		if with != without {
			t.Fatalf("%s %s: with the index\n%s\nwithout\n%s", path, name, with, without)
		}
	}
}

// What is edited while a run is at work is no less seen by the next.
func TestIndexAfterEdits(t *testing.T) {
	p := indexed(t)
	path := strings.TrimPrefix(indexedFile(7), "files/")
	for i, pack := range p.packs {
		u := planUpdate(t, p.project, pack.dir)
		edited := strings.Replace(p.project.read(path), []string{"middle", "center"}[i], []string{"center", "heart."}[i], 1)
		p.project.write(path, edited) // which the plan keeps, so that nobody looks at it
		check(t, u.Apply(t.Context(), "scaffold regenerate"))
		for _, s := range planUpdate(t, p.project, p.packs[1].dir).Plan.Steps {
			if s.Path == path && string(s.Ours.Data) != edited {
				t.Errorf("run %d: %s is %q to the next plan, and it was edited to %q", i, path, s.Ours.Data, edited)
			}
		}
	}
}
