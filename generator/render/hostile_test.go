package render

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"scaffold/generator/answer"
	"scaffold/generator/pack"
	"scaffold/generator/problem"
)

// Limits of what a stranger's pack may take of the machine. The processor's time
// is two seconds where nobody else works, and the wall's is only for what hangs.
const (
	mostMemory = 512 << 20
	mostCPU    = 6 * time.Second
	mostWall   = 20 * time.Second
)

// A bomb is a pack that means harm.
type bomb struct {
	name  string
	want  string        // part of the error; "" where what it asks for is harmless
	yaml  func() string // questions and more, after schema, name and version
	files func() map[string]string
}

// use does all that a command does with a pack.
func (b bomb) use(ctx context.Context) (steps int, err error) {
	fsys := fstest.MapFS{"pack.yaml": {Data: []byte("schema: 1\nname: p\nversion: 1.0.0\n" + b.yaml())}}
	for name, text := range b.files() {
		fsys[path.Join("files", name)] = &fstest.MapFile{Data: []byte(text)}
	}
	return useAll(ctx, fsys)
}

// useAll uses the pack in fsys, which may include folders beside its files/.
func useAll(ctx context.Context, fsys fstest.MapFS, layers ...answer.Layer) (steps int, err error) {
	p, err := pack.Load(fsys, "p", pack.Options{Root: fsys, Dir: "."})
	if err != nil {
		return 0, err
	}
	compiled, err := Compile(ctx, p, "p")
	if err != nil {
		return 0, err
	}
	run := compiled.Run(ctx)
	given, err := answer.Resolve(p, layers, run.Eval, answer.Asker{})
	if err == nil {
		_, err = run.Render(given)
	}
	if err == nil {
		_, err = run.Next(given)
	}
	return maxSteps - run.meter.left, problem.AsInput(err)
}

// inCI is whether everything is tried, or a sample.
var inCI = os.Getenv("CI") == "true"

// tries is how often to try what is drawn: all in CI, else a sample.
func tries(sample, all int) int {
	if inCI {
		return all
	}
	return sample
}

const bombVariable = "SCAFFOLD_TEST_BOMB"

// Whatever a pack does ends as an error that says what, or as a result. Each is
// tried in a process of its own, because a stack that overflows and memory that is
// not there end a process, and no test sees it.
func TestBombs(t *testing.T) {
	if name := os.Getenv(bombVariable); name != "" {
		explode(name)
		return
	}
	if raceDetector {
		t.Skip("it multiplies time and memory, of which this is about: .ci/run tries this without")
	}
	for i, b := range bombs {
		if !inCI && i%24 != 0 {
			continue
		}
		t.Run(b.name, func(t *testing.T) {
			out, took := inChild(t, b.name)
			said := outcome.FindStringSubmatch(out)
			if said == nil {
				t.Fatalf("it ended without a word: %.2000s", out)
			}
			memory, _ := strconv.Atoi(said[1])
			steps, _ := strconv.Atoi(said[2])
			t.Logf("%v, %d MiB, %d steps: %.300s", took.Round(10*time.Millisecond), memory>>20, steps, said[4])
			switch {
			case b.want == "" && said[4] != "<nil>", !strings.Contains(said[4], b.want):
				t.Errorf("got %.600s\nwant %s", said[4], b.want)
			case b.want != "" && said[3] != "true":
				t.Errorf("is not the pack's fault: %.600s", said[4])
			case memory > mostMemory:
				t.Errorf("takes %d MiB", memory>>20)
			case took > mostCPU:
				t.Errorf("takes %v", took)
			}
		})
	}
}

var outcome = regexp.MustCompile(`(?s)memory=(\d+) steps=(\d+) input=(\w+) said=(.*)\n=end=`)

func explode(name string) {
	for _, b := range bombs {
		if b.name == name {
			steps, err := b.use(context.Background())
			fmt.Printf("memory=%d steps=%d input=%t said=%.20000v\n=end=\n", peak(), steps, problem.IsInput(err), err)
		}
	}
}

// peak is the most memory that this process had, in bytes; 0 where no system says.
func peak() int {
	status, _ := os.ReadFile("/proc/self/status")
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	if fields := strings.Fields(rest); len(fields) > 0 {
		kib, _ := strconv.Atoi(fields[0])
		return kib << 10
	}
	return 0
}

// inChild returns what a process says that uses the bomb, and its processor time.
func inChild(t *testing.T, name string) (out string, took time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), mostWall)
	defer cancel()
	child := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestBombs$", "-test.v")
	child.Env = append(os.Environ(), bombVariable+"="+name)
	said, err := child.CombinedOutput()
	if ctx.Err() != nil {
		t.Fatalf("it does not end within %v", mostWall)
	}
	if err != nil {
		t.Errorf("%v", err)
	}
	return string(said), child.ProcessState.UserTime() + child.ProcessState.SystemTime()
}
