package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// A workflow is what is read of one in .github/workflows.
type workflow struct {
	Permissions map[string]string
	Jobs        map[string]struct {
		Permissions map[string]string
		Steps       []struct {
			Uses, Run string
			Env       map[string]string
		}
	}
}

func readWorkflow(t *testing.T, path string) workflow {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var w workflow
	if err := yaml.Unmarshal(text, &w); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return w
}

// Workflows take actions by hash, because a tag may be moved, write nothing but a
// release, and put nothing that others name into a script.
func TestWorkflowsAreSafe(t *testing.T) {
	paths, err := filepath.Glob("../.github/workflows/*.yml")
	if err != nil || len(paths) < 2 {
		t.Fatalf("there are %q, %v", paths, err)
	}
	pinned := regexp.MustCompile(`^[a-z-]+/[a-z-]+@[0-9a-f]{40}$`)
	for _, path := range paths {
		w := readWorkflow(t, path)
		if w.Permissions == nil || w.Permissions["contents"] == "write" {
			t.Errorf("%s: permissions are %v", path, w.Permissions)
		}
		for name, job := range w.Jobs {
			for what, allowed := range job.Permissions {
				if allowed == "write" && (filepath.Base(path) != "release.yml" || what != "contents") {
					t.Errorf("%s: job %s may write %s", path, name, what)
				}
			}
			for _, step := range job.Steps {
				if step.Uses != "" && !pinned.MatchString(step.Uses) {
					t.Errorf("%s: %s is not pinned by hash", path, step.Uses)
				}
				if strings.Contains(step.Run, "${{") {
					t.Errorf("%s: an expression is put into a script: %s", path, step.Run)
				}
				if out, err := exec.Command("bash", "-n", "-c", step.Run).CombinedOutput(); err != nil {
					t.Errorf("%s: %s: %v\n%s", path, step.Run, err, out)
				}
			}
		}
	}
}

// The steps of release.yml run for a tag, with programs that only say how they were
// called: TestRunRefuses and ./release -quick try the real one.
func TestReleaseWorkflowRuns(t *testing.T) {
	for tag, want := range map[string]string{
		"v1.2.3":      "release v1.2.3\ngh release create v1.2.3 --verify-tag --notes-file CHANGELOG.md dist/a dist/b\n",
		"v1.2.3-rc.1": "release v1.2.3-rc.1\ngh release create v1.2.3-rc.1 --verify-tag --notes-file CHANGELOG.md --prerelease dist/a dist/b\n",
	} {
		dir := t.TempDir()
		for name, text := range map[string]string{
			"release": "echo release \"$@\"; mkdir dist; touch dist/a dist/b", "bin/gh": "echo gh \"$@\"",
		} {
			if err := write(filepath.Join(dir, name), []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		var got bytes.Buffer
		for _, step := range readWorkflow(t, "../.github/workflows/release.yml").Jobs["release"].Steps {
			if step.Run == "" {
				continue
			}
			c := exec.Command("bash", "-e", "-o", "pipefail", "-c", step.Run)
			c.Dir, c.Stdout, c.Stderr = dir, &got, &got
			c.Env = []string{"GITHUB_REF_NAME=" + tag, "PATH=" + filepath.Join(dir, "bin") + ":" + os.Getenv("PATH")}
			if err := c.Run(); err != nil {
				t.Errorf("%s: %v", step.Run, err)
			}
		}
		if got.String() != want {
			t.Errorf("%s: got\n%s\nwant\n%s", tag, got.String(), want)
		}
	}
}
