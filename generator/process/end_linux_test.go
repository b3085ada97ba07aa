package process

import (
	"bufio"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// killed is set where the test is the program that is killed.
const killed = "SCAFFOLD_TEST_KILLED"

// A program that is killed cannot end what it started, so what the shell started ends
// with the shell, and that with the program.
func TestShellEndsWithAll(t *testing.T) {
	if os.Getenv(killed) != "" {
		cmd := Shell(t.Context(), `sleep 60 & echo $!; (sleep 60 & echo $!; wait); true`)
		Separate(cmd)
		defer Bind(cmd)()
		cmd.Stdout = os.Stdout
		_ = cmd.Run()
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestShellEndsWithAll$")
	cmd.Env = append(os.Environ(), killed+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var started []int
	for lines := bufio.NewScanner(out); len(started) < 2 && lines.Scan(); {
		if id, err := strconv.Atoi(strings.TrimSpace(lines.Text())); err == nil {
			started = append(started, id)
		}
	}
	if err := cmd.Process.Kill(); err != nil || len(started) != 2 {
		t.Fatalf("started %v: %v", started, err)
	}
	_ = cmd.Wait()
	for _, id := range started {
		for end := time.Now().Add(10 * time.Second); isAlive(id); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				t.Errorf("process %d outlives the program", id)
				_ = syscall.Kill(id, syscall.SIGKILL)
				break
			}
		}
	}
}

// isAlive reports whether a process runs; one that only waits to be fetched does not.
func isAlive(id int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(id) + "/stat")
	_, after, _ := strings.Cut(string(stat), ") ")
	return err == nil && !strings.HasPrefix(after, "Z")
}
