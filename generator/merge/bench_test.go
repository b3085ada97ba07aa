package merge

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"scaffold/generator/keys"
	"scaffold/generator/merge/replaytest"
)

// BenchmarkLines merges real-looking triples and reports the median and the
// 99th percentile of one merge. Targets: 0.15 ms and 3 ms.
func BenchmarkLines(b *testing.B) {
	all := triples(b, 1000)
	benchmark(b, all, func(x triple) { Lines(x.base, x.ours, x.theirs, Labels{}) })
}

// BenchmarkMerge adds the gate to BenchmarkLines, where lines merge clean: at most a
// tenth to the median.
func BenchmarkMerge(b *testing.B) {
	all := slices.DeleteFunc(triples(b, 1000), func(x triple) bool { return !Lines(x.base, x.ours, x.theirs, Labels{}).Clean() })
	b.Run("lines", func(b *testing.B) {
		benchmark(b, all, func(x triple) { Lines(x.base, x.ours, x.theirs, Labels{}) })
	})
	b.Run("gated", func(b *testing.B) {
		benchmark(b, all, func(x triple) { Merge("x.go", x.base, x.ours, x.theirs, Options{}) })
	})
}

// BenchmarkKeys does both with files that are read on every merge: workflows and
// settings with edits at two places.
func BenchmarkKeys(b *testing.B) {
	var all []triple
	eachKeyedFile(b, 1, func(path string, data []byte) {
		if len(all) < 300 && keys.Language(path) == "yaml" && len(data) > 1000 && len(data) < 10_000 {
			r := rand.New(rand.NewPCG(14, uint64(len(all))))
			all = append(all, editApart(r, parse(data)))
		}
	})
	b.Run("lines", func(b *testing.B) {
		benchmark(b, all, func(x triple) { Lines(x.base, x.ours, x.theirs, Labels{}) })
	})
	b.Run("gated", func(b *testing.B) {
		benchmark(b, all, func(x triple) { Merge("x.yaml", x.base, x.ours, x.theirs, Options{}) })
	})
}

// BenchmarkSettle merges what lines leave in conflict: the squares of the replay, and
// files as large as people have them. Targets: 30 ms at the 99th percentile.
func BenchmarkSettle(b *testing.B) {
	squares, err := replaytest.Load(os.DirFS("replaytest/testdata"))
	if err != nil {
		b.Fatal(err)
	}
	var all []named
	for _, s := range squares {
		x := named{s.File, triple{[]byte(s.Base), []byte(s.Ours), []byte(s.Theirs)}}
		if !Lines(x.base, x.ours, x.theirs, Labels{}).Clean() {
			all = append(all, x)
		}
	}
	b.Run("replay", func(b *testing.B) { benchmark(b, all, named.merge) })
	for _, x := range largeFiles() {
		b.Run(x.name, func(b *testing.B) {
			if Lines(x.base, x.ours, x.theirs, Labels{}).Clean() {
				b.Fatal("there is nothing to settle")
			}
			benchmark(b, []named{x}, named.merge)
		})
	}
}

// A named triple has a file name, by which it is read.
type named struct {
	name string
	triple
}

func (x named) merge() { Merge(x.name, x.base, x.ours, x.theirs, Options{}) }

func benchmark[T interface{ size() int }](b *testing.B, all []T, merge func(T)) {
	took := make([]time.Duration, 0, b.N)
	size, i := 0, 0
	b.ReportAllocs()
	for b.Loop() {
		x := all[i%len(all)]
		i++
		start := time.Now()
		merge(x)
		took = append(took, time.Since(start))
		size += x.size()
	}
	slices.Sort(took)
	b.ReportMetric(1e3*took[len(took)/2].Seconds(), "p50-ms")
	b.ReportMetric(1e3*took[len(took)*99/100].Seconds(), "p99-ms")
	b.ReportMetric(1e3*took[len(took)-1].Seconds(), "max-ms")
	b.ReportMetric(float64(size)/1e6/b.Elapsed().Seconds(), "MB/s")
}

func (x triple) size() int { return len(x.base) + len(x.ours) + len(x.theirs) }

// largeFiles are large files of which both sides changed every 20th of so many entries,
// in ways that lines leave in conflict.
func largeFiles() []named {
	large := func(name, head, tail string, n int, entry func(i int) string) named {
		side := func(who string) []byte {
			var out strings.Builder
			out.WriteString(head)
			for i := range n {
				text := entry(i)
				if i%(n/20) == 3 {
					text = strings.Replace(text, "1.2.0", "1.3."+fmt.Sprint(len(who)), 1)
					if who != "" {
						text += strings.ReplaceAll(entry(i), fmt.Sprint(i), fmt.Sprint(i)+who)
					}
				}
				out.WriteString(text)
			}
			return []byte(out.String() + tail)
		}
		return named{name, triple{side(""), side("ours"), side("theirs")}}
	}
	return []named{
		large("workflow.yml", "on: push\njobs:\n", "", 140, func(i int) string {
			return fmt.Sprintf("  job%d:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v1.2.0\n      - name: test %d\n        run: |\n          make test%d\n", i, i, i)
		}),
		large("values.yaml", "", "", 2000, func(i int) string { return fmt.Sprintf("key%d: v1.2.0\n", i) }),
		large("package.json", "{\n  \"dependencies\": {\n", "    \"zzz\": \"1\"\n  }\n}\n", 300, func(i int) string { return fmt.Sprintf("    \"name%d\": \"^1.2.0\",\n", i) }),
		large("pyproject.toml", "[project]\nname = \"x\"\n", "", 125, func(i int) string {
			return fmt.Sprintf("\n[tool.name%d]\nneeds = \"==1.2.0\"\nline-length = %d\n", i, i)
		}),
		large("x.go", "package x\n", "", 500, func(i int) string {
			return fmt.Sprintf("\nfunc name%d() string {\n\treturn \"1.2.0\"\n}\n", i)
		}),
		large("README.md", "# Title\n", "", 400, func(i int) string {
			return fmt.Sprintf("\n## Section %d\n\nIt needs 1.2.0 of something.\n\n", i)
		}),
	}
}

// A bait is a merge that costs a naive diff quadratic time.
type bait struct {
	name string
	triple
}

func baits() []bait {
	equal := bytes.Repeat([]byte("}\n"), 10_000)
	every := func(n int, line string) []byte {
		var out []byte
		for i := range 10_000 {
			if i%n == 0 {
				out = append(out, line...)
			}
			out = append(out, "}\n"...)
		}
		return out
	}
	distinct := func(seed, mul int) []byte {
		var out []byte
		for i := range 100_000 {
			out = fmt.Appendf(out, "line %d\n", seed+i*mul%100_000)
		}
		return out
	}
	large := func(change int) []byte {
		var out []byte
		for i := range 200_000 {
			switch {
			case i%1000 == change:
				out = fmt.Appendf(out, "changed by %d\n", change)
			case i%5 == 0:
				out = append(out, "}\n"...)
			default:
				out = fmt.Appendf(out, "line %d\n", i)
			}
		}
		return out
	}
	long := func(c byte) []byte { return bytes.Repeat([]byte{c}, 10<<20) }
	return []bait{
		{"equal", triple{equal, every(3, "ours\n"), every(7, "theirs\n")}},
		{"halved", triple{equal, equal[:len(equal)/2], every(7, "theirs\n")}},
		{"distinct", triple{distinct(0, 1), distinct(100_000, 1), distinct(200_000, 1)}},
		{"shuffled", triple{distinct(0, 1), distinct(0, 7919), distinct(0, 104_729)}},
		{"twoLines", triple{abba(1), abba(2), abba(3)}},
		{"large", triple{large(-1), large(300), large(700)}},
		{"oneLine", triple{long('b'), long('o'), long('b')}},
	}
}

// abba is 20,000 lines of two kinds, in an order that depends on seed.
func abba(seed uint32) []byte {
	var out []byte
	for range 20_000 {
		seed = seed*1664525 + 1013904223
		out = append(out, "ab"[seed>>31], '\n')
	}
	return out
}

func BenchmarkBait(b *testing.B) {
	for _, x := range baits() {
		b.Run(x.name, func(b *testing.B) {
			var r Result
			for b.Loop() {
				r = Lines(x.base, x.ours, x.theirs, Labels{})
			}
			b.ReportMetric(float64(len(r.Conflicts)), "conflicts")
			if r.Note != "" {
				b.ReportMetric(1, "capped")
			}
		})
	}
}
