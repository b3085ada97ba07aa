package generator_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"scaffold/generator"
	"scaffold/generator/answer"
	"scaffold/templates"
)

func load(b *testing.B) *generator.Generator {
	g, err := generator.Load(templates.FS, "web")
	if err != nil {
		b.Fatal(err)
	}
	return g
}

func plan(b *testing.B, g *generator.Generator, target string) generator.New {
	n, err := g.PlanNew(target, []answer.Layer{{{Name: "name", Text: "hello"}, {Name: "transport", Text: "fcgi"}}}, answer.Asker{})
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
		plan(b, g, target)
	}
}

// BenchmarkNew does all of it, fsync included.
func BenchmarkNew(b *testing.B) {
	dir, i := b.TempDir(), 0
	for b.Loop() {
		i++
		if err := plan(b, load(b), filepath.Join(dir, fmt.Sprint(i))).Apply(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
