package generator_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"scaffold/generator"
	"scaffold/generator/answer"
)

func load(b *testing.B) *generator.Generator {
	g, err := generator.Load(b.Context(), builtin, "web")
	if err != nil {
		b.Fatal(err)
	}
	return g
}

func planNew(b *testing.B, g *generator.Generator, target string) generator.New {
	n, err := g.PlanNew(b.Context(), target, []answer.Layer{{{Name: "name", Text: "hello"}, {Name: "transport", Text: "fcgi"}}}, answer.Asker{})
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// BenchmarkLoad reads, validates and parses the web pack.
func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		load(b)
	}
}

// BenchmarkPlan answers, renders and plans: all of new but the disk.
func BenchmarkPlan(b *testing.B) {
	g, target := load(b), filepath.Join(b.TempDir(), "hello")
	for b.Loop() {
		planNew(b, g, target)
	}
}

// BenchmarkNew does all of it, fsync included.
func BenchmarkNew(b *testing.B) {
	dir, i := b.TempDir(), 0
	for b.Loop() {
		i++
		n := planNew(b, load(b), filepath.Join(dir, fmt.Sprint(i)))
		if err := n.Apply(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRegenerate brings the web project up to date with a pack of which one
// file changed, fsync included.
func BenchmarkRegenerate(b *testing.B) {
	p := newPair(b)
	for _, pack := range p.packs {
		check(b, os.CopyFS(pack.dir, os.DirFS("../templates/web")))
	}
	check(b, os.CopyFS(filepath.Join(filepath.Dir(p.packs[0].dir), "shared"), os.DirFS("../templates/shared")))
	const changed = "files/deploy/app.service.tmpl"
	p.packs[1].write(changed, p.packs[1].read(changed)+"# one line more\n")
	newFrom(b, p.packs[0].dir, p.project.dir)
	for i := 1; b.Loop(); i++ {
		p.regenerate(p.packs[i%2].dir)
	}
}

// BenchmarkCheck finds the web project up to date.
func BenchmarkCheck(b *testing.B) {
	p := newPair(b)
	newFrom(b, "web", p.project.dir)
	for b.Loop() {
		if u := p.plan(""); !u.UpToDate() {
			b.Fatal("not up to date")
		}
	}
}

// BenchmarkRegenerate2000 does it with 2,000 files of 4 KB, of which the owner
// changed one in a hundred and the template others.
func BenchmarkRegenerate2000(b *testing.B) { benchmarkLarge(b, 2_000) }

// BenchmarkRegenerate10000 does it with five times as many.
func BenchmarkRegenerate10000(b *testing.B) { benchmarkLarge(b, 10_000) }

func benchmarkLarge(b *testing.B, files int) {
	p := newPair(b)
	name := func(i int) string { return fmt.Sprintf("part%03d/file%05d.txt", i/100, i) }
	for i := range files {
		text := strings.Repeat(fmt.Sprintf("line of the file %05d, with some text\n", i), 100)
		p.packs[0].write("files/"+name(i), text)
		if i%100 == 0 {
			text += "the template's\n"
		}
		p.packs[1].write("files/"+name(i), text)
	}
	for _, pack := range p.packs {
		pack.write("pack.yaml", "schema: 1\nname: large\nversion: 1.0.0\ndescription: Many files\nquestions:\n  - {name: name, type: string, format: name, help: The name}\n")
	}
	newFrom(b, p.packs[0].dir, p.project.dir)
	for i := 50; i < files; i += 100 {
		p.project.write(name(i), p.project.read(name(i))+"the owner's\n")
	}
	for i := 1; b.Loop(); i++ {
		p.regenerate(p.packs[i%2].dir)
	}
}

// A pair is two releases of a pack, and a project that goes from one to the
// other and back.
type pair struct {
	*testing.B
	packs   [2]folder
	project folder
}

func newPair(b *testing.B) pair {
	dir := b.TempDir()
	at := func(name string) folder { return folder{b, filepath.Join(dir, name)} }
	return pair{b, [2]folder{at("v1"), at("v2")}, at("hello")}
}

func (p pair) plan(pack string) generator.Update {
	u, err := generator.PlanUpdate(p.Context(), builtin, p.project.dir, generator.UpdateOptions{Pack: pack}, answer.Asker{})
	check(p, err)
	return u
}

func (p pair) regenerate(pack string) {
	u := p.plan(pack)
	if u.UpToDate() {
		p.Fatal("nothing to do")
	}
	check(p, u.Apply(p.Context(), "scaffold regenerate"))
}
