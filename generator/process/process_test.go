package process

import (
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
)

func TestTail(t *testing.T) {
	var said Tail
	heard := 0
	said.Hear(func() { heard++ })
	for _, part := range []string{"begin", strings.Repeat("x", maxTail), "end"} {
		if n, err := said.Write([]byte(part)); n != len(part) || err != nil {
			t.Fatalf("got %d, %v", n, err)
		}
	}
	if got, want := said.String(), strings.Repeat("x", maxTail-3)+"end"; got != want || heard != 3 {
		t.Errorf("got %d bytes, …%s, heard %d times", len(got), got[len(got)-5:], heard)
	}
}

// A line with quotes and operators of the shell's comes as it stands.
func TestShell(t *testing.T) {
	line, want := `echo "a b" && echo c`, "a b\nc\n"
	if runtime.GOOS == "windows" {
		line, want = `echo "a b"&& echo c`, "\"a b\"\r\nc\r\n"
	}
	if out, err := Shell(t.Context(), line).Output(); string(out) != want || err != nil {
		t.Errorf("got %q, %v, want %q", out, err, want)
	}
}

// A command that is separate keeps its pipes, folder and status.
func TestSeparate(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.list=TestTail")
	Separate(cmd)
	defer Bind(cmd)()
	if out, err := cmd.Output(); err != nil || !strings.Contains(string(out), "TestTail") {
		t.Errorf("got %q, %v", out, err)
	}
}
