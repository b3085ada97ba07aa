package merge

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"scaffold/generator/keys"
)

// BenchmarkLines merges real-looking triples and reports the median and the
// 99th percentile of one merge. Targets: 0.15 ms and 3 ms.
func BenchmarkLines(b *testing.B) {
	all := triples(b, 1000)
	benchmark(b, all, func(x triple) { Lines(x.base, x.ours, x.theirs, Labels{}) })
}

// BenchmarkMerge adds the gate to BenchmarkLines: at most a tenth to the median.
func BenchmarkMerge(b *testing.B) {
	all := triples(b, 1000)
	benchmark(b, all, func(x triple) { Merge("x.go", x.base, x.ours, x.theirs, Options{}) })
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

func benchmark(b *testing.B, all []triple, merge func(triple)) {
	took := make([]time.Duration, 0, b.N)
	size, i := 0, 0
	b.ReportAllocs()
	for b.Loop() {
		x := all[i%len(all)]
		i++
		start := time.Now()
		merge(x)
		took = append(took, time.Since(start))
		size += len(x.base) + len(x.ours) + len(x.theirs)
	}
	slices.Sort(took)
	b.ReportMetric(1e3*took[len(took)/2].Seconds(), "p50-ms")
	b.ReportMetric(1e3*took[len(took)*99/100].Seconds(), "p99-ms")
	b.ReportMetric(float64(size)/1e6/b.Elapsed().Seconds(), "MB/s")
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
